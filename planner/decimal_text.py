"""Exact decimals as a person writes them in a file."""

from fractions import Fraction
from typing import Final

MOST_PLACES: Final = 40


def decimal_text(value: Fraction, *, grouped: bool = False) -> str:
    """`8.5`, `25000`, or `25_000` where `grouped`; raises `ValueError` for what is no finite decimal, such as a third."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > MOST_PLACES:
            raise ValueError(f"{value} is not a finite decimal")
    whole, decimals = divmod(int(abs(value) * 10**places), 10**places)
    sign = "-" if value < 0 else ""
    digits = f"{whole:_}" if grouped else str(whole)
    return f"{sign}{digits}" + (f".{decimals:0{places}d}" if places else "")
