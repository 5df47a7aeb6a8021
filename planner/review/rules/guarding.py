"""Rules about the guard's policy: what lets money be spent that no budget counts."""

from collections.abc import Iterator
from typing import Final

from planner.review.context import ReviewContext
from planner.review.rule import Rule
from planner.scenario import Policy
from pricing.problems import Problem

LAX: Final = Rule(
    "guard-lax",
    "warning",
    "A policy that lets calls past the budgets",
    "A call that is not priced, not covered, or made while the ledger is down is not counted: the limit then holds only"
    " for the rest. An outcome that AWS may bill and nobody counts has the same effect.",
    "Write block, and keep timeout among assumed_billed.",
    "policy: {uncovered: allow}",
    "policy: {uncovered: block}",
)
RULES: Final = (LAX,)


def check(context: ReviewContext) -> Iterator[Problem]:
    if not context.scenario.budgets:
        return
    for key, message, remedy in _gaps(context.scenario.policy):
        yield LAX.found(f"policy.{key}", message, remedy)


def _gaps(policy: Policy) -> Iterator[tuple[str, str, str]]:
    if policy.uncovered != "block":
        yield "uncovered", "calls that match no budget go out without a limit", "write uncovered: block"
    if policy.unpriced != "block":
        yield "unpriced", "calls without a price go out uncounted", "write unpriced: block"
    if policy.ledger_down != "block":
        yield (
            "ledger_down",
            "calls go out uncounted while the ledger does not answer",
            "write ledger_down: block",
        )
    if "timeout" not in policy.assumed_billed and "read_timeout" not in policy.assumed_billed:
        yield (
            "assumed_billed",
            "a call that timed out is not counted, and AWS may bill it",
            "add timeout",
        )
