"""Plans that would take minutes are refused before they are begun: what a plan costs to work out, from its scenario."""

from typing import Final

from planner.scenario import Pipeline, Scenario, Supporting
from pricing.problems import Problem

MOST_LINES: Final = 20_000
"""Stages and other charges x months: about half a second."""
MOST_TURNS: Final = 250_000
"""Charges x credit pools x months, each asked whether it pays."""
_SERVICES = 5
_ONCE = 6
"""What a stage costs once, in months."""
_SKUS = 100
"""Stages alike are one charge; a book prices about this many kinds."""
_NOTHING = Supporting()
_DIGITS = 5
"""Growth with more digits than this makes each month's arithmetic longer than the month before's."""


def too_large(scenario: Scenario) -> Problem | None:
    """Why a scenario is too large to plan; None for any that people write."""
    months, others = scenario.months or 0, len(scenario.background_spend)
    stages = sum(len(pipeline.stages) * _effort(pipeline) for pipeline in scenario.pipelines)
    lines = (months + _ONCE) * (stages + others)
    turns = months * len(scenario.credits) * (min(stages, _SKUS) + _SERVICES + others)
    if lines <= MOST_LINES and turns <= MOST_TURNS:
        return None
    asked = sum(len(pipeline.stages) for pipeline in scenario.pipelines)
    long = " and figures of dozens of digits" if stages > 2 * asked else ""
    message = (
        f"plans {asked:,} stages{long} and {others:,} other charges over {months} months with"
        f" {len(scenario.credits):,} pools, more than can be worked out in a second"
    )
    return Problem("error", "plan-too-large", "pipelines", message, "split it into several scenarios")


def _effort(pipeline: Pipeline) -> int:
    """1 for a pipeline with figures as people write them, more where they have dozens of digits."""
    growth, assets = pipeline.growth_pct_per_month, pipeline.assets_per_month
    digits = len(str(growth.denominator)) + len(str(assets.denominator))
    return 1 + digits // _DIGITS + (pipeline.supporting != _NOTHING)
