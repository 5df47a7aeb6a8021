"""A plan as JSON: the machine-readable contract. Amounts are decimal strings in USD, days ISO dates."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from planner.charges import ChargeLine
from planner.plan import Plan
from planner.projection import MonthPlan, PoolPlan, Projection
from pricing.money import Micros, decimal_usd, round_half_even
from pricing.problems import Problem


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain values, keys in reading order."""
    projection = plan.projection
    return {
        "scenario": plan.scenario.name,
        "price_book": plan.book.version,
        "representative": plan.book.representative,
        "price_overrides": [str(override) for override in plan.scenario.price_overrides],
        "start": plan.scenario.start,
        "as_of": plan.as_of.isoformat(),
        "months": [_month(month) for month in projection.months],
        "totals": _totals(projection),
        "range": _range(projection),
        "first_out_of_pocket_month": projection.first_out_of_pocket_month,
        "runway_months": projection.runway_months,
        "pools": [_pool(pool) for pool in projection.pools],
        "problems": [problem_json(problem) for problem in plan.problems],
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    """A finding as plain values; `line` is null where it has no place in the file."""
    message = f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": message,
        "line": problem.place.line if problem.place else None,
        "where": problem.where,
    }


def _month(month: MonthPlan) -> dict[str, Any]:
    return {
        "month": month.month,
        "assets": whole(month.assets),
        "images": month.images,
        "list_cost": decimal_usd(month.list_cost),
        "charges": [_charge(line) for line in month.charges],
        "draws": _amounts(month.draws),
        "out_of_pocket": decimal_usd(month.out_of_pocket),
        "balances": _amounts(month.balances),
        "forfeited": _amounts(month.forfeited),
    }


def _charge(line: ChargeLine) -> dict[str, Any]:
    charge = {
        "product": line.product,
        "model_id": line.sku.model_id if line.sku else None,
        "size_class": line.sku.size_class if line.sku else None,
        "quality": line.sku.quality if line.sku else None,
        "region": line.sku.region if line.sku else None,
        "description": line.description,
        "quantity": quantity(line.quantity),
        "unit": line.unit,
        "unit_price": decimal_usd(line.unit_price),
        "list_cost": decimal_usd(line.list_cost),
        "entity": line.entity,
    }
    return charge | {"price_override": line.override} if line.override else charge


def _totals(projection: Projection) -> dict[str, Any]:
    totals = projection.totals
    return {
        "assets": whole(totals.assets),
        "images": totals.images,
        "list_cost": decimal_usd(totals.list_cost),
        "drawn": decimal_usd(totals.drawn),
        "out_of_pocket": decimal_usd(totals.out_of_pocket),
        "forfeited": decimal_usd(totals.forfeited),
        "cost_per_asset": None if totals.cost_per_asset is None else decimal_usd(totals.cost_per_asset),
    }


def _range(projection: Projection) -> dict[str, list[str]] | None:
    ends = projection.out_of_pocket_range
    return None if ends is None else {"out_of_pocket": [decimal_usd(end) for end in ends]}


def _pool(pool: PoolPlan) -> dict[str, Any]:
    return {
        "name": pool.name,
        "opening_balance": decimal_usd(pool.opening_balance),
        "drawn": decimal_usd(pool.drawn),
        "forfeited": decimal_usd(pool.forfeited),
        "forfeited_on": pool.forfeited_on.isoformat() if pool.forfeited_on else None,
        "ending_balance": decimal_usd(pool.ending_balance),
        "exhausted_on": pool.exhausted_on.isoformat() if pool.exhausted_on else None,
        "expires": pool.expires.isoformat() if pool.expires else None,
    }


def _amounts(amounts: Mapping[str, Micros]) -> dict[str, str]:
    return {name: decimal_usd(amount) for name, amount in amounts.items()}


def whole(value: Fraction) -> int:
    """A count for people: growth makes fractions of an asset, which are shown rounded half even."""
    return round_half_even(value.numerator, value.denominator)


def quantity(value: Fraction) -> int | str:
    """A whole quantity as a number; any other as a decimal string of at most 6 decimals."""
    if value.denominator == 1:
        return value.numerator
    scaled = round_half_even(value.numerator * 1_000_000, value.denominator)
    return f"{scaled // 1_000_000}.{scaled % 1_000_000:06d}".rstrip("0").rstrip(".")
