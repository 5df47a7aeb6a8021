"""A burn-down in characters: credits left at the end of each month, stacked by pool, and a mark where cash starts."""

from collections.abc import Sequence
from fractions import Fraction

from planner.projection import Projection
from planner.report.tables import display_width
from pricing.money import Micros
from pricing.printable import printable

FILLS = "█▓▒░"
ASCII_FILLS = "#=+."
HEIGHT = 7
CASH = "$"


def burndown(plan: Projection, *, width: int, ascii_only: bool = False) -> list[str]:
    """Chart lines no wider than `width`; none when there is no credit to burn or no room to draw it.

    Each column is a month, or the first of several when the plan is longer than the chart is wide. Pools beyond the fourth share
    the last fill. A `$` under a column marks months with an out-of-pocket charge.
    """
    pools = [pool.name for pool in plan.pools]
    columns = balance_columns(plan, pools, width - 12)
    top = max((sum(column) for column in columns), default=0)
    if not top:
        return []
    fills = ASCII_FILLS if ascii_only else FILLS
    step = 2 if 2 * len(columns) <= width - 12 else 1
    tick = "|" if ascii_only else "┤"
    lines = [
        f"{compact_usd(Fraction(top * row, HEIGHT)):>8} {tick}{_row(columns, top, row, fills, step)}"
        for row in range(HEIGHT, 0, -1)
    ]
    lines.append(
        f"{'':>8} {'+' if ascii_only else '└'}{('-' if ascii_only else '─') * (step * len(columns))}"
    )
    lines.append(f"{'':>10}{_axis(plan, len(columns), step)}")
    lines.append(f"{'':>10}{_cash_marks(plan, len(columns), step)}")
    return [*(line.rstrip() for line in lines if line.strip()), *_legend(pools, fills, width)]


def balance_columns(plan: Projection, pools: Sequence[str], room: int) -> list[list[Micros]]:
    each = max(1, -(-len(plan.months) // max(1, room)))
    return [[month.balances[name] for name in pools] for month in plan.months[::each]]


def _row(columns: Sequence[Sequence[Micros]], top: int, row: int, fills: str, step: int) -> str:
    level = Fraction(top * (2 * row - 1), 2 * HEIGHT)
    return "".join(_cell(column, level, fills) * (step - 1 or 1) + " " * (step - 1) for column in columns)


def _cell(column: Sequence[Micros], level: Fraction, fills: str) -> str:
    reached = 0
    for index, balance in enumerate(column):
        reached += balance
        if reached >= level:
            return fills[min(index, len(fills) - 1)]
    return " "


def _axis(plan: Projection, columns: int, step: int) -> str:
    first, last = plan.months[0].month, plan.months[-1].month
    gap = columns * step - len(first) - len(last)
    return f"{first}{' ' * gap}{last}" if gap > 0 else first


def _cash_marks(plan: Projection, columns: int, step: int) -> str:
    each = -(-len(plan.months) // columns)
    groups = [plan.months[start : start + each] for start in range(0, len(plan.months), each)]
    return "".join(
        (CASH if any(month.out_of_pocket for month in group) else " ").ljust(step) for group in groups
    )


def _legend(pools: Sequence[str], fills: str, width: int) -> list[str]:
    entries = [f"{fills[min(index, len(fills) - 1)]} {printable(name)}" for index, name in enumerate(pools)]
    lines, line = [], ""
    for entry in [*entries, f"{CASH} a month with cash to pay"]:
        if line and display_width(line) + display_width(entry) + 13 > width:
            lines.append(line)
            line = ""
        line = f"{line}   {entry}" if line else entry
    return [f"{'':>10}{text}" for text in [*lines, line]]


def compact_usd(amount: Fraction | Micros) -> str:
    """A short amount for an axis: `$950`, `$12.5k`, `$1.2M`."""
    dollars = Fraction(amount) / 1_000_000
    for size, letter in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if dollars >= size:
            return f"${float(dollars / size):.3g}{letter}"
    return f"${float(dollars):.3g}"
