"""Burn-down: charges and credit pools to runway, out-of-pocket, forfeits and what an asset costs."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.charges import ChargeLine
from planner.credits import CreditPool, WaterfallResult, waterfall
from planner.demand import MonthDemand
from planner.months import Month, month_of
from planner.scenario import Credit
from pricing.money import Micros
from pricing.records import record

if TYPE_CHECKING:
    import pandas as pd


@record
class MonthPlan:
    """One month of the plan. `list_cost` = the sum of `draws` + `out_of_pocket`, to the micro-dollar."""

    month: Month
    assets: Fraction
    images: int
    list_cost: Micros
    charges: tuple[ChargeLine, ...]
    draws: Mapping[str, Micros]
    """Pool to what it pays; only pools that pay."""
    out_of_pocket: Micros
    balances: Mapping[str, Micros]
    """Every pool to its balance at the end of the month."""
    forfeited: Mapping[str, Micros]
    """Pool to the balance lost on its expiry in this month."""


@record
class PoolPlan:
    """A credit pool over the whole plan."""

    name: str
    opening_balance: Micros
    drawn: Micros
    forfeited: Micros
    forfeited_on: date | None
    ending_balance: Micros
    exhausted_on: date | None
    """The day its last dollar pays, taken evenly over the month; None while something is left or it expired first."""
    starts: date
    expires: date | None


@record
class Totals:
    """Sums over the planned months."""

    assets: Fraction
    images: int
    list_cost: Micros
    drawn: Micros
    out_of_pocket: Micros
    forfeited: Micros
    cost_per_asset: Fraction | None
    """Micro-dollars per finished asset, exactly, without background spend; None when nothing is made."""


@record
class Projection:
    """What a plan costs and who pays, month by month."""

    months: tuple[MonthPlan, ...]
    totals: Totals
    at_best: Totals | None
    """The totals if every pool of unknown coverage pays Marketplace models and ranged prices are low; None where the
    plan is certain. The plan itself counts on neither."""
    first_out_of_pocket_month: Month | None
    pools: tuple[PoolPlan, ...]
    credits: WaterfallResult
    """The draws in full; can say why each was made."""

    @property
    def out_of_pocket_range(self) -> tuple[Micros, Micros] | None:
        """Lowest and highest total out-of-pocket; None where it is certain."""
        if self.at_best is None:
            return None
        low, high = sorted((self.at_best.out_of_pocket, self.totals.out_of_pocket))
        return low, high

    @property
    def runway_months(self) -> int:
        """Whole months before the first out-of-pocket charge; all of them when there is none."""
        for count, month in enumerate(self.months):
            if month.out_of_pocket:
                return count
        return len(self.months)

    def to_frame(self, rows: str = "months") -> "pd.DataFrame":
        """A tidy pandas frame of `months`, `charges` or `draws`, with FOCUS column names where FOCUS has one."""
        from planner.frames import projection_frame

        return projection_frame(self, rows)


def project(
    demands: Sequence[MonthDemand], charges: Sequence[tuple[ChargeLine, ...]], credits: Sequence[Credit]
) -> Projection:
    """Runs the credit waterfall over each month's charges; where coverage is unknown, nothing is assumed to be paid."""
    pools = [credit_pool(credit) for credit in credits]
    months = [month.month for month in demands]
    result = waterfall(pools, [line.credit_charge() for lines in charges for line in lines], months=months)
    plans = _months(demands, charges, result)
    return Projection(
        months=plans,
        totals=_totals(plans),
        at_best=_at_best(pools, demands, charges),
        first_out_of_pocket_month=result.first_out_of_pocket_month,
        pools=tuple(_pool_plan(credit, result) for credit in credits),
        credits=result,
    )


def credit_pool(credit: Credit) -> CreditPool:
    """A scenario's credit as the waterfall takes it."""
    return CreditPool(
        id=credit.name,
        balance=credit.balance_usd,
        starts=credit.starts,
        expires=credit.expires,
        products=credit.products,
        product_count=credit.product_count,
        bedrock_third_party=credit.bedrock_third_party,
        application_type=credit.application_type,
        status=credit.status,
    )


def _months(
    demands: Sequence[MonthDemand],
    charges: Sequence[tuple[ChargeLine, ...]],
    result: WaterfallResult,
    *,
    low: bool = False,
) -> tuple[MonthPlan, ...]:
    lost: dict[Month, dict[str, Micros]] = {}
    for pool, (day, amount) in result.forfeited.items():
        lost.setdefault(month_of(day), {})[pool] = amount
    return tuple(
        MonthPlan(
            month=month.month,
            assets=month.assets,
            images=month.images,
            list_cost=Micros(sum(line.low_cost if low else line.list_cost for line in lines)),
            charges=lines,
            draws=result.draws[month.month],
            out_of_pocket=result.out_of_pocket[month.month],
            balances=result.balances[month.month],
            forfeited=lost.get(month.month, {}),
        )
        for month, lines in zip(demands, charges, strict=True)
    )


def _totals(months: Sequence[MonthPlan], *, low: bool = False) -> Totals:
    assets = sum((month.assets for month in months), Fraction(0))
    lines = [line for month in months for line in month.charges if not line.background]
    making = sum(line.low_cost if low else line.list_cost for line in lines)
    return Totals(
        assets=assets,
        images=sum(month.images for month in months),
        list_cost=Micros(sum(month.list_cost for month in months)),
        drawn=Micros(sum(sum(month.draws.values()) for month in months)),
        out_of_pocket=Micros(sum(month.out_of_pocket for month in months)),
        forfeited=Micros(sum(sum(month.forfeited.values()) for month in months)),
        cost_per_asset=making / assets if assets else None,
    )


def _at_best(
    pools: Sequence[CreditPool], demands: Sequence[MonthDemand], charges: Sequence[tuple[ChargeLine, ...]]
) -> Totals | None:
    lines = [line for of_month in charges for line in of_month]
    unknown = any(pool.bedrock_third_party == "unknown" for pool in pools) and any(
        line.entity == "marketplace" for line in lines
    )
    if not unknown and all(line.low_cost == line.list_cost for line in lines):
        return None
    months = [month.month for month in demands]
    result = waterfall(
        pools, [line.credit_charge(low=True) for line in lines], months=months, unknown_coverage="optimistic"
    )
    return _totals(_months(demands, charges, result, low=True), low=True)


def _pool_plan(credit: Credit, result: WaterfallResult) -> PoolPlan:
    lost_on, lost = result.forfeited.get(credit.name, (None, Micros(0)))
    return PoolPlan(
        name=credit.name,
        opening_balance=credit.balance_usd,
        drawn=Micros(sum(draws.get(credit.name, 0) for draws in result.draws.values())),
        forfeited=lost,
        forfeited_on=lost_on,
        ending_balance=result.ending_balance[credit.name],
        exhausted_on=result.exhausted_on.get(credit.name),
        starts=credit.starts,
        expires=credit.expires,
    )
