"""What tests of a ledger over shards ask of its table, beside what the ledger says."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from planner.guard.ledger import Line
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.picture import in_shard
from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.shares import even_shares
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.reading import open_to_read


def shards_of(url: str) -> int:
    return parse_place(url.partition("://")[2]).shards or 0


def shares_of(url: str, budget: str, period: str = "lifetime") -> list[int]:
    """What each shard may come to."""
    table = Table(parse_place(url.partition("://")[2]))
    try:
        return _shares(table, Line(budget, period))
    finally:
        table.close()


@contextmanager
def shares_watched(url: str, line: Line) -> Iterator[list[list[int]]]:
    """The shares at one moment after the other, each read in one transaction, for as long as the block lasts."""
    table, done, seen = Table(parse_place(url.partition("://")[2])), threading.Event(), list[list[int]]()

    def watch() -> None:
        while not done.is_set():
            seen.append(_shares(table, line))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
        table.close()


def _shares(table: Table, line: Line) -> list[int]:
    kinds = (items.budget_key(line.budget), items.line_key(line))
    keys = [in_shard(shard, key) for shard in range(table.place.shards or 0) for key in kinds]
    wanted = [{"Get": {"TableName": table.place.table, "Key": items.wire_key(key)}} for key in keys]
    while True:
        try:
            answers = table._client.transact_get_items(TransactItems=wanted)["Responses"]
            break
        except table._client.exceptions.TransactionCanceledException:
            time.sleep(0.001)  # somebody writes one of them
    found = [items.from_wire(answer.get("Item", {})) for answer in answers]
    return [
        int(counters.get("share", budget["limit_micros"]))
        for budget, counters in zip(found[::2], found[1::2], strict=True)
    ]


def check_split(url: str) -> None:
    """Replay each shard in its own order: nothing was ever granted above its share, and all of it adds up."""
    totals: dict[Line, Counter[str]] = {}
    for shard in range(1, shards_of(url) + 1):
        for line, total in _replayed(f"{url}&shard={shard}").items():
            totals.setdefault(line, Counter()).update(total)
    with open_to_read(url) as view:
        for line, total in totals.items():
            status = view.status(line.budget, period=line.period)
            assert (status.held, status.settled, status.assumed) == (
                total["held"],
                total["settled"],
                total["assumed"],
            ), line
        assert view.verify() == ()
        assert [entry.seq for entry in view.entries()] == list(range(1, view.last_seq() + 1))


def _replayed(url: str) -> dict[Line, Counter[str]]:
    even: dict[str, int] = {}
    moved: dict[Line, int] = {}
    totals: dict[Line, Counter[str]] = {}
    resolved: Counter[str | None] = Counter()
    with open_to_read(url) as view:
        for entry in view.entries():
            resolved[entry.key] += entry.kind in {"settle", "void"}
            for line in entry.lines:
                total = totals.setdefault(line, Counter())
                total.update(entry.change._asdict())
                if entry.kind == "define":
                    place = parse_place(url.partition("://")[2])
                    even[line.budget] = even_shares(entry.amount, place.shards or 0)[(place.shard or 0) - 1]
                    moved[line] = int(entry.tags["share_micros"] or 0)
                if entry.kind in {"hold", "extend"} and entry.change.held > 0:
                    assert total["settled"] + total["held"] <= moved.get(line, even[line.budget]), entry
                assert min(total.values()) >= 0, entry
    assert max(resolved.values(), default=0) <= 1
    return totals
