"""Rules about volumes: plans of nothing, growth nobody means, seasons that never come, months already past."""

from collections.abc import Iterator
from typing import Final

from planner.months import Month, last_day, months_from
from planner.review.context import ReviewContext
from planner.review.rule import Rule
from planner.scenario import Pipeline
from pricing.problems import Problem

MOST_GROWTH: Final = 100
"""Times the first month's volume; no team plans for more with one figure."""

NO_VOLUME: Final = Rule(
    "no-volume",
    "warning",
    "A pipeline that makes nothing",
    "It is priced at zero, so the plan understates what it will cost once it runs.",
    "Give its volume, or take it out.",
    "assets_per_month: 0",
    "assets_per_month: 250",
)
GROWTH: Final = Rule(
    "growth-compounds",
    "warning",
    "Growth that multiplies the volume a hundredfold",
    "Growth compounds every month: 50 % a month is 86 times as much after a year, and the plan's totals are made of"
    " its last few months.",
    "Check that the percentage is a month's and not a year's.",
    "growth_pct_per_month: 60      # over 12 months: 176 times",
    "growth_pct_per_month: 4       # about 60 % a year",
)
SEASON_UNUSED: Final = Rule(
    "season-unused",
    "info",
    "A season outside the planned months",
    "Its factor changes nothing in this plan: a peak that is expected is not paid for in it.",
    "Plan the months it falls in, or take it out.",
    "start: 2026-12\nmonths: 6\npipelines:\n  - seasonality: {11: 1.6}",
    "start: 2026-12\nmonths: 12\npipelines:\n  - seasonality: {11: 1.6}",
)
PLAN_OVER: Final = Rule(
    "plan-over",
    "info",
    "A plan whose last month is past",
    "Nothing in it is ahead: it serves as a backtest, not as what the account is held to.",
    "Move start, and give the balances of today.",
    "start: 2025-01\nmonths: 12",
    "start: 2027-01\nmonths: 12",
)
RULES: Final = (NO_VOLUME, GROWTH, SEASON_UNUSED, PLAN_OVER)


def check(context: ReviewContext) -> Iterator[Problem]:
    scenario = context.scenario
    if not scenario.pipelines or scenario.start is None or scenario.months is None:
        return
    months = list(months_from(scenario.start, scenario.months))
    for index, pipeline in enumerate(scenario.pipelines):
        yield from _volumes(pipeline, f"pipelines[{index}]", months)
    if last_day(months[-1]) < context.as_of:
        message = f"the last planned month is {months[-1]}, before {context.as_of}"
        yield PLAN_OVER.found("start", message, "move start, or keep it as a backtest")


def _volumes(pipeline: Pipeline, where: str, months: list[Month]) -> Iterator[Problem]:
    if not pipeline.assets_per_month:
        message = f"{pipeline.name} makes no assets, so it costs nothing in this plan"
        yield NO_VOLUME.found(f"{where}.assets_per_month", message, "give its volume, or take it out")
    times = float(1 + pipeline.growth_pct_per_month / 100) ** (len(months) - 1)
    if times > MOST_GROWTH:
        shown = f"{times:,.0f}" if times < 1e15 else "more than 10^15"
        message = f"makes {pipeline.name} {shown} times as large by {months[-1]} as in {months[0]}"
        yield GROWTH.found(
            f"{where}.growth_pct_per_month", message, "check that it is the growth of a month, not of a year"
        )
    planned = {int(month[5:]) for month in months}
    unused = sorted(month for month in pipeline.seasonality if month not in planned)
    if unused:
        one = len(unused) == 1
        named = f"calendar {'month' if one else 'months'} {', '.join(map(str, unused))}"
        message = f"{named} {'is' if one else 'are'} not planned, so {'its factor changes' if one else 'their factors change'} nothing"
        yield SEASON_UNUSED.found(f"{where}.seasonality", message, "plan those months, or take them out")
