"""Scenarios month by month, one row each, all on one scale."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from planner.tui.text import Run, clean, fit, strip_of
from planner.tui.theme import series_styles
from pricing.records import record

_STEPS = " ▁▂▃▄▅▆▇█"
_NAME = 18


@record
class Spark:
    """A name and its values by month; None where the scenario has no such month."""

    name: str
    values: tuple[int | None, ...]


class Sparks(Widget):
    """A heading with the scale, then a row for each scenario; every month is one cell, or several where there is room."""

    DEFAULT_CSS: ClassVar[str] = """
    Sparks { height: auto; background: $surface; color: $foreground; padding: 0 1; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title, self._scale = "", ""
        self._sparks: tuple[Spark, ...] = ()
        self._first, self._last = "", ""

    def show_sparks(self, title: str, scale: str, sparks: Sequence[Spark], months: tuple[str, str]) -> None:
        """`scale` names the value of a full block; `months` are the first and the last."""
        self._title, self._scale, self._sparks = clean(title), clean(scale), tuple(sparks)
        self._first, self._last = months
        self.styles.height = len(self._sparks) + 1 if self._sparks else 0
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        cells = self._cells(width)
        if y == 0:
            span = fit(f"{self._first}", max(0, cells - len(self._last))) + self._last if self._sparks else ""
            runs: list[Run] = [
                (f"{fit(self._title, _NAME)}  {span}", Style(bold=True)),
                (f"  █ {self._scale}" if self._sparks else "", Style(dim=True)),
            ]
            return strip_of(runs, width, self.rich_style)
        if y > len(self._sparks):
            return Strip.blank(width, self.rich_style)
        spark = self._sparks[y - 1]
        look = series_styles(self.app, len(self._sparks))[y - 1]
        return strip_of(
            [(f"{fit(clean(spark.name), _NAME)}  ", Style()), (self._blocks(spark, cells), look)],
            width,
            self.rich_style,
        )

    def _cells(self, width: int) -> int:
        months = max((len(spark.values) for spark in self._sparks), default=0)
        if not months:
            return 0
        room = max(1, width - _NAME - 2 - 16)
        return months * max(1, room // months) if months <= room else room

    def _blocks(self, spark: Spark, cells: int) -> str:
        """Where there are more months than cells, a cell shows the largest of its months."""
        top = max((value or 0 for each in self._sparks for value in each.values), default=0)
        months = len(spark.values)
        shown = []
        for cell in range(cells):
            first, last = (
                cell * months // cells,
                max(cell * months // cells + 1, (cell + 1) * months // cells),
            )
            values = [value for value in spark.values[first:last] if value is not None]
            shown.append(_block(max(values), top) if values else " ")
        return "".join(shown)


def _block(value: int, top: int) -> str:
    """Whatever is not zero shows."""
    if value <= 0 or top <= 0:
        return "·"
    return _STEPS[max(1, -(-value * 8 // top))]
