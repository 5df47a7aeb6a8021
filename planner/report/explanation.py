"""Where a number of a plan comes from: the formula, the price row with its source, and which credit pays and why."""

from collections.abc import Iterator
from fractions import Fraction

from planner.charges import ChargeLine
from planner.decimal_text import decimal_text
from planner.months import Month, first_day, last_day
from planner.plan import Plan
from planner.report.month_figures import FIGURES, POOL, amount_of, shown
from planner.report.plan_json import quantity, whole
from planner.scenario import Pipeline, Stage
from pricing.book import Rate
from pricing.money import Micros, decimal_usd, format_usd
from pricing.records import record

Fact = tuple[str, str]
"""What stands at the side, mostly an amount, and a line about it; nothing at the side where a line goes on."""


@record
class Explanation:
    """One number, and the facts that lead to it."""

    title: str
    facts: tuple[Fact, ...]


def explain(plan: Plan, month: Month | None, figure: str) -> Explanation:
    """Explains a figure of a month, or of the whole plan where `month` is None.

    Figures are those of `FIGURES` and `pool:NAME`. Raises `LookupError` for any other, and for a month that is not planned.
    """
    if month is None:
        return _of_plan(plan, figure)
    index = next((i for i, each in enumerate(plan.projection.months) if each.month == month), None)
    if index is None:
        raise LookupError(f"{month} is not planned")
    if figure.startswith(POOL):
        return _draw(plan, index, figure.removeprefix(POOL))
    return {
        "assets": _assets,
        "images": _images,
        "list_cost": _list_cost,
        "out_of_pocket": _cash,
        "credits_left": _balances,
        "forfeited": _forfeited,
    }[figure](plan, index)


def _of_plan(plan: Plan, figure: str) -> Explanation:
    name = figure.removeprefix(POOL) if figure.startswith(POOL) else FIGURES[figure]
    months = plan.projection.months
    title = f"{name}, {months[0].month} to {months[-1].month}"
    if figure == "credits_left":
        return Explanation(
            title, (("", "A balance is not summed; each month shows what is left at its end."),)
        )
    amounts = [(each.month, amount_of(each, figure)) for each in months]
    facts = [(month, shown(amount, figure)) for month, amount in amounts if amount]
    total = shown(sum((amount for _, amount in amounts), Fraction(0)), figure)
    return Explanation(f"{title}: {total}", (("", "the sum of"), *(facts or [("", "nothing")])))


def _assets(plan: Plan, index: int) -> Explanation:
    month = plan.projection.months[index]
    facts = []
    for pipeline in plan.scenario.pipelines:
        season = pipeline.seasonality.get(int(month.month[5:]), Fraction(1))
        facts.append((pipeline.name, _assets_formula(pipeline, index, season)))
    return Explanation(
        f"{whole(month.assets):,} assets in {month.month}",
        (*facts, ("in all", f"{_decimal(month.assets)} finished assets, shown rounded")),
    )


def _assets_formula(pipeline: Pipeline, index: int, season: Fraction) -> str:
    parts = [f"{_decimal(pipeline.assets_per_month)} in the first month"]
    if pipeline.growth_pct_per_month and index:
        parts.append(f"x (1 + {_decimal(pipeline.growth_pct_per_month)} %) ^ {index}")
    if season != 1:
        parts.append(f"x {_decimal(season)} for the season")
    return " ".join(parts)


def _images(plan: Plan, index: int) -> Explanation:
    month = plan.projection.months[index]
    stages = [(pipeline, stage) for pipeline in plan.scenario.pipelines for stage in pipeline.stages]
    facts = [
        (f"{use.images:,}", f"{pipeline.name} / {stage.name}: assets x {_stage_formula(pipeline, stage)}")
        for (pipeline, stage), use in zip(stages, plan.demands[index].image_uses, strict=True)
    ]
    return Explanation(
        f"{month.images:,} images in {month.month}",
        (*facts, ("", "Each stage is rounded half even once a month.")),
    )


def _stage_formula(pipeline: Pipeline, stage: Stage) -> str:
    rework = f" x (1 + {_decimal(pipeline.rework_pct)} % rework)" if pipeline.rework_pct else ""
    share = "" if stage.share_pct is None else f"{_decimal(stage.share_pct)} % share x "
    return f"{share}{stage.candidates} candidates x {stage.outputs} outputs{rework}"


def _list_cost(plan: Plan, index: int) -> Explanation:
    month = plan.projection.months[index]
    dearest = sorted(month.charges, key=lambda line: -line.list_cost)
    facts = tuple(fact for line in dearest for fact in _charge(plan, line))
    return Explanation(f"{format_usd(month.list_cost)} list cost in {month.month}", facts)


