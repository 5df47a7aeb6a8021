"""What lies in the table: which item holds what, and how values are written.

Every item has a partition key `p` and a sort key `s`, both text:

    p               s                   holds
    head            -                   number of the newest entry, earliest lease, kill switch, last turn used, version
    turn            -                   who shall write next, while several processes want to
    budgets         name                limit and period of a budget
    lines           period#budget       the counters of a budget in a period
    hold#KEY        -                   a hold, with the words of the entry that granted it
    open, lapsed    lease#KEY           holds that nobody has resolved, by the end of their lease
    notice#...      threshold           a notice that was claimed
    entries#N       seq                 the history, a thousand entries to a partition

A ledger that is split has all of them in each of its shards, where `3/` goes before the partition keys of the third.
Its own `head` only says how many shards there are. There a budget's limit is the shard's share, `whole` what it is a
share of; a period's counters have a `share` of their own once it has moved between shards, and what it was `of`.
"""

import json
from collections.abc import Mapping
from typing import Final, TypeVar

from planner.guard.ledger import Line
from planner.guard.ledger.store import Record, State

Value = str | int
Item = dict[str, Value]
"""An item's attributes; what is None is left out."""
Key = tuple[str, str]
Wire = dict[str, dict[str, str]]
"""An item as DynamoDB's API takes it."""

VERSION: Final = 1
SHARDED_VERSION: Final = 2
"""What the head of a ledger that is split says, so that who knows of no shards leaves it alone."""
HEAD: Final = ("head", "-")
TURN: Final = ("turn", "-")
BUDGETS: Final = "budgets"
LINES: Final = "lines"
PENDING: Final[Mapping[State, str]] = {"open": "open", "assumed": "lapsed", "released": "lapsed"}
"""The partition that lists holds of a state."""
COUNTERS: Final = ("held", "settled", "assumed", "overrun")

_PER_PARTITION: Final = 1000
_RECORD: Final = tuple(name for name in Record._fields if name != "booking")

T = TypeVar("T")


def part(shard: int) -> str:
    """What goes before the partition keys of a shard, counted from 0."""
    return f"{shard + 1}/"


def key_of(item: Item) -> Key:
    return str(item["p"]), str(item["s"])


def hold_key(key: str) -> Key:
    return f"hold#{key}", "-"


def budget_key(name: str) -> Key:
    return BUDGETS, name


def line_key(line: Line) -> Key:
    return LINES, f"{line.period}#{line.budget}"


def line_of(key: Key) -> Line:
    period, _, budget = key[1].partition("#")
    return Line(budget, period)


def notice_key(line: Line, threshold: str) -> Key:
    return f"notice#{line.period}#{line.budget}", threshold


def pending_key(record: Record) -> Key | None:
    """None for a hold that somebody has resolved."""
    partition = PENDING.get(record.state)
    return (partition, f"{record.lease_until:020d}#{record.key}") if partition else None


def lease_of(pending: Key) -> int:
    return int(pending[1].partition("#")[0])


def held_key(pending: Key) -> str:
    """The key of the hold that an item of `open` or `lapsed` is about."""
    return pending[1].partition("#")[2]


def entry_key(seq: int) -> Key:
    return f"entries#{(seq - 1) // _PER_PARTITION}", f"{seq:020d}"


def last_of_partition(seq: int) -> int:
    """The last number that shares a partition with this one."""
    return ((seq - 1) // _PER_PARTITION + 1) * _PER_PARTITION


def item_of(record: Record, lines: tuple[Line, ...], granted: Mapping[str, Value]) -> Item:
    """A hold's item; `granted` are the attributes that only its first entry sets: `seq`, `held_at`, `words`."""
    partition, sort = hold_key(record.key)
    values = {name: getattr(record, name) for name in _RECORD}
    return {"p": partition, "s": sort, "lines": write_lines(lines), **values, **granted}


def record_of(item: Item, booking: int) -> Record:
    return Record(**{name: item[name] for name in _RECORD}, booking=booking)  # type: ignore[arg-type]


def write_lines(lines: tuple[Line, ...]) -> str:
    return json.dumps(lines, separators=(",", ":"))


def read_lines(text: object) -> tuple[Line, ...]:
    return tuple(Line(budget, period) for budget, period in json.loads(str(text or "[]")))


def to_wire(item: Mapping[str, Value | None]) -> Wire:
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in item.items()
        if value is not None
    }


def from_wire(wire: Wire) -> Item:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in wire.items()}


def wire_key(key: Key) -> Wire:
    return {"p": {"S": key[0]}, "s": {"S": key[1]}}
