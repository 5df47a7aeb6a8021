"""`--quiet-below`: how little a change may move to be left out of a review."""

from fractions import Fraction
from typing import Final, Literal

from planner.review.reviewed import FileDifference, Shift
from pricing.money import MoneyError, parse_decimal, parse_usd
from pricing.printable import printable
from pricing.records import record

_LOUD: Final = ("budgets", "ladder", "policy", "expect")
"""Keys of a scenario whose change is worth a line though no figure moves."""


class BadThreshold(ValueError):
    """The text of `--quiet-below` is neither an amount nor a percentage."""


@record
class QuietBelow:
    """A file stays out while every figure moved by less than this, up or down."""

    amount: Fraction
    """Micro-dollars, or percent of the figure before."""
    unit: Literal["usd", "pct"]

    def hides(self, file: FileDifference) -> bool:
        """Whether a changed file is left out: nothing in it moved as far, and nothing new was found.

        A file that is new, gone or invalid on either side always shows, and so does one whose budgets, ladder, policy or
        expectations changed.
        """
        plain = file.state in ("changed", "renamed", "unchanged") and not file.new_findings
        loud = any(line.where.startswith(_LOUD) for line in file.lines)
        return plain and not loud and not any(map(self._is_far, file.shifts))

    def _is_far(self, shift: Shift) -> bool:
        """A month that is another one has moved, whatever the threshold; so has a runway, unless it is in percent.

        In dollars, counts of assets and images are not measured: what they cost is.
        """
        before, now = shift.before, shift.after
        if not isinstance(before, Fraction) or not isinstance(now, Fraction):
            return before != now
        parts = (now - before, shift.by_scenario, shift.by_prices)
        furthest = max(abs(part) for part in parts if part is not None)
        if self.unit == "pct":
            return furthest > 0 and furthest * 100 >= self.amount * abs(before)
        if shift.unit == "usd":
            return furthest > 0 and furthest >= self.amount
        return shift.unit == "months" and furthest > 0


def parse_quiet_below(text: str) -> QuietBelow:
    """`25`, `$25` and `$0.50` are dollars, `2%` is percent; raises `BadThreshold` for anything else."""
    words = text.strip()
    try:
        if words.endswith("%"):
            value = QuietBelow(parse_decimal(words[:-1].strip()), "pct")
        else:
            value = QuietBelow(Fraction(parse_usd(words.removeprefix("$").strip())), "usd")
    except MoneyError:
        raise _bad(text) from None
    if value.amount < 0:
        raise _bad(text)
    return value


def _bad(text: str) -> BadThreshold:
    shown = printable(text, 40)
    return BadThreshold(
        f"{shown!r} is no threshold; write dollars such as 25 or $0.50, or a percentage such as 2%"
    )
