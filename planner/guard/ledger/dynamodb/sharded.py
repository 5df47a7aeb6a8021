"""A ledger split over shards of one DynamoDB table, for more writers than one item can give turns to.

Each shard is a complete ledger with a share of every limit. A hold is made in one shard: its key's home, or the one
with the most room where the home has none; where none has enough by itself, others give up room to it in the same
transaction. What is divided is the writing, never the promise: the shares add up to the limit, and each shard keeps
within its own.

Nothing tells two processes that use the same key at the same time of each other, when one finds the home full and the
other does not, or when an answer was lost and the caller asks again before its first try takes effect. Then there can
be two holds under the key: more is counted, never less, and what nobody settles lapses.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeGuard, TypeVar

from planner.guard.errors import LedgerUrlError, UnknownHold
from planner.guard.ledger import Clock, Held, Lapse, Line, Offer, Refused, Resolved
from planner.guard.ledger import bookkeeping as rules
from planner.guard.ledger.bookkeeping import Ask, Stamp
from planner.guard.ledger.dynamodb import sending
from planner.guard.ledger.dynamodb.picture import Choice, Picture
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.shard import NoRoom, Shard, or_no_room
from planner.guard.ledger.dynamodb.shard_set import ShardSet
from planner.guard.ledger.dynamodb.shares import home_of
from planner.guard.ledger.dynamodb.together import Stores, each, gather, share_out, share_out_anew
from planner.guard.ledger.dynamodb.transaction import Full, Transaction
from planner.guard.ledger.store import MICROSECONDS, Store
from planner.guard.ledger.windows import Per, period_at
from pricing.money import Micros
from pricing.records import replace

T = TypeVar("T")
HoldRule = Callable[[Picture, Store], Held | Refused]

_REMEMBERED = 4096
"""Holds outside their home whose shard is known without asking."""


def open_sharded(place: DynamoPlace, clock: Clock, lapse: Lapse) -> "ShardedLedger":
    """Raises `LedgerUnavailable` when the table is not there or its ledger is split otherwise."""
    if place.shard:
        raise LedgerUrlError(
            f"{place} is one shard, to look at and to copy from; leave out shard={place.shard} for the ledger"
        )
    ledger = ShardedLedger(place, clock, lapse)
    ledger.touch()
    return ledger


class ShardedLedger(ShardSet):
    """Verbs go to the shard that has their key; limits and the kill switch are written in all at one moment."""

    # All shards at one moment.

    def _define(self, stamp: Stamp, name: str, limit: Micros, per: Per) -> None:
        """Nothing is written where the limit is the same and its shares add up to it."""
        line = Line(name, period_at(per, stamp.at / MICROSECONDS))
        now = self._reader.picture([line])
        if now and (now.limits[name], now.total(name).per) == (limit, per) and not now.uneven():
            return
        self._together(lambda stores: share_out(stores, stamp, line, limit, per), lines=[line])

    def _stop(self, stamp: Stamp, reason: str, who: str) -> None:
        self._together(each(lambda store: rules.stop(store, stamp, reason, who)))

    def _resume(self, stamp: Stamp) -> None:
        self._together(each(lambda store: rules.resume(store, stamp)))

    # One shard.

    def _hold_first(self, ask: Ask) -> Held | Refused:
        with self._same_key.alone(ask.key):
            return self._held_somewhere(ask)

    def _held_somewhere(self, ask: Ask) -> Held | Refused:
        """A refusal is the last word only when a read made after every shard's own shows no room in any."""
        home, deadline = home_of(ask.key, self._count), self._open().deadline()
        while True:
            lines = self._lines(ask)
            known, picture = self._reader.look(ask.key, lines, deadline)
            if known is not None:
                return self._in_all(self._shards[known]._hold_first(ask))
            if picture is None:
                return self._shards[home]._hold_first(ask)  # which says what budget it does not know
            answer = self._asked(ask, picture, lines, home)
            if answer is not None:
                return answer
            sending.check(deadline, self.place)

    def _asked(self, ask: Ask, picture: Picture, lines: Sequence[Line], home: int) -> Held | Refused | None:
        """The answer of the shard that is to be asked; None when the picture is not right any more."""
        if self._shared_out(ask.stamp.at, picture, lines):
            return None
        choice = picture.choice(ask.offers, home)
        if choice is None:
            return self._refused(ask, picture, home)

        rule = partial(self._hold_in, ask, choice.number)
        try:
            now, answer = self._made(choice, picture, ask.stamp, ask.key, rule)
        except NoRoom:
            return None
        return self._known(ask.key, choice.number, now, answer)

    def _made(
        self, choice: Choice, picture: Picture, stamp: Stamp, key: str, rule: HoldRule
    ) -> tuple[Picture, Held | Refused]:
        """What the rule makes of the chosen shard, once others have given up room for it; nothing when it raises `NoRoom`."""
        number = choice.number
        if not choice.helpers:
            return picture, self._shards[number].quietly(lambda store: rule(picture, store), key)

        def gathered(stores: Stores) -> tuple[Picture, Held | Refused]:
            if stores[number].stopped() is not None:
                return picture, rule(picture, stores[number])
            now = gather(stores, stamp, picture, choice)
            return now, or_no_room(rule(now, stores[number]))

        if number in self._reader.overdue(stamp.at):
            self._shards[number]._sweep(stamp.at, rules.SWEEP)
        try:
            return self._together(gathered, (number, *choice.helpers), picture.lines(choice))
        except Full:
            raise NoRoom(key, choice.offer.amount) from None

    def _hold_in(self, ask: Ask, number: int, picture: Picture, store: Store) -> Held | Refused:
        """In the shard's own transaction: what it may take of a ceiling goes by its share at that very moment."""
        now = picture.seen_from({number: _as_transaction(store)})
        own = ask._replace(offers=[now.offer(number, offer) for offer in ask.offers])
        return rules.hold_first(store, own, self._lapse)

    def _refused(self, ask: Ask, picture: Picture, home: int) -> Held | Refused | None:
        """On record, once; None when leases have run out whose money is given back."""
        if self._lapse == "release" and self._sweep(ask.stamp.at, rules.SWEEP):
            return None
        last = ask.offers[-1]
        choice = Choice(picture.roomiest(last, home), last)
        rule = partial(self._hold_in, ask, choice.number)
        answer = self._on_record(choice, picture, ask.stamp, ask.key, rule)
        return self._known(ask.key, choice.number, picture, answer)

    def _on_record(
        self, choice: Choice, picture: Picture, stamp: Stamp, key: str, rule: HoldRule
    ) -> Held | Refused:
        """The rule's answer; a refusal is answered and written down as that of the whole ledger."""

        def said(store: Store) -> Held | Refused:
            transaction = _as_transaction(store)
            mark, answer = transaction.mark(), rule(picture, store)
            if not _is_full(answer):
                return answer
            transaction.revert(mark)
            refused = picture.refused(answer, choice.offer)
            rules.record_refusal(store, stamp, refused, store.booking(picture.lines(choice)))
            return refused

        return self._shards[choice.number].on_record(said, key)

    def _shared_out(self, at: int, picture: Picture, lines: Sequence[Line]) -> bool:
        """Divide limits anew whose shares do not add up to them in this period; False when all do."""
        names = picture.uneven()
        for line in lines:
            if line.budget in names:
                self._together(partial(share_out_anew, stamp=Stamp(at), line=line), lines=[line])
        return bool(names)

    def _extend(
        self, stamp: Stamp, key: str, extra: Micros, attempt: int | None, lease: int
    ) -> Held | Refused:
        def rule(store: Store) -> Held | Refused:
            return rules.extend(store, stamp, key, extra, attempt=attempt, lease=lease)

        try:
            return self._in_all(self._at(key, lambda shard: shard.quietly(rule, key)))
        except NoRoom as full:
            return self._extended_with_help(stamp, key, full.wanted, rule)

    def _extended_with_help(
        self, stamp: Stamp, key: str, wanted: Micros, rule: Callable[[Store], Held | Refused]
    ) -> Held | Refused:
        """A hold stays in its shard, so others have to give up room for what it lacks."""
        deadline = self._open().deadline()
        while True:
            lines, number = self._reader.find(key).lines, self._reader.where(key)
            picture = self._reader.picture(lines)
            if picture is None or number is None:
                raise UnknownHold(key)
            offer = Offer(wanted, {line.budget: None for line in lines})
            choice = Choice(number, offer, picture.helpers(number, offer) or ())
            if not choice.helpers:
                answer = self._on_record(choice, picture, stamp, key, lambda _, store: rule(store))
                return self._in_all(answer)
            with suppress(NoRoom):
                return self._in_all(self._made(choice, picture, stamp, key, lambda _, store: rule(store))[1])
            sending.check(deadline, self.place)

    def _settle(self, stamp: Stamp, key: str, billed: Micros) -> Resolved:
        return self._at(key, lambda shard: shard._settle(stamp, key, billed))

    def _void(self, stamp: Stamp, key: str) -> Resolved:
        return self._at(key, lambda shard: shard._void(stamp, key))

    def _assume(self, stamp: Stamp, key: str, amount: Micros) -> Resolved:
        return self._at(key, lambda shard: shard._assume(stamp, key, amount))

    def _claim_notice(self, stamp: Stamp, line: Line, threshold: str) -> bool:
        """In the first shard, on which all agree."""
        return self._shards[0]._claim_notice(stamp, line, threshold)

    def _sweep(self, at: int, most: int) -> int:
        return sum(self._shards[number]._sweep(at, most) for number in self._reader.overdue(at))

    def _at(self, key: str, verb: Callable[[Shard], T]) -> T:
        """The verb in the shard that has the key: its home most often, else where it is found."""
        first = self._elsewhere.get(key, home_of(key, self._count))
        try:
            return verb(self._shards[first])
        except UnknownHold:
            number = self._reader.where(key)
            if number is None:
                raise
        return verb(self._shards[number])

    def _in_all(self, answer: Held | Refused) -> Held | Refused:
        """The answer of one shard, with the budgets as they are in all of them."""
        if isinstance(answer, Refused) or not answer.budgets:
            return answer
        picture = self._reader.picture([Line(status.budget, status.period) for status in answer.budgets])
        if picture is None:
            return answer
        return replace(answer, budgets=tuple(picture.total(status.budget) for status in answer.budgets))

    def _lines(self, ask: Ask) -> list[Line]:
        """Where the offers count; budgets nobody defined are left to the shard's answer."""
        names = dict.fromkeys(name for offer in ask.offers for name in offer.budgets)
        seconds = ask.stamp.at / MICROSECONDS
        return [Line(name, period_at(self._reader.per(name) or "lifetime", seconds)) for name in names]

    def _known(self, key: str, number: int, picture: Picture, answer: Held | Refused) -> Held | Refused:
        """A shard's answer with the budgets of all: as of the picture, with the hold. Its shard is remembered."""
        if isinstance(answer, Refused):
            return answer
        if number != home_of(key, self._count):
            self._elsewhere[key] = number
            if len(self._elsewhere) > _REMEMBERED:
                self._elsewhere.clear()  # those who miss it look
        return replace(answer, budgets=tuple(picture.total_with(number, status) for status in answer.budgets))


def _as_transaction(store: Store) -> Transaction:
    if not isinstance(store, Transaction):
        raise TypeError(f"a shard writes in DynamoDB transactions, not in a {type(store).__name__}")
    return store


def _is_full(answer: Held | Refused) -> TypeGuard[Refused]:
    return isinstance(answer, Refused) and answer.stopped is None
