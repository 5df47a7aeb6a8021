"""The verbs as rules over a store: what each reads, decides and writes. No clock, no lock, no file here.

Every rule reads and checks before its first write, so a rule that raises has changed nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from planner.guard.errors import HoldConflict, PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import (
    Change,
    Held,
    HoldState,
    Kind,
    Lapse,
    Line,
    Offer,
    Refused,
    Resolved,
    Status,
    Stopped,
)
from planner.guard.windows import Per, per_of, period_at
from pricing.money import Micros

State = Literal["open", "assumed", "released", "settled", "voided"]
STATES: dict[State, HoldState] = {
    "open": "open",
    "assumed": "lapsed",
    "released": "lapsed",
    "settled": "settled",
    "voided": "voided",
}
"""A lapsed hold is either counted as billed or given back."""

MICROSECONDS = 1_000_000
SWEEP = 100
"""How many overdue holds one hold sweeps on its way: enough to keep up, too few to be felt."""


class Record(NamedTuple):
    """A hold as a store keeps it; times in whole microseconds."""

    key: str
    state: State
    asked: int
    """What the hold was first granted for: its intent."""
    amount: int
    offer: int
    attempts: int
    extra: int
    """What the last extension added."""
    billed: int
    overrun: int
    lease_until: int
    booking: int


class Draft(NamedTuple):
    """An entry about to be appended."""

    at: int
    kind: Kind
    key: str | None = None
    amount: int = 0
    change: Change = Change()
    booking: int | None = None
    tags: str | None = None
    """A JSON object."""


class Look(NamedTuple):
    """What a hold must know before it looks at any budget."""

    record: Record | None
    overdue: bool
    """Some open hold's lease has run out."""
    stopped: Stopped | None


class Store(Protocol):
    """What an engine keeps; every method runs inside the engine's transaction."""

    def per(self, budget: str) -> Per | None:
        """None for a budget that was never defined."""

    def limit(self, budget: str) -> Micros: ...

    def put_budget(self, budget: str, limit: Micros, per: Per) -> None: ...

    def booking(self, lines: tuple[Line, ...]) -> int:
        """A number for exactly these lines; counters that do not exist yet begin at zero."""

    def statuses(self, booking: int) -> list[Status]: ...

    def look(self, key: str, at: int) -> Look: ...

    def record(self, key: str) -> Record | None: ...

    def overdue(self, at: int, most: int) -> list[Record]: ...

    def append(self, draft: Draft) -> int:
        """Write the entry and move the counters of its lines; returns its number."""

    def add(self, record: Record, seq: int) -> None:
        """Keep a new hold; `seq` is the entry that granted it."""

    def replace(self, record: Record) -> None: ...

    def switch(self, stopped: Stopped | None) -> None: ...

    def stopped(self) -> Stopped | None: ...

    def claim(self, line: Line, threshold: str) -> bool: ...


class Ask(NamedTuple):
    """A call to `hold_first`."""

    at: int
    key: str
    offers: Sequence[Offer]
    lease: int
    tags: str | None


def define(store: Store, at: int, name: str, limit: Micros, per: Per, tags: str | None) -> None:
    known = store.per(name)
    if known is not None and known != per:
        raise PeriodConflict(name, known, per)
    if known is not None and store.limit(name) == limit:
        return
    store.put_budget(name, limit, per)
    booking = store.booking((Line(name, period_at(per, at / MICROSECONDS)),))
    store.append(Draft(at, "define", amount=limit, booking=booking, tags=tags))


def hold_first(store: Store, ask: Ask, lapse: Lapse) -> Held | Refused:
    record, overdue, stopped = store.look(ask.key, ask.at)
    if record is not None:
        return _replay(store, record, ask.offers)
    booked = [lines_now(store, offer.budgets, ask.at) for offer in ask.offers]
    if overdue:
        sweep(store, ask.at, lapse, SWEEP)
    if stopped is not None:
        return _refuse_stopped(store, ask.at, ask.key, ask.offers[0].amount, stopped)
    answer = _take_first(store, ask, booked)
    while isinstance(answer, Refused) and sweep(store, ask.at, lapse, SWEEP):
        answer = _take_first(store, ask, booked)
    if isinstance(answer, Refused):
        _record_refusal(store, ask.at, answer, store.booking(booked[-1]))
    return answer


