"""Calendar months as `YYYY-MM` text, the way bills and scenarios name them."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

Month = str
"""`YYYY-MM`; text order is time order."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


def parse_month(text: str) -> Month:
    """The month itself; raises `ValueError` unless it reads `YYYY-MM`."""
    if _MONTH.fullmatch(text) is None or text < "0001":
        raise ValueError(f"{text[:40]!r} is not a month such as 2026-12")
    return text


def month_of(day: date) -> Month:
    return f"{day.year:04d}-{day.month:02d}"


def first_day(month: Month) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def days_in(month: Month) -> int:
    return last_day(month).day


def last_day(month: Month) -> date:
    return (first_day(month) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def months_from(start: Month, count: int) -> Iterator[Month]:
    """`count` months in a row, `start` first."""
    year, month = int(start[:4]), int(start[5:]) - 1
    for index in range(month, month + count):
        yield f"{year + index // 12:04d}-{index % 12 + 1:02d}"
