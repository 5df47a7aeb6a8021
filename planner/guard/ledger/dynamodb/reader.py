"""Questions to the table that change nothing; every read is strongly consistent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from planner.guard.errors import LedgerUnavailable, UnknownHold
from planner.guard.ledger import Change, Entry, Hold, Line, Mismatch, Status, Stopped
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.items import HEAD, Item
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.ledger.dynamodb.transaction import status_of, stopped_of, words_of
from planner.guard.ledger.store import MICROSECONDS, STATES
from planner.guard.ledger.windows import Per
from pricing.money import Micros

_PAGE: Final = 500
_LOOKS: Final = 5


class DynamoReader:
    """A `Reader` of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._pers: dict[str, Per] = {}

    def last_seq(self) -> int:
        head = self._get(HEAD)
        return int(head["n"]) if head else 0

    def budgets(self) -> tuple[str, ...]:
        return tuple(str(item["s"]) for item in self._table.query(items.BUDGETS))

    def per(self, budget: str) -> Per | None:
        if budget not in self._pers:
            item = self._get(items.budget_key(budget))
            if item is None:
                return None
            self._pers[budget] = item["per"]  # type: ignore[assignment]
        return self._pers[budget]

    def status(self, line: Line) -> Status:
        budget, counters = items.budget_key(line.budget), items.line_key(line)
        found = self._table.get([budget, counters], self._table.deadline())
        return status_of(line, found[budget], found.get(counters))

    def entries(self, after: int, most: int) -> list[Entry]:
        """Stops short of a gap: an entry written in the same moment comes with the next page."""
        page: list[Entry] = []
        while len(page) < most:
            following = after + len(page) + 1
            partition, _ = items.entry_key(following)
            _, sort = items.entry_key(following - 1)
            for item in self._table.query(partition, after=sort, most=most - len(page)):
                if int(str(item["s"])) != after + len(page) + 1:
                    return page
                page.append(_entry(item))
            if after + len(page) < items.last_of_partition(following):
                return page
        return page

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]:
        keys = [items.hold_key(items.held_key(items.key_of(item))) for item in self._table.query(state)]
        found = self._table.get(keys, self._table.deadline())
        holds = [hold_of(found[key]) for key in keys if key in found]
        return tuple(hold for hold in holds if hold.state == state)

    def find(self, key: str) -> Hold:
        found = self._get(items.hold_key(key))
        if found is None:
            raise UnknownHold(key)
        return hold_of(found)

    def stopped(self) -> Stopped | None:
        head = self._get(HEAD)
        return None if head is None else stopped_of(head)

    def mismatches(self) -> tuple[Mismatch, ...]:
        """The entries against the counters, on one moment of the table; it looks again while others write."""
        sums, seq = _Sums(), 0
        for _ in range(_LOOKS):
            while page := self.entries(seq, _PAGE):
                sums.take(page)
                seq = page[-1].seq
            counters = list(self._table.query(items.LINES))
            budgets = list(self._table.query(items.BUDGETS))
            pending = [*self.holds("open"), *self.holds("lapsed")]
            last = self.last_seq()
            if last == seq:
                return (*sums.counters(counters), *sums.pending(pending), *sums.limits(budgets))
            if not self.entries(seq, 1):
                return (Mismatch("number of entries", last, seq),)
        raise LedgerUnavailable(
            f"{self._table.place}: is written to all the time; verify it in a quieter moment"
        )

    def _get(self, key: items.Key) -> Item | None:
        return self._table.get([key], self._table.deadline()).get(key)


class _Sums:
    """What the entries add up to."""

    def __init__(self) -> None:
        self._lines: dict[Line, Counter[str]] = {}
        self._limits: dict[str, int] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            for line in entry.lines:
                self._lines.setdefault(line, Counter()).update(entry.change._asdict())
                if entry.kind == "define":
                    self._limits[line.budget] = entry.amount

    def counters(self, recorded: Iterable[Item]) -> Iterator[Mismatch]:
        kept = {items.line_of(items.key_of(item)): item for item in recorded}
        for line in kept.keys() | self._lines.keys():
            for name in Change._fields:
                is_value = int(kept.get(line, {}).get(name, 0))
                should_be = self._lines.get(line, Counter())[name]
                if is_value != should_be:
                    yield Mismatch(f"{name} of {line.budget} in {line.period}", is_value, should_be)

    def pending(self, holds: Iterable[Hold]) -> Iterator[Mismatch]:
        """The holds nobody has resolved against what the entries say is held and assumed."""
        kept: dict[Line, Counter[str]] = {}
        for hold in holds:
            for line in hold.lines:
                held = hold.amount if hold.state == "open" else 0
                kept.setdefault(line, Counter()).update(held=held, assumed=hold.assumed)
        for line in kept.keys() | self._lines.keys():
            for name in ("held", "assumed"):
                is_value = kept.get(line, Counter())[name]
                should_be = self._lines.get(line, Counter())[name]
                if is_value != should_be:
                    where = f"{name} by the holds of {line.budget} in {line.period}"
                    yield Mismatch(where, is_value, should_be)

    def limits(self, budgets: Iterable[Item]) -> Iterator[Mismatch]:
        for item in budgets:
            name, limit = str(item["s"]), int(item.get("whole", item["limit_micros"]))
            if limit != self._limits.get(name):
                yield Mismatch(f"limit of {name}", limit, self._limits.get(name, 0))


def _entry(item: Item) -> Entry:
    key = item.get("key")
    return Entry(
        int(str(item["s"])),
        int(item["at"]) / MICROSECONDS,
        item["kind"],  # type: ignore[arg-type]
        None if key is None else str(key),
        Micros(int(item["amount"])),
        items.read_lines(item["lines"]),
        Change(**{name: int(item[name]) for name in Change._fields}),
        words_of(item.get("tags")),
    )


def hold_of(item: Item) -> Hold:
    record = items.record_of(item, 0)
    return Hold(
        key=record.key,
        state=STATES[record.state],
        amount=Micros(record.amount),
        offer=record.offer,
        attempts=record.attempts,
        billed=Micros(record.billed if record.state == "settled" else 0),
        assumed=Micros(record.billed if record.state == "assumed" else 0),
        held_at=int(item["held_at"]) / MICROSECONDS,
        lease_until=record.lease_until / MICROSECONDS,
        lines=items.read_lines(item["lines"]),
        tags=words_of(item["words"]),
    )
