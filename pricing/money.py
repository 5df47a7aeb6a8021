"""Money as whole micro-dollars: exact in, exact out, no float between."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NewType

Micros = NewType("Micros", int)
"""Millionths of a US dollar."""

MICROS_PER_USD = 1_000_000
LARGEST = Micros(9_000_000_000_000 * MICROS_PER_USD)
"""Nine trillion dollars: every sum a plan can make still fits 64 bits."""

_DECIMAL = re.compile(r"([+-]?)(\d+(?:_\d+)*)(?:\.(\d+))?", re.ASCII)
_LONGEST = 40


class MoneyError(ValueError):
    """The text is not an amount of money that can be held exactly."""


def parse_usd(text: str) -> Micros:
    """The micro-dollars of a decimal such as `0.14`, `25_000` or `-3.50`.

    Raises `MoneyError` for anything else, and for amounts finer than a micro-dollar or above `LARGEST`.
    """
    price, per = parse_price(text)
    if per != 1:
        raise MoneyError(f"{_short(text)} is finer than a millionth of a dollar")
    return price


def parse_price(text: str) -> tuple[Micros, int]:
    """A unit price as `(micros, per)`: `0.0000166667` is 166667 micros per 10,000 units, exactly."""
    value = parse_decimal(text) * MICROS_PER_USD
    if abs(value) > LARGEST:
        raise MoneyError(f"{_short(text)} is more than Bursar counts (9 trillion dollars)")
    per = 1
    while per % value.denominator:
        per *= 10
    return Micros(value.numerator * (per // value.denominator)), per


def parse_decimal(text: str) -> Fraction:
    """The exact value of a plain decimal; underscores may group digits, exponents are refused."""
    match = _DECIMAL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise MoneyError(f"{_short(text)} is not a decimal number such as 0.14 or 25_000")
    sign, whole, decimals = match.group(1), match.group(2).replace("_", ""), match.group(3) or ""
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    return -value if sign == "-" else value


def decimal_usd(amount: Micros | Fraction) -> str:
    """An exact decimal string in dollars with at least two decimals, as JSON and CSV carry it.

    A `Fraction` (micro-dollars) keeps every digit it has, up to 12 decimals; beyond, it is rounded half even.
    """
    value = Fraction(amount)
    places = 6
    while (value * 10 ** (places - 6)).denominator != 1 and places < 12:
        places += 1
    scaled = round(value * 10 ** (places - 6))
    sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(places + 1, "0")
    decimals = digits[-places:].rstrip("0").ljust(2, "0")
    return f"{sign}{digits[:-places]}.{decimals}"


def format_usd(amount: Micros | Fraction, *, places: int = 2) -> str:
    """Dollars for people: `$1,234.50`, rounded half up to `places` decimals; no amount is hidden as zero.

    An amount too small for `places` keeps enough decimals to show its first digit.
    """
    value = Fraction(amount, MICROS_PER_USD)
    while 0 < abs(value) * 10**places < Fraction(1, 2) and places < 12:
        places += 1
    scaled = int(abs(value) * 10**places + Fraction(1, 2))
    whole, decimals = divmod(scaled, 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}${whole:,}.{decimals:0{places}d}" if places else f"{sign}${whole:,}"


def round_half_even(numerator: int, denominator: int = 1) -> int:
    """`numerator / denominator` to the nearest whole number, ties to the even one."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def round_up(numerator: int, denominator: int = 1) -> int:
    """`numerator / denominator` to the next whole number: how a hold is rounded."""
    return -(-numerator // denominator)


def split(total: Micros, weights: Sequence[int]) -> list[Micros]:
    """Parts of `total` in proportion to `weights`, in order; they always sum to the whole.

    Each running total is rounded once, so no part is off by more than one micro-dollar.
    """
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("weights must sum to more than zero")
    parts, given, weighed = [], 0, 0
    for weight in weights:
        weighed += weight
        upto = round_half_even(total * weighed, whole)
        parts.append(Micros(upto - given))
        given = upto
    return parts


def _short(text: str) -> str:
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return repr(shown)
