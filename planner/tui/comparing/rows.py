"""Scenarios to choose from, and the figures of those chosen, as rows."""

from collections.abc import Sequence

from textual.content import Content

from planner.compare import Comparison, Figure
from planner.report.compare_text import change_text, prices_text, shown_value
from planner.report.guard_words import count
from planner.report.tables import display_width
from planner.tui.comparing.entrants import Chosen, Entrant
from planner.tui.text import clean
from planner.tui.theme import letter
from planner.tui.widgets.grid_rows import Cell, Column, Row

_LONGEST_FILE, _LEAST_STATE = 26, 18
_EDGES = 13
"""Cells that the mark of the chosen, the cursor's, the scroll bar and the gaps take."""
_FIGURE = 18
_NARROWEST, _WIDEST = 15, 44


def entrant_columns(entrants: Sequence[Entrant], width: int) -> tuple[Column, ...]:
    """Names as wide as they are, as far as there is room; why a file cannot be planned takes the rest."""
    files = [display_width(clean(each.path.name)) for each in entrants]
    names = [display_width(clean(each.plan.scenario.name)) for each in entrants if each.plan is not None]
    file = max(4, min(max(files, default=0), max(_LONGEST_FILE, width // 4)))
    name = max(8, min(max(names, default=0), width - file - _LEAST_STATE - _EDGES))
    return (Column("", 4), Column("file", file), Column("scenario", name), Column("state"))


def entrant_rows(entrants: Sequence[Entrant], chosen: Chosen) -> list[Row]:
    """`A` base, `B` ... for the chosen ones, as in the columns below."""
    marks = {index: letter(place) for place, index in enumerate(chosen.in_order)}
    return [
        _entrant_row(each, marks.get(index, ""), index == chosen.base) for index, each in enumerate(entrants)
    ]


def figure_columns(comparison: Comparison, width: int) -> tuple[Column, ...]:
    """One for each scenario, as wide as the grid allows and figures can still be read across."""
    plans = comparison.plans
    each = max(_NARROWEST, min(_WIDEST, (width - _FIGURE - 2 - 2 * len(plans) - 1) // len(plans)))
    titles = (f"{letter(index)} {clean(plan.scenario.name, 60)}" for index, plan in enumerate(plans))
    return (
        Column("figure", _FIGURE),
        *(
            Column(title if len(title) <= each else f"{title[: each - 1]}…", each, "right")
            for title in titles
        ),
    )


def figure_rows(comparison: Comparison, columns: Sequence[Column]) -> list[Row]:
    """Each figure, and below it how far the others are from the base; better and worse in words of sign and colour."""
    rows: list[Row] = []
    for figure in comparison.figures:
        rows.append([figure.words, *(shown_value(figure, value) for value in figure.values)])
        changes: list[Cell] = [
            _change(figure, index, columns[index + 1].width or 0) for index in range(1, len(comparison.plans))
        ]
        if any(str(change) for change in changes):
            rows.append(["", "", *changes])
    rows.append(["prices", *(prices_text(comparison, index) for index in range(len(comparison.plans)))])
    return rows


def _entrant_row(entrant: Entrant, mark: str, base: bool) -> Row:
    sign = Content.styled(f"●{mark}{' ◆' if base else ''}", "bold $primary") if mark else ""
    if entrant.plan is None:
        return (sign, entrant.path.name, "", Content.styled(clean(f"✗ {entrant.why_not}"), "$error"))
    plan = entrant.plan
    months = f"{plan.scenario.start}, {count(plan.scenario.months or 0, 'month')}"
    state = Content.styled("! expectation broken", "$warning") if plan.broken else months
    return (sign, entrant.path.name, plan.scenario.name, state)


def _change(figure: Figure, index: int, width: int) -> Content:
    """Where the amount and the per cent do not fit, the per cent alone."""
    text, change, percent = change_text(figure, index), figure.change(index), figure.change_pct(index)
    if len(text) + 2 > width and percent is not None:
        text = f"{float(percent):+.1f} %"
    if not change or figure.better == "neither":
        return Content(text)
    better = (change < 0) == (figure.better == "lower")
    return Content.styled(f"{text} {'▾' if change < 0 else '▴'}", "$success" if better else "$error")
