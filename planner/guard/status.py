"""A budget as `guard.status()` shows it: what is taken, what room there is, and what that means for the next call."""

from datetime import datetime
from typing import Literal

from planner.guard.ledger import Status
from planner.guard.policy import reached
from planner.guard.refusals import resets
from planner.scenario import Budget
from pricing.money import Micros
from pricing.records import record

State = Literal["ok", "notify", "downgrade", "exhausted", "stopped"]


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
    """`notify` and `downgrade` from such a threshold on, `exhausted` without room, `stopped` by the kill switch."""
    assumed: Micros
    """The part of `settled` that no answer has confirmed."""


def budget_status(budget: Budget, now: Status, *, stopped: bool) -> BudgetStatus:
    return BudgetStatus(
        name=budget.name,
        limit=now.limit,
        settled=now.settled,
        held=now.held,
        room=now.room,
        period=now.period,
        resets_at=resets(now),
        state="stopped" if stopped else _state(budget, now),
        assumed=now.assumed,
    )


def _state(budget: Budget, now: Status) -> State:
    if now.room <= 0:
        return "exhausted"
    done = {each.do for each in budget.thresholds if reached(each.at_pct, now.exposure, now.limit)}
    return "downgrade" if "downgrade" in done else "notify" if done else "ok"
