"""How a row of a grid becomes a line of the terminal: columns measured once, text cut to them and never read as markup."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

from planner.tui.text import clean
from planner.tui.widgets.grid_rows import Cell, Column, Row
from pricing.records import record

GAP = "  "
GUTTER = "▸ "
"""Before the row of the cursor, so that colour is not the only sign of it."""
_NO_GUTTER = " " * len(GUTTER)
_LEAST = 6
"""Cells that a column without a width gets in a narrow grid."""


@record
class Spans:
    """Where each column stands, in cells from the left edge."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]

    @property
    def total(self) -> int:
        return len(GUTTER) + sum(self.widths) + len(GAP) * max(0, len(self.widths) - 1)

    def starts(self) -> Iterator[int]:
        at = len(GUTTER)
        for width in self.widths:
            yield at
            at += width + len(GAP)

    def whole(self, left: int, right: int) -> tuple[int, int]:
        """The part of these cells in which no column is cut: half a figure would read as another one."""
        stands = [(start, start + width) for start, width in zip(self.starts(), self.widths, strict=True)]
        if not any(left <= start and end <= right for start, end in stands):
            return left, right
        first = next((end for start, end in stands if start < left < end), left)
        last = next((start for start, end in stands if start < right < end), right)
        return first, last

    def column_at(self, x: int) -> int:
        """The column under a cell, or nearest to its left."""
        return max((index for index, start in enumerate(self.starts()) if start <= x), default=0)

    def scrolled_to(self, column: int, left: int, width: int) -> int:
        """How far right to scroll, from `left` on and as little as possible, to show a column; the first shows all before it."""
        if self.total <= width or column == 0:
            return 0
        start = list(self.starts())[column]
        return min(start, max(left, start + self.widths[column] - width))


def measure(columns: Sequence[Column], width: int) -> Spans:
    """Columns with a width keep it; the others share what is left of the grid's."""
    fixed = sum(column.width or 0 for column in columns)
    free = sum(column.width is None for column in columns)
    left = width - len(GUTTER) - fixed - len(GAP) * max(0, len(columns) - 1)
    share, more = divmod(max(left, 0), free) if free else (0, 0)
    widths = []
    for column in columns:
        if column.width is not None:
            widths.append(column.width)
            continue
        widths.append(max(_LEAST, share + (more > 0)))
        more -= 1
    return Spans(tuple(columns), tuple(widths))


def draw(
    row: Row, spans: Spans, style: Style, *, cursor: bool = False, cell: tuple[int, Style] | None = None
) -> Strip:
    """One row as a strip of the grid's whole width; `cell` is the column under the cursor and its style."""
    plain = style.rich_style
    parts: list[Segment] = [Segment(GUTTER if cursor else _NO_GUTTER, plain)]
    for index, (column, width) in enumerate(zip(spans.columns, spans.widths, strict=True)):
        if index:
            parts.append(Segment(GAP, plain))
        look = cell[1] if cell and cell[0] == index else style
        parts.extend(_cell(row[index] if index < len(row) else "", column, width, look, flat=cursor))
    return Strip(parts, spans.total).simplify()


def in_sight(strip: Strip, spans: Spans, left: int, right: int, style: RichStyle) -> Strip:
    """What stands between two cells, with a sign in place of a column that is cut there."""
    first, last = spans.whole(left, right)
    before, after = first - left, right - last
    parts = [
        Strip([Segment("…".ljust(before), style)], before) if before else Strip([], 0),
        strip.crop_extend(first, last, style),
        Strip([Segment("…".rjust(after), style)], after) if after else Strip([], 0),
    ]
    return Strip.join(parts).simplify()


def text_line(text: str, width: int, style: RichStyle) -> Strip:
    """A line that is no row: a message where there are none."""
    return Strip([Segment(_fitted(text, width, "left"), style)], width)


def cell_text(cell: Cell) -> str:
    """A cell as it is copied: whole, and with nothing in it that acts in a terminal."""
    return cell.plain if isinstance(cell, Content) else clean(cell, 10_000)


def _cell(cell: Cell, column: Column, width: int, style: Style, *, flat: bool) -> list[Segment]:
    """Under the cursor a cell loses its colours, which were chosen for another background."""
    if isinstance(cell, str):
        return [Segment(_fitted(clean(cell, width + 1), width, column.align), style.rich_style)]
    if flat or not cell.spans:
        return [Segment(_fitted(cell.plain, width, column.align), style.rich_style)]
    cut = cell.truncate(width, ellipsis=True)
    gap = width - cut.cell_length
    cut = cut.pad(gap, 0) if column.align == "right" else cut.pad(0, gap)
    return cut.render_segments(style)


def _fitted(text: str, width: int, align: str) -> str:
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        text = set_cell_size(text, width - 1) + "…" if width else ""
    elif align == "right":
        return " " * (width - length) + text
    return text + " " * (width - length)
