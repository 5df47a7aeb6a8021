"""Rules about stages that share the assets of a pipeline among them: a mix of models or qualities."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Final

from planner.decimal_text import decimal_text
from planner.review.context import PlannedCall, ReviewContext
from planner.review.rule import Rule
from planner.shares import WHOLE, mixes
from pricing.problems import Problem

_MOST_NAMED: Final = 3

NOT_WHOLE: Final = Rule(
    "shares-not-whole",
    "warning",
    "Shares of a mix that do not make 100 %",
    "Stages of one task side by side, each with share_pct, are alternatives: an asset takes one of them. Below 100 % some"
    " assets take none and the plan is too cheap; above it some are paid for twice.",
    "Make the shares come to 100, or leave share_pct out of a stage that every asset takes.",
    """stages:
  - {name: premium, model: stability.stable-image-ultra-v1:1, share_pct: 30}
  - {name: standard, model: stability.stable-image-core-v1:1, share_pct: 60}""",
    """stages:
  - {name: premium, model: stability.stable-image-ultra-v1:1, share_pct: 30}
  - {name: standard, model: stability.stable-image-core-v1:1, share_pct: 70}""",
)
RULES: Final = (NOT_WHOLE,)


def check(context: ReviewContext) -> Iterator[Problem]:
    for _, calls in groupby(context.calls, key=lambda call: call.priced.where.partition(".")[0]):
        for side_by_side in _side_by_side(list(calls)):
            yield from _sharing(side_by_side)


def parts(calls: Sequence[PlannedCall]) -> list[Sequence[PlannedCall]]:
    """A pipeline's calls in their order, those of one mix together and every other call by itself."""
    return [
        [run[place] for place in mix]
        for run in _side_by_side(calls)
        for mix in mixes([call.priced.stage.share for call in run])
    ]


def _side_by_side(calls: Sequence[PlannedCall]) -> Iterator[list[PlannedCall]]:
    """Calls of one task that follow one another, those with a share apart from those that every asset takes."""
    for _, run in groupby(calls, key=lambda call: (call.task, call.priced.stage.share_pct is None)):
        yield list(run)


def _sharing(calls: Sequence[PlannedCall]) -> Iterator[Problem]:
    stages = [call.priced.stage for call in calls]
    if len(stages) == 1 or stages[0].share_pct is None:
        return
    shares = [stage.share for stage in stages]
    if sum(shares[place] for place in mixes(shares)[-1]) == WHOLE:
        return
    named = [f"{stage.name} ({_percent(stage.share)})" for stage in stages]
    if len(named) > _MOST_NAMED:
        named = [*named[: _MOST_NAMED - 1], f"{len(named) - _MOST_NAMED + 1} more"]
    total = _percent(sum(shares, Fraction(0)))
    message = f"{', '.join(named[:-1])} and {named[-1]} take {total} of the assets together"
    yield NOT_WHOLE.found(
        f"{calls[0].priced.where}.share_pct", message, "make the shares of a mix come to 100 %"
    )


def _percent(share: Fraction) -> str:
    return f"{decimal_text(share)} %"
