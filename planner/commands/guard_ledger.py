"""Which ledger a command is about, whose word is recorded, and how its answers are written."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.commands import BadUsage
from planner.commands.output import write_json, write_output
from planner.commands.terminal import table_width

if TYPE_CHECKING:
    from planner.guard.ledger import Ledger
    from planner.guard.reading import LedgerView
    from planner.report.guard_listing import Listing
    from planner.scenario import Budget

DEFAULT_FILE = "guard.db"
VARIABLE = "BURSAR_LEDGER"
LONGEST = 500
"""Characters of what is recorded with a correction."""


def ledger_url(args: argparse.Namespace) -> str:
    """`--ledger`, else the environment's, else `guard.db` in this folder if there is one."""
    if args.ledger is not None and not args.ledger.strip():
        raise BadUsage(
            f"--ledger is empty: give a URL such as sqlite:///{DEFAULT_FILE}, or leave --ledger out for {VARIABLE}, "
            f"else {DEFAULT_FILE} in this folder"
        )
    url: str | None = args.ledger or os.environ.get(VARIABLE)
    if url:
        return url
    if Path(DEFAULT_FILE).exists():
        return f"sqlite:///{DEFAULT_FILE}"
    raise BadUsage(
        f"no ledger is named and there is no {DEFAULT_FILE} here; give --ledger sqlite:///path, or set {VARIABLE}"
    )


def ledger_name(args: argparse.Namespace) -> str:
    """The ledger a command is about, fit to be shown: without secrets."""
    from planner.guard import reading

    return reading.ledger_name(ledger_url(args))


@contextmanager
def reading(args: argparse.Namespace) -> Iterator["LedgerView"]:
    """The ledger, to be looked at; it must exist."""
    from planner.guard.reading import open_to_read

    with open_to_read(ledger_url(args)) as view:
        yield view


@contextmanager
def changing(args: argparse.Namespace) -> Iterator["Ledger"]:
    """The ledger, to be corrected; it must exist."""
    from planner.guard.reading import open_existing

    with open_existing(ledger_url(args)) as ledger:
        yield ledger


def scenario_budgets(args: argparse.Namespace) -> tuple["Budget", ...]:
    """Of `--scenario`; none without it. Raises `Invalid` for a file with mistakes."""
    if args.scenario is None:
        return ()
    from planner.scenario_file import load_scenario

    return load_scenario(args.scenario).scenario.budgets


def files_of(args: argparse.Namespace, *read: str | None) -> tuple[str, ...]:
    """What `-o` must not overwrite: the ledger's own files and those that were read."""
    from planner.guard.reading import ledger_files

    return (*ledger_files(ledger_url(args)), *(each for each in (args.scenario, *read) if each))


def write_listing(
    args: argparse.Namespace, listing: "Listing", value: object, *, inputs: Sequence[str]
) -> None:
    """`value` is what JSON says."""
    match args.format:
        case "json":
            write_json(args, value, inputs=inputs)
        case "csv":
            write_output(args, listing.csv(), inputs=inputs)
        case "markdown":
            write_output(args, listing.markdown(), inputs=inputs)
        case _:
            write_output(args, listing.text(line_width(args)), inputs=inputs)


def line_width(args: argparse.Namespace) -> int | None:
    """The terminal's width; None for a pipe or a file, where every row stays one line."""
    return table_width(args) if args.output is None and sys.stdout.isatty() else None


def signed_words(args: argparse.Namespace) -> dict[str, str]:
    """Who corrects the ledger and why, as it is recorded."""
    return {"who": who(args), "why": one_line(args.why, "--why")}


def who(args: argparse.Namespace) -> str:
    return one_line(args.who, "--who") if args.who is not None else _login_name()


def one_line(text: str, option: str) -> str:
    """Text that can be recorded; raises `BadUsage` for what would be blank, long or unreadable."""
    line = text.strip()
    if not line or len(line) > LONGEST or not line.isprintable():
        raise BadUsage(f"{option} takes 1 to {LONGEST} printable characters in one line, not {text[:60]!r}")
    return line


def _login_name() -> str:
    import pwd

    for variable in ("LOGNAME", "USER"):
        if (name := os.environ.get(variable, "")).isprintable() and name:
            return name[:LONGEST]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
