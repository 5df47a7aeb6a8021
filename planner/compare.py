"""Scenarios side by side: the same figures of each plan, and how far each is from the first."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from planner.plan import Plan
from planner.projection import Projection
from pricing.records import record

if TYPE_CHECKING:
    import pandas as pd

Unit = Literal["usd", "months", "count", "month"]
Value = Fraction | str | None


@record
class Figure:
    """One row of a comparison: a figure of every plan, in the order of the plans."""

    key: str
    words: str
    unit: Unit
    """`usd` values are micro-dollars; `month` values are text such as `2027-11`."""
    values: tuple[Value, ...]
    """None where a plan has no such figure: no cash month, no assets."""
    better: Literal["lower", "higher", "neither"]

    def change(self, index: int) -> Fraction | None:
        """How far a plan is from the first; None where either has no number."""
        first, other = self.values[0], self.values[index]
        return other - first if isinstance(first, Fraction) and isinstance(other, Fraction) else None

    def change_pct(self, index: int) -> Fraction | None:
        """The same in percent of the first; None where the first is zero or missing."""
        change, first = self.change(index), self.values[0]
        return change * 100 / first if change is not None and isinstance(first, Fraction) and first else None


@record
class Comparison:
    """Two or more plans and their figures."""

    plans: tuple[Plan, ...]
    figures: tuple[Figure, ...]

    @property
    def same_months(self) -> bool:
        """False when the plans cover different months, so that sums over them do not compare like with like."""
        return len({(plan.scenario.start, plan.scenario.months) for plan in self.plans}) == 1

    def to_frame(self) -> "pd.DataFrame":
        """A tidy pandas frame: one row per scenario and figure."""
        from planner.frames import comparison_frame

        return comparison_frame(self)


_FIGURES: tuple[
    tuple[str, str, Unit, Literal["lower", "higher", "neither"], Callable[[Projection], Value]], ...
] = (
    ("list_cost", "list cost", "usd", "lower", lambda plan: Fraction(plan.totals.list_cost)),
    ("drawn", "credits pay", "usd", "higher", lambda plan: Fraction(plan.totals.drawn)),
    ("out_of_pocket", "out of pocket", "usd", "lower", lambda plan: Fraction(plan.totals.out_of_pocket)),
    (
        "first_out_of_pocket_month",
        "first cash month",
        "month",
        "neither",
        lambda plan: plan.first_out_of_pocket_month,
    ),
    ("runway_months", "runway in months", "months", "higher", lambda plan: Fraction(plan.runway_months)),
    (
        "worst_month",
        "dearest cash month",
        "usd",
        "lower",
        lambda plan: Fraction(max(month.out_of_pocket for month in plan.months)),
    ),
    ("forfeited", "expires unused", "usd", "lower", lambda plan: Fraction(plan.totals.forfeited)),
    ("assets", "assets", "count", "neither", lambda plan: plan.totals.assets),
    ("images", "images", "count", "neither", lambda plan: Fraction(plan.totals.images)),
    ("cost_per_asset", "cost per asset", "usd", "lower", lambda plan: plan.totals.cost_per_asset),
)


def compare(plans: Sequence[Plan]) -> Comparison:
    """Reads the same figures off every plan; the first one is what the others are compared with."""
    figures = (
        Figure(key, words, unit, tuple(read(plan.projection) for plan in plans), better)
        for key, words, unit, better, read in _FIGURES
    )
    return Comparison(tuple(plans), tuple(figures))
