"""Budgets and the guard's settings held against what a policy wants of them."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from planner.review.policies.breach import Breach
from planner.review.policies.types import Budgets, Wanted
from planner.scenario import ASSUMABLE_GROUPS, AppliesTo, Budget, Scenario
from pricing.money import format_usd

_PERIODS: Final = {"day": "a day", "month": "a month", "lifetime": "for its lifetime"}
_STRICTNESS: Final = ("allow", "warn", "block")


def budget_breaches(wanted: Budgets, scenario: Scenario) -> Iterator[Breach]:
    """Required budgets that are not there or fall short, and budgets that are not as each must be."""
    for number, one in enumerate(wanted.require):
        yield from _missing(one, scenario, f"budgets.require[{number}]")
    for number, one in enumerate(wanted.every):
        for index, budget in enumerate(scenario.budgets):
            if fnmatchcase(budget.name, one.name):
                yield from _short(budget, index, one, f"budgets.every[{number}]")


def setting_breaches(wanted: Mapping[str, object], scenario: Scenario) -> Iterator[Breach]:
    """Settings of the scenario's `policy` that are less strict than they must be."""
    for setting, least in wanted.items():
        actual = getattr(scenario.policy, setting)
        where, limit = f"policy.{setting}", f"policy.{setting}"
        if isinstance(least, tuple):
            lacking = sorted(_outcomes(least) - _outcomes(actual))
            if lacking:
                message = f"{', '.join(lacking)} would not be counted as billed"
                yield Breach("policy-setting", where, message, f"add {', '.join(lacking)}", limit)
        elif _STRICTNESS.index(str(actual)) < _STRICTNESS.index(str(least)):
            yield Breach(
                "policy-setting", where, f"{setting} is {actual}", f"write {setting}: {least}", limit
            )


def _missing(wanted: Wanted, scenario: Scenario, limit: str) -> Iterator[Breach]:
    named = [
        (index, budget)
        for index, budget in enumerate(scenario.budgets)
        if fnmatchcase(budget.name, wanted.name)
    ]
    if not named:
        yield Breach("policy-budget", "budgets", f"no budget is {_words(wanted)}", "add one", limit)
        return
    short = [list(_short(budget, index, wanted, limit)) for index, budget in named]
    if all(short):
        yield from min(short, key=len)


def _short(budget: Budget, index: int, wanted: Wanted, limit: str) -> Iterator[Breach]:
    """Each way in which a budget is not what is wanted."""
    for key, message, remedy in _differences(budget, wanted):
        where = f"budgets[{index}]" + (f".{key}" if key else "")
        yield Breach("policy-budget", where, f"budget '{budget.name}' {message}", remedy, limit)


def _differences(budget: Budget, wanted: Wanted) -> Iterator[tuple[str, str, str]]:
    amount = budget.limit_usd
    if wanted.limit == "credits" and amount is not None:
        yield "limit_usd", "has an amount of its own", "write limit: credits"
    if amount is None and (wanted.limit == "amount" or wanted.limit_usd is not None):
        yield "limit", "has no amount: its limit is what credits can still pay", "give it limit_usd"
    if wanted.per is not None and amount is not None and budget.per != wanted.per:
        yield "per", f"is {_PERIODS[budget.per]}", f"write per: {wanted.per}"
    if amount is not None and wanted.limit_usd is not None and amount > wanted.limit_usd:
        over = f"has a limit of {format_usd(amount)}, above {format_usd(wanted.limit_usd)}"
        yield "limit_usd", over, "lower it"
    if wanted.every_call and budget.applies_to != AppliesTo():
        yield "applies_to", "does not count every call", "take applies_to out"
    for tag, glob in wanted.tags.items():
        value = budget.applies_to.tags.get(tag)
        if value is None:
            yield "applies_to", f"is for no tag {tag}", f"add {tag}: {glob} to its applies_to.tags"
        elif not fnmatchcase(value, glob):
            yield "applies_to.tags", f"is for {tag} {value}, not {glob}", f"write {tag}: {glob}"


def _words(wanted: Wanted) -> str:
    """What a budget must be, in words."""
    parts = [f"named {wanted.name}" if wanted.name != "*" else "there"]
    if wanted.limit == "credits":
        parts.append("held to what credits can still pay")
    if wanted.limit_usd is not None:
        parts.append(f"at most {format_usd(wanted.limit_usd)}")
    if wanted.per is not None:
        parts.append(f"per {wanted.per}")
    if wanted.tags:
        parts.append("for " + ", ".join(f"{tag} {glob}" for tag, glob in wanted.tags.items()))
    if wanted.every_call:
        parts.append("for every call")
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _outcomes(names: Iterable[str]) -> set[str]:
    """Groups of outcomes as their members."""
    return {outcome for name in names for outcome in ASSUMABLE_GROUPS.get(name, (name,))}
