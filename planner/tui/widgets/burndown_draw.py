"""The burn-down as strips: bars stacked by pool to an eighth of a cell, an axis, and marks where something happens."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from planner.months import month_of
from planner.projection import PoolPlan, Projection
from planner.report.burndown import balance_columns, compact_usd
from planner.report.tables import display_width
from planner.tui.text import clean, fit
from planner.tui.theme import letter
from pricing.money import Micros
from pricing.records import record

EIGHTHS = " ▁▂▃▄▅▆▇█"
GUTTER = 8
LEAST_HEIGHT = 5
WIDEST_STEP = 12
_MOST_MARK_ROWS = 3
_TITLES = (" credits left at month end ", " credits left ", "")
_SHORTEST_NAME = 4


@record
class Look:
    """How a chart is painted."""

    base: Style
    muted: Style
    strong: Style
    warning: Style
    series: tuple[Style, ...]
    """One for each pool."""
    fills: tuple[str, ...]
    """A full block for each pool, or a fill of its own where there is no colour."""
    plain: bool = False
    """True without colour: parts of cells are not told apart by their background."""


@record
class Mark:
    """Something that happens in a month."""

    month: str
    words: str
    pool: int | None
    """None for cash."""


def marks(plan: Projection) -> list[Mark]:
    """Where a pool expires with something left, where one is empty, and where cash starts; in order of time."""
    found = [mark for index, pool in enumerate(plan.pools) for mark in _pool_mark(pool, index, plan)]
    if plan.first_out_of_pocket_month is not None:
        found.append(
            Mark(plan.first_out_of_pocket_month, f"cash from {plan.first_out_of_pocket_month}", None)
        )
    return sorted(found, key=lambda mark: mark.month)


def draw(plan: Projection, width: int, height: int, look: Look, selected: str | None) -> list[Strip]:
    """Exactly `height` rows of `width` cells; blank rows where there is no room to draw anything true."""
    chart = _Chart(plan, width, height, look, selected)
    lines = list(chart.lines()) if height >= LEAST_HEIGHT and chart.columns else []
    blank = Strip.blank(width, look.base)
    return [*lines, *[blank] * height][:height]


def _pool_mark(pool: PoolPlan, index: int, plan: Projection) -> Iterator[Mark]:
    months = plan.months
    if pool.forfeited and pool.forfeited_on is not None:
        lost = compact_usd(pool.forfeited)
        yield Mark(month_of(pool.forfeited_on), f"{letter(index)} expires, {lost} unused", index)
    elif pool.exhausted_on is not None and month_of(pool.exhausted_on) <= months[-1].month:
        yield Mark(month_of(pool.exhausted_on), f"{letter(index)} empty", index)


def _add(segments: list[Segment], text: str, style: Style) -> None:
    """To the last segment, where it looks the same."""
    if segments and segments[-1].style == style:
        segments[-1] = Segment(segments[-1].text + text, style)
    else:
        segments.append(Segment(text, style))


class _Chart:
    """One drawing: where everything goes."""

    def __init__(self, plan: Projection, width: int, height: int, look: Look, selected: str | None) -> None:
        self.plan, self.width, self.look, self.selected = plan, width, look, selected
        self.pools = [pool.name for pool in plan.pools]
        room = max(1, width - GUTTER - 2)
        self.columns = self._amounts(room)
        self.each = max(1, -(-len(plan.months) // max(1, len(self.columns))))
        self.step = max(1, min(WIDEST_STEP, room // max(1, len(self.columns))))
        self.top = max((sum(column) for column in self.columns), default=0)
        self.marked = self._mark_rows(min(_MOST_MARK_ROWS, max(0, height - LEAST_HEIGHT)))
        self.rows = max(1, height - 3 - len(self.marked))
        self.heights = [self._heights(column) for column in self.columns]

    def _amounts(self, room: int) -> list[list[Micros]]:
        if self.pools and any(pool.opening_balance for pool in self.plan.pools):
            return balance_columns(self.plan, self.pools, room)
        months, each = self.plan.months, max(1, -(-len(self.plan.months) // room))
        return [
            [Micros(max(month.out_of_pocket for month in months[at : at + each]))]
            for at in range(0, len(months), each)
        ]

    def lines(self) -> Iterator[Strip]:
        yield self._strip(self._title())
        ticks = self._ticks()
        for row in range(self.rows - 1, -1, -1):
            yield self._strip(self._row(row, ticks.get(row, "")))
        axis = f"{'':>{GUTTER}}└{'─' * (len(self.columns) * self.step)}"
        yield self._strip([Segment(axis, self.look.muted)])
        yield self._strip(self._labels())
        yield from (self._strip(row) for row in self.marked)

    def _strip(self, segments: Sequence[Segment]) -> Strip:
        base = self.look.base
        made = Strip([Segment(text, base + (style or Style())) for text, style, _ in segments])
        return made.adjust_cell_length(self.width, base).simplify()

    def _title(self) -> list[Segment]:
        if self.columns and len(self.columns[0]) == 1 and not self.pools:
            return [Segment(" cash a month: there is no credit pool", self.look.muted)]
        names = [f" {letter(index)} {clean(name)} " for index, name in enumerate(self.pools)]
        title = next((each for each in _TITLES if self._takes(each, names) <= self.width), _TITLES[-1])
        longest = max(_SHORTEST_NAME, (self.width - display_width(title)) // max(1, len(names)) - 2)
        segments = [Segment(title, self.look.muted)]
        for index, name in enumerate(names):
            words = name if self._takes(title, names) <= self.width else f"{fit(name, longest - 1).rstrip()} "
            segments += [
                Segment(f" {self.look.fills[index]}", self.look.series[index]),
                Segment(words, Style()),
            ]
        return segments

    def _takes(self, title: str, names: Sequence[str]) -> int:
        return display_width(title) + sum(2 + display_width(name) for name in names)

    def _ticks(self) -> dict[int, str]:
        """Row of the plot to the amount at its upper edge, at round amounts."""
        if not self.top:
            return {}
        size = _round_step(Fraction(self.top, max(1, min(5, self.rows // 2))))
        found: dict[int, str] = {}
        amount = size
        while amount <= self.top:
            row = -(-int(amount * self.rows) // self.top) - 1
            found.setdefault(min(self.rows - 1, max(0, row)), compact_usd(amount))
            amount += size
        return found

    def _row(self, row: int, tick: str) -> list[Segment]:
        mark = "┤" if tick else "│"
        segments = [Segment(f"{tick:>{GUTTER}}{mark}", self.look.muted)]
        bar, gap = (self.step - 1, 1) if self.step > 1 else (1, 0)
        for index, heights in enumerate(self.heights):
            text, style = self._cell(heights, row, first=index == 0)
            if len(text) == 1:
                text *= bar
            else:  # a letter is reversed alone: a reversed block would be a hole in the bar
                _add(segments, text[0], style + Style(reverse=not self.look.plain))
                text = text[1:].ljust(bar - 1)
            if style.bgcolor is None:  # the gap looks the same in the style of the bar: half the pieces
                _add(segments, f"{text}{' ' * gap}", style)
            else:
                _add(segments, text, style)
                _add(segments, " " * gap, Style())
        return segments

    def _cell(self, heights: Sequence[int], row: int, *, first: bool) -> tuple[str, Style]:
        """The character of one row of a bar: its lower pool in the foreground, what is above behind it."""
        floor = row * 8
        below = next((index for index, top in enumerate(heights) if top > floor), None)
        if below is None:
            return " ", Style()
        filled = min(8, heights[below] - floor)
        style = self.look.series[below]
        if filled == 8:
            lowest = floor - (heights[below - 1] if below else 0) < 8
            letters = first and lowest and self.step > 1
            fill = self.look.fills[below]
            if letters:
                return letter(below) + fill * (self.step - 2), style
            return fill, style
        above = next((index for index, top in enumerate(heights) if top >= floor + 8), None)
        if above is None:
            return EIGHTHS[filled], style
        if self.look.plain:
            return self.look.fills[below if filled >= 4 else above], style
        return EIGHTHS[filled], style + Style(bgcolor=self.look.series[above].color)

    def _heights(self, column: Sequence[Micros]) -> list[int]:
        """Where each pool's part ends, in eighths of a cell from below; whatever is not zero shows."""
        reached, heights, before = 0, [], 0
        for balance in column:
            reached += balance
            height = (reached * self.rows * 8 * 2 // self.top + 1) // 2 if self.top else 0
            before = max(height, before + (1 if balance else 0))
            heights.append(min(before, self.rows * 8))
        return heights

    def _labels(self) -> list[Segment]:
        """Months under their bars, the selected one first and always."""
        cells = [" "] * (self.width - GUTTER - 1)
        months = [month.month for month in self.plan.months[:: self.each]]
        chosen = next((i for i in range(len(months)) if self._covers(i)), None)
        for index in ([] if chosen is None else [chosen]) + list(range(len(months))):
            at = min(index * self.step, max(0, len(cells) - 7))
            text = self.selected if index == chosen and self.selected else months[index]
            if at + 7 <= len(cells) and all(cell == " " for cell in cells[max(0, at - 2) : at + 9]):
                cells[at : at + 7] = list(text)
        line = "".join(cells)
        spot = line.find(self.selected) if self.selected else -1
        if spot < 0 or self.selected is None:
            return [Segment(" " * (GUTTER + 1)), Segment(line, self.look.muted)]
        return [
            Segment(" " * (GUTTER + 1)),
            Segment(line[:spot], self.look.muted),
            Segment(self.selected, self.look.strong),
            Segment(line[spot + 7 :], self.look.muted),
        ]

    def _covers(self, index: int) -> bool:
        months = self.plan.months[index * self.each : (index + 1) * self.each]
        return any(month.month == self.selected for month in months)

    def _mark_rows(self, most: int) -> list[list[Segment]]:
        """Marks under the bars they belong to, packed into as few rows as hold them."""
        room = self.width - GUTTER - 1
        rows: list[list[tuple[int, str, Style]]] = []
        for mark in marks(self.plan):
            placed = self._placed(mark, room)
            if placed is None:
                continue
            at, text, style = placed
            row = next((each for each in rows if all(_apart(at, text, other) for other in each)), None)
            if row is None and len(rows) < most:
                row = []
                rows.append(row)
            if row is not None:
                row.append((at, text, style))
        return [self._mark_row(row) for row in rows]

    def _placed(self, mark: Mark, room: int) -> tuple[int, str, Style] | None:
        months = [month.month for month in self.plan.months]
        if mark.month not in months:
            return None
        at = months.index(mark.month) // self.each * self.step
        style = self.look.warning if mark.pool is None else self.look.series[mark.pool]
        if at + 2 + display_width(mark.words) <= room:
            return at, f"▲ {mark.words}", style
        start = max(0, at - 1 - display_width(mark.words))
        return start, fit(f"{mark.words} ▲", min(room, display_width(mark.words) + 2)), style

    def _mark_row(self, row: list[tuple[int, str, Style]]) -> list[Segment]:
        segments, used = [Segment(" " * (GUTTER + 1))], 0
        for at, text, style in sorted(row, key=lambda each: each[0]):
            segments += [Segment(" " * (at - used)), Segment(text, style)]
            used = at + display_width(text)
        return segments


def _apart(at: int, text: str, other: tuple[int, str, Style]) -> bool:
    start, words, _ = other
    return at + display_width(text) + 1 < start or start + display_width(words) + 1 < at


def _round_step(least: Fraction) -> Fraction:
    """The next of 1, 2, 5, 10, ... that is not below `least`, in micro-dollars of at least a cent."""
    size = Fraction(10_000)
    while True:
        for factor in (1, 2, 5):
            if size * factor >= least:
                return size * factor
        size *= 10
