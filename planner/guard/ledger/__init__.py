"""What a ledger promises the guard, whichever engine keeps it.

Settled + held never exceeds a budget's limit in any period, but for what was billed above its hold
(`overrun`); every verb is one atomic step over all its budgets and safe to repeat with the same key; entries
are only ever appended.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Literal, NamedTuple, Protocol, Self

from planner.guard.ledger.urls import opener
from planner.guard.ledger.windows import Per, resets_at
from pricing.money import Micros
from pricing.records import EMPTY, record

Clock = Callable[[], float]
"""POSIX seconds, as `time.time` gives them."""
Tags = Mapping[str, str | int | None]
"""A few words kept with an entry: sku, images, who, why."""
Lapse = Literal["assume_billed", "release"]
"""What a hold becomes when its lease runs out: counted as billed until reconciled, or given back."""
HoldState = Literal["open", "lapsed", "settled", "voided"]
Kind = Literal[
    "define", "hold", "extend", "settle", "void", "assume", "lapse", "refuse", "stop", "resume", "notice"
]

LEASE_S = 900.0


class Line(NamedTuple):
    """One budget in one of its periods: where an amount is counted."""

    budget: str
    period: str


class Change(NamedTuple):
    """What an entry adds to the counters of each of its lines."""

    held: int = 0
    settled: int = 0
    assumed: int = 0
    """The part of `settled` that no bill has confirmed yet."""
    overrun: int = 0


NO_CHANGE = Change()
_NOTHING = Micros(0)


@record
class Offer:
    """A request the caller would send, and the most each budget may come to with it."""

    amount: Micros
    budgets: Mapping[str, Micros | None]
    """Ceiling on the budget's exposure; None for its limit, which also bounds every ceiling."""


@record
class Status:
    """A budget in one period."""

    budget: str
    period: str
    per: Per
    limit: Micros
    settled: Micros
    """Billed, or assumed billed."""
    held: Micros
    assumed: Micros
    """The part of `settled` whose lease ran out with the outcome unknown."""
    overrun: Micros
    """The part of `settled` that was billed above its hold."""

    @property
    def exposure(self) -> Micros:
        return Micros(self.settled + self.held)

    @property
    def room(self) -> Micros:
        """Negative after an overrun, or once the limit is lowered below the exposure."""
        return Micros(self.limit - self.exposure)

    @property
    def resets_at(self) -> float | None:
        """When the next period begins (POSIX seconds); None for a lifetime budget."""
        return resets_at(self.period)


@record
class Held:
    """The money is set aside: send the request."""

    key: str
    amount: Micros
    """All that is set aside under the key, extensions included."""
    offer: int
    """Which of the offers was taken."""
    lease_until: float
    budgets: tuple[Status, ...]
    """Every budget of the hold as this answer leaves it."""


@record
class Stopped:
    """Someone pressed the kill switch."""

    at: float
    who: str
    reason: str


@record
class Refused:
    """Nothing was set aside: send nothing. The budget named is the tightest for the last offer tried."""

    key: str
    wanted: Micros
    budget: str = ""
    """Empty when the ledger is stopped."""
    period: str = ""
    room: Micros = _NOTHING
    """What that budget could still take under the offer's ceiling; below zero when it is over."""
    stopped: Stopped | None = None
    outage: str = ""
    """Why the ledger does not answer, where a machine's journal refused in its place."""

    @property
    def resets_at(self) -> float | None:
        return resets_at(self.period) if self.period else None


@record
class Resolved:
    """How a hold ended."""

    key: str
    state: HoldState
    """`lapsed` when its outcome is only assumed."""
    billed: Micros
    """Or assumed billed."""
    overrun: Micros
    """What was billed beyond the money set aside when the bill came."""


