"""The way of a journal home: begun when a verb fails, ended when the ledger has been told of everything.

A thread in the background merges as soon as the ledger answers. Holds go on in the journal until the merge is through.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from planner.guard.errors import JournalError, LedgerError, LedgerUnavailable
from planner.guard.ledger import Clock, Stopped, Tags
from planner.guard.ledger.outage.belonging import file_of, identity_of, place_of
from planner.guard.ledger.outage.breaker import Breaker
from planner.guard.ledger.outage.breaking import BreakingLedger
from planner.guard.ledger.outage.journal import open_journal
from planner.guard.ledger.outage.merging import Merge, MergeStopped
from planner.guard.ledger.outage.sightings import Sightings, seen_file
from planner.guard.ledger.windows import Per
from planner.guard.log import log
from pricing.money import Micros

CLOSE_S: Final = 15.0
"""The longest that `close` waits for the journal to be merged."""
_STOPPED_PAUSE_S: Final = 2.0
_PAUSE_S: Final = 0.2
_INFO, _WARNING = 20, 30
"""Levels of `logging`, which is imported when there is something to say."""


class HomingLedger(BreakingLedger):
    """The `Ledger` at a URL with a journal that is brought home."""

    keeps_outcomes = False

    def __init__(self, url: str, journal: str, clock: Clock, breaker: Breaker | None = None) -> None:
        """Raises `JournalError` for a journal of another ledger, `LedgerError` for a URL that names none."""
        super().__init__(url, clock, breaker)
        self._place = place_of(url)
        self._journal_url = journal
        self._merge = Merge(journal, url)
        if place_of(journal).digest == self._place.digest:
            raise JournalError(f"{journal}: is the ledger itself; give journal= another file")
        self._journal = open_journal(journal, clock)
        self._seen = Sightings(seen_file(file_of(journal)), self._place.digest)
        self._state = threading.RLock()
        self._homing = threading.Lock()
        self._ending = threading.Event()
        self._home: threading.Thread | None = None
        self._claimed = False
        self._fault = ""
        """Why the journal cannot be used."""
        self._spooling = False
        self._epoch = 0
        self._why = ""
        self._told_stale = False
        self._wanted: dict[str, tuple[Micros, Per]] = {}
        """Budgets that could not be defined yet."""
        self._own: dict[str, tuple[str, ...]] = {}
        """Open holds of this process in the ledger, and their budgets."""
        self._pending: dict[str, tuple[int, frozenset[str]]] = {}
        """Holds the ledger is being asked for: the most each may come to, and in which budgets."""
        self._spooled: set[str] = set()
        self._stop_noted = False
        try:
            self._claim()
            self._stop_noted = self._journal.stop_seen()
            if self._journal.needed():
                self._begin("what its journal has must be merged first")
                self._kick()
        except BaseException:
            super().close()
            self._journal.close()
            raise

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        self._seen.limited(name, limit)
        try:
            super().define(name, limit, per, tags=tags)
        except LedgerUnavailable as error:
            log().warning("budget %s is defined once the ledger answers: %s", name, error.what)
            with self._state:
                self._wanted[name] = limit, per
            return
        if not self._claimed:
            self._claim()

    def come_home(self) -> bool:
        """Tell the ledger everything now, and hold in it again. False when it does not answer or something is in the way.

        Raises `MergeStopped` while the kill switch is on.
        """
        with self._homing:
            if not self._spooling and not self._journal.needed():
                return True
            try:
                self._come_home()
            except MergeStopped:
                raise
            except LedgerUnavailable as error:
                if not isinstance(error, JournalError):
                    self._failed(error)
                    return False
                self._give_up(error)
            except LedgerError as error:
                self._give_up(error)
                return False
            return not self._spooling

    def close(self) -> None:
        """Merges what is left when the ledger answers; says what stays in the journal when it does not."""
        if self._ending.is_set():
            return
        self._ending.set()
        try:
            if self._journal.needed():
                self._finish()
        except LedgerError as error:
            log().warning("the journal %s could not be looked at: %s", self._journal_url, error)
        super().close()
        self._journal.close()

    def after_fork_in_child(self) -> None:
        """Threads and the locks they held are the parent's."""
        super().after_fork_in_child()
        self._state, self._homing, self._home = threading.RLock(), threading.Lock(), None
        self._pending, self._own = {}, {}
        self._seen.begin_anew()

    def _saw_stop(self, stopped: Stopped | None) -> None:
        """A stop outlasts the outage: the journal knows of it, and every process of the machine through it."""
        if self._stop_noted == (stopped is not None):
            return
        try:
            if stopped is not None:
                self._journal.see_stop(stopped.who, stopped.reason)
            elif not self._spooling:
                self._journal.see_resumed()
            else:
                return
            self._stop_noted = stopped is not None
        except LedgerError as error:
            log().warning("the journal %s cannot note the kill switch: %s", self._journal_url, error)

    @contextmanager
    def _standing_in(self) -> Iterator[None]:
        """What fails inside is the journal, so that nothing at all bounds a call."""
        try:
            yield
        except JournalError:
            raise
        except LedgerUnavailable as error:
            raise JournalError(f"{self._why}; its journal cannot stand in: {error.what}") from error

    def _begin(self, why: str) -> None:
        """Go on in the journal."""
        with self._state:
            if not self._spooling:
                self._why, self._told_stale = why, False
                with self._standing_in():
                    self._epoch = self._journal.epoch()
                self._spooling = True

    def _claim(self) -> None:
        """Raises `JournalError` when the journal is another ledger's."""
        try:
            identity = self._ask(identity_of)
        except LedgerUnavailable:
            identity = None
        with self._standing_in():
            self._journal.claim(self._place, identity)
        self._claimed = identity is not None

    def _back(self) -> None:
        """The ledger answers: bring it what it missed, from a thread of its own."""
        super()._back()
        self._kick()

    def _nudge(self) -> None:
        """See to it that somebody finds out when the ledger answers."""
        if not self._breaker.open:
            self._kick()
        elif not self._breaker.left_s():
            self._prober.start()

    def _kick(self) -> None:
        with self._state:
            if self._ending.is_set() or (self._home is not None and self._home.is_alive()):
                return
            self._home = threading.Thread(target=self._run_home, name="bursar-merge", daemon=True)
            self._home.start()

    def _run_home(self) -> None:
        while not self._ending.is_set():
            try:
                if self.come_home() and not self._journal.needed():
                    return
                pause_s = _PAUSE_S
                if self._breaker.open or self._fault:
                    return
            except MergeStopped:
                pause_s = _STOPPED_PAUSE_S
            except LedgerError as error:
                log().warning("the journal %s is merged later: %s", self._journal_url, error)
                return
            self._ending.wait(pause_s)

    def _come_home_for_caller(self) -> bool:
        try:
            return self.come_home()
        except MergeStopped:
            return False

    def _come_home(self) -> None:
        """Everything under the lock of the machine's merges, so that who holds in the ledger next finds it all counted."""
        found = self._ask(lambda ledger: ledger.stopped())
        if found is not None:
            self._saw_stop(found)
            if self._journal.needed():
                raise MergeStopped(
                    f"the guard is stopped by {found.who}; its journal is merged once it is resumed"
                )
        self._claim()
        with self._state:
            wanted, self._wanted = self._wanted, {}
        for name, (limit, per) in wanted.items():
            self.define(name, limit, per)
        merged, late = self._merge.merge(), not self._spooling
        self._fault = ""
        if merged.done:
            self._bring_stop(found)
            self._spooling = False
        if merged.entries:
            log().log(
                _INFO if late else _WARNING, "the journal %s is merged: %s", self._journal_url, merged.amounts
            )
            if self.listener is not None:
                self.listener.merged(merged.entries, merged.micros)

    def _bring_stop(self, found: Stopped | None) -> None:
        """Whoever stopped this machine alone while the ledger was away has meant the guard."""
        here = self._journal.stopped()
        if here is None or found is not None:
            return
        self._stop_noted = not self._journal.stop_seen()
        if self._stop_noted:
            self._ask(lambda ledger: ledger.stop(here.reason, here.who))
            self._journal.see_stop(here.who, here.reason)
        else:
            self._journal.see_resumed()

    def _give_up(self, error: LedgerError) -> None:
        """What stands in the way needs a person: calls go to the ledger, and the journal is left as it is."""
        if not self._fault:
            log().error("the journal %s is not merged and stands in no more: %s", self._journal_url, error)
        self._fault = str(error)
        self._spooling = False

    def _finish(self) -> None:
        """The last try."""
        until = monotonic() + CLOSE_S
        with self._state:
            home = threading.Thread(target=self._last_try, name="bursar-merge", daemon=True)
            home.start()
        home.join(max(0.0, until - monotonic()))
        self._merge.stop()
        home.join(CLOSE_S)
        if self._journal.needed():
            log().warning(
                "%s stays in the journal %s until it is merged: by the next guard with this journal, or by "
                "bursar guard merge %s --ledger %s",
                self._journal.unmerged(),
                self._journal_url,
                self._journal_url,
                self._place.shown,
            )

    def _last_try(self) -> None:
        try:
            if not self._breaker.open or self.ask_again():
                self.come_home()
        except LedgerError as error:
            log().warning("the journal %s is not merged: %s", self._journal_url, error)
