"""What the terminal can show, and the days that commands take."""

import argparse
import os
import sys
from contextlib import suppress
from datetime import UTC, date, datetime

WIDTH = 120
"""Columns of a table that goes to a pipe or a file."""


def table_width(args: argparse.Namespace) -> int:
    """The terminal's width on a terminal; the same number everywhere else."""
    if args.output is not None or not sys.stdout.isatty():
        return WIDTH
    with suppress(OSError):
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH
    return WIDTH


def ascii_only(args: argparse.Namespace) -> bool:
    """True where the terminal cannot show block characters."""
    return args.output is None and not (sys.stdout.encoding or "").lower().startswith("utf")


def day(text: str) -> date:
    """An ISO day, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-01") from None


def today() -> date:
    return datetime.now(UTC).date()