def extend(
    store: Store, at: int, key: str, extra: Micros, attempt: int | None, lease: int, tags: str | None
) -> Held | Refused:
    record = known(store, key)
    if record.state in {"settled", "voided"}:
        raise HoldConflict(key, f"is {record.state} and cannot be extended")
    if attempt is not None and attempt <= record.attempts:
        return _replay_extension(store, record, extra, attempt)
    if (stopped := store.stopped()) is not None:
        return _refuse_stopped(store, at, key, extra, stopped)
    longer = record._replace(
        state="open",
        amount=record.amount + extra,
        extra=extra,
        attempts=attempt or record.attempts + 1,
        lease_until=max(record.lease_until, at + lease),
    )
    change = _between(record, longer)
    statuses = store.statuses(record.booking)
    refusal = _tightest(key, Micros(change.held + change.settled), statuses, {})
    if refusal is not None:
        _record_refusal(store, at, refusal, record.booking)
        return refusal
    store.append(Draft(at, "extend", key, extra, change, record.booking, tags))
    store.replace(longer)
    return _held(longer, statuses, change)


def settle(store: Store, at: int, key: str, billed: Micros, tags: str | None) -> Resolved:
    record = known(store, key)
    if record.state == "voided" or (record.state == "settled" and record.billed != billed):
        was = "voided" if record.state == "voided" else f"settled at {record.billed} micros"
        raise HoldConflict(key, f"was {was}; it cannot be settled at {billed} micros")
    if record.state != "settled":
        overrun = max(0, billed - _exposure(record))
        record = _resolve(
            store, at, "settle", record._replace(state="settled", billed=billed, overrun=overrun), tags
        )
    return _resolved(record)


def void(store: Store, at: int, key: str, tags: str | None) -> Resolved:
    record = known(store, key)
    if record.state == "settled":
        raise HoldConflict(key, f"was settled at {record.billed} micros; it cannot be voided")
    if record.state != "voided":
        record = _resolve(store, at, "void", record._replace(state="voided"), tags)
    return _resolved(record)


def sweep(store: Store, at: int, lapse: Lapse, most: int) -> int:
    """Lapse up to `most` holds whose lease has run out; returns how many."""
    due = store.overdue(at, most)
    for record in due:
        lapsed = record._replace(state="assumed" if lapse == "assume_billed" else "released")
        store.append(Draft(at, "lapse", record.key, record.amount, _between(record, lapsed), record.booking))
        store.replace(lapsed)
    return len(due)


def claim_notice(store: Store, at: int, line: Line, threshold: str, tags: str) -> bool:
    if per_of(line.period) != _per(store, line.budget):
        raise ValueError(f"budget {line.budget!r} has no period {line.period!r}")
    claimed = store.claim(line, threshold)
    if claimed:
        store.append(Draft(at, "notice", booking=store.booking((line,)), tags=tags))
    return claimed


def stop(store: Store, at: int, reason: str, who: str, tags: str) -> None:
    if store.stopped() is None:
        store.switch(Stopped(at / MICROSECONDS, who, reason))
        store.append(Draft(at, "stop", tags=tags))


def resume(store: Store, at: int, tags: str) -> None:
    if store.stopped() is not None:
        store.switch(None)
        store.append(Draft(at, "resume", tags=tags))


def known(store: Store, key: str) -> Record:
    record = store.record(key)
    if record is None:
        raise UnknownHold(key)
    return record


def lines_now(store: Store, budgets: Iterable[str], at: int) -> tuple[Line, ...]:
    """Where an amount held at this moment counts, in order of name."""
    return tuple(Line(name, period_at(_per(store, name), at / MICROSECONDS)) for name in sorted(budgets))


def _per(store: Store, budget: str) -> Per:
    per = store.per(budget)
    if per is None:
        raise UnknownBudget(budget)
    return per


def _take_first(store: Store, ask: Ask, booked: Sequence[tuple[Line, ...]]) -> Held | Refused:
    refusal: Refused | None = None
    for index, (offer, lines) in enumerate(zip(ask.offers, booked, strict=True)):
        booking = store.booking(lines)
        statuses = store.statuses(booking)
        refusal = _tightest(ask.key, offer.amount, statuses, offer.budgets)
        if refusal is None:
            return _grant(store, ask, index, booking, statuses)
    assert refusal is not None  # noqa: S101 - there is at least one offer
    return refusal


def _grant(store: Store, ask: Ask, index: int, booking: int, statuses: list[Status]) -> Held:
    amount, lease_until = ask.offers[index].amount, ask.at + ask.lease
    record = Record(ask.key, "open", amount, amount, index, 1, 0, 0, 0, lease_until, booking)
    change = Change(held=amount)
    store.add(record, store.append(Draft(ask.at, "hold", ask.key, amount, change, booking, ask.tags)))
    return _held(record, statuses, change)
