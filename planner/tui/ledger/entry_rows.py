"""A ledger's entries as rows, read by number: entries count 1, 2, 3 ... without gaps, so a row knows its entry."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from textual.cache import LRUCache
from textual.content import Content

from planner.guard.errors import LedgerError
from planner.guard.ledger import Entry, Kind
from planner.report.guard_tail import Teller, Told
from planner.tui.text import clean
from planner.tui.widgets.grid_rows import Cell, Column, Row, RowsUnavailable
from pricing.records import EMPTY, record

if TYPE_CHECKING:
    from planner.scenario import Budget
    from planner.tui.ledger.reader import LedgerReader, ReadLedger

CHUNK = 500
"""Entries read from the ledger at a time."""
_CHUNKS = 4
_MIDDLE, _WIDE, _WIDER, _WIDEST = 100, 130, 150, 180
_SIGNS: Mapping[Kind, tuple[str, str]] = {
    "refuse": ("✗", "$error"),
    "stop": ("■", "$error"),
    "lapse": ("?", "$warning"),
    "assume": ("?", "$warning"),
    "notice": ("!", "$warning"),
    "resume": ("▶", "$success"),
}
_DOWNGRADED = ("↓", "$warning")


@record
class ToldRow:
    """An entry, told, and its row at any width."""

    told: Told

    @property
    def words(self) -> str:
        """What a filter looks in."""
        told = self.told
        parts = (told.entry.kind, told.budgets, told.sent.sku, told.note, told.amount, told.entry.key or "")
        return " ".join(parts).lower()

    def cells(self, columns: Sequence[Column]) -> Row:
        told = self.told
        values: dict[str, Cell] = {
            "": _sign(told),
            "time": f"{datetime.fromtimestamp(told.entry.at, UTC):%H:%M:%S}",
            "time (UTC)": f"{datetime.fromtimestamp(told.entry.at, UTC):%m-%d %H:%M:%S}",
            "kind": told.entry.kind,
            "usd": told.amount,
            "budgets": told.budgets,
            "sku": told.sent.sku,
            "note": told.note,
            "what": "; ".join(filter(None, (told.note, told.sent.sku))),
            "key": told.entry.key or "",
        }
        return [values[column.title] for column in columns]


def entry_columns(width: int) -> tuple[Column, ...]:
    """As many as a grid of that width has room for."""
    kind, amount = Column("kind", 6), Column("usd", 9, "right")
    if width < _MIDDLE:
        return (Column("", 1), Column("time", 8), kind, amount, Column("budgets", 15), Column("what"))
    head = (Column("", 1), Column("time (UTC)", 14), kind, amount)
    if width < _WIDE:
        return (*head, Column("budgets", 18), Column("what"))
    key = Column("key", 20)
    if width < _WIDER:
        return (*head, Column("budgets", 22), Column("what"), key)
    budgets, sku = (22, 47) if width < _WIDEST else (30, 60)
    return (*head, Column("budgets", budgets), Column("sku", sku), Column("note"), key)


class Chunks:
    """Entries by number, told; used from the ledger's own thread only."""

    def __init__(self, budgets: Mapping[str, "Budget"] = EMPTY) -> None:
        self.budgets = budgets
        self._chunks: LRUCache[int, list[Entry]] = LRUCache(_CHUNKS)

    def told(self, ledger: "ReadLedger", first: int, last: int) -> list[ToldRow]:
        """Entries `first + 1` to `last`, as far as they exist."""
        teller = Teller(ledger.find, self.budgets)
        return [ToldRow(teller.tell(entry)) for entry in self._entries(ledger, first, last)]

    def _entries(self, ledger: "ReadLedger", first: int, last: int) -> list[Entry]:
        found: list[Entry] = []
        for number in range(first // CHUNK, (last - 1) // CHUNK + 1):
            start = number * CHUNK
            chunk = self._chunks.get(number)
            if chunk is None or (len(chunk) < CHUNK and start + len(chunk) < last):
                chunk = list(islice(ledger.entries(after=start), CHUNK))
                self._chunks.discard(number)  # the cache holds on to what it has under a key
                self._chunks[number] = chunk
            found += chunk[max(0, first - start) : last - start]
        return found


class EntryRows:
    """All entries, as a source for a grid."""

    def __init__(self, reader: "LedgerReader", chunks: Chunks, count: int, columns: Sequence[Column]) -> None:
        self._reader, self._chunks = reader, chunks
        self.count, self.columns = count, tuple(columns)

    def __len__(self) -> int:
        return self.count

    async def fetch(self, first: int, last: int) -> Sequence[Row]:
        try:
            told = await self._reader.ask(lambda ledger: self._chunks.told(ledger, first, last))
        except LedgerError as error:
            raise RowsUnavailable(str(error)) from error
        return [row.cells(self.columns) for row in told]


def _sign(told: Told) -> Cell:
    kind = told.entry.kind
    sign, look = _SIGNS.get(kind, ("", ""))
    if not sign and told.sent.asked and kind in ("hold", "settle"):
        sign, look = _DOWNGRADED
    return Content.styled(clean(sign), f"bold {look}") if sign else ""
