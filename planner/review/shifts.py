"""How far a change moves the figures of a plan, told apart: the scenario's edit first, the change of prices second.

The edit is priced with the book of before; what then still lies between it and the plan of now is the prices' doing.
Both parts sum to the whole, to the micro-dollar.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.compare import Figure, Value, compare
from planner.plan import Plan
from planner.review.reviewed import Shift


def shifts(before: Plan, between: Plan | None, now: Plan) -> tuple[Shift, ...]:
    """Every figure that moved. `between` is the scenario of now under the prices of before; None where it has no price."""
    if between is None:
        return tuple(_moved(compare((before, now)).figures, split=False))
    return tuple(_moved(compare((before, between, now)).figures, split=True))


def shifts_of_one(plan: Plan, *, gone: bool) -> tuple[Shift, ...]:
    """The figures of a plan that has no other side; `gone` when it is the one of before."""
    return tuple(
        _one_sided(figure, gone) for figure in compare((plan,)).figures if figure.values[0] is not None
    )


def _moved(figures: Sequence[Figure], *, split: bool) -> Iterator[Shift]:
    for figure in figures:
        before, now = figure.values[0], figure.values[-1]
        by_scenario = _apart(before, figure.values[1]) if split else None
        by_prices = _apart(figure.values[1], now) if split else None
        if before != now or by_scenario or by_prices:
            yield Shift(
                figure.key, figure.words, figure.unit, figure.better, before, now, by_scenario, by_prices
            )


def _apart(one: Value, other: Value) -> Fraction | None:
    return other - one if isinstance(one, Fraction) and isinstance(other, Fraction) else None


def _one_sided(figure: Figure, gone: bool) -> Shift:
    value = figure.values[0]
    before, now = (value, None) if gone else (None, value)
    return Shift(figure.key, figure.words, figure.unit, figure.better, before, now, None, None)
