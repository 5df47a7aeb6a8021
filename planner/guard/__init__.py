"""Holds money before an image is made, sends a cheaper request when a threshold is reached, stops what would not fit.

guard = Guard.from_scenario("scenario.yaml", ledger="sqlite:///guard.db").attach(client)
with tags(pipeline="catalogue"):
    client.invoke_model(...)      # raises BudgetExceeded, and nothing was sent, when it does not fit
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.guard.budgets import budget as budget
    from planner.guard.errors import BudgetExceeded as BudgetExceeded
    from planner.guard.errors import CallRefused as CallRefused
    from planner.guard.errors import GuardConfigError as GuardConfigError
    from planner.guard.errors import GuardError as GuardError
    from planner.guard.errors import GuardStopped as GuardStopped
    from planner.guard.errors import LedgerError as LedgerError
    from planner.guard.errors import LedgerUnavailable as LedgerUnavailable
    from planner.guard.errors import ModelRetired as ModelRetired
    from planner.guard.errors import RequestChanged as RequestChanged
    from planner.guard.errors import Uncovered as Uncovered
    from planner.guard.errors import Unpriced as Unpriced
    from planner.guard.guard import Guard as Guard
    from planner.guard.ledger.outage.watching import Outage as Outage
    from planner.guard.notices import Notice as Notice
    from planner.guard.notices import Webhook as Webhook
    from planner.guard.status import BudgetStatus as BudgetStatus
    from planner.guard.tagging import tags as tags

_HOMES = {
    "BudgetExceeded": "errors",
    "BudgetStatus": "status",
    "CallRefused": "errors",
    "Guard": "guard",
    "GuardConfigError": "errors",
    "GuardError": "errors",
    "GuardStopped": "errors",
    "LedgerError": "errors",
    "LedgerUnavailable": "errors",
    "ModelRetired": "errors",
    "Notice": "notices",
    "Outage": "ledger.outage.watching",
    "RequestChanged": "errors",
    "Uncovered": "errors",
    "Unpriced": "errors",
    "Webhook": "notices",
    "budget": "budgets",
    "tags": "tagging",
}
__all__ = [*_HOMES]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> object:
    """Each name is imported when it is first asked for: parts of the guard are used without the rest."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
