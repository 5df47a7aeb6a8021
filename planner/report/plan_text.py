"""A plan in the terminal and in Markdown: headline, burn-down, months, pools, findings."""

from collections.abc import Iterator, Sequence

from planner.plan import Plan
from planner.projection import MonthPlan, PoolPlan, Projection
from planner.report.burndown import burndown
from planner.report.plan_headline import headline, title
from planner.report.plan_json import whole
from planner.report.tables import Column, csv_table, display_width, markdown_table, markdown_text, text_table
from pricing.money import Micros, decimal_usd, format_usd
from pricing.printable import printable
from pricing.problems import Problem

NARROWEST = 60
ROUNDED = "Each amount is rounded to the cent on its own; --format json has every micro-dollar."
LONGEST = 1_000
"""Characters of a line that carries names a person chose."""


def plan_text(plan: Plan, *, width: int = 120, ascii_only: bool = False) -> str:
    """The plan as lines no wider than `width` where its tables allow: pools share one column when they do not fit."""
    projection = plan.projection
    lines = [printable(title(plan), LONGEST), ""]
    lines += [f"  {label:<20} {printable(answer, LONGEST)}" for label, answer in headline(plan)]
    chart = burndown(projection, width=max(width, NARROWEST), ascii_only=ascii_only)
    lines += ["", "  Credits left at month end", *(f"  {line}" for line in chart)] if chart else []
    lines += ["", _months_table(projection, width).rstrip("\n"), f"  {ROUNDED}", ""]
    lines += (
        [text_table(POOL_COLUMNS, map(_pool_row, projection.pools), indent="  ")] if projection.pools else []
    )
    lines += [_finding(problem) for problem in plan.problems]
    return "\n".join(lines).rstrip("\n") + "\n"


def plan_markdown(plan: Plan) -> str:
    """The plan for a page or a pull request: headline first, months and pools as tables."""
    projection = plan.projection
    columns, rows = _months(projection, per_pool=True)
    parts = [f"### {markdown_text(title(plan))}", ""]
    parts += [f"- **{label}**: {markdown_text(answer)}" for label, answer in headline(plan)]
    parts += ["", markdown_table(columns, rows)]
    parts += [markdown_table(POOL_COLUMNS, map(_pool_row, projection.pools))] if projection.pools else []
    parts += [
        f"- **{problem.severity}** `{problem.code}`: {markdown_text(_words(problem))}"
        for problem in plan.problems
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def plan_csv(plan: Plan) -> str:
    """One row a month; dollars as exact decimals, one column for each pool's draw, balance and forfeit."""
    pools = [pool.name for pool in plan.projection.pools]
    titles = [
        "scenario",
        "price_book",
        "price_overrides",
        "month",
        "assets",
        "images",
        "list_cost",
        "out_of_pocket",
    ]
    titles += [f"{word}:{name}" for word in ("drawn", "balance", "forfeited") for name in pools]
    return csv_table(
        [printable(text) for text in titles],
        (_csv_row(plan, month, pools) for month in plan.projection.months),
    )


def _csv_row(plan: Plan, month: MonthPlan, pools: Sequence[str]) -> list[str | int | None]:
    amounts = (month.draws, month.balances, month.forfeited)
    return [
        plan.scenario.name,
        plan.book.version,
        "; ".join(map(str, plan.scenario.price_overrides)),
        month.month,
        whole(month.assets),
        month.images,
        decimal_usd(month.list_cost),
        decimal_usd(month.out_of_pocket),
        *(decimal_usd(by_pool.get(name, Micros(0))) for by_pool in amounts for name in pools),
    ]


def _months_table(projection: Projection, width: int) -> str:
    columns, rows = _months(projection, per_pool=True)
    table = text_table(columns, rows, indent="  ")
    if max(map(display_width, table.splitlines())) <= width:
        return table
    columns, rows = _months(projection, per_pool=False)
    return text_table(columns, rows, indent="  ")


def _months(projection: Projection, *, per_pool: bool) -> tuple[list[Column], list[list[str]]]:
    pools = [pool.name for pool in projection.pools]
    paying = pools if per_pool else ["credits pay"] if pools else []
    titles = [
        "month",
        "assets",
        "images",
        "list cost",
        *paying,
        "out of pocket",
        *(["credits left"] if pools else []),
    ]
    columns = [Column(printable(text), "left" if text == "month" else "right") for text in titles]
    return columns, [
        *(list(_month_cells(month, pools, per_pool)) for month in projection.months),
        _total(projection, pools, per_pool),
    ]


def _month_cells(month: MonthPlan, pools: Sequence[str], per_pool: bool) -> Iterator[str]:
    yield from (month.month, f"{whole(month.assets):,}", f"{month.images:,}", format_usd(month.list_cost))
    if per_pool:
        yield from (_amount(month.draws.get(name, Micros(0))) for name in pools)
    elif pools:
        yield _amount(Micros(sum(month.draws.values())))
    yield _amount(month.out_of_pocket)
    if pools:
        yield _amount(Micros(sum(month.balances.values())))


def _total(projection: Projection, pools: Sequence[str], per_pool: bool) -> list[str]:
    totals = projection.totals
    drawn = [pool.drawn for pool in projection.pools] if per_pool else [totals.drawn] if pools else []
    return [
        "total",
        f"{whole(totals.assets):,}",
        f"{totals.images:,}",
        format_usd(totals.list_cost),
        *map(_amount, drawn),
        _amount(totals.out_of_pocket),
        *([""] if pools else []),
    ]


POOL_COLUMNS = (
    Column("pool"),
    Column("opens with", "right"),
    Column("pays", "right"),
    Column("expires unused", "right"),
    Column("left at the end", "right"),
    Column("until"),
)


def _pool_row(pool: PoolPlan) -> list[str]:
    until = (
        f"used up on {pool.exhausted_on}"
        if pool.exhausted_on
        else f"expires {pool.expires}"
        if pool.expires
        else "never expires"
    )
    return [
        pool.name,
        format_usd(pool.opening_balance),
        _amount(pool.drawn),
        _amount(pool.forfeited),
        _amount(pool.ending_balance),
        until,
    ]


def _amount(amount: Micros) -> str:
    return format_usd(amount) if amount else "."


def _finding(problem: Problem) -> str:
    place = f"line {problem.place.line}: " if problem.place else ""
    return f"  {problem.severity}: {place}{printable(_words(problem), LONGEST)}  [{problem.code}]"


def _words(problem: Problem) -> str:
    return f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message
