"""What a plan answers within five seconds: when credits end, the cash, what expires, how old the prices are."""

from planner.plan import Plan
from planner.projection import Projection
from planner.tui.widgets.headline import Answer, Look
from pricing.money import format_usd

OLD_DAYS = 90


def answers(plan: Plan) -> list[Answer]:
    """For the headline, the most important first."""
    projection = plan.projection
    totals = projection.totals
    last = projection.months[-1].month
    return [
        Answer("credits last to", last_covered(projection), _runway_look(projection), 5, "credits to"),
        Answer(
            f"cash by {last}", _cash(projection), "warning" if totals.out_of_pocket else "good", 6, "cash"
        ),
        Answer(
            "expires unused",
            format_usd(totals.forfeited),
            "warning" if totals.forfeited else "plain",
            4,
            "unused",
        ),
        *_findings(plan),
        _prices(plan),
    ]


def last_covered(projection: Projection) -> str:
    """The last month that credits pay in full."""
    if projection.first_out_of_pocket_month is None:
        return f"{projection.months[-1].month} and on"
    return projection.months[projection.runway_months - 1].month if projection.runway_months else "no month"


def _runway_look(projection: Projection) -> Look:
    return "good" if projection.first_out_of_pocket_month is None else "warning"


def _cash(projection: Projection) -> str:
    best = projection.at_best
    paid = format_usd(projection.totals.out_of_pocket)
    if best is None or best.out_of_pocket == projection.totals.out_of_pocket:
        return paid
    return f"{paid} or {format_usd(best.out_of_pocket)}"


def _findings(plan: Plan) -> list[Answer]:
    for severity, look in (("error", "error"), ("warning", "warning")):
        count = sum(problem.severity == severity for problem in plan.problems)
        if count:
            words = f"{count} {'broken' if severity == 'error' else 'warning' if count == 1 else 'warnings'}"
            return [Answer("", words, "error" if look == "error" else "warning", keep=3)]
    return []


def _prices(plan: Plan) -> Answer:
    days = (plan.as_of - plan.book.published).days
    marked = " representative" if plan.book.representative else ""
    look: Look = "warning" if days > OLD_DAYS or plan.book.representative else "plain"
    return Answer("prices", f"{max(0, days)} d{marked}", look, keep=2)
