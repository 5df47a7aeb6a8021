"""A ledger in DynamoDB for those outside its guards: who looks at it, sets it right or makes it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

from planner.guard.errors import LedgerUnavailable, LedgerUrlError
from planner.guard.ledger import Clock, Ledger
from planner.guard.ledger.dynamodb import heads, templates
from planner.guard.ledger.dynamodb.items import HEAD, SHARDED_VERSION, VERSION
from planner.guard.ledger.dynamodb.ledger import DynamoLedger, open_dynamodb
from planner.guard.ledger.dynamodb.place import DynamoPlace, parse_place
from planner.guard.ledger.dynamodb.reader import DynamoReader
from planner.guard.ledger.store import Store
from pricing.records import replace

if TYPE_CHECKING:
    from planner.guard.reading import LedgerView

T = TypeVar("T")


class DynamoView(DynamoLedger):
    """A ledger's answers without its verbs, which raise `LedgerUnavailable`; it needs the right to read alone."""

    def check(self) -> None:
        """Raises `LedgerUnavailable` for a table that is missing, or whose ledger is split."""
        table = self._open()
        head = table.get([HEAD], table.deadline()).get(HEAD)
        if head is not None:
            heads.check(head, self.place)

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return DynamoReader(self._open()).last_seq()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> NoReturn:
        raise LedgerUnavailable(f"{self.place}: is open for reading only")


def view(url: str, clock: Clock) -> "LedgerView":
    """The ledger in the table, or one shard of it; raises `LedgerUnavailable` when it is not there."""
    place = _place(url)
    if place.shards is None:
        ledger = DynamoView(place, clock, "assume_billed")
        ledger.check()
        return ledger
    from planner.guard.ledger.dynamodb.sharded_view import open_view  # it costs only who asks for it

    whole = open_view(replace(place, shard=None), clock)
    if place.shard is None:
        return whole
    whole.close()
    return DynamoView(place, clock, "assume_billed")


def existing(url: str) -> Ledger:
    """The ledger to be corrected; raises `LedgerUnavailable` when there is no table."""
    return open_dynamodb(url.partition("://")[2], clock=time.time, lapse="assume_billed")


def name(url: str) -> str:
    place = _place(url)
    return f"{place}?region={place.region}" if place.region else str(place)


def files(_: str) -> tuple[str, ...]:
    return ()


def make(url: str) -> str:
    """Makes the table if it is missing, and the ledger in it; says what was done."""
    place = _place(url)
    made = templates.create_table(place)
    existing(url).close()
    if made:
        return f"{place}: made; it is billed by request and protected against deletion"
    return f"{place}: is a ledger already; nothing changed"


def migrate(url: str) -> str:
    existing(url).close()
    place = _place(url)
    return f"{place}: is of the newest version, {SHARDED_VERSION if place.shards else VERSION}"


def roles(url: str) -> str:
    """The least a guard needs, as an IAM policy; nothing is asked of AWS."""
    place = _place(url)
    return templates.policy(place.table, place.region, place.shards)


def stacks(url: str) -> dict[str, str]:
    """Text that makes the table and the policy, by the tool that reads it."""
    place = _place(url)
    return {
        "cloudformation": templates.cloudformation(place.table, place.shards),
        "terraform": templates.terraform(place.table, place.shards),
    }


def check_copy(url: str, side: str) -> None:
    """Raises `LedgerUrlError` for a ledger whose shards each have a history of their own; `side` is FROM or TO."""
    place = _place(url)
    if place.shards and side == "TO":
        raise LedgerUrlError(f"TO is {place}, which takes no history; copy into a ledger that is not split")
    if place.shards and not place.shard:
        raise LedgerUrlError(
            f"FROM is {place}, whose shards have histories of their own; "
            f"copy each into a ledger of its own: &shard=1 to &shard={place.shards}"
        )


def _place(url: str) -> DynamoPlace:
    return parse_place(url.partition("://")[2])
