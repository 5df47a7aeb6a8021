"""The prices of a book as a table: as much of each as a width has room for, and never two rows that look alike."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from planner.report.book_show import price_text, rate_cells
from planner.report.guard_words import count
from planner.report.tables import display_width
from planner.tui.prices.rows import Price
from planner.tui.text import clean, cut_middle
from planner.tui.widgets.grid_draw import GAP, GUTTER
from planner.tui.widgets.grid_rows import Cell, Column, Row
from pricing.records import record

_SQUARE: Final = re.compile(r"(<=|>=|<|>)?(\d+)x\2")
_SCROLL_BAR: Final = 1
_LEAST_SOURCE: Final = 20
_LEAST_MODEL: Final = 12


@record
class _Layout:
    """How much of a price is said."""

    brief: bool = False
    """Whether models go without their provider, and square sizes by one side."""
    brief_regions: bool = True
    state: int = 2
    """2 with words on who uses the model, 1 with their number, 0 without the day of its end."""
    source: bool = False
    """Whether there are columns for source and verification; without them a price that is not verified has a `?`."""


_LAYOUTS: Final = (
    _Layout(brief_regions=False, source=True),
    _Layout(source=True),
    _Layout(brief_regions=False),
    _Layout(),
    _Layout(state=1),
    _Layout(brief=True, state=1),
    _Layout(brief=True, state=0),
)
"""The first that fits is taken; in the last, names of models are cut where they are too long."""
_RIGHT: Final = frozenset({"usd"})


def price_table(prices: Sequence[Price], width: int) -> tuple[tuple[Column, ...], list[Row]]:
    """Columns and rows for a grid on a screen of that width."""
    room = width - len(GUTTER) - _SCROLL_BAR
    for layout in _LAYOUTS:
        cells = _cells(prices, layout)
        widths = {title: max(map(_wide, (title, *column))) for title, column in cells.items()}
        left = room - sum(widths.values()) - len(GAP) * (len(widths) - 1)
        if layout.source:
            left += widths["source"] - min(widths["source"], _LEAST_SOURCE)
        if left >= 0:
            break
    else:
        widths["model"] = max(_LEAST_MODEL, widths["model"] + left)
        cells["model"] = [cut_middle(str(name), widths["model"]) for name in cells["model"]]
    columns = [
        Column(title, None if title == "source" else wide, "right" if title in _RIGHT else "left")
        for title, wide in widths.items()
    ]
    return tuple(columns), list(zip(*cells.values(), strict=True))


def _cells(prices: Sequence[Price], layout: _Layout) -> dict[str, list[Cell]]:
    """What stands in each column."""
    found = [rate_cells(list(price.rates)) for price in prices]
    models, sizes = [row[0] for row in found], [row[1] for row in found]
    qualities, regions = [row[2] for row in found], [row[3] for row in found]
    if layout.brief:
        models, sizes = _spelt(models, _without_provider), _spelt(sizes, _short_size)
        qualities = _spelt(qualities, _short_steps)
    columns: dict[str, list[Cell]] = {
        "model": [*models],
        "size": [*sizes],
        "quality": [*qualities],
        "usd": [_usd(price, marked=not layout.source) for price in prices],
        "regions": [*map(_brief_regions, regions)] if layout.brief_regions else [*regions],
        "state": [_state(price, layout.state) for price in prices],
    }
    if layout.source:
        columns |= {"verified": [row[6] for row in found], "source": [row[7] for row in found]}
    return columns


def _spelt(names: Sequence[str], short: Callable[[str], str]) -> list[str]:
    """Each name in short, unless two of them would become one."""
    spelt = {name: short(name) for name in names}
    return [spelt[name] for name in names] if len(set(spelt.values())) == len(spelt) else [*names]


def _without_provider(model_id: str) -> str:
    return model_id.partition(".")[2] or model_id


def _short_size(size: str) -> str:
    """`≤1024` for `<=1024x1024`: the other sizes of a book are named by one side as well."""
    return _SQUARE.sub(r"\1\2", size).replace("<=", "≤").replace(">=", "≥")


def _short_steps(quality: str) -> str:
    return quality.replace("<=", "≤").replace(">=", "≥")


def _brief_regions(regions: str) -> str:
    first, *others = regions.split(", ")
    return f"{first}+{len(others)}" if others else first


def _usd(price: Price, *, marked: bool) -> str:
    """Where prices are marked, those that are not keep its place: the figures line up."""
    unsure = not all(rate.verified for rate in price.rates)
    return price_text(price.rates[0]) + (("?" if unsure else " ") if marked else "")


def _state(price: Price, words: int) -> Content:
    """The model's state, and how many scenarios it hits."""
    users = len(price.users) if price.state != "active" else 0
    state = price.state if words else price.short_state
    if state == "active" and price.rates[0].valid_until is None:
        return Content.styled("active", "$text-muted")
    said = f"; ! {count(users, 'scenario')}" if words == 2 else f" !{users}"
    until = price.rates[0].valid_until
    return Content.assemble((state, price.look), said if users else "", f" to {until}" if until else "")


def _wide(cell: Cell) -> int:
    return cell.cell_length if isinstance(cell, Content) else display_width(clean(cell))
