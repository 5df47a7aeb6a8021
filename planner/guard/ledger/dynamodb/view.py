"""A ledger in DynamoDB for those outside its guards: who looks at it, sets it right or makes it."""

import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import Clock, Ledger
from planner.guard.ledger.dynamodb import templates
from planner.guard.ledger.dynamodb.items import VERSION
from planner.guard.ledger.dynamodb.ledger import DynamoLedger, open_dynamodb
from planner.guard.ledger.dynamodb.place import DynamoPlace, parse_place
from planner.guard.ledger.dynamodb.reader import DynamoReader
from planner.guard.ledger.store import Store

T = TypeVar("T")


class DynamoView(DynamoLedger):
    """A ledger's answers without its verbs, which raise `LedgerUnavailable`; it needs the right to read alone."""

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return DynamoReader(self._open()).last_seq()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> NoReturn:
        raise LedgerUnavailable(f"{self.place}: is open for reading only")


def view(url: str, clock: Clock) -> DynamoView:
    """The ledger in the table, which must exist; raises `LedgerUnavailable` otherwise."""
    ledger = DynamoView(_place(url), clock, "assume_billed")
    ledger.last_seq()
    return ledger


def existing(url: str) -> Ledger:
    """The ledger to be corrected; raises `LedgerUnavailable` when there is no table."""
    return open_dynamodb(url.partition("://")[2], clock=time.time, lapse="assume_billed")


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
    return f"{_place(url)}: is of the newest version, {VERSION}"


def roles(url: str) -> str:
    """The least a guard needs, as an IAM policy; nothing is asked of AWS."""
    place = _place(url)
    return templates.policy(place.table, place.region)


def stacks(url: str) -> dict[str, str]:
    """Text that makes the table and the policy, by the tool that reads it."""
    table = _place(url).table
    return {"cloudformation": templates.cloudformation(table), "terraform": templates.terraform(table)}


def _place(url: str) -> DynamoPlace:
    return parse_place(url.partition("://")[2])
