"""A budget as `guard.status()` shows it: what is taken, what room there is, and what that means for the next call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from planner.guard.attribution import Attribution
from planner.guard.ledger import Status
from planner.guard.policy import reached
from planner.guard.refusals import resets
from planner.scenario import Budget
from pricing.money import Micros
from pricing.records import EMPTY, record

State = Literal["ok", "notify", "downgrade", "partly_exhausted", "exhausted", "stopped"]


@record
class BudgetStatus:
    """A budget now."""

    name: str
    limit: Micros
    """For a budget held to credits: what it has counted, and what the pools can still pay."""
    settled: Micros
    """Billed, or assumed billed."""
    held: Micros
    room: Micros
    """Negative when it is over its limit."""
    period: str
    resets_at: datetime | None
    """None when it never starts again."""
    state: State
    """`notify` and `downgrade` from such a threshold on, `exhausted` without room, `stopped` by the kill switch.

    `partly_exhausted` is for a budget held to credits: one of `by_seller` has no room, another one has.
    """
    assumed: Micros
    """The part of `settled` that no answer has confirmed."""
    by_seller: Mapping[str, Micros] = EMPTY
    """For a budget held to credits: what they can still pay today, by who sells (`Amazon Bedrock`, `AWS Marketplace`).

    `room` is for all of them together, and a call needs both. Empty for any other budget.
    """


def budget_status(budget: Budget, attribution: Attribution, *, stopped: bool) -> BudgetStatus:
    """As the ledger has it at this moment."""
    now, by_seller = attribution.status(budget), attribution.by_seller(budget)
    return BudgetStatus(
        name=budget.name,
        limit=now.limit,
        settled=now.settled,
        held=now.held,
        room=now.room,
        period=now.period,
        resets_at=resets(now),
        state="stopped" if stopped else _state(budget, now, by_seller),
        assumed=now.assumed,
        by_seller=by_seller,
    )


def _state(budget: Budget, now: Status, by_seller: Mapping[str, Micros]) -> State:
    empty = [room <= 0 for room in by_seller.values()]
    if now.room <= 0 or (empty and all(empty)):
        return "exhausted"
    if any(empty):
        return "partly_exhausted"
    done = {each.do for each in budget.thresholds if reached(each.at_pct, now.exposure, now.limit)}
    return "downgrade" if "downgrade" in done else "notify" if done else "ok"
