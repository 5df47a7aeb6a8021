"""A split ledger for those outside its guards who only look at it."""

from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, TypeVar

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import Clock, Held, Line, Refused
from planner.guard.ledger.bookkeeping import Ask
from planner.guard.ledger.dynamodb import heads
from planner.guard.ledger.dynamodb.items import HEAD
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.shard import Shard
from planner.guard.ledger.dynamodb.sharded import ShardedLedger
from planner.guard.ledger.dynamodb.together import Rule

T = TypeVar("T")


def open_view(place: DynamoPlace, clock: Clock) -> "ShardedView":
    """Raises `LedgerUnavailable` for a table that is missing, empty, or whose ledger is split otherwise."""
    ledger = ShardedView(place, clock)
    table = ledger._open()
    head = table.get([HEAD], table.deadline()).get(HEAD)
    if head is None:
        raise LedgerUnavailable(f"{place}: holds no ledger yet; bursar guard init-ledger begins it")
    heads.check(head, place)
    return ledger


class ShardedView(ShardedLedger):
    """A ledger's answers without its verbs, which raise `LedgerUnavailable`; it needs the right to read alone."""

    def __init__(self, place: DynamoPlace, clock: Clock) -> None:
        super().__init__(place, clock, "assume_billed")

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return self._reader.last_seq()

    def _together(
        self, rule: Rule[T], numbers: Iterable[int] | None = None, lines: Sequence[Line] = ()
    ) -> NoReturn:
        raise self._read_only()

    def _held_somewhere(self, ask: Ask) -> Held | Refused:
        raise self._read_only()

    def _at(self, key: str, verb: Callable[[Shard], T]) -> NoReturn:
        raise self._read_only()

    def _claim_notice(self, *_: object) -> bool:
        raise self._read_only()

    def _sweep(self, at: int, most: int) -> int:
        raise self._read_only()

    def _read_only(self) -> LedgerUnavailable:
        return LedgerUnavailable(f"{self.place}: is open for reading only")
