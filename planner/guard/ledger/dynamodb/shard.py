"""One of the ledgers that a split ledger is made of."""

from collections.abc import Callable

from planner.guard.errors import LedgerError
from planner.guard.ledger import Clock, Held, Lapse, Refused
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.ledger import DynamoLedger
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.ledger.store import Store
from pricing.money import Micros


class NoRoom(LedgerError):
    """Takes back what a rule has done; another shard may have room."""

    def __init__(self, key: str, wanted: Micros) -> None:
        super().__init__(f"no room for {key!r} in this shard")
        self.wanted = wanted


def or_no_room(answer: Held | Refused) -> Held | Refused:
    """A refusal that is not to be put on record, because others are asked, raises `NoRoom`."""
    if isinstance(answer, Refused) and answer.stopped is None:
        raise NoRoom(answer.key, answer.wanted)
    return answer


class Shard(DynamoLedger):
    """A ledger in the part of a table that `place.shard` says; the shards share the table's connections."""

    def __init__(self, place: DynamoPlace, clock: Clock, lapse: Lapse, whole: Callable[[], Table]) -> None:
        self._whole = whole
        super().__init__(place, clock, lapse)

    def part(self) -> Table:
        return self._open()

    def quietly(self, rule: Callable[[Store], Held | Refused], key: str) -> Held | Refused:
        """A rule whose refusal leaves nothing behind: it raises `NoRoom`."""
        return self._write(lambda store: or_no_room(rule(store)), key)

    def on_record(self, rule: Callable[[Store], Held | Refused], key: str) -> Held | Refused:
        return self._write(rule, key)

    def _connect(self) -> Table:
        return Table(self.place, items.part((self.place.shard or 1) - 1), self._whole())
