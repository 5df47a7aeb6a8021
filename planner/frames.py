"""The analyst's door: plans and comparisons as tidy pandas frames, columns named as FOCUS 1.2 names them.

Amounts come twice: `x_...Micros` columns are exact int64 micro-dollars, the FOCUS columns are float64 dollars for charts
and pivots. Specification: FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, version 1.2.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from planner.charges import ChargeLine
from planner.compare import Comparison
from planner.months import first_day, months_from
from planner.projection import MonthPlan, Projection
from planner.report.compare_text import machine_value

_MICROS = 1_000_000


def projection_frame(projection: Projection, rows: str) -> pd.DataFrame:
    """`months`: one row a month; `charges`: one row a priced line; `draws`: one row a pool, account and product that pays.

    Raises `ValueError` for other names.
    """
    readers: Mapping[str, Callable[[Projection], list[dict[str, Any]]]] = {
        "months": _months,
        "charges": _charges,
        "draws": _draws,
    }
    if rows not in readers:
        raise ValueError(f"rows is one of {', '.join(readers)}, not {rows!r}")
    return _typed(pd.DataFrame(readers[rows](projection), columns=[*_PERIOD, *_COLUMNS[rows].split()]))


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """One row per scenario and figure; `value` as text, exact."""
    rows = [
        {
            "scenario": plan.scenario.name,
            "file": plan.file,
            "figure": figure.key,
            "unit": figure.unit,
            "value": machine_value(figure, figure.values[index]),
        }
        for figure in comparison.figures
        for index, plan in enumerate(comparison.plans)
    ]
    return pd.DataFrame(rows).astype("string")


_PERIOD = ("BillingPeriodStart", "BillingPeriodEnd")
_COLUMNS = {
    "months": (
        "ListCost x_ListCostMicros x_DrawnMicros x_OutOfPocketMicros x_BalanceMicros x_ForfeitedMicros x_Images x_Assets"
    ),
    "charges": (
        "ChargeCategory ChargeDescription ServiceName InvoiceIssuerName RegionId SkuId PricingQuantity PricingUnit"
        " ListUnitPrice ListCost x_ListCostMicros x_ModelId x_SizeClass x_Quality x_PriceOverride x_Background"
    ),
    "draws": "ChargeCategory ServiceName SubAccountId BilledCost x_BilledCostMicros x_CreditId",
}


def _months(projection: Projection) -> list[dict[str, Any]]:
    return [
        _period(month.month)
        | {
            "ListCost": month.list_cost / _MICROS,
            "x_ListCostMicros": month.list_cost,
            "x_DrawnMicros": sum(month.draws.values()),
            "x_OutOfPocketMicros": month.out_of_pocket,
            "x_BalanceMicros": sum(month.balances.values()),
            "x_ForfeitedMicros": sum(month.forfeited.values()),
            "x_Images": month.images,
            "x_Assets": float(month.assets),
        }
        for month in projection.months
    ]


def _charges(projection: Projection) -> list[dict[str, Any]]:
    return [_charge(month, line) for month in projection.months for line in month.charges]


def _charge(month: MonthPlan, line: ChargeLine) -> dict[str, Any]:
    return _period(month.month) | {
        "ChargeCategory": "Tax" if line.kind == "tax" else "Purchase" if line.kind == "upfront" else "Usage",
        "ChargeDescription": line.description,
        "ServiceName": line.product,
        "InvoiceIssuerName": "AWS Marketplace" if line.entity == "marketplace" else "AWS",
        "RegionId": line.sku.region if line.sku else None,
        "SkuId": str(line.sku) if line.sku else line.service,
        "PricingQuantity": float(line.quantity),
        "PricingUnit": line.unit,
        "ListUnitPrice": float(line.unit_price / _MICROS),
        "ListCost": line.list_cost / _MICROS,
        "x_ListCostMicros": line.list_cost,
        "x_ModelId": line.sku.model_id if line.sku else None,
        "x_SizeClass": line.sku.size_class if line.sku else None,
        "x_Quality": line.sku.quality if line.sku else None,
        "x_PriceOverride": line.override,
        "x_Background": line.background,
    }


def _draws(projection: Projection) -> list[dict[str, Any]]:
    """Credits as FOCUS has them: negative amounts in the category Credit, on the service they pay."""
    return [
        _period(month)
        | {
            "ChargeCategory": "Credit",
            "ServiceName": product,
            "SubAccountId": account,
            "BilledCost": -amount / _MICROS,
            "x_BilledCostMicros": -amount,
            "x_CreditId": pool,
        }
        for month, lines in projection.credits.draw_lines.items()
        for (pool, account, product), amount in lines.items()
    ]


def _period(month: str) -> dict[str, Any]:
    following = list(months_from(month, 2))[1]
    return {
        "BillingPeriodStart": pd.Timestamp(first_day(month), tz="UTC"),
        "BillingPeriodEnd": pd.Timestamp(first_day(following), tz="UTC"),
    }


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns:
        if name in _PERIOD:
            frame[name] = pd.to_datetime(frame[name], utc=True)
        elif name.endswith("Micros") or name == "x_Images":
            frame[name] = frame[name].astype("int64")
        elif name in ("ListCost", "BilledCost", "ListUnitPrice", "PricingQuantity", "x_Assets"):
            frame[name] = frame[name].astype("float64")
        elif name == "x_Background":
            frame[name] = frame[name].astype("bool")
        else:
            frame[name] = frame[name].astype("string")
    return frame
