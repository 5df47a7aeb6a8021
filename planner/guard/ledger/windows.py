"""The periods a budget counts in: UTC days, UTC calendar months, or one for ever.

A period is known by its id: `2026-12-05`, `2026-12` or `lifetime`. It is half-open: midnight begins a day.
"""

from datetime import date
from functools import lru_cache
from typing import Literal

Per = Literal["day", "month", "lifetime"]
PERS: tuple[Per, ...] = ("day", "month", "lifetime")
LIFETIME = "lifetime"

_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_LENGTHS: dict[int, Per] = {len("2026-12-05"): "day", len("2026-12"): "month"}


def period_at(per: Per, at: float) -> str:
    """The id of the period that contains the moment `at` (POSIX seconds)."""
    if per == "lifetime":
        return LIFETIME
    day = _day_id(int(at // _DAY_S))
    return day if per == "day" else day[:7]


def resets_at(period: str) -> float | None:
    """The first moment after the period (POSIX seconds); None for one that never ends."""
    if period == LIFETIME:
        return None
    first = date.fromisoformat(period if len(period) > 7 else f"{period}-01")
    return float((_next_start(first, per_of(period)) - _EPOCH) * _DAY_S)


def per_of(period: str) -> Per:
    """What kind of period an id names; raises `ValueError` for text that names none."""
    if period == LIFETIME:
        return "lifetime"
    per = _LENGTHS.get(len(period))
    if per is None or not _is_date(period if per == "day" else f"{period}-01"):
        raise ValueError(f"{period[:40]!r} is not a period such as 2026-12-05, 2026-12 or lifetime")
    return per


@lru_cache(maxsize=8)
def _day_id(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


def _next_start(first: date, per: Per) -> int:
    if per == "day":
        return first.toordinal() + 1
    year, month = divmod(first.year * 12 + first.month, 12)
    return date(year, month + 1, 1).toordinal()


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
