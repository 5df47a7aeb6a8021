"""Writes that several shards take at one moment, or none: a limit, the kill switch, a share that moves.

Each shard is a ledger whose writers take turns on its head; such a write moves their heads in one transaction.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TypeVar

from planner.guard.errors import LedgerError, LedgerUnavailable, PeriodConflict
from planner.guard.ledger import Line, Status
from planner.guard.ledger.arguments import tags_text
from planner.guard.ledger.bookkeeping import Stamp
from planner.guard.ledger.dynamodb import items, sending
from planner.guard.ledger.dynamodb.bookings import Bookings
from planner.guard.ledger.dynamodb.items import HEAD, TURN, Item, Key
from planner.guard.ledger.dynamodb.picture import Choice, Picture, in_shard
from planner.guard.ledger.dynamodb.shard import NoRoom
from planner.guard.ledger.dynamodb.shares import even_shares, fair_shares
from planner.guard.ledger.dynamodb.table import MOST_ACTIONS, Deadline, Table
from planner.guard.ledger.dynamodb.transaction import Transaction, words_of
from planner.guard.ledger.dynamodb.turns import LOOK_AGAIN_S, PATIENT_FOR
from planner.guard.ledger.store import Draft
from planner.guard.ledger.windows import Per
from pricing.money import Micros

T = TypeVar("T")
Stores = Mapping[int, Transaction]
"""Of the shards that a write is about, by number."""
Rule = Callable[[Stores], T]


def write_together(table: Table, parts: Mapping[int, Table], rule: Rule[T], likely: Sequence[Key] = ()) -> T:
    """The rule's answer: it is run over parts of the table again and again until nobody wrote in between.

    Raises what the rule raises, and `LedgerUnavailable` when it is not known whether it took effect.
    """
    deadline, turn = table.deadline(), ""
    try:
        for overtaken in count():
            if overtaken >= PATIENT_FOR:
                turn = turn or uuid.uuid4().hex
                _ask_for_turn(parts, turn)
            stores = _begun(table, parts, deadline, likely)
            answer = rule(stores)
            if _written(table, parts, stores, turn, deadline):
                return answer
            sending.rest(deadline, table.place, most=LOOK_AGAIN_S)
    except BaseException:
        if turn:
            _ask_for_turn(parts, "")
        raise
    raise AssertionError("unreachable")


def _ask_for_turn(parts: Mapping[int, Table], turn: str) -> None:
    """Others let it go first; an empty one lets them go on."""
    for part in parts.values():
        part.write({"p": TURN[0], "s": TURN[1], "whose": turn})


def each(rule: Callable[[Transaction], None]) -> Rule[None]:
    """The same rule in every shard."""

    def over_all(stores: Stores) -> None:
        for store in stores.values():
            rule(store)

    return over_all


def share_out(stores: Stores, stamp: Stamp, line: Line, limit: Micros, per: Per) -> None:
    """Gives every shard its share of the limit: never less than it has taken, unless all have taken too much.

    `line` is the budget in its period now; other periods begin with even shares. `stamp.tags` come with the words
    that say what the share is of.
    """
    name = line.budget
    known = stores[0].per(name)
    if known is not None and known != per:
        raise PeriodConflict(name, known, per)
    even = even_shares(limit, len(stores))
    now = {} if known is None else {number: _status(store, line) for number, store in stores.items()}
    shares = fair_shares(limit, [status.exposure for status in now.values()]) if now else even
    for number, store in stores.items():
        if not now or (store.limit(name), store.whole(name)) != (even[number], limit):
            break
        if now[number].limit != shares[number]:
            break
    else:
        return
    for number, store in stores.items():
        store.put_budget(name, even[number], per, limit)
        if (now and now[number].limit != even[number]) or shares[number] != even[number]:
            store.put_share(line, shares[number], limit)
        _note(store, stamp, line, number, shares[number])


def share_out_anew(stores: Stores, stamp: Stamp, line: Line) -> None:
    """The same for the limit that is in force by now, whoever has changed it meanwhile."""
    limit, per = stores[0].whole(line.budget), _status(stores[0], line).per
    tags = tags_text({"per": per})
    share_out(stores, stamp._replace(tags=tags), line, limit, per)


def gather(stores: Stores, stamp: Stamp, picture: Picture, choice: Choice) -> Picture:
    """Moves shares to the chosen shard until it can take the offer; the picture as it is then. Raises `NoRoom`."""
    now = picture.seen_from(stores)
    for line in picture.lines(choice):
        shares = now.gathered(sorted(stores), choice.number, line.budget, choice.offer)
        if shares is None:
            raise NoRoom(line.budget, choice.offer.amount)
        for number, share in shares.items():
            if share != now.shards[number][line.budget].limit:
                stores[number].put_share(line, share, stores[number].whole(line.budget))
                _note(stores[number], stamp, line, number, share)
    return now.seen_from(stores)


def _note(store: Transaction, stamp: Stamp, line: Line, number: int, share: int) -> None:
    """The entry of a share; its amount is the whole limit, as wherever a limit is defined."""
    words = {"per": store.per(line.budget), "shard": number + 1, "share_micros": share}
    tags, booking = tags_text({**words_of(stamp.tags), **words}), store.booking((line,))
    store.append(Draft(stamp.at, "define", amount=store.whole(line.budget), booking=booking, tags=tags))


def _status(store: Transaction, line: Line) -> Status:
    (status,) = store.statuses(store.booking((line,)))
    return status


def _begun(
    table: Table, parts: Mapping[int, Table], deadline: Deadline, likely: Sequence[Key]
) -> dict[int, Transaction]:
    """A transaction on each part, of which its head was read first."""
    keys = {number: in_shard(number, HEAD) for number in parts}
    found: Mapping[Key, Item] = table.get(keys.values(), deadline)
    if any(key not in found for key in keys.values()):
        raise LedgerUnavailable(f"{table.place}: holds no ledger any more; start the guards anew")
    heads = {number: {**found[key], "p": HEAD[0]} for number, key in keys.items()}
    stores = {
        number: Transaction(part, Bookings(), deadline, head=heads[number], likely=likely)
        for number, part in parts.items()
    }
    for store in stores.values():
        store.sweep_nothing()
    return stores


def _written(table: Table, parts: Mapping[int, Table], stores: Stores, turn: str, deadline: Deadline) -> bool:
    """False when others wrote in between, and nothing was written."""
    token = uuid.uuid4().hex
    moved = {number: store for number, store in stores.items() if store.wrote}
    if not moved:
        return True
    actions = [
        action
        for number, store in moved.items()
        for action in parts[number].addressed(store.actions(token, turn))
    ]
    if len(actions) > MOST_ACTIONS:
        raise LedgerError(f"{table.place}: one call cannot be counted in so many budgets and shards at once")
    number, first = next(iter(moved.items()))
    entry = in_shard(number, items.entry_key(first.first_seq))
    return sending.send(table, actions, token, entry, deadline) is None
