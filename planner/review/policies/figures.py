"""Figures of a plan held against the limits of a policy; a figure that equals its limit is within it."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from planner.expectations import FIGURES, figure_text, horizon_hint
from planner.plan import Plan
from planner.projection import MonthPlan
from planner.review.policies.breach import Breach
from planner.scenario import Bounds
from pricing.money import MICROS_PER_USD, decimal_usd

_MONTHLY: Final[Mapping[str, tuple[str, Callable[[MonthPlan], int]]]] = {
    "list_cost_usd_per_month": ("list cost", lambda month: month.list_cost),
    "out_of_pocket_usd_per_month": ("out-of-pocket", lambda month: month.out_of_pocket),
}
_CODES: Final = {
    "list_cost_usd": "policy-list-cost",
    "list_cost_usd_per_month": "policy-list-cost",
    "out_of_pocket_usd": "policy-out-of-pocket",
    "out_of_pocket_usd_per_month": "policy-out-of-pocket",
    "cost_per_asset_usd": "policy-cost-per-asset",
    "forfeited_usd": "policy-forfeited",
    "runway_months": "policy-runway",
}
_OF_CREDITS: Final = ("policy-out-of-pocket", "policy-forfeited", "policy-runway")
_REMEDY: Final = "change the plan, or have the policy changed"


def figure_breaches(limits: Mapping[str, Bounds], plan: Plan) -> Iterator[Breach]:
    """One for each bound that the plan does not keep; of the months, only the one furthest out."""
    for figure, bounds in limits.items():
        for message in _said(figure, bounds, plan):
            code = _CODES[figure]
            where = "credits" if code in _OF_CREDITS and plan.scenario.credits else "pipelines"
            yield Breach(code, where, message, _REMEDY, f"limits.{figure}")


def _said(figure: str, bounds: Bounds, plan: Plan) -> Iterator[str]:
    words, values = _values(figure, plan)
    if not values:
        yield f"the plan makes no assets, so it has no {words}"
        return
    (most, most_when), (least, least_when) = max(values), min(values)
    if bounds.max is not None and most > bounds.max:
        actual, limit = _texts(figure, most, bounds.max)
        yield f"{words} is {actual}{most_when}, above {limit}"
    if bounds.min is not None and least < bounds.min:
        actual, limit = _texts(figure, least, bounds.min)
        yield f"{words} is {actual}{least_when}, below {limit}{horizon_hint(figure, plan.projection)}"


def _values(figure: str, plan: Plan) -> tuple[str, list[tuple[Fraction, str]]]:
    """The figure's words, and its values: one for the plan, or one for each month with its name."""
    if figure in _MONTHLY:
        words, of_month = _MONTHLY[figure]
        months = plan.projection.months
        return words, [(Fraction(of_month(month), MICROS_PER_USD), f" in {month.month}") for month in months]
    words, of_plan = FIGURES[figure]
    actual = of_plan(plan.projection)
    return words, [] if actual is None else [(actual, "")]


def _texts(figure: str, actual: Fraction, limit: Fraction) -> tuple[str, str]:
    """Both as people read them, with all their digits where rounding would make them the same."""
    texts = figure_text(figure, actual), figure_text(figure, limit)
    if texts[0] != texts[1]:
        return texts
    exact = [f"${decimal_usd(value * MICROS_PER_USD)}" for value in (actual, limit)]
    return exact[0], exact[1]
