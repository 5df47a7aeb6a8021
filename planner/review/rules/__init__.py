"""Every rule by its id, and the checks that look for them. Ids are stable: comments and settings of teams name them."""

from collections.abc import Iterable, Mapping
from typing import Final

from planner.review.policies.explained import POLICY_RULES
from planner.review.rule import Check, Rule
from planner.review.rules import (
    budgets,
    comments,
    credits,
    demand,
    expectations,
    guarding,
    ladder,
    plan,
    prices,
    pricing,
    reading,
    shares,
    stages,
    thresholds,
)

_SUBJECTS: Final = (
    stages,
    shares,
    demand,
    prices,
    credits,
    budgets,
    thresholds,
    ladder,
    guarding,
    expectations,
)

CHECKS: Final[tuple[Check, ...]] = tuple(subject.check for subject in _SUBJECTS)


def _by_id(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in found:
            raise ValueError(f"two rules are called {rule.id}")
        found[rule.id] = rule
    return found


RULES: Final = _by_id(
    (
        *(rule for subject in (plan, *_SUBJECTS, comments, pricing, reading) for rule in subject.RULES),
        *POLICY_RULES,
    )
)
"""In the order in which `--explain` lists them."""
