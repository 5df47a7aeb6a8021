"""Plans month by month on one calendar and one scale."""

from collections.abc import Callable, Sequence

from planner.compare import Comparison
from planner.months import first_day, months_from
from planner.plan import Plan
from planner.projection import MonthPlan
from planner.tui.widgets.sparks import Spark
from pricing.money import Micros, format_usd
from pricing.records import record


@record
class Measure:
    """A figure of a month that can be drawn."""

    words: str
    read: Callable[[MonthPlan], int]


MEASURES = (
    Measure("cash by month", lambda month: month.out_of_pocket),
    Measure("list cost by month", lambda month: month.list_cost),
    Measure("credits left", lambda month: sum(month.balances.values())),
)


@record
class Drawn:
    """What a spark chart takes."""

    scale: str
    sparks: tuple[Spark, ...]
    months: tuple[str, str]


def drawn(comparison: Comparison, names: Sequence[str], measure: Measure) -> Drawn:
    """One row for each plan, on the months from the first of all plans to the last."""
    starts = [plan.projection.months[0].month for plan in comparison.plans]
    ends = [plan.projection.months[-1].month for plan in comparison.plans]
    first, last = first_day(min(starts)), first_day(max(ends))
    calendar = list(months_from(min(starts), (last.year - first.year) * 12 + last.month - first.month + 1))
    sparks = tuple(
        Spark(name, _values(plan, calendar, measure))
        for name, plan in zip(names, comparison.plans, strict=True)
    )
    top = max((value or 0 for spark in sparks for value in spark.values), default=0)
    return Drawn(format_usd(Micros(top), places=0), sparks, (calendar[0], calendar[-1]))


def _values(plan: Plan, calendar: Sequence[str], measure: Measure) -> tuple[int | None, ...]:
    known = {month.month: measure.read(month) for month in plan.projection.months}
    return tuple(known.get(month) for month in calendar)
