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
_NAME, _WIDEST_NAME = 18, 40
_LEAST_TALL, _TALLEST = 3, 5
"""Rows of a scenario where there is room, with an empty one above its bars."""


@record
class Spark:
    """A name and its values by month; None where the scenario has no such month."""

    name: str
    values: tuple[int | None, ...]


class Sparks(Widget):
    """A heading with the scale, then each scenario in a row or, where there is room, in a few; a month takes one cell or several."""

    DEFAULT_CSS: ClassVar[str] = """
    Sparks { height: auto; background: $surface; color: $foreground; padding: 0 1; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title, self._scale = "", ""
        self._sparks: tuple[Spark, ...] = ()
        self._first, self._last = "", ""
        self._tall = 1

    def show_sparks(
        self, title: str, scale: str, sparks: Sequence[Spark], months: tuple[str, str], *, room: int = 0
    ) -> None:
        """`scale` names the value of a full bar; `months` are the first and the last; `room` is rows that are free."""
        self._title, self._scale, self._sparks = clean(title), clean(scale), tuple(sparks)
        self._first, self._last = months
        tall = min(_TALLEST, room // max(1, len(self._sparks)))
        self._tall = tall if tall >= _LEAST_TALL else 1
        self.styles.height = len(self._sparks) * self._tall + 1 if self._sparks else 0
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        name, cells = self._label_width(width), self._cells(width)
        if y == 0:
            span = fit(f"{self._first}", max(0, cells - len(self._last))) + self._last if self._sparks else ""
            runs: list[Run] = [
                (f"{fit(self._title, name)}  {span}", Style(bold=True)),
                (f"  █ {self._scale}" if self._sparks else "", Style(dim=True)),
            ]
            return strip_of(runs, width, self.rich_style)
        index, row = divmod(y - 1, self._tall)
        if index >= len(self._sparks):
            return Strip.blank(width, self.rich_style)
        spark, above = self._sparks[index], self._tall - 1 - row
        look = series_styles(self.app, len(self._sparks))[index]
        words = "" if above else clean(spark.name)
        bars = self._blocks(spark, cells, above)
        return strip_of([(f"{fit(words, name)}  ", Style()), (bars, look)], width, self.rich_style)

    def _label_width(self, width: int) -> int:
        return max(_NAME, min(_WIDEST_NAME, width // 5))

    def _cells(self, width: int) -> int:
        months = max((len(spark.values) for spark in self._sparks), default=0)
        if not months:
            return 0
        room = max(1, width - self._label_width(width) - 2 - 16)
        return months * max(1, room // months) if months <= room else room

    def _blocks(self, spark: Spark, cells: int, above: int) -> str:
        """The row that has `above` rows of the bars under it. Where months outnumber cells, a cell shows its largest month."""
        top = max((value or 0 for each in self._sparks for value in each.values), default=0)
        months = len(spark.values)
        shown = []
        for cell in range(cells):
            first, last = (
                cell * months // cells,
                max(cell * months // cells + 1, (cell + 1) * months // cells),
            )
            values = [value for value in spark.values[first:last] if value is not None]
            shown.append(_block(max(values), top, max(1, self._tall - 1), above) if values else " ")
        return "".join(shown)


def _block(value: int, top: int, tall: int, above: int) -> str:
    """Whatever is not zero shows, and a zero as a dot, in the lowest row."""
    if value <= 0 or top <= 0:
        return " " if above else "·"
    return _STEPS[max(0, min(8, -(-value * 8 * tall // top) - 8 * above))]
