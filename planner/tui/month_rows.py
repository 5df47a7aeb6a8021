"""The months of a plan as rows of a grid: the same figures and the same rounding as `bursar plan`."""

from collections.abc import Sequence
from fractions import Fraction

from planner.plan import Plan
from planner.projection import Projection
from planner.report.month_figures import POOL, amount_of, shown
from planner.report.tables import display_width
from planner.tui.text import clean
from planner.tui.theme import letter
from planner.tui.widgets.grid_rows import Column, Row

TOTAL = "total"
NOTHING = "."
_LONGEST_POOL = 18


class MonthRows:
    """A row a month, then the totals; each cell is written once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.figures = figures(plan.projection)
        self._cells = [self._column(figure) for figure in self.figures]

    def __len__(self) -> int:
        return len(self.plan.projection.months) + 1

    def page(self, first: int, last: int) -> Sequence[Row]:
        return [self._row(index) for index in range(first, min(last, len(self)))]

    def month(self, row: int) -> str | None:
        """The month of a row; None for the totals."""
        months = self.plan.projection.months
        return months[row].month if row < len(months) else None

    def columns(self) -> list[Column]:
        """As wide as their widest amount can be: the totals bound every month's."""
        names = {
            pool.name: f"{letter(index)} {clean(pool.name)}"
            for index, pool in enumerate(self.plan.projection.pools)
        }
        columns = [Column("month", 7)]
        for figure, cells in zip(self.figures, self._cells, strict=True):
            title = names.get(figure.removeprefix(POOL)) if figure.startswith(POOL) else _TITLES[figure]
            widest = max(map(display_width, cells))
            columns.append(
                Column(title or "", max(widest, min(_LONGEST_POOL, display_width(title or ""))), "right")
            )
        return columns

    def _row(self, index: int) -> Row:
        return [self.month(index) or TOTAL, *(cells[index] for cells in self._cells)]

    def _column(self, figure: str) -> list[str]:
        """What each month has of a figure, and the total."""
        amounts = [amount_of(month, figure) for month in self.plan.projection.months]
        total = "" if figure == "credits_left" else self._cell(sum(amounts, Fraction(0)), figure)
        return [*(self._cell(amount, figure) for amount in amounts), total]

    def _cell(self, amount: Fraction, figure: str) -> str:
        return shown(amount, figure) if amount or figure in ("assets", "images", "list_cost") else NOTHING


_TITLES = {
    "assets": "assets",
    "images": "images",
    "list_cost": "list cost",
    "out_of_pocket": "cash",
    "credits_left": "credits left",
    "forfeited": "unused",
}


def figures(projection: Projection) -> list[str]:
    """What a plan's columns are: cash and balance only beside credits, forfeits only where there are any."""
    pools = [f"{POOL}{pool.name}" for pool in projection.pools]
    left = ["credits_left"] if pools else []
    lost = ["forfeited"] if projection.totals.forfeited else []
    return ["list_cost", "out_of_pocket", *pools, *left, *lost, "images", "assets"]
