"""What each edit of a scenario does to the list cost when it is made alone."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from planner.charges import charge_lines
from planner.demand import demand
from planner.plan import Plan
from planner.review.edits import Edit
from planner.review.reviewed import ChangedLine, Reviewed
from planner.scenario import Scenario
from planner.schema.scenario import SCENARIO
from planner.stages import resolve_stages
from pricing.book import PriceBook
from pricing.overrides import with_overrides
from pricing.problems import Invalid
from pricing.reading.nodes import Document
from pricing.reading.shape import bind_document
from pricing.records import replace

MOST_WORKED_OUT: Final = 20
"""Edits whose effect is worked out, each at the price of a plan without credits."""
MOST_SHOWN: Final = 100
"""Lines of one file; a reader of more reads the file."""
_WITHOUT_COST: Final = frozenset(("name", "credits", "budgets", "ladder", "policy", "expect"))
"""Keys at the top of a scenario that no list cost depends on."""


def changed_lines(
    before: Reviewed,
    now: Reviewed,
    made: Sequence[Edit],
    prices: tuple[PriceBook, PriceBook] | None,
    known: Fraction | None = None,
) -> tuple[ChangedLine, ...]:
    """The lines of the edits: those with an effect on list cost first, the largest before the others.

    `prices` are the book of before and that of now; None where one side has no plan, so that no effect is worked out.
    `known` is the effect of the only edit that can have one, where the plans tell it already.
    """
    lines = list(_with_effects(before, now, made, prices, known))
    return tuple(sorted(lines, key=_largest_first)[:MOST_SHOWN])


def costs(edit: Edit) -> bool:
    """Whether the list cost may depend on an edit."""
    return edit.top not in _WITHOUT_COST


def _with_effects(
    before: Reviewed,
    now: Reviewed,
    made: Sequence[Edit],
    prices: tuple[PriceBook, PriceBook] | None,
    known: Fraction | None,
) -> Iterator[ChangedLine]:
    left = MOST_WORKED_OUT
    for edit in made:
        line = edit.line(before.lines, now.lines)
        if prices is not None and before.plan is not None and costs(edit) and left:
            left -= 1
            line = replace(line, effect=_alone(before.plan, before, edit, prices) if known is None else known)
        yield line


def _alone(plan: Plan, before: Reviewed, edit: Edit, prices: tuple[PriceBook, PriceBook]) -> Fraction | None:
    """None where the edit makes no plan by itself, such as a size that only another edit's model knows."""
    if edit.top == "price_book":
        cost = list_cost(plan.scenario, prices[1])
    else:
        scenario = _edited(before, edit)
        cost = None if scenario is None else list_cost(scenario, prices[0])
    return None if cost is None else Fraction(cost - plan.projection.totals.list_cost)


def _edited(before: Reviewed, edit: Edit) -> Scenario | None:
    if before.file is None or before.file.document.root is None:
        return None
    document = before.file.document
    root = edit.applied(before.file.document.root)
    try:
        return bind_document(SCENARIO, Document(document.file, document.text, root, ()))[0]
    except Invalid:
        return None


def list_cost(scenario: Scenario, book: PriceBook) -> int | None:
    """Micro-dollars over all months, before credits; None where the scenario plans nothing or has no price."""
    if not scenario.pipelines:
        return None
    priced = with_overrides(book, scenario.price_overrides)
    resolution = resolve_stages(scenario, priced)
    if any(problem.severity == "error" for problem in resolution.problems):
        return None
    return sum(
        line.list_cost
        for month in demand(scenario, resolution.pipelines)
        for line in charge_lines(month, priced, scenario.background_spend)
    )


def _largest_first(line: ChangedLine) -> tuple[bool, Fraction, int, str]:
    return (line.effect is None, -abs(line.effect or Fraction(0)), line.line, line.where)
