"""A ledger that stops asking when nobody answers: after a failure, callers are refused at once for a while."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final, Literal, Self, TypeVar

from planner.guard.errors import LedgerFileError, LedgerUnavailable
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
from planner.guard.ledger.windows import Per
from pricing.money import Micros

T = TypeVar("T")

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0


class Breaker:
    """Open while a ledger is not to be asked. One caller at a time tries again; the pauses double."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pause = FIRST_PAUSE_S
        self._until = 0.0
        self._why = ""

    @property
    def open(self) -> bool:
        return bool(self._why)

    def check(self) -> None:
        """Raises `LedgerUnavailable` while it is open; lets one caller through when its pause is over."""
        if not self._why:
            return
        with self._lock:
            left = self._until - self._monotonic()
            if self._why and left > 0:
                raise LedgerUnavailable(f"{self._why}; it is asked again in {left:.1f} s")
            self._until = self._monotonic() + self._pause

    def failed(self, error: LedgerUnavailable) -> None:
        with self._lock:
            self._pause = min(LONGEST_PAUSE_S, self._pause * 2) if self._why else FIRST_PAUSE_S
            self._why = str(error)
            self._until = self._monotonic() + self._pause

    def worked(self) -> bool:
        """True when it was open until now."""
        if not self._why:
            return False
        with self._lock:
            was_open, self._why = bool(self._why), ""
            return was_open


class BreakingLedger:
    """The `Ledger` at a URL behind a `Breaker`."""

    def __init__(self, url: str, clock: Clock, breaker: Breaker | None = None) -> None:
        self._url = url
        self._clock = clock
        self._breaker = breaker or Breaker()
        self._opening = threading.Lock()
        self._opened: Ledger | None = None
        self._closed = False

    def touch(self) -> None:
        """Open it now; raises `LedgerError` when that fails."""
        self._ledger()

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
        return self._ask(lambda ledger: ledger.hold(key, amount, budgets, lease_s=lease_s, tags=tags))

    def hold_first(
        self, key: str, offers: Sequence[Offer], *, lease_s: float = LEASE_S, tags: Tags | None = None
    ) -> Held | Refused:
        return self._ask(lambda ledger: ledger.hold_first(key, offers, lease_s=lease_s, tags=tags))

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
        return self._ask(lambda ledger: ledger.settle(key, billed, tags=tags))

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        return self._ask(lambda ledger: ledger.void(key, tags=tags))

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        return self._ask(lambda ledger: ledger.assume(key, amount, tags=tags))

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
        with self._opening:
            self._closed = True
            if self._opened is not None:
                self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, verb: Callable[[Ledger], T]) -> T:
        """The verb's answer, or `LedgerUnavailable`: after its own deadline the first time, at once while it is open."""
        self._breaker.check()
        try:
            answer = verb(self._ledger())
        except LedgerFileError:
            raise
        except LedgerUnavailable as error:
            self._breaker.failed(error)
            raise
        if self._breaker.worked():
            self._back()
        return answer

    def _back(self) -> None:
        """It answers again."""

    def _ledger(self) -> Ledger:
        with self._opening:
            if self._closed:
                raise LedgerUnavailable("the ledger is closed")
            if self._opened is None:
                self._opened = open_ledger(self._url, clock=self._clock)
            return self._opened
