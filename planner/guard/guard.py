"""The guard: budgets, ladder and policy in front of every InvokeModel of the clients it is attached to."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from planner.guard.admission import Admission
from planner.guard.attribution import Attribution
from planner.guard.config import GuardConfig, Mode, check_mode, check_models, checked, of_scenario
from planner.guard.ledger import Clock, Entry, Ledger, open_ledger
from planner.guard.notices import Notices, Notify, Webhook
from planner.guard.policy import reached
from planner.guard.priced import ModelMap, Pricer
from planner.guard.refusals import Refusals, resets
from planner.guard.settlement import Settlement
from planner.guard.tagging import as_tags
from planner.scenario import Budget, Credit, Policy, Rung, Scenario
from pricing.book import PriceBook
from pricing.money import Micros
from pricing.overrides import Override
from pricing.quote import Quote
from pricing.records import EMPTY, record

if TYPE_CHECKING:
    from planner.guard.client import Emitter, Handlers

DEFAULT_LEDGER = "sqlite:///guard.db"
State = Literal["ok", "notify", "downgrade", "exhausted", "stopped"]
_numbers = count(1)


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


class Guard:
    """Holds money before each image call, sends a cheaper request where the ladder says so, stops what does not fit.

    Safe to share between threads; processes share a guard by sharing its ledger. Also a context manager.
    """

    def __init__(
        self,
        config: GuardConfig,
        ledger: str | Ledger = DEFAULT_LEDGER,
        *,
        clock: Clock = time.time,
        notify: Notify | None = None,
        webhook: str | Webhook | None = None,
        mode: Mode = "enforce",
        model_map: ModelMap = EMPTY,
    ) -> None:
        """`from_scenario` and `from_policy` make the `config`. A ledger given as a URL is closed with the guard.

        `notify` is called with each `Notice`; `webhook` is posted it. `model_map` names the model behind ids and
        ARNs that do not say it, None for one that makes no images.
        """
        mode = check_mode(mode)
        check_models(model_map, config.book)
        self.config = config
        self.mode = mode
        self._owns_ledger = isinstance(ledger, str)
        self.ledger: Ledger = open_ledger(ledger, clock=clock) if isinstance(ledger, str) else ledger
        """The open ledger."""
        self._clock = clock
        self._pricer = Pricer(config.book, model_map, self._today)
        self._attribution = Attribution(config, self.ledger, self._today)
        self._notices = Notices(self.ledger, notify, Webhook(webhook) if isinstance(webhook, str) else webhook, resets)
        self._refusals = Refusals(self.ledger, self._attribution, self._notices)
        ...
