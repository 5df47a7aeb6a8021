"""The head of a ledger: begun in an empty table, and checked before anything is written."""

import uuid

from planner.guard.errors import LedgerUnavailable, LedgerUnusable
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.items import HEAD, SHARDED_VERSION, VERSION, Item
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.sending import rest
from planner.guard.ledger.dynamodb.table import Conflict, Deadline, Table, Unsure, put


def begin(table: Table, deadline: Deadline) -> None:
    """Begins the ledger of an empty table, whoever else does; raises `LedgerUnavailable` where another kind was begun."""
    actions = [put(table.place.table, items.to_wire(head)) for head in _first_heads(table.place)]
    for action in actions:
        action["Put"]["ConditionExpression"] = "attribute_not_exists(p)"
    while True:
        try:
            table.transact(actions, uuid.uuid4().hex)
        except Conflict:
            pass
        except Unsure as error:
            rest(deadline, table.place, error)
        if found := table.get([HEAD], deadline):
            return check(found[HEAD], table.place)
        rest(deadline, table.place)


def check(head: Item, place: DynamoPlace) -> None:
    """Raises `LedgerUnavailable` for a ledger that this version, or this URL, must not write to."""
    shards = head.get("shards")
    if shards is not None and shards != place.shards:
        raise LedgerUnusable(f"{place}: its ledger is split over {shards} shards; write ?shards={shards}")
    if shards is None and place.shards:
        raise LedgerUnusable(f"{place}: its ledger is not split; leave shards out, or begin a new table")
    version = SHARDED_VERSION if place.shards else VERSION
    if head["v"] != version:
        raise LedgerUnavailable(f"{place}: is of version {head['v']}, not {version}; upgrade bursar")


def _first_heads(place: DynamoPlace) -> list[Item]:
    if place.shards is None:
        return [_first_head("")]
    table: Item = {"p": HEAD[0], "s": HEAD[1], "v": SHARDED_VERSION, "shards": place.shards}
    return [table, *(_first_head(items.part(shard)) for shard in range(place.shards))]


def _first_head(part: str) -> Item:
    return {"p": f"{part}{HEAD[0]}", "s": HEAD[1], "n": 0, "v": VERSION}
