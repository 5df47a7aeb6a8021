"""What a guard in observe mode counts: under names of its own, without limits, so that it can never refuse or be refused.

When a guard begins to enforce on the same ledger, what was observed in the current period counts at once.
"""

from planner.guard.errors import LedgerError
from planner.guard.ledger import Held, Ledger
from planner.guard.log import log
from planner.scenario import Budget
from pricing.money import LARGEST, Micros

UNLIMITED = LARGEST


def observed(name: str) -> str:
    """The name under which the ledger keeps what a budget observes."""
    return f"{name} (observed)"


def adopt(ledger: Ledger, budget: Budget) -> None:
    """Counts what the budget has observed in this period as billed in it; once, whoever starts first."""
    shadow = observed(budget.name)
    if shadow not in ledger.budgets():
        return
    seen, now = ledger.status(shadow), ledger.status(budget.name)
    if not seen.exposure or now.room < 0 or seen.period != now.period:
        return
    key = f"{shadow} {seen.period}"
    try:
        held = ledger.hold(key, min(seen.exposure, now.room), [budget.name], tags={"adopted": shadow})
        if isinstance(held, Held):
            ledger.settle(key, Micros(seen.exposure), tags={"adopted": shadow})
    except LedgerError as error:
        log().debug("%s is adopted already: %s", shadow, error)
