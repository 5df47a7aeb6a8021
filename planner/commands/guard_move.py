"""`bursar guard copy` and `merge`: a history into another ledger, and what a machine wrote while its ledger was away."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from planner.commands import BadUsage
from planner.commands.guard_ledger import ledger_url
from planner.guard.ledger.engine import EngineLedger
from planner.guard.ledger.history import copy_history, last_entry
from planner.guard.ledger.urls import shown_url
from planner.guard.reading import ledger_files, open_existing, open_to_read, outside
from pricing.printable import printable


def copy(args: argparse.Namespace) -> int:
    """Restartable: what the target has already is not copied again."""
    if args.source == args.target:
        raise BadUsage("FROM and TO are the same ledger")
    for url, side in ((args.source, "FROM"), (args.target, "TO")):
        check = getattr(outside(url), "check_copy", None)
        if check is not None:
            check(url, side)
    with open_to_read(args.source) as source:
        newest = source.last_seq()
        outside(args.target).make(args.target)
        with open_existing(args.target) as target, _progress(newest) as progress:
            if not isinstance(target, EngineLedger):
                raise BadUsage(f"{shown_url(args.target)} cannot take another ledger's history")
            copied = copy_history(source, target, progress)
            differs = last_entry(source) != last_entry(target) or target.verify()
    if differs:
        sys.stdout.write(
            f"copied {copied:,} entries; the source has grown meanwhile: copy again once its guards are stopped\n"
        )
        return 1
    sys.stdout.write(f"copied {copied:,} entries; the target has all {newest:,} and adds up\n")
    return 0


def merge(args: argparse.Namespace) -> int:
    """Every entry once, however often it is run."""
    from planner.guard.ledger.outage.merging import Merge

    if not args.journal.startswith("sqlite://"):
        raise BadUsage(
            f"a journal is a file of this machine, such as sqlite:///guard-journal.db, not {shown_url(args.journal)}"
        )
    ledger_files(args.journal)
    with open_to_read(args.journal) as journal:
        newest = journal.last_seq()
    with _progress(newest) as progress:
        merged = Merge(args.journal, ledger_url(args)).merge(progress, adopt=args.adopt)
    what = f": {merged.amounts}" if merged.entries else ""
    sys.stdout.write(printable(f"merged {merged.entries:,} entries of the journal{what}", 1_000) + "\n")
    return 0


@contextmanager
def _progress(newest: int) -> Iterator[Callable[[int], None]]:
    """A line that counts, on a terminal."""
    shown = sys.stderr.isatty()

    def say(seq: int) -> None:
        if shown:
            sys.stderr.write(f"\r{seq:,} of {max(newest, seq):,} entries")
            sys.stderr.flush()

    try:
        yield say
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
