"""A ledger that stops asking when nobody answers: after a failure, callers are refused at once until it is back.

A thread in the background asks meanwhile. What calls that were under way came to is kept, and written first of all.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from time import monotonic
from typing import Final, Literal, Self, TypeVar

from planner.guard.errors import LedgerFileError, LedgerNotAsked, LedgerUnavailable, OutcomeOwed
from planner.guard.ledger import (
    LEASE_S,
    Clock,
    Entry,
    Held,
    Hold,
    Ledger,
    Mismatch,
    Offer,
    Refused,
    Resolved,
    Status,
    Stopped,
    Tags,
    open_ledger,
)
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.outage.breaker import Breaker
from planner.guard.ledger.outage.owed import Outcome, Owed, Verb
from planner.guard.ledger.outage.prober import Prober
from planner.guard.ledger.outage.watching import Outage, OutageListener
from planner.guard.ledger.windows import Per
from planner.guard.reading import ledger_name
from pricing.money import Micros

T = TypeVar("T")

CLOSE_S: Final = 10.0
"""The longest that outcomes are written while the ledger is being closed."""
_LATE_PAUSE_S: Final = 5.0


class BreakingLedger:
    """The `Ledger` at a URL behind a `Breaker`.

    `settle`, `void` and `assume` raise `OutcomeOwed` while it does not answer: what they say is written later.
    """

    keeps_outcomes = True
    """Whether outcomes wait in memory for the ledger to be back."""

    def __init__(self, url: str, clock: Clock, breaker: Breaker | None = None) -> None:
        self._url = url
        self._clock = clock
        self._breaker = breaker or Breaker()
        self._opening = threading.Lock()
        self._opened: Ledger | None = None
        self._closing: float | None = None
        self._closed = False
        self._owed = Owed()
        self._holds = 0
        self._since = 0.0
        self._probing = threading.Lock()
        self._prober = Prober(self._step)
        self.listener: OutageListener | None = None
        """Told of each outage, when it begins and when it ends."""
        survive_forks(self)

    def touch(self) -> None:
        """Open it now; raises `LedgerError` when that fails."""
        self._ledger(probing=True)

    def outage(self) -> Outage | None:
        """None while it answers."""
        why = self._breaker.why
        if not why:
            return None
        left = self._breaker.left_s()
        return Outage(ledger_name(self._url), why, self._since, left, self._holds, len(self._owed))

    def ask_again(self) -> bool:
        """Ask now, in this thread, whatever the pause; whether there was an answer. Owed outcomes are written then."""
        try:
            with self._probing:
                self._probe()
        except LedgerUnavailable as error:
            self._failed(error, probe=True)
            return False
        self._worked()
        return True

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        self._ask(lambda ledger: ledger.define(name, limit, per, tags=tags))

    def budgets(self) -> tuple[str, ...]:
        return self._ask(lambda ledger: ledger.budgets())

    def hold(
        self,
        key: str,
        amount: Micros,
        budgets: Iterable[str],
        *,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        return self._hold(lambda ledger: ledger.hold(key, amount, budgets, lease_s=lease_s, tags=tags))

    def hold_first(
        self, key: str, offers: Sequence[Offer], *, lease_s: float = LEASE_S, tags: Tags | None = None
    ) -> Held | Refused:
        return self._hold(lambda ledger: ledger.hold_first(key, offers, lease_s=lease_s, tags=tags))

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        return self._ask(
            lambda ledger: ledger.extend(key, extra, attempt=attempt, lease_s=lease_s, tags=tags)
        )

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        return self._end("settle", key, billed, tags, lambda ledger: ledger.settle(key, billed, tags=tags))

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        return self._end("void", key, Micros(0), tags, lambda ledger: ledger.void(key, tags=tags))

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        return self._end("assume", key, amount, tags, lambda ledger: ledger.assume(key, amount, tags=tags))

    def lapse_due(self) -> int:
        return self._ask(lambda ledger: ledger.lapse_due())

    def status(self, budget: str, *, period: str | None = None) -> Status:
        return self._ask(lambda ledger: ledger.status(budget, period=period))

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        yield from self._ask(lambda ledger: ledger.entries(after=after))

    def holds(self, *, state: Literal["open", "lapsed"] = "open") -> tuple[Hold, ...]:
        return self._ask(lambda ledger: ledger.holds(state=state))

    def find(self, key: str) -> Hold:
        return self._ask(lambda ledger: ledger.find(key))

    def verify(self) -> tuple[Mismatch, ...]:
        return self._ask(lambda ledger: ledger.verify())

    def stop(self, reason: str, who: str) -> None:
        self._ask(lambda ledger: ledger.stop(reason, who))

    def resume(self, who: str) -> None:
        self._ask(lambda ledger: ledger.resume(who))

    def stopped(self) -> Stopped | None:
        return self._ask(lambda ledger: ledger.stopped())

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        return self._ask(lambda ledger: ledger.claim_notice(budget, period, threshold_pct))

    def close(self) -> None:
        """Tries once more to write what is owed, which takes as long as the ledger's deadline at the most."""
        under_way = self._probing.locked()
        self._closing = monotonic() + CLOSE_S
        self._prober.end()
        if self._owed and not under_way:
            self.ask_again()
        self._owed.lose("the guard was closed before the ledger answered")
        with self._opening:
            self._closed = True
            if self._opened is not None:
                self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def before_fork(self) -> None:
        self._prober.before_fork()
        self._breaker.lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._breaker.lock.release()
        self._prober.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """The prober is the parent's, and so are the outcomes it owes."""
        self._breaker.lock = threading.Lock()
        self._opening = threading.Lock()
        self._probing = threading.Lock()
        self._prober.after_fork_in_child()
        self._owed.clear()

    def _ask(self, verb: Callable[[Ledger], T]) -> T:
        """The verb's answer, or `LedgerUnavailable`: after its own deadline the first time, at once while it is open."""
        if self._closed:
            raise LedgerUnavailable("the ledger is closed")
        try:
            self._breaker.check()
        except LedgerNotAsked as error:
            if not error.again_s:
                self._prober.start()
            raise
        try:
            return verb(self._ledger())
        except (LedgerFileError, LedgerNotAsked):
            raise
        except LedgerUnavailable as error:
            self._failed(error)
            raise

    def _hold(self, verb: Callable[[Ledger], T]) -> T:
        try:
            return self._ask(verb)
        except LedgerUnavailable:
            with self._breaker.lock:
                self._holds += 1
            raise

    def _end(self, verb: Verb, key: str, amount: Micros, tags: Tags | None, ask: Callable[[Ledger], T]) -> T:
        """Keeps the outcome when it cannot be written now."""
        try:
            return self._ask(ask)
        except LedgerFileError:
            raise
        except LedgerUnavailable as error:
            if not self.keeps_outcomes or self._closed:
                raise
            self._owed.keep(key, Outcome(verb, amount, tags))
            raise OutcomeOwed(
                error.what, advice="it is told once it answers again", again_s=error.again_s
            ) from error

    def _step(self) -> float | None:
        """What the prober does: ask when that is due, and write what is owed."""
        if self._breaker.open:
            left = self._breaker.left_s()
            if left:
                return left
            self.ask_again()
            if self._breaker.open:
                return self._breaker.left_s()
        elif self._owed:
            self.ask_again()
        return (self._breaker.left_s() or _LATE_PAUSE_S) if self._owed or self._breaker.open else None

    def _probe(self) -> None:
        ledger = self._ledger(probing=True)
        if self._breaker.open:
            ledger.lapse_due()  # it writes, so a server that can only read does not pass
        self._owed.write(ledger, self._out_of_time)

    def _failed(self, error: LedgerUnavailable, *, probe: bool = False) -> None:
        if self._closed:
            return
        if self._breaker.failed(error, probe=probe):
            self._holds, self._since = 0, self._clock()
            outage = self.outage()
            if outage is not None and self.listener is not None:
                self.listener.down(outage)
        self._prober.start()

    def _worked(self) -> None:
        outage = self.outage()
        down_s = self._breaker.worked()
        if down_s is None or outage is None:
            return
        written, micros = self._owed.written()
        if self.listener is not None:
            self.listener.back(outage, down_s, written, micros)
        self._back()

    def _back(self) -> None:
        """It answers again."""

    def _out_of_time(self) -> bool:
        """While the ledger is being closed, outcomes are written for so long and no longer."""
        return self._closing is not None and monotonic() > self._closing

    def _ledger(self, *, probing: bool = False) -> Ledger:
        """Opens it when that has not been done; who waited for someone who failed is told so without another try."""
        if self._opened is None:
            with self._opening:
                if self._opened is None and not self._closed:
                    if not probing:
                        self._breaker.check()
                    self._opened = open_ledger(self._url, clock=self._clock)
        if self._closed or self._opened is None:
            raise LedgerUnavailable("the ledger is closed")
        return self._opened
