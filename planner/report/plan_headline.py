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
    cash = f"the first cash charge is in {first}"
    if projection.runway_months == 0:
        return f"no month: {cash}, the first month planned. {_why(projection)}"
    return f"{projection.months[projection.runway_months - 1].month}: {cash}, after {_months(projection.runway_months)}"


def _why(projection: Projection) -> str:
    """Why the dearest line of the first cash month is paid by no credit."""
    month = projection.first_out_of_pocket_month or ""
    lines = projection.credits.out_of_pocket_lines[month]
    account, product = max(lines, key=lambda line: (lines[line], line))
    return projection.credits.why_unpaid(month, account, product)


def _months(count: int) -> str:
    return f"{count} month" if count == 1 else f"{count} months"


def _cash(projection: Projection) -> str:
    best = projection.at_best
    paid = format_usd(projection.totals.out_of_pocket)
    if best is None or best.out_of_pocket == projection.totals.out_of_pocket:
        return paid
    return f"{paid}, or {format_usd(best.out_of_pocket)} {_at_best(projection)}"


def _unused(projection: Projection) -> str:
    lost = [
        f"{pool.name} loses {format_usd(pool.forfeited)} on {pool.forfeited_on}"
        for pool in projection.pools
        if pool.forfeited
    ]
    unused = format_usd(projection.totals.forfeited) + (f": {'; '.join(lost)}" if lost else "")
    best = projection.at_best
    if best is None or best.forfeited == projection.totals.forfeited:
        return unused
    return f"{unused}. Or {format_usd(best.forfeited)} {_at_best(projection)}"


def _at_best(projection: Projection) -> str:
    """What would have to hold for the best case."""
    unknown = [pool.id for pool in projection.credits.pools if pool.bedrock_third_party == "unknown"]
    ranged = any(line.low_cost != line.list_cost for month in projection.months for line in month.charges)
    hopes = [
        *([f"{' and '.join(unknown)} pays Marketplace models"] if unknown else []),
        *(["prices are at their low end"] if ranged else []),
    ]
    return f"if {' and '.join(hopes)}"
