"""A transaction sent until it is known what became of it, within the deadline of its verb."""

from collections.abc import Sequence
from typing import Any

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger.dynamodb.items import Key
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.table import Conflict, Deadline, Table, Unsure


def send(
    table: Table, actions: Sequence[dict[str, Any]], token: str, entry: Key, deadline: Deadline
) -> Conflict | None:
    """None once all of it is written; the conflict when others wrote in between, and nothing of it is.

    `entry` is an item that it writes with the token: so a try whose answer was lost is told from somebody else's
    write. Raises `LedgerUnavailable` when the deadline passes without a word.
    """
    lost = False
    while True:
        try:
            table.transact(actions, token)
        except Conflict as conflict:
            is_ours = lost and table.get([entry], deadline).get(entry, {}).get("token") == token
            return None if is_ours else conflict
        except Unsure as error:
            lost = True
            if deadline.passed:
                seconds = f"{table.place.deadline_s:g} s"
                raise LedgerUnavailable(
                    f"{table.place}: no answer within {seconds}", advice="retry with the same key"
                ) from error
            deadline.rest()
        else:
            return None


def rest(deadline: Deadline, place: DynamoPlace, error: Exception | None = None, most: float = 1.0) -> None:
    """A pause before another try; raises `LedgerUnavailable` once there is no time for one."""
    check(deadline, place, error)
    deadline.rest(most)


def check(deadline: Deadline, place: DynamoPlace, error: Exception | None = None) -> None:
    if deadline.passed:
        raise LedgerUnavailable(
            f"{place}: others wrote first for {place.deadline_s:g} s", advice="retry with the same key"
        ) from error
