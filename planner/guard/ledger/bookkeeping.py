"""The verbs as rules over a store: what each reads, decides and writes. No clock, no lock, no file here.

Every rule reads and checks before its first write, so a rule that raises has changed nothing that counts.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.guard.errors import HoldConflict, PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import (
    NO_CHANGE,
    Change,
    Held,
    Kind,
    Lapse,
    Line,
    Offer,
    Refused,
    Resolved,
    Status,
    Stopped,
)
from planner.guard.ledger.room import tightest
from planner.guard.ledger.store import MICROSECONDS, STATES, Draft, Record, Store, change_between
from planner.guard.ledger.windows import Per, per_of, period_at
from pricing.money import Micros

SWEEP = 100
"""How many overdue holds one hold sweeps on its way: enough to keep up, too few to be felt."""


class Stamp(NamedTuple):
    """When a verb is called (microseconds), and the words to keep with its entry: a JSON object, or None."""

    at: int
    tags: str | None = None


class Ask(NamedTuple):
    """A call to `hold_first`; the lease in microseconds."""

    stamp: Stamp
    key: str
    offers: Sequence[Offer]
    lease: int


def define(store: Store, stamp: Stamp, name: str, limit: Micros, per: Per) -> None:
    known = store.per(name)
    if known is not None and known != per:
        raise PeriodConflict(name, known, per)
    if known is not None and store.limit(name) == limit:
        return
    store.put_budget(name, limit, per)
    booking = store.booking((Line(name, period_at(per, stamp.at / MICROSECONDS)),))
    store.append(Draft(stamp.at, "define", amount=limit, booking=booking, tags=stamp.tags))


def hold_first(store: Store, ask: Ask, lapse: Lapse) -> Held | Refused:
    at = ask.stamp.at
    record, overdue, stopped = store.look(ask.key, at)
    if record is not None:
        return _replay(store, record, ask.offers)
    booked = [_lines(store, offer.budgets, at) for offer in ask.offers]
    if stopped is not None:
        return _refuse_stopped(store, ask.stamp, Refused(ask.key, ask.offers[0].amount, stopped=stopped))
    if overdue:
        sweep(store, at, lapse, SWEEP)
    answer = _take_first(store, ask, booked)
    while isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):
        answer = _take_first(store, ask, booked)
    if isinstance(answer, Refused):
        record_refusal(store, ask.stamp, answer, store.booking(booked[-1]))
    return answer


def extend(
    store: Store, stamp: Stamp, key: str, extra: Micros, *, attempt: int | None, lease: int
) -> Held | Refused:
    record = _known(store, key)
    if record.state in {"settled", "voided"}:
        raise HoldConflict(key, f"{_ended(record)}; it cannot be extended")
    if attempt is not None and attempt <= record.attempts:
        return _replay_extension(store, record, extra, attempt)
    if (stopped := store.stopped()) is not None:
        return _refuse_stopped(store, stamp, Refused(key, extra, stopped=stopped))
    longer = record._replace(
        state="open",
        amount=record.amount + extra,
        extra=extra,
        billed=0,
        overrun=0,
        attempts=attempt or record.attempts + 1,
        lease_until=max(record.lease_until, stamp.at + lease),
    )
    change = change_between(record, longer)
    statuses = store.statuses(record.booking)
    more = change.held + change.settled
    refusal = tightest(key, more, statuses, nothing_fits=not change.overrun)
    if refusal is not None:
        record_refusal(store, stamp, refusal, record.booking)
        return refusal
    store.append(Draft(stamp.at, "extend", key, extra, change, record.booking, stamp.tags))
    store.replace(longer)
    return _held(longer, statuses, change)


def settle(store: Store, stamp: Stamp, key: str, billed: Micros) -> Resolved:
    record = _known(store, key)
    if record.state == "settled" and record.billed == billed:
        return _resolved(record)
    if record.state in {"settled", "voided"}:
        raise HoldConflict(key, f"{_ended(record)}; it cannot be settled at {billed} micros")
    ended = record._replace(state="settled", billed=billed, overrun=record.excess(billed))
    _move(store, stamp, record, ended, kind="settle", amount=billed)
    return _resolved(ended)


def void(store: Store, stamp: Stamp, key: str) -> Resolved:
    record = _known(store, key)
    if record.state == "voided":
        return _resolved(record)
    if record.state == "settled":
        raise HoldConflict(key, f"{_ended(record)}; it cannot be voided")
    ended = record._replace(state="voided", billed=0, overrun=0)
    _move(store, stamp, record, ended, kind="void", amount=record.amount)
    return _resolved(ended)


def assume(store: Store, stamp: Stamp, key: str, amount: Micros) -> Resolved:
    record = _known(store, key)
    if record.state in {"settled", "voided"}:
        raise HoldConflict(key, f"{_ended(record)}; nothing about it is assumed")
    ended = record._replace(state="assumed", billed=amount, overrun=record.excess(amount))
    if ended != record:
        _move(store, stamp, record, ended, kind="assume", amount=amount)
    return _resolved(ended)


def sweep(store: Store, at: int, lapse: Lapse, most: int) -> int:
    """Lapse up to `most` holds whose lease has run out; returns how many."""
    due, stamp = store.overdue(at, most), Stamp(at)
    for record in due:
        lapsed = record._replace(state="released")
        if lapse == "assume_billed":
            lapsed = record._replace(state="assumed", billed=record.amount)
        _move(store, stamp, record, lapsed, kind="lapse", amount=record.amount)
    return len(due)


def claim_notice(store: Store, stamp: Stamp, line: Line, threshold: str) -> bool:
    if per_of(line.period) != _per(store, line.budget):
        raise ValueError(f"budget {line.budget!r} has no period {line.period!r}")
    claimed = store.claim(line, threshold)
    if claimed:
        store.append(Draft(stamp.at, "notice", booking=store.booking((line,)), tags=stamp.tags))
    return claimed


def stop(store: Store, stamp: Stamp, reason: str, who: str) -> None:
    if store.stopped() is None:
        store.switch(Stopped(stamp.at / MICROSECONDS, who, reason))
        store.append(Draft(stamp.at, "stop", tags=stamp.tags))


def resume(store: Store, stamp: Stamp) -> None:
    if store.stopped() is not None:
        store.switch(None)
        store.append(Draft(stamp.at, "resume", tags=stamp.tags))


def _known(store: Store, key: str) -> Record:
    record = store.record(key)
    if record is None:
        raise UnknownHold(key)
    return record


def _lines(store: Store, budgets: Iterable[str], at: int) -> tuple[Line, ...]:
    """Where an amount held at this moment counts, in order of name."""
    seconds = at / MICROSECONDS
    return tuple([Line(name, period_at(_per(store, name), seconds)) for name in sorted(budgets)])


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
        refusal = tightest(ask.key, offer.amount, statuses, offer.budgets)
        if refusal is None:
            return _grant(store, ask, index, booking, statuses)
    assert refusal is not None  # noqa: S101 - there is at least one offer
    return refusal


def _grant(store: Store, ask: Ask, index: int, booking: int, statuses: list[Status]) -> Held:
    (at, tags), amount = ask.stamp, ask.offers[index].amount
    record = Record(ask.key, "open", amount, amount, index, 1, 0, 0, 0, at + ask.lease, booking)
    change = Change(held=amount)
    store.add(record, store.append(Draft(at, "hold", ask.key, amount, change, booking, tags)))
    return _held(record, statuses, change)


def _replay(store: Store, record: Record, offers: Sequence[Offer]) -> Held:
    """The answer given before, when this is the same question and the hold is still open."""
    if record.state != "open":
        raise HoldConflict(record.key, f"is {STATES[record.state]}; a new call needs a new key")
    statuses = store.statuses(record.booking)
    offer = offers[record.offer] if record.offer < len(offers) else None
    if offer is None or offer.amount != record.asked or offer.budgets.keys() != {s.budget for s in statuses}:
        raise HoldConflict(
            record.key, f"was granted {record.asked} micros for other budgets or another amount"
        )
    return _held(record, statuses, NO_CHANGE)


def _replay_extension(store: Store, record: Record, extra: Micros, attempt: int) -> Held:
    if record.state != "open" or (attempt == record.attempts and extra != record.extra):
        raise HoldConflict(
            record.key, f"has its attempt {attempt} with {record.extra} micros, {STATES[record.state]}"
        )
    return _held(record, store.statuses(record.booking), NO_CHANGE)


def _held(record: Record, statuses: Iterable[Status], change: Change) -> Held:
    """The grant, with the budgets as they are once `change` is made."""
    return Held(
        record.key,
        Micros(record.amount),
        record.offer,
        record.lease_until / MICROSECONDS,
        tuple(statuses if change is NO_CHANGE else [_after(status, change) for status in statuses]),
    )


def _after(status: Status, change: Change) -> Status:
    return Status(
        status.budget,
        status.period,
        status.per,
        status.limit,
        Micros(status.settled + change.settled),
        Micros(status.held + change.held),
        Micros(status.assumed + change.assumed),
        Micros(status.overrun + change.overrun),
    )


def _refuse_stopped(store: Store, stamp: Stamp, refused: Refused) -> Refused:
    words = _words(stamp.tags, refused_by="stop", wanted_micros=refused.wanted)
    store.append(Draft(stamp.at, "refuse", refused.key, tags=words))
    return refused


def record_refusal(store: Store, stamp: Stamp, refused: Refused, booking: int) -> None:
    words = _words(
        stamp.tags, refused_by=refused.budget, wanted_micros=refused.wanted, room_micros=refused.room
    )
    store.append(Draft(stamp.at, "refuse", refused.key, booking=booking, tags=words))


def _words(tags: str | None, **more: str | int) -> str:
    return json.dumps({**json.loads(tags or "{}"), **more}, separators=(",", ":"))


def _move(store: Store, stamp: Stamp, before: Record, after: Record, *, kind: Kind, amount: int) -> None:
    """Append the entry that leads from one state of the hold to the other."""
    change = change_between(before, after)
    store.append(Draft(stamp.at, kind, before.key, amount, change, before.booking, stamp.tags))
    store.replace(after)


def _ended(record: Record) -> str:
    return "was voided" if record.state == "voided" else f"was settled at {record.billed} micros"


def _resolved(record: Record) -> Resolved:
    return Resolved(record.key, STATES[record.state], Micros(record.billed), Micros(record.overrun))
