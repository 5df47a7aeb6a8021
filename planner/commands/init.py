"""`bursar init [FOLDER]`: a commented scenario, `bursar.yaml` and the schemas editors read; nothing is overwritten."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote

from planner.commands import BadUsage
from planner.commands.terminal import today
from planner.formatting import formatted
from planner.review.policies.schema import policies_schema_text
from planner.schema import schema_text
from planner.starter import FOLDER, POLICIES, SCHEMAS, slug, starter_scenario
from pricing.printable import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        default=".",
        help="the repository to start in (default: this one)",
    )
    parser.add_argument("--name", help="the scenario's name (default: the folder's)")
    parser.add_argument(
        "--guard", action="store_true", help="limits for the run-time guard alone, without a plan"
    )


def run(args: argparse.Namespace) -> int:
    root = Path(args.folder)
    name = slug(args.name or root.resolve().name)
    written: list[str] = []
    kept: list[str] = []
    try:
        for file, text in _files(root, name, guard_only=args.guard):
            (written if _create(root / file, text) else kept).append(file)
    except OSError as error:
        where = printable(str(error.filename or root), 300)
        raise BadUsage(f"{where} cannot be written: {error.strerror or error}") from error
    for file in written:
        sys.stdout.write(f"wrote {printable(str(root / file), 300)}\n")
    for file in kept:
        sys.stderr.write(f"kept {printable(str(root / file), 300)}: it was there already\n")
    _say_what_next(root, written, guard_only=args.guard)
    return 0


def _files(root: Path, name: str, *, guard_only: bool) -> Iterator[tuple[str, str]]:
    """Each file by its path in the folder; a folder that has scenarios gets no other one."""
    scenario = f"{FOLDER}/{name}.yaml"
    there = sorted((root / FOLDER).glob("*.y*ml"))
    if there:
        scenario = f"{FOLDER}/{there[0].name}"
    yield scenario, formatted(starter_scenario(name, today(), guard_only=guard_only), scenario)
    yield "bursar.yaml", formatted(POLICIES, "bursar.yaml")
    yield f"{SCHEMAS}/scenario.schema.json", schema_text()
    yield f"{SCHEMAS}/bursar.schema.json", policies_schema_text()


def _create(target: Path, text: str) -> bool:
    """Writes a file whole; False when one is there, which stays as it is even if it came this instant."""
    if os.path.lexists(target):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return True


def _say_what_next(root: Path, written: list[str], *, guard_only: bool) -> None:
    scenarios = [file for file in written if file.startswith(FOLDER)]
    folder = "" if str(root) == "." else f"{quote(printable(str(root), 300))}/"
    steps = [(f"bursar review {folder}{FOLDER}", "checks it, and holds it to bursar.yaml")]
    if scenarios and guard_only:
        steps.append(("bursar local-bedrock", "a Bedrock on this machine to try the guard against"))
    elif scenarios:
        steps.insert(0, (f"bursar plan {folder}{scenarios[0]}", "what it costs, and who pays"))
    steps.append((f"bursar fmt {folder}{FOLDER} {folder}bursar.yaml", "one order and spelling"))
    width = max(len(command) for command, _ in steps) + 2
    lines = "".join(f"  {command.ljust(width)}{why}\n" for command, why in steps)
    sys.stderr.write(f"\n{'Nothing was missing. ' if not written else ''}Type next:\n\n{lines}")
