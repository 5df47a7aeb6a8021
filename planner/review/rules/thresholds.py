"""Rules about what happens on the way to a limit."""

from collections.abc import Iterator
from typing import Final

from planner.review.context import ReviewContext
from planner.review.rule import Rule
from planner.scenario import Budget, Threshold
from pricing.problems import Problem

ORDER: Final = Rule(
    "threshold-order",
    "warning",
    "Thresholds out of order",
    "They act by their percentage, whatever their order. Read from top to bottom, the budget seems to warn before it"
    " downgrades and does not.",
    "Write them in rising order.",
    "thresholds:\n  - {at_pct: 80, do: downgrade}\n  - {at_pct: 50, do: notify}",
    "thresholds:\n  - {at_pct: 50, do: notify}\n  - {at_pct: 80, do: downgrade}",
)
NO_EFFECT: Final = Rule(
    "threshold-no-effect",
    "warning",
    "A threshold that changes nothing",
    "Only the lowest downgrade counts, and one at 100 % is what happens at the limit anyway. A threshold written twice"
    " acts once.",
    "Take it out, or give it the percentage that was meant.",
    "thresholds:\n  - {at_pct: 60, do: downgrade}\n  - {at_pct: 90, do: downgrade}",
    "thresholds:\n  - {at_pct: 60, do: downgrade}\n  - {at_pct: 90, do: notify}",
)
AT_ZERO: Final = Rule(
    "threshold-at-zero",
    "warning",
    "A threshold at 0 %",
    "It is reached before the first call: every request is sent cheaper, or a notice goes out for nothing.",
    "Give it a percentage above zero.",
    "thresholds:\n  - {at_pct: 0, do: downgrade}",
    "thresholds:\n  - {at_pct: 80, do: downgrade}",
)
NO_LADDER: Final = Rule(
    "downgrade-without-ladder",
    "warning",
    "A downgrade with no cheaper request to send",
    "The scenario has no ladder, so past the threshold every request goes out as it was until the limit stops it.",
    "Add a ladder, or make it a notice.",
    "budgets:\n  - {name: month, limit_usd: 500, thresholds: [{at_pct: 80, do: downgrade}]}",
    "budgets:\n  - {name: month, limit_usd: 500, thresholds: [{at_pct: 80, do: downgrade}]}\n"
    "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}",
)
RULES: Final = (ORDER, NO_EFFECT, AT_ZERO, NO_LADDER)


def check(context: ReviewContext) -> Iterator[Problem]:
    for index, budget in enumerate(context.scenario.budgets):
        where = f"budgets[{index}].thresholds"
        yield from _order(budget, where)
        yield from _effect(budget.thresholds, where)
        downgrade = next((n for n, each in enumerate(budget.thresholds) if each.do == "downgrade"), None)
        if downgrade is not None and not context.scenario.ladder:
            message = f"{budget.name} asks for cheaper requests, and there is no ladder to find them on"
            yield NO_LADDER.found(f"{where}[{downgrade}]", message, "add a ladder, or write do: notify")


def _order(budget: Budget, where: str) -> Iterator[Problem]:
    for index in range(1, len(budget.thresholds)):
        before, after = budget.thresholds[index - 1].at_pct, budget.thresholds[index].at_pct
        if after < before:
            message = f"{float(after):g} % stands after {float(before):g} %"
            yield ORDER.found(f"{where}[{index}].at_pct", message, "write them in rising order")
            return


def _effect(thresholds: tuple[Threshold, ...], where: str) -> Iterator[Problem]:
    lowest = min((each.at_pct for each in thresholds if each.do == "downgrade"), default=None)
    seen: set[Threshold] = set()
    for index, each in enumerate(thresholds):
        place = f"{where}[{index}]"
        percent = f"{float(each.at_pct):g} %"
        if each in seen:
            yield NO_EFFECT.found(place, f"{each.do} at {percent} is there already", "take it out")
        elif each.do == "downgrade" and lowest is not None and each.at_pct > lowest:
            message = f"downgrades begin at {float(lowest):g} % already"
            yield NO_EFFECT.found(place, message, "take it out, or write do: notify")
        elif each.do == "downgrade" and each.at_pct == 100:
            message = "at the limit cheaper requests are tried anyway"
            yield NO_EFFECT.found(place, message, "give a lower percentage, or take it out")
        if not each.at_pct:
            message = f"{each.do} at 0 % is reached before the first call"
            yield AT_ZERO.found(f"{place}.at_pct", message, "give it a percentage above zero")
        seen.add(each)
