"""The first lines of a plan: the answers a budget owner wants within five seconds."""

from planner.plan import Plan
from planner.projection import Projection
from planner.report.plan_json import whole
from pricing.money import format_usd


def title(plan: Plan) -> str:
    """Which scenario, which months, which prices and how old they are."""
    scenario, months = plan.scenario, plan.projection.months
    age = (plan.as_of - plan.book.published).days
    days = f" ({age} days old)" if age >= 0 else ""
    marked = ", representative figures" if plan.book.representative else ""
    return f"{scenario.name}: {months[0].month} to {months[-1].month}, {scenario.region}, prices {plan.book.version}{days}{marked}"


def headline(plan: Plan) -> list[tuple[str, str]]:
    """Label and answer: when credits end, what is paid in cash, what expires unused, what an asset costs."""
    projection = plan.projection
    totals = projection.totals
    each = (
        "" if totals.cost_per_asset is None else f", {format_usd(totals.cost_per_asset, places=4)} an asset"
    )
    lines = [
        ("Credits last until", _until(projection)),
        (f"Cash by {projection.months[-1].month}", _cash(projection)),
        ("Expires unused", _unused(projection)),
        (
            "List cost",
            f"{format_usd(totals.list_cost)} for {whole(totals.assets):,} assets, {totals.images:,} images{each}",
        ),
    ]
    if plan.scenario.price_overrides:
        lines.append(
            ("Price overrides", "; ".join(str(override) for override in plan.scenario.price_overrides))
        )
    return lines


def _until(projection: Projection) -> str:
    first = projection.first_out_of_pocket_month
    if first is None:
        return f"after {projection.months[-1].month}: no cash in the {len(projection.months)} months planned"
    if projection.runway_months == 0:
        return f"no month: the first cash charge is in {first}, the first month planned"
    last = projection.months[projection.runway_months - 1].month
    return f"{last}: the first cash charge is in {first}, after {projection.runway_months} months"


def _cash(projection: Projection) -> str:
    ends = projection.out_of_pocket_range
    paid = format_usd(projection.totals.out_of_pocket)
    if ends is None or ends[0] == ends[1]:
        return paid
    unknown = [pool.name for pool in projection.credits.pools if pool.bedrock_third_party == "unknown"]
    why = f" if {', '.join(unknown)} pays Marketplace models" if unknown else " at the low end of the prices"
    return f"{paid}, or as little as {format_usd(ends[0])}{why}"


def _unused(projection: Projection) -> str:
    lost = [
        f"{pool.name} loses {format_usd(pool.forfeited)} on {pool.forfeited_on}"
        for pool in projection.pools
        if pool.forfeited
    ]
    return f"{format_usd(projection.totals.forfeited)}" + (f": {'; '.join(lost)}" if lost else "")
