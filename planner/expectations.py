"""What a team expects of its plan, held against the plan: the `expect:` block of a scenario."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from planner.projection import Projection
from planner.scenario import Bounds
from pricing.money import MICROS_PER_USD, Micros, format_usd
from pricing.problems import Problem


def _runway(plan: Projection) -> Fraction:
    return Fraction(plan.runway_months)


def _dollars(micros: int | Fraction) -> Fraction:
    return Fraction(micros) / MICROS_PER_USD


FIGURES: Mapping[str, tuple[str, Callable[[Projection], Fraction | None]]] = {
    "out_of_pocket_usd": ("out-of-pocket", lambda plan: _dollars(plan.totals.out_of_pocket)),
    "list_cost_usd": ("list cost", lambda plan: _dollars(plan.totals.list_cost)),
    "forfeited_usd": ("forfeited", lambda plan: _dollars(plan.totals.forfeited)),
    "cost_per_asset_usd": (
        "cost per asset",
        lambda plan: None if plan.totals.cost_per_asset is None else _dollars(plan.totals.cost_per_asset),
    ),
    "runway_months": ("runway", _runway),
}
"""Each figure `expect:` may name: its words, and where the plan has it (None when the plan cannot say)."""


def broken_expectations(plan: Projection, expect: Mapping[str, Bounds]) -> Iterator[Problem]:
    """One error per bound that the plan does not keep."""
    for figure, bounds in expect.items():
        words, read = FIGURES[figure]
        actual = read(plan)
        if actual is None:
            yield Problem(
                "error",
                "expect",
                f"expect.{figure}",
                f"the plan makes no assets, so it has no {words}",
                "plan some, or leave it out",
            )
            continue
        if bounds.max is not None and actual > bounds.max:
            yield _broken(
                f"expect.{figure}.max",
                f"{words} is {figure_text(figure, actual)}, above the {figure_text(figure, bounds.max)} expected",
            )
        if bounds.min is not None and actual < bounds.min:
            yield _broken(
                f"expect.{figure}.min",
                f"{words} is {figure_text(figure, actual)}, below the {figure_text(figure, bounds.min)} expected"
                + horizon_hint(figure, plan),
            )


def _broken(where: str, message: str) -> Problem:
    return Problem("error", "expect", where, message, "change the plan, or what is expected of it")


def figure_text(figure: str, value: Fraction) -> str:
    """A figure of a plan as people read it."""
    if figure == "runway_months":
        return f"{float(value):g} months"
    return format_usd(Micros(0) if not value else value * MICROS_PER_USD)


def horizon_hint(figure: str, plan: Projection) -> str:
    """Why a runway may look shorter than it is; empty for other figures."""
    outlasts = figure == "runway_months" and plan.first_out_of_pocket_month is None
    return ": credits outlast the plan, so plan more months to show it" if outlasts else ""
