"""Months and days as a scenario writes them, within the years a plan can reckon with."""

from datetime import date
from typing import Final

from planner.months import Month, parse_month
from pricing.reading.scalars import DAY_SCHEMA, Parsed, parse_day

_YEARS = range(2000, 2200)
_SPAN = f"from {_YEARS[0]} to {_YEARS[-1]}"


def _month(text: str) -> Month:
    month = parse_month(text)
    if int(month[:4]) not in _YEARS:
        raise ValueError(f"{month} is outside the years of plans")
    return month


def _day(text: str) -> date:
    day = parse_day(text)
    if day.year not in _YEARS:
        raise ValueError(f"{day} is outside the years of plans")
    return day


def _expiry(text: str) -> date | None:
    return None if text == "never" else _day(text)


_MONTH_SCHEMA = {"type": "string", "pattern": "^2[01][0-9]{2}-(0[1-9]|1[0-2])$"}
_EXPIRY_SCHEMA = {"anyOf": [DAY_SCHEMA, {"const": "never"}]}

MONTH: Final = Parsed(_month, f"a month such as 2026-12, {_SPAN}", _MONTH_SCHEMA)
DAY: Final = Parsed(_day, f"a day such as 2026-11-30, {_SPAN}", DAY_SCHEMA)
EXPIRY: Final = Parsed(_expiry, f"a day such as 2026-11-30, {_SPAN}, or never", _EXPIRY_SCHEMA)
