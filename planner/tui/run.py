"""`bursar [PATH...]`: opens the terminal UI, or serves it to a browser on this machine."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from planner.commands.parser import Parser
from planner.tui.workspace import SUFFIXES, Workspace

FOLDER = Path("scenarios")
DEFAULT_PORT = 8731
NO_TERMINAL = (
    "the terminal UI needs a terminal; bursar --help lists the commands, --web serves it to a browser"
)


class CannotStart(Exception):
    """The UI cannot be opened; the message says why and what to do."""


def run(arguments: Sequence[str]) -> int:
    """Opens the UI and returns its exit code; raises `CannotStart`."""
    args = _parser().parse_args(arguments)
    if args.web:
        from planner.tui.web.serve import serve

        return serve(_inner(args), args.port)
    if not is_terminal():
        raise CannotStart(NO_TERMINAL)
    return _open(_workspace(args))


def is_terminal() -> bool:
    """Whether there is a terminal, or a browser that stands for one."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="bursar", description="Opens the terminal UI.")
    parser.add_argument(
        "paths", nargs="*", type=_path, metavar="PATH", help="scenario files or folders (default: scenarios)"
    )
    parser.add_argument("--ledger", metavar="URL", help="a guard's ledger for the Guard screen")
    parser.add_argument(
        "--allow-changes",
        action="store_true",
        help="let the Guard screen change the ledger; each change asks first",
    )
    parser.add_argument(
        "--price-book", metavar="VERSION|PATH", help="plan with this price book instead of the scenarios'"
    )
    parser.add_argument(
        "--as-of",
        metavar="DAY",
        type=_day,
        help="count the age of the prices to this day (default: today, UTC)",
    )
    parser.add_argument("--web", action="store_true", help="serve the UI to a browser on this machine")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help=f"the port of --web (default: {DEFAULT_PORT})"
    )
    return parser


def _workspace(args: argparse.Namespace) -> Workspace:
    paths = tuple(args.paths)
    one_folder = len(paths) == 1 and paths[0].suffix not in SUFFIXES
    return Workspace(
        folder=paths[0] if one_folder else FOLDER,
        as_of=args.as_of or datetime.now(UTC).date(),
        paths=() if one_folder else paths,
        ledger=args.ledger,
        allow_changes=args.allow_changes,
        price_book=args.price_book,
    )


def _open(workspace: Workspace) -> int:
    """Until the first picture nothing is collected: all that is made by then stays, and looking through it takes a tenth of the start."""
    gc.disable()
    from planner.tui.app import BursarApp
    from planner.tui.config import Config, config_path, load_config
    from pricing.problems import Invalid

    wrong: Invalid | None = None
    config = Config()
    try:
        config = load_config(config_path())
    except Invalid as error:
        wrong = error
    app = BursarApp(workspace, theme=config.theme, keys=config.keys, wrong_config=wrong)
    app.run()
    return app.return_code or 0


def _inner(args: argparse.Namespace) -> list[str]:
    """The arguments of each browser's own process."""
    pairs = (("--ledger", args.ledger), ("--price-book", args.price_book), ("--as-of", args.as_of))
    options = [str(part) for name, value in pairs if value is not None for part in (name, value)]
    return [*options, *(["--allow-changes"] if args.allow_changes else []), "--", *map(str, args.paths)]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-01") from None


def _path(text: str) -> Path:
    if "://" in text:
        raise argparse.ArgumentTypeError("a ledger's URL is named with --ledger URL, not as a path")
    return Path(text)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
