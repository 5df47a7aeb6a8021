"""Moments, spans and amounts of a ledger, in words. Amounts are exact: a ledger that rounds cannot be checked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from planner.report.tables import display_width
from pricing.money import MICROS_PER_USD, Micros


def usd(amount: Micros | int) -> str:
    """Dollars to the last micro-dollar, at least two decimals: `$1,234.50`, `-$0.000001`."""
    whole, micros = divmod(abs(amount), MICROS_PER_USD)
    decimals = f"{micros:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}${whole:,}.{decimals}"


def moment(at: float) -> str:
    """`2026-12-05 14:03:09`, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


def iso(at: float | None) -> str | None:
    """For machines, to the microsecond."""
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def span(seconds: float) -> str:
    """`45 s`, `14 min`, `3 h`, `2 days`: whole units, rounded down; below zero nothing is left."""
    whole = max(0, int(seconds))
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if whole >= size:
            count = whole // size
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{whole} s"


def percent(value: Fraction) -> str:
    """`80 %`, `62.5 %`."""
    return f"{float(value):g} %"


def count(number: int, noun: str) -> str:
    """`1 image`, `2 images`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def packed(words: Sequence[str], width: int, indent: str = "  ") -> list[str]:
    """The words two spaces apart in lines no wider than `width` where they allow, indented."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}  {word}" if lines else ""
        if lines and display_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(indent + word)
    return lines
