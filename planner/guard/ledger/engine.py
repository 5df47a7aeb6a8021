"""The verbs of the ledger, once, for every engine that has a store and a transaction to run a rule in."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol, Self, TypeVar

from planner.guard.errors import UnknownBudget
from planner.guard.ledger import (
    LEASE_S,
    Clock,
    Entry,
    Held,
    Hold,
    Lapse,
    Line,
    Mismatch,
    Offer,
    Refused,
    Resolved,
    Status,
    Stopped,
    Tags,
    bookkeeping,
)
from planner.guard.ledger.arguments import (
    check_amount,
    check_name,
    check_offer,
    checked_moment,
    lease_micros,
    tags_text,
)
from planner.guard.ledger.bookkeeping import Stamp
from planner.guard.ledger.store import Store
from planner.guard.ledger.windows import PERS, Per, per_of, period_at
from pricing.money import Micros

if TYPE_CHECKING:
    from planner.guard.ledger.history import Page

T = TypeVar("T")

_KEY = "a hold's key"
_PAGE = 500
_LAPSE_BATCH = 500


class Reader(Protocol):
    """What an engine can be asked without changing anything."""

    def budgets(self) -> tuple[str, ...]: ...

    def per(self, budget: str) -> Per | None: ...

    def status(self, line: Line) -> Status: ...

    def entries(self, after: int, most: int) -> list[Entry]: ...

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]: ...

    def find(self, key: str) -> Hold: ...

    def stopped(self) -> Stopped | None: ...

    def mismatches(self) -> tuple[Mismatch, ...]: ...


class EngineLedger(ABC):
    """A `Ledger` but for where its rows live."""

    page_entries = 200
    """How many entries of another ledger `absorb` is given at a time."""

    def __init__(self, clock: Clock, lapse: Lapse) -> None:
        self._clock = clock
        self._lapse = lapse

    @abstractmethod
    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> T:
        """Run the rule in a transaction of its own: all of it takes effect, or none.

        `key` names the hold it is about, for engines that fetch what a rule will ask for beforehand.
        """

    @abstractmethod
    def _read(self, query: Callable[[Reader], T]) -> T:
        """Run the query on what has been committed."""

    @abstractmethod
    def close(self) -> None: ...

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        check_name(name, "a budget's name")
        check_amount(limit, "a limit")
        if per not in PERS:
            raise ValueError(f"a budget counts per day, month or lifetime, not {per!r}")
        stamp = self._stamp({**(tags or {}), "per": per})
        self._define(stamp, name, limit, per)

    def budgets(self) -> tuple[str, ...]:
        return self._read(lambda reader: reader.budgets())

    def hold(
        self,
        key: str,
        amount: Micros,
        budgets: Iterable[str],
        *,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        if isinstance(budgets, str):
            raise ValueError(f"hold {key!r} names its budgets as one text; give a list of names")
        return self.hold_first(key, [Offer(amount, dict.fromkeys(budgets))], lease_s=lease_s, tags=tags)

    def hold_first(
        self, key: str, offers: Sequence[Offer], *, lease_s: float = LEASE_S, tags: Tags | None = None
    ) -> Held | Refused:
        check_name(key, _KEY)
        if not offers:
            raise ValueError(f"hold {key!r} makes no offer")
        for offer in offers:
            check_offer(offer)
        return self._hold_first(bookkeeping.Ask(self._stamp(tags), key, offers, lease_micros(lease_s)))

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        check_name(key, _KEY)
        check_amount(extra, "an extension")
        if attempt is not None and attempt < 2:
            raise ValueError(f"attempt {attempt} is the hold itself; extensions count from 2")
        return self._extend(self._stamp(tags), key, extra, attempt, lease_micros(lease_s))

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        check_name(key, _KEY)
        check_amount(billed, "a bill")
        return self._settle(self._stamp(tags), key, billed)

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        check_name(key, _KEY)
        return self._void(self._stamp(tags), key)

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        check_name(key, _KEY)
        check_amount(amount, "an assumption")
        return self._assume(self._stamp(tags), key, amount)

    def lapse_due(self) -> int:
        at, total = self._now(), 0
        while count := self._sweep(at, _LAPSE_BATCH):
            total += count
        return total

    def status(self, budget: str, *, period: str | None = None) -> Status:
        def query(reader: Reader) -> Status:
            per = reader.per(budget)
            if per is None:
                raise UnknownBudget(budget)
            if period is not None and per_of(period) != per:
                raise ValueError(f"budget {budget!r} is per {per} and has no period {period!r}")
            return reader.status(Line(budget, period or period_at(per, self._clock())))

        return self._read(query)

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        while page := self._entries_after(after):
            yield from page
            after = page[-1].seq

    def first(self) -> Entry | None:
        """The oldest entry, which never changes; None while there is none."""
        return next(iter(self._read(lambda reader: reader.entries(0, 1))), None)

    def holds(self, *, state: Literal["open", "lapsed"] = "open") -> tuple[Hold, ...]:
        return self._read(lambda reader: reader.holds(state))

    def find(self, key: str) -> Hold:
        return self._read(lambda reader: reader.find(key))

    def verify(self) -> tuple[Mismatch, ...]:
        return self._read(lambda reader: reader.mismatches())

    def stop(self, reason: str, who: str) -> None:
        stamp = self._stamp({"reason": reason, "who": who})
        self._stop(stamp, reason, who)

    def resume(self, who: str) -> None:
        self._resume(self._stamp({"who": who}))

    def stopped(self) -> Stopped | None:
        return self._read(lambda reader: reader.stopped())

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        line, threshold = Line(budget, period), str(Fraction(threshold_pct))
        return self._claim_notice(self._stamp({"at_pct": threshold}), line, threshold)

    # What each verb does once its arguments are checked: a rule over a store, unless the engine knows a shorter way.

    def _define(self, stamp: Stamp, name: str, limit: Micros, per: Per) -> None:
        self._write(lambda store: bookkeeping.define(store, stamp, name, limit, per))

    def _hold_first(self, ask: bookkeeping.Ask) -> Held | Refused:
        return self._write(lambda store: bookkeeping.hold_first(store, ask, self._lapse), ask.key)

    def _extend(
        self, stamp: Stamp, key: str, extra: Micros, attempt: int | None, lease: int
    ) -> Held | Refused:
        return self._write(
            lambda store: bookkeeping.extend(store, stamp, key, extra, attempt=attempt, lease=lease), key
        )

    def _settle(self, stamp: Stamp, key: str, billed: Micros) -> Resolved:
        return self._write(lambda store: bookkeeping.settle(store, stamp, key, billed), key)

    def _void(self, stamp: Stamp, key: str) -> Resolved:
        return self._write(lambda store: bookkeeping.void(store, stamp, key), key)

    def _assume(self, stamp: Stamp, key: str, amount: Micros) -> Resolved:
        return self._write(lambda store: bookkeeping.assume(store, stamp, key, amount), key)

    def _sweep(self, at: int, most: int) -> int:
        return self._write(lambda store: bookkeeping.sweep(store, at, self._lapse, most))

    def _stop(self, stamp: Stamp, reason: str, who: str) -> None:
        self._write(lambda store: bookkeeping.stop(store, stamp, reason, who))

    def _resume(self, stamp: Stamp) -> None:
        self._write(lambda store: bookkeeping.resume(store, stamp))

    def _claim_notice(self, stamp: Stamp, line: Line, threshold: str) -> bool:
        return self._write(lambda store: bookkeeping.claim_notice(store, stamp, line, threshold))

    def absorb(self, page: "Page") -> None:
        """Append entries of another ledger, with what they did to its holds, in one step."""
        from planner.guard.ledger.history import absorb

        self._write(lambda store: absorb(store, page))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _now(self) -> int:
        return checked_moment(self._clock())

    def _stamp(self, tags: Tags | None) -> Stamp:
        return Stamp(self._now(), tags_text(tags))

    def _entries_after(self, after: int) -> list[Entry]:
        return self._read(lambda reader: reader.entries(after, _PAGE))