@record
class Hold:
    """A hold as the ledger knows it now."""

    key: str
    state: HoldState
    amount: Micros
    offer: int
    attempts: int
    """How many times the call may have been billed: 1, and one more for each extension."""
    billed: Micros
    """Zero until it is settled."""
    assumed: Micros
    """What a lapsed hold is counted at while nobody knows its bill."""
    held_at: float
    lease_until: float
    lines: tuple[Line, ...]
    tags: Tags


@record
class Entry:
    """One line of the history."""

    seq: int
    """1, 2, 3 ... without gaps."""
    at: float
    kind: Kind
    key: str | None
    """None for entries that are about no hold."""
    amount: Micros
    """Held, added, billed, given back, assumed or lapsed; the limit for `define`, zero for the rest."""
    lines: tuple[Line, ...]
    change: Change = NO_CHANGE
    tags: Tags = EMPTY


@record
class Mismatch:
    """A number the ledger keeps that its entries do not add up to."""

    where: str
    recorded: int
    recomputed: int


class Ledger(Protocol):
    """All verbs take effect entirely or not at all, and raise `LedgerUnavailable` when they cannot tell."""

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        """Create the budget, or change its limit and keep its history; `PeriodConflict` for another `per`."""

    def budgets(self) -> tuple[str, ...]:
        """The names of all budgets, in order."""

    def hold(
        self,
        key: str,
        amount: Micros,
        budgets: Iterable[str],
        *,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        """Set the amount aside in all the budgets, or in none.

        Keys are kept for ever. Keys that sort by time keep a ledger of ten million entries as fast as a small
        one; random ones make it half as fast.
        """

    def hold_first(
        self, key: str, offers: Sequence[Offer], *, lease_s: float = LEASE_S, tags: Tags | None = None
    ) -> Held | Refused:
        """Hold the first offer that fits all its budgets. A refusal binds nothing: the key may ask again."""

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        """Add to a hold before a retry that may bill again, and renew its lease; a lapsed hold opens again.

        `attempt` counts from 1, the hold itself, and makes the verb safe to repeat; None is always one more.
        """

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        """Count the bill in place of the hold, in the hold's own periods, in full even above it."""

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        """Give the hold back: the call was certainly not billed."""

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        """Count the amount as billed though nobody knows; a `settle` or `void` may correct it, as after a lapse."""

    def lapse_due(self) -> int:
        """Lapse every hold whose lease has run out; returns how many. Every `hold` does some of this too."""

    def status(self, budget: str, *, period: str | None = None) -> Status:
        """The budget now, or in the period named."""

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """The history from the entry that follows `after`, as far as it goes while iterating."""

    def holds(self, *, state: Literal["open", "lapsed"] = "open") -> tuple[Hold, ...]:
        """The holds nobody has resolved, those whose lease ends first at the front."""

    def find(self, key: str) -> Hold:
        """The hold under the key, resolved or not."""

    def verify(self) -> tuple[Mismatch, ...]:
        """Add up the entries and compare with every counter, hold and limit kept beside them."""

    def stop(self, reason: str, who: str) -> None:
        """The kill switch: every process is refused holds and extensions. Open holds still resolve."""

    def resume(self, who: str) -> None:
        """Grant holds again."""

    def stopped(self) -> Stopped | None:
        """Who stopped the ledger and why; None while it grants holds."""

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        """True exactly once per budget, period and threshold over all processes: send the notice."""

    def close(self) -> None:
        """Let go of files and connections; later verbs raise `LedgerUnavailable`. Closing again is fine."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_ledger(url: str, *, clock: Clock = time.time, lapse: Lapse = "assume_billed") -> Ledger:
    """The ledger at `sqlite:///relative.db`, `postgresql://host/database`, `dynamodb://table` or `memory://`.

    It is made if it is missing. `sqlite:///path?synchronous=NORMAL` is faster and may forget the last moments before
    a power cut.
    """
    module, function, place = opener(url)
    opened: Ledger = getattr(import_module(module), function)(place, clock=clock, lapse=lapse)
    return opened
