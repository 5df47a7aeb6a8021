"""Brings a journal home: what was held and billed while the ledger did not answer, each entry once.

Every verb is idempotent by its key, so a merge that was interrupted is started again. A small file beside the journal
remembers how far it came, which only saves work.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from planner.guard.errors import HoldConflict, LedgerError, LedgerUrlError, UnknownHold
from planner.guard.ledger import Entry, Ledger, Line, Offer, Refused, open_ledger
from planner.guard.ledger.sqlite_file import parse_place
from planner.guard.log import log
from pricing.money import Micros

_NOTHING = Micros(0)


class Stopped(LedgerError):
    """The kill switch is on: a hold cannot be recorded before it is lifted."""


class Merge:
    """From a journal into a ledger; safe to run twice, also at once."""

    def __init__(self, journal: str, ledger: str) -> None:
        self._journal = journal
        self._ledger = ledger
        self._stop = threading.Event()
        self._moment = 0.0
        self._mark = _mark_of(journal)

    def needed(self, journal: Ledger) -> bool:
        return next(journal.entries(after=self._merged()), None) is not None

    def left(self, journal: Ledger, line: Line) -> Micros:
        """What the journal holds and has settled in the line that the ledger has not been told of."""
        unmerged = (entry for entry in journal.entries(after=self._merged()) if line in entry.lines)
        return Micros(sum(entry.change.held + entry.change.settled for entry in unmerged))

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> int:
        """As far as it comes; what stands in its way is logged, and the next run goes on there."""
        try:
            return self.bring()
        except LedgerError as error:
            log().warning(
                "the journal %s is merged later: %s", self._mark.name.removesuffix(".merged"), error
            )
            return 0

    def bring(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Merges everything; returns how many entries. Raises `LedgerError` when something stands in the way."""
        with (
            open_ledger(self._journal) as journal,
            open_ledger(self._ledger, clock=lambda: self._moment) as ledger,
        ):
            begun = merged = self._merged()
            try:
                for entry in journal.entries(after=begun):
                    if self._stop.is_set():
                        break
                    self._moment = entry.at
                    _bring(entry, ledger)
                    merged = entry.seq
                    progress(merged)
            finally:
                self._remember(merged)
            return merged - begun

    def _merged(self) -> int:
        try:
            return int(self._mark.read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def _remember(self, merged: int) -> None:
        temporary = self._mark.with_name(f"{self._mark.name}.{os.getpid()}.{threading.get_ident()}")
        with suppress(OSError):
            temporary.write_text(str(merged), "ascii")
            temporary.replace(self._mark)


def _bring(entry: Entry, ledger: Ledger) -> None:
    """One entry of the journal, at its own time; raises `LedgerUnavailable` when it has to wait."""
    key, amount = entry.key or "", entry.amount
    with suppress(HoldConflict):  # it was brought before, and ended
        match entry.kind:
            case "hold":
                _bring_hold(entry, ledger)
            case "extend":
                with suppress(UnknownHold):
                    _check(ledger.extend(key, amount, attempt=_attempt(entry), tags=entry.tags))
            case "settle":
                ledger.settle(key, amount, tags=entry.tags)
            case "void":
                ledger.void(key, tags=entry.tags)
            case "assume" | "lapse":
                ledger.assume(key, amount, tags=entry.tags)
            case _:
                pass


def _bring_hold(entry: Entry, ledger: Ledger) -> None:
    """In full where it still fits; otherwise without money, so that its bill counts as overrun."""
    names = dict.fromkeys(line.budget for line in entry.lines)
    if not names and not entry.amount:
        return  # only the end of a hold that the ledger has already
    key = entry.key or ""
    answer = ledger.hold_first(key, [Offer(entry.amount, names), Offer(_NOTHING, names)], tags=entry.tags)
    _check(answer)


def _check(answer: object) -> None:
    if isinstance(answer, Refused) and answer.stopped is not None:
        raise Stopped(f"the guard is stopped by {answer.stopped.who}; resume it, then merge")


def _attempt(entry: Entry) -> int | None:
    attempt = entry.tags.get("attempt")
    return attempt if isinstance(attempt, int) else None


def _mark_of(journal: str) -> Path:
    scheme, _, place = journal.partition("://")
    if scheme != "sqlite":
        raise LedgerUrlError(
            f"a journal is a file of this machine, such as sqlite:///guard-journal.db, not {journal[:60]!r}"
        )
    path = parse_place(place)[0]
    return path.with_name(f"{path.name}.merged")
