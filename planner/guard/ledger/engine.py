"""The verbs of the ledger, once, for every engine that has a store and a transaction to run a rule in."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal, Protocol, Self, TypeVar

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
from planner.guard.ledger.store import MICROSECONDS, Store
from planner.guard.ledger.windows import PERS, Per, per_of, period_at
from pricing.money import LARGEST, Micros

T = TypeVar("T")

_KEY = "a hold's key"
_PAGE = 500
_LAPSE_BATCH = 500
_LONGEST_NAME = 200
_LONGEST_LEASE_S = 366 * 86_400
_LATEST = 253_402_300_800
"""The first second of the year 10000."""


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

    def __init__(self, clock: Clock, lapse: Lapse) -> None:
        self._clock = clock
        self._lapse = lapse

    @abstractmethod
    def _write(self, rule: Callable[[Store], T]) -> T:
        """Run the rule in a transaction of its own: all of it takes effect, or none."""

    @abstractmethod
    def _read(self, query: Callable[[Reader], T]) -> T:
        """Run the query on what has been committed."""

    @abstractmethod
    def close(self) -> None: ...

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        _check_name(name, "a budget's name")
        _check_amount(limit, "a limit")
        if per not in PERS:
            raise ValueError(f"a budget counts per day, month or lifetime, not {per!r}")
        stamp = self._stamp({**(tags or {}), "per": per})
        self._write(lambda store: bookkeeping.define(store, stamp, name, limit, per))

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
        _check_name(key, _KEY)
        if not offers:
            raise ValueError(f"hold {key!r} makes no offer")
        for offer in offers:
            _check_offer(offer)
        ask = bookkeeping.Ask(self._stamp(tags), key, offers, _lease(lease_s))
        return self._write(lambda store: bookkeeping.hold_first(store, ask, self._lapse))

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        _check_name(key, _KEY)
        _check_amount(extra, "an extension")
        if attempt is not None and attempt < 2:
            raise ValueError(f"attempt {attempt} is the hold itself; extensions count from 2")
        stamp, lease = self._stamp(tags), _lease(lease_s)
        return self._write(
            lambda store: bookkeeping.extend(store, stamp, key, extra, attempt=attempt, lease=lease)
        )

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        _check_name(key, _KEY)
        _check_amount(billed, "a bill")
        stamp = self._stamp(tags)
        return self._write(lambda store: bookkeeping.settle(store, stamp, key, billed))

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        _check_name(key, _KEY)
        stamp = self._stamp(tags)
        return self._write(lambda store: bookkeeping.void(store, stamp, key))

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        _check_name(key, _KEY)
        _check_amount(amount, "an assumption")
        stamp = self._stamp(tags)
        return self._write(lambda store: bookkeeping.assume(store, stamp, key, amount))

    def lapse_due(self) -> int:
        at, total = self._now(), 0
        while count := self._write(lambda store: bookkeeping.sweep(store, at, self._lapse, _LAPSE_BATCH)):
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

    def holds(self, *, state: Literal["open", "lapsed"] = "open") -> tuple[Hold, ...]:
        return self._read(lambda reader: reader.holds(state))

    def find(self, key: str) -> Hold:
        return self._read(lambda reader: reader.find(key))

    def verify(self) -> tuple[Mismatch, ...]:
        return self._read(lambda reader: reader.mismatches())

    def stop(self, reason: str, who: str) -> None:
        stamp = self._stamp({"reason": reason, "who": who})
        self._write(lambda store: bookkeeping.stop(store, stamp, reason, who))

    def resume(self, who: str) -> None:
        stamp = self._stamp({"who": who})
        self._write(lambda store: bookkeeping.resume(store, stamp))

    def stopped(self) -> Stopped | None:
        return self._read(lambda reader: reader.stopped())

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        line, threshold = Line(budget, period), str(Fraction(threshold_pct))
        stamp = self._stamp({"at_pct": threshold})
        return self._write(lambda store: bookkeeping.claim_notice(store, stamp, line, threshold))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _now(self) -> int:
        at = self._clock()
        if not 0 <= at < _LATEST:
            raise ValueError(f"the clock says {at!r}, which is no POSIX time between 1970 and 9999")
        return round(at * MICROSECONDS)

    def _stamp(self, tags: Tags | None) -> bookkeeping.Stamp:
        return bookkeeping.Stamp(self._now(), _words(tags))

    def _entries_after(self, after: int) -> list[Entry]:
        return self._read(lambda reader: reader.entries(after, _PAGE))


def _check_offer(offer: Offer) -> None:
    _check_amount(offer.amount, "a hold")
    for name, ceiling in offer.budgets.items():
        _check_name(name, "a budget's name")
        if ceiling is not None and type(ceiling) is not int:
            raise ValueError(f"a ceiling is a whole number of micro-dollars or None, not {ceiling!r}")


def _check_amount(amount: int, what: str) -> None:
    if type(amount) is not int or not 0 <= amount <= LARGEST:
        raise ValueError(f"{what} is a whole number of micro-dollars from 0 to {LARGEST}, not {amount!r}")


def _check_name(name: str, what: str) -> None:
    if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
        raise ValueError(f"{what} is 1 to {_LONGEST_NAME} printable characters, not {name!r:.60}")


def _lease(lease_s: float) -> int:
    if not 0 < lease_s <= _LONGEST_LEASE_S:
        raise ValueError(f"a lease is more than 0 seconds and at most a year, not {lease_s!r}")
    return round(lease_s * MICROSECONDS)


def _words(tags: Tags | None) -> str | None:
    return _ENCODER.encode(dict(tags)) if tags else None


_ENCODER = json.JSONEncoder(separators=(",", ":"))
