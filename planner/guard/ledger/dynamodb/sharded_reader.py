"""Questions to all shards of a ledger that change nothing; every read is strongly consistent."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, Literal

from planner.guard.errors import UnknownBudget, UnknownHold
from planner.guard.ledger import Entry, Hold, Line, Mismatch, Status, Stopped
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.items import HEAD, Item, Key
from planner.guard.ledger.dynamodb.merged import MergedHistory
from planner.guard.ledger.dynamodb.picture import Picture, in_shard, keys_of, picture_of
from planner.guard.ledger.dynamodb.reader import DynamoReader, hold_of
from planner.guard.ledger.dynamodb.shares import home_of
from planner.guard.ledger.dynamodb.table import Deadline, Table
from planner.guard.ledger.dynamodb.transaction import stopped_of
from planner.guard.ledger.windows import Per

_LOOKS: Final = 5
_KINDS: Final = (items.BUDGETS, items.LINES)


class ShardedReader:
    """A `Reader` of one table; it numbers the entries, so keep it for as long as the numbers shall stand."""

    def __init__(self, table: Callable[[], Table], parts: Sequence[Callable[[], Table]]) -> None:
        """What opens the table, and what opens each shard's part of it."""
        self._table = table
        self._parts = parts
        self._pers: dict[str, Per] = {}
        self._history = MergedHistory([_Shard(part) for part in parts])

    def last_seq(self) -> int:
        return sum(self._counts())

    def budgets(self) -> tuple[str, ...]:
        """All shards have the same: they are defined in all at one moment."""
        return self._shard(0).budgets()

    def per(self, budget: str) -> Per | None:
        if budget not in self._pers:
            per = self._shard(0).per(budget)
            if per is None:
                return None
            self._pers[budget] = per
        return self._pers[budget]

    def status(self, line: Line) -> Status:
        picture = self.picture([line])
        if picture is None:
            raise UnknownBudget(line.budget)
        return picture.total(line.budget)

    def picture(self, lines: Sequence[Line]) -> Picture | None:
        """None where a budget is not known."""
        return picture_of(len(self._parts), lines, self._get(keys_of(len(self._parts), lines)))

    def look(self, key: str, lines: Sequence[Line], deadline: Deadline) -> tuple[int | None, Picture | None]:
        """Which shard has the hold, and the lines' picture, by one read."""
        shards = len(self._parts)
        keys = [*_hold_keys(key, shards), *keys_of(shards, lines)]
        found = self._table().get(keys, deadline)
        return _first_with(key, shards, found), picture_of(shards, lines, found)

    def where(self, key: str) -> int | None:
        """The shard that has the hold; the key's home, should two processes have made one in two."""
        shards = len(self._parts)
        return _first_with(key, shards, self._get(_hold_keys(key, shards)))

    def overdue(self, at: int) -> list[int]:
        """The shards in which a lease has run out."""
        heads = enumerate(self._heads())
        return [number for number, head in heads if "due" in head and int(head["due"]) <= at]

    def entries(self, after: int, most: int) -> list[Entry]:
        return self._history.entries(after, most, self._counts())

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]:
        found = [self._shard(number).holds(state) for number in range(len(self._parts))]
        return tuple(heapq.merge(*found, key=lambda hold: (hold.lease_until, hold.key)))

    def find(self, key: str) -> Hold:
        shards = len(self._parts)
        found = self._get(_hold_keys(key, shards))
        number = _first_with(key, shards, found)
        if number is None:
            raise UnknownHold(key)
        return hold_of(found[in_shard(number, items.hold_key(key))])

    def stopped(self) -> Stopped | None:
        """All shards are stopped at one moment; any of them would do."""
        return next(filter(None, map(stopped_of, self._heads())), None)

    def mismatches(self) -> tuple[Mismatch, ...]:
        """Those of each shard, and limits that the shares do not add up to."""
        own = (
            Mismatch(f"shard {number + 1}: {each.where}", each.recorded, each.recomputed)
            for number in range(len(self._parts))
            for each in self._shard(number).mismatches()
        )
        return (*own, *self._uneven())

    def _uneven(self) -> tuple[Mismatch, ...]:
        """Looked at again while limits and shares change."""
        for _ in range(_LOOKS):
            budgets, lines = ([_by_sort_key(part(), kind) for part in self._parts] for kind in _KINDS)
            wrong = (*_uneven_limits(budgets), *_uneven_shares(budgets, lines))
            if not wrong:
                break
        return wrong

    def _counts(self) -> list[int]:
        return [int(head.get("n", 0)) for head in self._heads()]

    def _heads(self) -> list[Item]:
        keys = [in_shard(number, HEAD) for number in range(len(self._parts))]
        found = self._get(keys)
        return [found.get(key, {}) for key in keys]

    def _get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        table = self._table()
        return table.get(keys, table.deadline())

    def _shard(self, number: int) -> DynamoReader:
        return DynamoReader(self._parts[number]())


class _Shard:
    """A shard's history, whose connections are opened when they are needed."""

    def __init__(self, part: Callable[[], Table]) -> None:
        self._part = part

    def entries(self, after: int, most: int) -> list[Entry]:
        return DynamoReader(self._part()).entries(after, most)


def _hold_keys(key: str, shards: int) -> list[Key]:
    return [in_shard(number, items.hold_key(key)) for number in range(shards)]


def _first_with(key: str, shards: int, found: dict[Key, Item]) -> int | None:
    home = home_of(key, shards)
    order = sorted(range(shards), key=lambda number: number != home)
    return next((number for number in order if in_shard(number, items.hold_key(key)) in found), None)


def _by_sort_key(part: Table, kind: str) -> dict[str, Item]:
    return {str(item["s"]): item for item in part.query(kind)}


def _uneven_limits(budgets: Sequence[dict[str, Item]]) -> Iterator[Mismatch]:
    """What periods begin with."""
    for name in dict.fromkeys(chain.from_iterable(budgets)):
        wholes = {int(shard.get(name, {}).get("whole", 0)) for shard in budgets}
        shares = sum(int(shard.get(name, {}).get("limit_micros", 0)) for shard in budgets)
        for whole in wholes:
            if shares != whole:
                yield Mismatch(f"shares of {name} over all shards", shares, whole)


def _uneven_shares(
    budgets: Sequence[dict[str, Item]], lines: Sequence[dict[str, Item]]
) -> Iterator[Mismatch]:
    """Shares that moved within a period: none of them while more is taken than the limit, otherwise all of it.

    A period that was over before the limit changed keeps what it had.
    """
    for key in dict.fromkeys(chain.from_iterable(lines)):
        line, found = items.line_of((items.LINES, key)), [shard.get(key, {}) for shard in lines]
        whole = int(budgets[0].get(line.budget, {}).get("whole", 0))
        if {int(item["of"]) for item in found if "of" in item} != {whole}:
            continue
        own = [shard.get(line.budget, {}).get("limit_micros", 0) for shard in budgets]
        shares = [int(item.get("share", even)) for item, even in zip(found, own, strict=True)]
        if any(shares) and sum(shares) != whole:
            yield Mismatch(f"shares of {line.budget} in {line.period} over all shards", sum(shares), whole)
