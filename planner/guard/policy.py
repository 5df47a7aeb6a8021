"""Which request may go out, and under which ceilings: pure. The ledger then takes the first offer that fits, in one step.

The request as asked comes first, while it keeps every budget within its `downgrade` threshold; then each cheaper
rung up to the limits; last the request as asked up to the limits, for when nothing cheaper can be had.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.guard.ladder import Skipped
from planner.guard.ledger import Offer
from planner.guard.priced import Priced
from planner.scenario import Budget
from pricing.model_ids import parse_model_id
from pricing.money import Micros
from pricing.records import EMPTY, record

if TYPE_CHECKING:
    from planner.guard.credit_room import Draw


class Coverage:
    """Which calls a budget counts."""

    __slots__ = ("_everything", "_globs", "_tags", "budget")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        models = budget.applies_to.models
        self._everything = "*" in models
        self._globs = tuple({*models, *(parse_model_id(model).model_id for model in models)})
        self._tags = tuple(budget.applies_to.tags.items())

    def counts(self, request: Priced, tags: Mapping[str, str]) -> bool:
        """Every tag it asks for is on the call, and one of its globs covers the model, by either of its names."""
        for name, value in self._tags:
            if tags.get(name) != value:
                return False
        return self._everything or self.covers_model(request.card.model_id, request.model_id)

    def covers_model(self, *names: str) -> bool:
        """Whether one of its globs covers the model by one of its names."""
        return any(fnmatchcase(name, glob) for name in names for glob in self._globs)


@record
class Option:
    """A request that could go out, and the ledger's budgets that would count it."""

    request: Priced
    counters: Mapping[str, Micros | None]
    """Budget in the ledger to the most it may come to; None for its limit."""
    draws: tuple["Draw", ...] = ()
    """The credits it draws on; whoever holds the money asks them once more."""


@record
class Decision:
    """What the ledger is to try, in order, and the option behind each offer."""

    offers: tuple[Offer, ...]
    options: tuple[Option, ...]
    skipped: tuple[Skipped, ...] = ()


@record
class Shortfall:
    """No offer fits: the budget with the least room for the last one, and that room."""

    budget: str
    room: Micros


def decide(
    asked: Option, rungs: Sequence[Option | Skipped] = (), thresholds: Mapping[str, Micros] = EMPTY
) -> Decision:
    """Every offer in order. `thresholds` says from which exposure on a budget asks for cheaper requests."""
    skipped = tuple(rung for rung in rungs if isinstance(rung, Skipped))
    cheaper = [rung for rung in rungs if isinstance(rung, Option) and rung.request.cost < asked.request.cost]
    if not cheaper:
        return Decision((_offer(asked),), (asked,), skipped)
    offers = (_offer(asked, thresholds), *map(_offer, cheaper), _offer(asked))
    return Decision(offers, (asked, *cheaper, asked), skipped)


def as_asked(asked: Option, thresholds: Mapping[str, Micros]) -> Decision:
    """The first offer alone, for a request that is expected to fit."""
    return Decision((_offer(asked, thresholds),), (asked,))


def first_that_fits(
    offers: Sequence[Offer], exposure: Mapping[str, int], limits: Mapping[str, int]
) -> int | Shortfall:
    """What the ledger would answer: the number of the first offer that fits all its budgets."""
    worst = Shortfall("", Micros(0))
    for index, offer in enumerate(offers):
        rooms = {
            budget: (limits[budget] if ceiling is None else min(ceiling, limits[budget])) - exposure[budget]
            for budget, ceiling in offer.budgets.items()
        }
        if all(offer.amount <= room for room in rooms.values()):
            return index
        tightest = min(rooms, key=lambda budget: rooms[budget])
        worst = Shortfall(tightest, Micros(rooms[tightest]))
    return worst


def threshold(budget: Budget, limit: int) -> Micros | None:
    """The exposure from which on a budget asks for cheaper requests; None when it never does."""
    shares = [each.at_pct for each in budget.thresholds if each.do == "downgrade"]
    return Micros(int(limit * min(shares) / 100)) if shares else None


def reached(at_pct: Fraction, exposure: int, limit: int) -> bool:
    """Whether the exposure has come to this share of the limit."""
    return exposure * 100 * at_pct.denominator >= at_pct.numerator * limit


def _offer(option: Option, thresholds: Mapping[str, Micros] = EMPTY) -> Offer:
    return Offer(
        option.request.cost,
        {name: _lower(most, thresholds.get(name)) for name, most in option.counters.items()},
    )


def _lower(one: Micros | None, other: Micros | None) -> Micros | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
