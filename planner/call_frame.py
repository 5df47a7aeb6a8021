"""The analyst's door to a ledger: its calls as a tidy pandas frame, columns named as FOCUS 1.2 names them.

Amounts come twice: `x_...Micros` columns are exact int64 micro-dollars, the FOCUS columns are float64 dollars for charts
and pivots: 200 calls at $0.04 add up to 7.999999999999998 of these, and to 8,000,000 in `x_BilledCostMicros`. Each tag
has a column of its own, `x_Tag_<name>`, empty where a call does not carry it.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from planner.guard.calls import PastCall
from planner.guard.export import FOCUS, Account, focus_row
from pricing.printable import printable

_TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
_PRECISE = ("x_HeldAt", "x_SettledAt")
_NUMBERS = (
    "BilledCost",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
    "ConsumedQuantity",
)
_EXACT = ("x_BilledCostMicros", "x_HeldMicros", "x_OverrunMicros")
_COLUMNS = (*(name for name in FOCUS if name != "Tags"), "x_State", *_EXACT)
_LONGEST_TAG = 200


def call_frame(calls: Iterable[PastCall]) -> pd.DataFrame:
    """One row a call, in the order given; a call still under way is billed nothing yet."""
    found = list(calls)
    columns = {name: _tag_column(name) for name in sorted({name for call in found for name in call.tags})}
    rows = [
        {
            **focus_row(call, Account()),
            "x_State": call.state,
            "x_BilledCostMicros": call.billed,
            "x_HeldMicros": call.held,
            "x_OverrunMicros": call.overrun,
            **{columns[name]: printable(value, len(value) or 1) for name, value in call.tags.items()},
        }
        for call in found
    ]
    return _typed(pd.DataFrame(rows, columns=[*_COLUMNS, *dict.fromkeys(columns.values())]))


def _tag_column(name: str) -> str:
    return f"x_Tag_{printable(name, _LONGEST_TAG)}"


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns:
        frame[name] = _column(frame[name], name)
    return frame


def _column(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    if name in _TIMES:
        return pd.to_datetime(column, utc=True, format="%Y-%m-%dT%H:%M:%SZ")
    if name in _PRECISE:
        return pd.to_datetime(column, utc=True, format="%Y-%m-%dT%H:%M:%S.%fZ")
    if name in _NUMBERS:
        return column.astype("float64")
    if name in _EXACT or name == "x_Attempts":
        return column.astype("int64")
    if name == "x_Estimated":
        return (column == "true").astype("bool")
    return column.astype("string")