def _charge(plan: Plan, line: ChargeLine) -> Iterator[Fact]:
    units = quantity(line.quantity)
    count = f"{units:,}" if isinstance(units, int) else units
    override = f", by the override {line.override}" if line.override else ""
    yield format_usd(line.list_cost), f"{line.product}: {line.description}"
    yield "", f"{count} {line.unit} x ${decimal_usd(line.unit_price)}{override}"
    yield from (("", text) for text in _source(plan, line))


def _source(plan: Plan, line: ChargeLine) -> Iterator[str]:
    version = plan.book.version + (" (representative figures)" if plan.book.representative else "")
    if line.service is not None:
        service = plan.book.service(line.service)
        yield f"price book {version}: {service.key} in {service.region}, read {service.read_on}"
        yield f"source: {service.source}"
        return
    rate = next((each for each in plan.book.rates if _priced_by(each, line)), None)
    if rate is None:
        yield "the scenario's background_spend"
        return
    checked = "verified" if rate.verified else "not verified"
    yield f"price book {version}: {rate.sku}, from {rate.valid_from}, {checked}, read {rate.read_on}"
    yield f"source: {rate.source}"


def _priced_by(rate: Rate, line: ChargeLine) -> bool:
    """Whether a rate priced the line; a month under two rates has a line for each."""
    days = rate.valid_from <= last_day(line.month) and (
        rate.valid_until is None or rate.valid_until > first_day(line.month)
    )
    return rate.sku == line.sku and days and (rate.price, rate.per) == (line.price, line.per)


def _draw(plan: Plan, index: int, pool: str) -> Explanation:
    month, credits = plan.projection.months[index], plan.projection.credits
    dearest = sorted(credits.draw_lines.get(month.month, {}).items(), key=lambda item: -item[1])
    facts = [
        (format_usd(amount), f"{product}: {credits.why(month.month, pool, account, product)}")
        for (each, account, product), amount in dearest
        if each == pool
    ]
    return Explanation(
        f"{pool} pays {format_usd(month.draws.get(pool, Micros(0)))} in {month.month}",
        (
            *(facts or [("nothing", _idle(plan, pool))]),
            ("before", f"{format_usd(_opening(plan, index, pool))} when the month opens"),
            ("after", f"{format_usd(month.balances[pool])} at its end"),
        ),
    )


def _idle(plan: Plan, pool: str) -> str:
    credit = next(each for each in plan.scenario.credits if each.name == pool)
    days = f"it can pay from {credit.starts} on" + (f" to {credit.expires}" if credit.expires else "")
    products = "every product" if "*" in credit.products else ", ".join(credit.products)
    return f"{days}, {products}; models sold through AWS Marketplace: {credit.bedrock_third_party}"


def _cash(plan: Plan, index: int) -> Explanation:
    month, credits = plan.projection.months[index], plan.projection.credits
    lines = credits.out_of_pocket_lines.get(month.month, {})
    dearest = sorted(lines, key=lambda line: -lines[line])
    facts = tuple(("", credits.why_unpaid(month.month, *line)) for line in dearest)
    title = f"{format_usd(month.out_of_pocket)} out of pocket in {month.month}"
    return Explanation(title, facts or (("", "Credits pay all of it."),))


def _balances(plan: Plan, index: int) -> Explanation:
    month = plan.projection.months[index]
    facts = []
    for pool in plan.projection.pools:
        drawn, lost = month.draws.get(pool.name, Micros(0)), month.forfeited.get(pool.name, Micros(0))
        gone = f" - {format_usd(lost)} expired" if lost else ""
        opening = format_usd(_opening(plan, index, pool.name))
        left = format_usd(month.balances[pool.name])
        facts.append((pool.name, f"{opening} - {format_usd(drawn)} paid{gone} = {left}"))
    title = f"{shown(amount_of(month, 'credits_left'), 'credits_left')} of credit left at the end of {month.month}"
    return Explanation(title, tuple(facts) or (("", "The scenario has no credit pool."),))


def _forfeited(plan: Plan, index: int) -> Explanation:
    month = plan.projection.months[index]
    facts = tuple(
        (
            pool.name,
            f"loses {format_usd(pool.forfeited)} on {pool.forfeited_on}: what it covers cost less than it held",
        )
        for pool in plan.projection.pools
        if month.forfeited.get(pool.name)
    )
    title = f"{shown(amount_of(month, 'forfeited'), 'forfeited')} expires unused in {month.month}"
    return Explanation(title, facts or (("", "No pool loses anything this month."),))


def _opening(plan: Plan, index: int, pool: str) -> Micros:
    if index:
        return plan.projection.months[index - 1].balances[pool]
    return next(each.opening_balance for each in plan.projection.pools if each.name == pool)


def _decimal(value: Fraction) -> str:
    """Up to four decimals, for people."""
    return decimal_text(Fraction(round(value * 10_000), 10_000))
