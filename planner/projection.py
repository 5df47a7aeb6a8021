"""Burn-down: charges and credit pools to runway, out-of-pocket, forfeits and what an asset costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.charges import ChargeLine
from planner.credits import CreditPool, WaterfallResult, waterfall
from planner.demand import MonthDemand
from planner.months import Month
from planner.scenario import Credit
from pricing.money import Micros

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Projection:
    """What a plan costs and who pays, month by month."""

    months: tuple[MonthPlan, ...]
    totals: Totals
    out_of_pocket_range: tuple[Micros, Micros] | None
    """Lowest and highest total out-of-pocket where coverage or a price is a range; None where it is certain."""
    first_out_of_pocket_month: Month | None
    pools: tuple[PoolPlan, ...]
    credits: WaterfallResult
    """The draws in full; can say why each was made."""

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
    forfeits = {pool: (day, amount) for pool, (day, amount) in result.forfeited.items()}
    plans = tuple(
        MonthPlan(
            month=month.month,
            assets=month.assets,
            images=month.images,
            list_cost=Micros(sum(line.list_cost for line in lines)),
            charges=lines,
            draws=result.draws[month.month],
            out_of_pocket=result.out_of_pocket[month.month],
            balances=result.balances[month.month],
            forfeited={
                pool: amount for pool, (day, amount) in forfeits.items() if f"{day:%Y-%m}" == month.month
            },
        )
        for month, lines in zip(demands, charges, strict=True)
    )
    return Projection(
        months=plans,
        totals=_totals(plans),
        out_of_pocket_range=_range(pools, charges, months, result),
        first_out_of_pocket_month=next((plan.month for plan in plans if plan.out_of_pocket), None),
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


def _totals(months: Sequence[MonthPlan]) -> Totals:
    assets = sum((month.assets for month in months), Fraction(0))
    making = sum(line.list_cost for month in months for line in month.charges if not line.background)
    return Totals(
        assets=assets,
        images=sum(month.images for month in months),
        list_cost=Micros(sum(month.list_cost for month in months)),
        drawn=Micros(sum(sum(month.draws.values()) for month in months)),
        out_of_pocket=Micros(sum(month.out_of_pocket for month in months)),
        forfeited=Micros(sum(sum(month.forfeited.values()) for month in months)),
        cost_per_asset=making / assets if assets else None,
    )


def _range(
    pools: Sequence[CreditPool],
    charges: Sequence[tuple[ChargeLine, ...]],
    months: Sequence[Month],
    result: WaterfallResult,
) -> tuple[Micros, Micros] | None:
    lines = [line for of_month in charges for line in of_month]
    unknown = any(pool.bedrock_third_party == "unknown" for pool in pools) and any(
        line.entity == "marketplace" for line in lines
    )
    ranged = any(line.low_cost != line.list_cost for line in lines)
    if not (unknown or ranged):
        return None
    best = waterfall(
        pools, [line.credit_charge(low=True) for line in lines], months=months, unknown_coverage="optimistic"
    )
    ends = sorted((best.total_out_of_pocket, result.total_out_of_pocket))
    return ends[0], ends[1]


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
