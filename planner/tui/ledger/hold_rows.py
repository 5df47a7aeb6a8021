"""Holds nobody has resolved, as rows: those whose lease ran out first, because someone has to look at them."""

from collections.abc import Sequence

from textual.content import Content

from planner.guard.ledger import Hold
from planner.report.guard_holds import holds_listing
from planner.tui.ledger.snapshot import Snapshot
from planner.tui.widgets.grid_rows import Cell, Column, Row

_WIDE = 120
_NARROW = ("state", "age", "lease left", "amount", "budgets", "sku")


def hold_columns(width: int) -> tuple[Column, ...]:
    """As many as a grid of that width has room for."""
    wide = width >= _WIDE
    columns = (
        Column("state", 7),
        Column("age", 7, "right"),
        Column("lease left", 10, "right"),
        *((Column("attempts", 8, "right"),) if wide else ()),
        Column("amount", 9, "right"),
        *((Column("assumed", 9, "right"),) if wide else ()),
        Column("budgets", 20 if wide else 16),
        Column("sku"),
    )
    return (*columns, Column("key", 26)) if wide else columns


class HoldRows:
    """Lapsed ones, then open ones; drawn only as far as they are looked at."""

    def __init__(self, snapshot: Snapshot | None, columns: Sequence[Column]) -> None:
        self.holds: tuple[Hold, ...] = (*snapshot.lapsed, *snapshot.open) if snapshot else ()
        self._now = snapshot.at if snapshot else 0.0
        self._columns = columns

    def __len__(self) -> int:
        return len(self.holds)

    def page(self, first: int, last: int) -> Sequence[Row]:
        listing = holds_listing(self.holds[first:last], self._now)
        titles = [column.title for column in listing.columns]
        places = [titles.index(column.title) for column in self._columns]
        return [[_cell(cells[place]) for place in places] for cells in listing.cells]


def _cell(text: str) -> Cell:
    if text in ("lapsed", "ended"):
        return Content.styled(text, "bold $warning")
    return text
