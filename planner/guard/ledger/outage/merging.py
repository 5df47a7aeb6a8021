"""Brings a journal home: what was held and billed while the ledger did not answer, each entry once.

Every verb is idempotent by its key, so a merge that was interrupted is started again; the journal itself remembers how
far it came. One process of a machine merges at a time. At its end it closes the journal's accounts, so that nothing is
held there any more, and brings what came in last: whoever holds in the ledger from then on finds all of it counted.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from planner.guard.errors import HoldConflict, JournalError, LedgerError, LedgerUrlError, UnknownHold
from planner.guard.ledger import Entry, Ledger, Offer, Refused, Tags, open_ledger
from planner.guard.ledger.outage.belonging import file_of, identity_of, place_of
from planner.guard.ledger.outage.journal import Journal, open_journal
from planner.guard.ledger.outage.journal_tables import MONEY, Unmerged, foreign
from planner.guard.ledger.outage.sightings import Sightings, seen_file
from planner.guard.log import log
from pricing.money import Micros
from pricing.printable import printable
from pricing.records import record

_NOTHING = Micros(0)
_STEP = 50
"""After so many entries it is remembered how far the merge came."""
_FEW = 20
_PASSES = 5


class MergeStopped(LedgerError):
    """The kill switch is on: a hold cannot be recorded before it is lifted."""


@record
class Merged:
    """What was brought home."""

    entries: int
    amounts: Unmerged
    """By how much each budget grew in the ledger."""
    micros: Micros
    """All that was billed."""
    done: bool
    """False when it was told to stop before the end."""


class Merge:
    """From a journal into its ledger; safe to run twice, also at once."""

    def __init__(self, journal: str, ledger: str) -> None:
        if journal.partition("://")[0] != "sqlite":
            raise LedgerUrlError(
                f"a journal is a file of this machine, such as sqlite:///guard-journal.db, not {printable(journal, 60)!r}"
            )
        self._journal = journal
        self._ledger = ledger
        self._file = file_of(journal)
        self._stop = threading.Event()
        self._moment = 0.0

    def stop(self) -> None:
        """Before the next entry."""
        self._stop.set()

    def bring(self, progress: Callable[[int], None] = lambda _: None, *, adopt: bool = False) -> int:
        """Merges everything; returns how many entries. See `merge`."""
        return self.merge(progress, adopt=adopt).entries

    def merge(self, progress: Callable[[int], None] = lambda _: None, *, adopt: bool = False) -> Merged:
        """Merges everything and closes the journal's accounts; `progress` hears the number of the last entry.

        `adopt` takes a ledger that does not say whose journal it is for this one's. Raises `LedgerError`: with nothing
        written when it is not this ledger's journal, and so that the next run goes on where this one ended otherwise.
        """
        with (
            open_journal(self._journal, time.time) as journal,
            open_ledger(self._ledger, clock=lambda: self._moment) as ledger,
            one_at_a_time(self._file),
        ):
            self._check(journal, ledger, adopt=adopt)
            before, found = journal.unmerged(), _Run(journal, ledger, self._at, self._stop, progress)
            for _ in range(_PASSES):
                found.go()
                if journal.unmerged().entries <= _FEW:
                    break
            self._end(journal, ledger, found)
            return Merged(found.entries, before, Micros(found.billed), not self._stop.is_set())

    def _end(self, journal: Journal, ledger: Ledger, run: "_Run") -> None:
        """From here on nothing can be held in the journal; what came in last is brought, too."""
        if self._stop.is_set():
            return
        accounts = journal.accounts()
        if accounts:
            journal.close_accounts()
        run.go()
        seen = Sightings(seen_file(self._file), place_of(self._ledger).digest)
        for account in accounts:
            asked_at = seen.now()
            seen.saw([ledger.status(account.budget, period=account.period)], asked_at)

    def _at(self, moment: float) -> None:
        self._moment = moment

    def _check(self, journal: Journal, ledger: Ledger, *, adopt: bool) -> None:
        place, identity = place_of(self._ledger), identity_of(ledger)
        file = str(self._file)
        if place.digest == place_of(self._journal).digest:
            raise JournalError(f"{file}: is the ledger itself, not a journal of it; nothing was merged")
        known = journal.belonging()
        if known is None and adopt and identity is not None:
            journal.adopt(place, identity)
            return
        if known is None:
            raise JournalError(
                f"{file}: is a ledger, and does not say that it is a journal of {place.shown}; nothing was merged. If it is "
                "one of an older version, add --adopt"
            )
        if identity is None:
            raise JournalError(
                f"{place.shown}: is an empty ledger, so {file} is not its journal; nothing was merged"
            )
        if known.ledger != identity and (known.ledger is not None or known.place != place.digest):
            whose = foreign(file, known, place).partition("; ")[0]
            raise JournalError(f"{whose}; nothing was merged: give --ledger the one it belongs to")


class _Run:
    """One merge under way."""

    def __init__(
        self,
        journal: Journal,
        ledger: Ledger,
        at: Callable[[float], None],
        stop: threading.Event,
        progress: Callable[[int], None],
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._at = at
        self._stop = stop
        self._progress = progress
        self._name = journal.name
        self._brought: dict[int, None] = {}
        self.entries = 0
        self.billed = 0

    def go(self) -> None:
        """All there is now. A hold that does not fit waits until everything else is told: it may make room."""
        found = self._journal.belonging()
        begun = 0 if found is None else found.merged
        later: dict[str, list[Entry]] = {}
        last = told = begun
        try:
            for entry in self._journal.entries(after=begun):
                if self._stop.is_set():
                    break
                if not self._take(entry, later):
                    later.setdefault(entry.key or "", []).append(entry)
                last = entry.seq
                if not later:
                    told = last
                    if told % _STEP == 0:
                        self._journal.merged(told)
                self._progress(last)
            if not self._stop.is_set():
                self._take_late(later)
                told = last
        finally:
            if told > begun:
                with suppress(LedgerError):
                    self._journal.merged(told)

    def _take_late(self, later: dict[str, list[Entry]]) -> None:
        """In full where they fit now; otherwise without money, so that their bills count as overrun."""
        for entries in later.values():
            for entry in entries:
                self._bring(entry, must=True)

    def _take(self, entry: Entry, later: dict[str, list[Entry]]) -> bool:
        """False when it has to wait."""
        return (entry.key or "") not in later and self._bring(entry, must=False)

    def _bring(self, entry: Entry, *, must: bool) -> bool:
        if entry.kind not in MONEY:
            return True
        self._at(entry.at)
        if not bring(entry, self._ledger, self._journal, self._name, must=must):
            return False
        self.entries += 1
        if entry.kind in ("settle", "assume", "lapse"):
            self.billed += entry.amount
        return True


def bring(entry: Entry, ledger: Ledger, journal: Journal, name: str, *, must: bool) -> bool:
    """One entry of the journal, at its own time; False for a hold that does not fit, unless it `must`."""
    key, amount, tags = entry.key or "", entry.amount, {**entry.tags, "journal": name}
    with suppress(HoldConflict):  # it was brought before, and ended
        match entry.kind:
            case "hold":
                return _bring_hold(entry, ledger, journal, tags, must=must)
            case "extend":
                with suppress(UnknownHold):
                    _check(ledger.extend(key, amount, attempt=_attempt(entry), tags=tags))
            case "settle":
                _told(entry, ledger, journal, lambda: ledger.settle(key, amount, tags=tags))
            case "void":
                with suppress(UnknownHold):  # there never was one: that is what it says
                    ledger.void(key, tags=tags)
            case _:
                _told(entry, ledger, journal, lambda: ledger.assume(key, amount, tags=tags))
    return True


def _bring_hold(entry: Entry, ledger: Ledger, journal: Journal, tags: Tags, *, must: bool) -> bool:
    names = dict.fromkeys(line.budget for line in entry.lines)
    if not entry.amount:
        return True  # only what comes later to a hold that the ledger has already
    key = entry.key or ""
    offers = [Offer(entry.amount, names), *([Offer(_NOTHING, names)] if must else ())]
    lease_s = max(1.0, journal.find(key).lease_until - entry.at)
    answer = ledger.hold_first(key, offers, lease_s=lease_s, tags=tags)
    _check(answer)
    return not isinstance(answer, Refused)


def _told(entry: Entry, ledger: Ledger, journal: Journal, tell: Callable[[], object]) -> None:
    """A bill is never lost: a ledger that does not know its hold any more is given one of nothing to book it on."""
    try:
        tell()
    except UnknownHold:
        key = entry.key or ""
        hold = journal.find(key)
        noted = str(hold.tags.get("budgets") or "").split("\n")
        names = [line.budget for line in hold.lines] or [name for name in noted if name]
        log().warning(
            "the ledger does not know hold %s any more; its bill is booked without one", printable(key, 80)
        )
        _check(ledger.hold(key, _NOTHING, names, tags=entry.tags))
        tell()


def _check(answer: object) -> None:
    if isinstance(answer, Refused) and answer.stopped is not None:
        raise MergeStopped(f"the guard is stopped by {answer.stopped.who}; resume it, then merge")


def _attempt(entry: Entry) -> int | None:
    attempt = entry.tags.get("attempt")
    return attempt if isinstance(attempt, int) else None


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Waits for another merge of the journal on this machine."""
    descriptor = os.open(file.with_name(f"{file.name}.merging"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
