"""What a grid says to the screen it is on; `Grid.Selected` and the others are these."""

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from planner.tui.widgets.grid import Grid


class _OfGrid(Message, namespace="grid"):
    def __init__(self, grid: "Grid") -> None:
        super().__init__()
        self.grid = grid

    @property
    def control(self) -> "Grid":
        return self.grid


class _AtCell(_OfGrid, namespace="grid"):
    def __init__(self, grid: "Grid", row: int, column: int) -> None:
        super().__init__(grid)
        self.row, self.column = row, column


class Highlighted(_AtCell, namespace="grid"):
    """The cursor came to another cell."""


class Selected(_AtCell, namespace="grid"):
    """A row was opened."""


class FilterWanted(_OfGrid, namespace="grid"):
    """Someone would like to see only some of the rows."""


class Unavailable(_OfGrid, namespace="grid"):
    """A page of rows could not be had."""

    def __init__(self, grid: "Grid", why: str) -> None:
        super().__init__(grid)
        self.why = why
