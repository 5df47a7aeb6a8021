"""A charge spread evenly over its days: what a window of days owes, and paying earliest days first."""

from bisect import bisect_left
from collections.abc import Sequence
from math import lcm

from pricing.money import Micros

Window = tuple[int, int]
"""First and last day of a month, both inclusive; the last may lie past its end."""

PER_MICRO = lcm(*range(1, 32))
"""Units in a micro-dollar, such that a day is a whole number of units whatever the number of days."""


class Spread:
    """The unpaid part of one charge, laid out along its days."""

    __slots__ = ("_first", "_paid", "_per_day", "_unpaid")

    def __init__(self, amount: Micros, days: Window) -> None:
        self._first = days[0]
        self._per_day = amount * PER_MICRO // (days[1] - days[0] + 1)
        self._paid = 0
        self._unpaid = [(0, amount * PER_MICRO)]
        """Half-open stretches of units, in the order of days."""

    def owed(self, window: Window) -> int:
        """Units still unpaid on the days of the window."""
        low, high = self._units(window)
        return sum([max(0, min(stop, high) - max(start, low)) for start, stop in self._unpaid])

    def pay(self, window: Window, units: int) -> Micros:
        """Pays up to `units` of the window's days, earliest first; returns the micro-dollars this comes to.

        The running total is rounded half up, never a part on its own: what `n` whole micro-dollars pay for
        never comes to more than `n`, and the parts of a charge paid in full sum to its amount.
        """
        low, high = self._units(window)
        unpaid: list[tuple[int, int]] = []
        before = self._paid
        for start, stop in self._unpaid:
            begin = min(max(start, low), stop)
            end = max(begin, min(stop, high, begin + units + before - self._paid))
            self._paid += end - begin
            unpaid += [stretch for stretch in ((start, begin), (end, stop)) if stretch[0] < stretch[1]]
        self._unpaid = unpaid
        return Micros(_micros(self._paid) - _micros(before))

    def _units(self, window: Window) -> tuple[int, int]:
        """Where the window's days begin and end, in units from the charge's first day."""
        return (window[0] - self._first) * self._per_day, (window[1] + 1 - self._first) * self._per_day


def day_reached(spreads: Sequence[Spread], window: Window, units: int) -> int:
    """The first day by whose end the spreads together owe that many units of the window, or all it has."""
    first, last = window

    def owed_by(day: int) -> int:
        return sum([spread.owed((first, day)) for spread in spreads])

    goal = min(units, owed_by(last))
    return first + bisect_left(range(first, last), goal, key=owed_by)


def _micros(units: int) -> int:
    return (2 * units + PER_MICRO) // (2 * PER_MICRO)
