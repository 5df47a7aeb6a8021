"""The figures of a planned month by name, and how the plan's tables write them."""

from fractions import Fraction
from typing import Final

from planner.projection import MonthPlan
from planner.report.plan_json import whole
from pricing.money import Micros, format_usd

POOL: Final = "pool:"
"""Prefix of the figure that is one pool's draw: `pool:activate`."""
FIGURES: Final = {
    "assets": "assets",
    "images": "images",
    "list_cost": "list cost",
    "out_of_pocket": "out of pocket",
    "credits_left": "credits left",
    "forfeited": "expires unused",
}
"""The other figures, in words."""


def amount_of(month: MonthPlan, figure: str) -> Fraction:
    """A figure of a month: a count, or micro-dollars. Raises `LookupError` for what is no figure."""
    if figure.startswith(POOL):
        return Fraction(month.draws.get(figure.removeprefix(POOL), Micros(0)))
    amounts: dict[str, Fraction | int] = {
        "assets": month.assets,
        "images": month.images,
        "list_cost": month.list_cost,
        "out_of_pocket": month.out_of_pocket,
        "credits_left": sum(month.balances.values()),
        "forfeited": sum(month.forfeited.values()),
    }
    return Fraction(amounts[figure])


def shown(amount: Fraction, figure: str) -> str:
    """The amount as the plan's tables write it."""
    return f"{whole(amount):,}" if figure in ("assets", "images") else format_usd(amount)
