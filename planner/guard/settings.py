"""What every guard can be given besides what it enforces."""

from typing import TypedDict

from planner.guard.config import Mode
from planner.guard.ledger import Clock
from planner.guard.notices import Notify, Webhook
from planner.guard.priced import ModelMap


class Settings(TypedDict, total=False):
    """The settings of `Guard`, `Guard.from_scenario` and `Guard.from_policy`."""

    clock: Clock
    """POSIX seconds; `time.time` when left out."""
    notify: Notify | None
    """Called with each `Notice`, in the thread of the call that led to it; for an async client in one of the guard's."""
    webhook: str | Webhook | None
    """Where each notice is posted, as JSON."""
    mode: Mode
    """`observe` decides and records everything, refuses nothing and rewrites nothing."""
    journal: str
    """The SQLite file that bridges an outage of the ledger, under `policy.ledger_down: allow`. Give it an absolute path."""
    model_map: ModelMap
    """The model behind ids and ARNs that do not say it; None for one that makes no images."""
