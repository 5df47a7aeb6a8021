"""Rules about `expect:` beyond its being kept: bounds that nothing can break, and plans without any."""

from collections.abc import Iterator
from typing import Final

from planner.review.context import ReviewContext
from planner.review.rule import Rule
from pricing.problems import Problem

VACUOUS: Final = Rule(
    "expect-vacuous",
    "info",
    "An expectation that nothing can break",
    "It looks like a safeguard and is none: no plan can come out below zero, and no runway longer than the plan.",
    "Give the figure that would worry you.",
    "expect: {runway_months: {min: 0}}",
    "expect: {runway_months: {min: 12}}",
)
NONE: Final = Rule(
    "no-expectations",
    "info",
    "A plan that nothing is expected of",
    "A review can then say what changed, but not whether that is acceptable: nobody is told when the credits of the"
    " plan stop being enough.",
    "Write down what the plan must keep to.",
    "name: Catalogue\nstart: 2026-12",
    "name: Catalogue\nstart: 2026-12\nexpect: {out_of_pocket_usd: {max: 500}, runway_months: {min: 8}}",
)
RULES: Final = (VACUOUS, NONE)


def check(context: ReviewContext) -> Iterator[Problem]:
    scenario = context.scenario
    if scenario.pipelines and not scenario.expect:
        yield NONE.found("start", "nothing is expected of this plan", "add expect: with what it must keep to")
    for figure, bounds in scenario.expect.items():
        if bounds.min is not None and bounds.min <= 0:
            message = "no plan comes out below zero, so this is always kept"
            yield VACUOUS.found(f"expect.{figure}.min", message, "give a figure that can be missed")
        if figure == "runway_months" and bounds.max is not None and bounds.max >= (scenario.months or 0):
            message = f"no runway is longer than the {scenario.months} months planned, so this is always kept"
            yield VACUOUS.found(f"expect.{figure}.max", message, "give a figure that can be missed")
