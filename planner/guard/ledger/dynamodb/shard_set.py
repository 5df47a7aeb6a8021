"""The shards of a ledger as one thing: opened, closed, carried over a fork, and written together."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar

from planner.guard.errors import LedgerError, LedgerUnavailable
from planner.guard.ledger import Clock, Lapse, Line
from planner.guard.ledger.dynamodb import heads, items
from planner.guard.ledger.dynamodb.items import HEAD
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.same_key import SameKey
from planner.guard.ledger.dynamodb.shard import Shard
from planner.guard.ledger.dynamodb.sharded_reader import ShardedReader
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.ledger.dynamodb.together import Rule, write_together
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.store import Store
from pricing.records import replace

if TYPE_CHECKING:
    from planner.guard.ledger.history import Page

T = TypeVar("T")


class ShardSet(EngineLedger):
    """What a ledger over shards needs before it has verbs."""

    def __init__(self, place: DynamoPlace, clock: Clock, lapse: Lapse) -> None:
        super().__init__(clock, lapse)
        self.place = place
        self._count = place.shards or 1
        self._closed = False
        self._table: Table | None = None
        self._opening = threading.Lock()
        self._shards = [
            Shard(replace(place, shard=number), clock, lapse, self._open)
            for number in range(1, self._count + 1)
        ]
        self._start()
        survive_forks(self)

    def touch(self) -> None:
        """Raises `LedgerUnavailable` for a table that is missing or holds another kind; begins an empty one."""
        table = self._open()
        deadline = table.deadline()
        head = table.get([HEAD], deadline).get(HEAD)
        if head is None:
            heads.begin(table, deadline)
        else:
            heads.check(head, self.place)

    def close(self) -> None:
        for shard in self._shards:
            shard.close()
        with self._opening:
            self._closed = True
            if self._table is not None:
                self._table.close()
                self._table = None

    def before_fork(self) -> None:
        """Each shard comes to rest by itself."""

    def after_fork_in_parent(self) -> None: ...

    def after_fork_in_child(self) -> None:
        """Connections and locks belong to the parent."""
        self._start()

    def _start(self) -> None:
        self._table = None
        self._opening = threading.Lock()
        self._same_key = SameKey()
        self._elsewhere: dict[str, int] = {}
        self._reader = ShardedReader(self._open, [shard.part for shard in self._shards])

    def _open(self) -> Table:
        with self._opening:
            if self._closed:
                raise LedgerUnavailable(f"{self.place}: the ledger is closed")
            if self._table is None:
                self._table = Table(self.place)
            return self._table

    def _read(self, query: Callable[[Reader], T]) -> T:
        return query(self._reader)

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> NoReturn:
        raise AssertionError("every verb says which shards it writes")

    def absorb(self, page: "Page") -> None:
        raise LedgerError(f"{self.place}: takes no other ledger's history; copy into a ledger without shards")

    def _together(self, rule: Rule[T], numbers: Iterable[int] | None = None, lines: Sequence[Line] = ()) -> T:
        """In all shards, or in those of the numbers; the rule will ask for the lines."""
        parts = {
            number: self._shards[number].part()
            for number in (range(self._count) if numbers is None else numbers)
        }
        likely = [key for line in lines for key in (items.budget_key(line.budget), items.line_key(line))]
        return write_together(self._open(), parts, rule, likely)
