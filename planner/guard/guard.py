"""The guard: budgets, ladder and policy in front of every InvokeModel of the clients it is attached to."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Self, Unpack
from weakref import WeakKeyDictionary

from planner.guard.admission import Admission
from planner.guard.attribution import Attribution
from planner.guard.budgets import check_limits
from planner.guard.config import GuardConfig, Mode, check_mode, check_models, checked, of_scenario
from planner.guard.ledger import Clock, Entry, Ledger
from planner.guard.ledger.outage import DEFAULT_JOURNAL, open_for_guard
from planner.guard.ledger.outage.watching import Outage
from planner.guard.notices import Notices, Notify, Webhook, check_notify
from planner.guard.outages import Outages
from planner.guard.priced import ModelMap, Pricer
from planner.guard.refusals import Refusals, resets
from planner.guard.settings import Settings
from planner.guard.settlement import Settlement
from planner.guard.status import BudgetStatus, budget_status
from planner.guard.tagging import as_tags, tags
from planner.guard.threads import Threads
from planner.scenario import BackgroundSpend, Budget, Credit, Policy, Rung, Scenario
from pricing.book import PriceBook
from pricing.overrides import Override
from pricing.quote import Quote
from pricing.records import EMPTY

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from planner.guard.client import Handlers
    from planner.guard.hooks import Emitter
    from planner.guard.targets import ByDefault

DEFAULT_LEDGER = "sqlite:///guard.db"
ASYNC_THREADS = 16
"""Calls of async clients that ask the ledger at the same time; those that wait together share a sync of the disk."""
_numbers = count(1)


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
        journal: str = DEFAULT_JOURNAL,
        model_map: ModelMap = EMPTY,
    ) -> None:
        """`from_scenario` and `from_policy` make the `config`. A ledger given as a URL is closed with the guard."""
        mode = check_mode(mode)
        check_notify(notify)
        check_models(model_map, config.book)
        self.config = config
        self.mode = mode
        self._clock = clock
        self._owns_ledger = isinstance(ledger, str)
        allow_down = config.policy.ledger_down == "allow"
        if isinstance(ledger, str):
            ledger = open_for_guard(ledger, clock, allow_down=allow_down, journal=journal)
        self.ledger: Ledger = ledger
        """The open ledger."""
        self._pricer = Pricer(config.book, model_map, self._today)
        self._attribution = Attribution(config, self.ledger, self._today, mode)
        self._notices = Notices(
            self.ledger, notify, Webhook(webhook) if isinstance(webhook, str) else webhook, resets
        )
        refusals = Refusals(self.ledger, self._attribution, self._notices)
        self._outages = Outages(self._notices, self.ledger, config.policy.ledger_down)
        self._admission = Admission(
            config=config,
            ledger=self.ledger,
            attribution=self._attribution,
            pricer=self._pricer,
            notices=self._notices,
            refusals=refusals,
            outages=self._outages,
            clock=clock,
            mode=mode,
        )
        self._settlement = Settlement(
            self.ledger, config.assumed_billed, refusals, self._outages, config.policy.ledger_down
        )
        self._name = f"bursar-{next(_numbers)}"
        self._attached: WeakKeyDictionary[Emitter, Handlers] = WeakKeyDictionary()
        self._by_default: ByDefault | None = None
        self._threads = Threads(ASYNC_THREADS, "bursar-guard")
        self._define()

    @classmethod
    def from_scenario(
        cls,
        scenario: "str | Path | Scenario",
        ledger: str | Ledger = DEFAULT_LEDGER,
        **settings: Unpack[Settings],
    ) -> Self:
        """A guard for the budgets, ladder, policy, prices and credits of a scenario.

        Raises `Invalid` with every problem of the file, `PriceError` for its price book, `GuardConfigError` for what
        cannot be enforced, and `LedgerError` for the ledger.
        """
        if isinstance(scenario, Scenario):
            return cls(of_scenario(scenario), ledger, **settings)
        from pathlib import Path

        from planner.scenario_file import load_scenario

        path = Path(scenario)
        return cls(of_scenario(load_scenario(path).scenario, path.parent), ledger, **settings)

    @classmethod
    def from_policy(
        cls,
        budgets: Sequence[Budget],
        ladder: Sequence[Rung] = (),
        policy: Policy | None = None,
        price_book: "str | Path | PriceBook | None" = None,
        *,
        price_overrides: Sequence[Override] = (),
        credits: Sequence[Credit] = (),
        background_spend: Sequence[BackgroundSpend] = (),
        start: str | None = None,
        ledger: str | Ledger = DEFAULT_LEDGER,
        **settings: Unpack[Settings],
    ) -> Self:
        """A guard from its parts, budgets by `planner.guard.budget`, the price book by version or path. Raises as `from_scenario`."""
        book = price_book if isinstance(price_book, PriceBook) else _load_book(price_book)
        config = checked(
            check_limits(budgets),
            ladder,
            policy or Policy(),
            book,
            price_overrides,
            credits=credits,
            background=background_spend,
            start=start,
        )
        return cls(config, ledger, **settings)

    tags = tags
    """The same as `planner.guard.tags`."""

    def attach(self, target: object, tags: Mapping[str, str | int] | None = None) -> Self:
        """Guard a bedrock-runtime client, or every client made later from a boto3, botocore or aioboto3 session.

        `tags` are those of every call heard there. Attaching again replaces them. Raises `GuardConfigError` for
        anything that is neither client nor session. An async client's calls ask the ledger in threads of the guard's
        own, so that the event loop never waits for it.
        """
        from planner.guard.targets import awaits, emitter_of, listen

        emitter = emitter_of(target)
        handlers = self._async_handlers(tags) if awaits(emitter) else self._handlers(tags)
        listen(emitter, self._name, handlers)
        self._attached[emitter] = handlers
        return self

    def attach_default(self, tags: Mapping[str, str | int] | None = None) -> Self:
        """Guard every client of every session made from now on, and of boto3's default session if there is one.

        For libraries that make sessions of their own. Clients that exist already are not touched.
        """
        from planner.guard.targets import ByDefault, default_session, listen_by_default, unlisten_by_default

        if self._by_default is not None:
            unlisten_by_default(self._by_default)
        self._by_default = ByDefault(self._handlers(tags), lambda: self._async_handlers(tags))
        listen_by_default(self._by_default)
        session = default_session()
        return self if session is None else self.attach(session, tags)

    def detach(self, target: object | None = None) -> None:
        """Let a client or session go, or all of them; clients made of a session meanwhile stay guarded and counted.

        So do sessions made since `attach_default`, with all their clients.
        """
        from planner.guard.targets import emitter_of, unlisten, unlisten_by_default

        for emitter in [emitter_of(target)] if target is not None else list(self._attached):
            unlisten(emitter, self._name)
            self._attached.pop(emitter, None)
        if target is None and self._by_default is not None:
            unlisten_by_default(self._by_default)
            self._by_default = None

    def status(self) -> list[BudgetStatus]:
        """Every budget now, in the order of the scenario; holds whose lease has run out are lapsed first."""
        self.ledger.lapse_due()
        stopped = self.ledger.stopped() is not None
        return [budget_status(budget, self._attribution, stopped=stopped) for budget in self.config.budgets]

    def outage(self) -> Outage | None:
        """Of the ledger, while it does not answer: since when, why, and how many calls met that; otherwise None.

        Asks nobody, so it is fit for a health check. Under `block` each call asks a file of this machine anew: None.
        """
        return self._outages.now()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The ledger's history from the entry that follows `after`."""
        return self.ledger.entries(after=after)

    def to_frame(self) -> "pd.DataFrame":
        """Every call the ledger counts as a tidy pandas frame: one row a call, typed, in FOCUS columns.

        Open calls are rows too; voided ones are none. Dollars are float64: sum `x_BilledCostMicros`, which is exact.
        """
        from planner.call_frame import call_frame
        from planner.guard.calls import past_calls

        return call_frame(past_calls(self.ledger))

    def quote(self, model_id: str, body: bytes | str, *, region: str | None = None) -> Quote:
        """The most the request would cost today; raises `PriceError`."""
        return self._pricer.quote(model_id, body, region)

    def stop(self, reason: str, who: str | None = None) -> None:
        """The kill switch: every process that shares the ledger refuses every image call until `resume`."""
        self.ledger.stop(reason, who or _user())

    def resume(self, who: str | None = None) -> None:
        self.ledger.resume(who or _user())

    def close(self) -> None:
        """Let go of clients and sessions, wait for settlements and webhooks on their way, and close a ledger that was
        opened from a URL.

        A client made of a guarded session stays guarded; its calls are refused once the ledger is closed.
        """
        if self._attached or self._by_default is not None:
            self.detach()
        self._threads.close()
        if self._owns_ledger:
            self.ledger.close()
        self._notices.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _define(self) -> None:
        try:
            self._attribution.define()
        except BaseException:
            self.close()
            raise

    def _handlers(self, tags: Mapping[str, str | int] | None) -> "Handlers":
        from planner.guard.client import Handlers

        return Handlers(self._name, self._admission, self._settlement, as_tags(tags or {}))

    def _async_handlers(self, tags: Mapping[str, str | int] | None) -> "Handlers":
        from planner.guard.client_async import AsyncHandlers

        added = as_tags(tags or {})
        return AsyncHandlers(self._name, self._admission, self._settlement, added, self._threads)

    def _today(self) -> date:
        """The day by the clock, in UTC."""
        return _day(int(self._clock() // 86_400))


@lru_cache(maxsize=4)
def _day(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days)


def _load_book(name: "str | Path | None") -> PriceBook:
    from pricing.load import load_book

    return load_book(name)


def _user() -> str:
    return os.environ.get("USER") or f"user {os.getuid()}"
