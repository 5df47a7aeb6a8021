"""Looking for entries by words, newest first, so that what happened last is found at once and memory stays bounded."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from planner.tui.ledger.entry_rows import CHUNK, Chunks, ToldRow
from planner.tui.wanted import Wanted
from planner.tui.widgets.grid_rows import Column, Row

if TYPE_CHECKING:
    from planner.scenario import Budget
    from planner.tui.background import Progress
    from planner.tui.ledger.reader import LedgerReader

MOST = 5_000
"""Matches that are kept; older ones are left to `bursar guard tail`."""


class Matches:
    """Matching entries in the order of the ledger, as a source for a grid."""

    def __init__(self, look_for: Wanted, last_seq: int, columns: Sequence[Column]) -> None:
        self.look_for = look_for
        self.columns = tuple(columns)
        self.last_seq = last_seq
        """Entries up to here were or are being looked through."""
        self._rows: list[ToldRow] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def full(self) -> bool:
        return len(self._rows) >= MOST

    def page(self, first: int, last: int) -> Sequence[Row]:
        return [row.cells(self.columns) for row in self._rows[first:last]]

    def told(self, index: int) -> ToldRow:
        return self._rows[index]

    def add_older(self, rows: Sequence[ToldRow]) -> None:
        self._rows[:0] = rows[-(MOST - len(self._rows)) :] if not self.full else []

    def add_newer(self, rows: Sequence[ToldRow], last_seq: int) -> None:
        self.last_seq = last_seq
        self._rows += [row for row in rows if row.words in self.look_for]
        del self._rows[:-MOST]


def scan(
    reader: "LedgerReader",
    budgets: "Mapping[str, Budget]",
    last_seq: int,
    look_for: Wanted,
    *,
    deliver: Callable[[Sequence[ToldRow]], object],
    progress: "Progress",
) -> int:
    """Looks backwards from `last_seq` and delivers matches as they are found; returns how many entries it looked at.

    Runs in a thread of its own. Raises `Cancelled` when given up and `LedgerError` as the ledger does.
    """
    chunks, found, done = Chunks(budgets), 0, 0
    for number in range((last_seq - 1) // CHUNK, -1, -1):
        first, last = number * CHUNK, min(last_seq, (number + 1) * CHUNK)
        rows = reader.submit(partial(chunks.told, first=first, last=last)).result()
        matches = [row for row in rows if row.words in look_for]
        done += last - first
        found += len(matches)
        if matches:
            deliver(matches)
        progress.step(done, last_seq, f"{found:,} found")
        if found >= MOST:
            break
    return done
