"""Whether a call may go out, and as which request: priced, attributed to budgets, held in the ledger, or refused."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NoReturn

from planner.guard.call import Call, Passed, hold_words
from planner.guard.config import GuardConfig, Mode
from planner.guard.errors import (
    BudgetExceeded,
    GuardStopped,
    LedgerError,
    LedgerUnavailable,
    ModelRetired,
    Uncovered,
    Unpriced,
)
from planner.guard.ladder import Skipped, rungs
from planner.guard.ledger import Clock, Held, Ledger, Offer, Refused, Status
from planner.guard.lines import Lines
from planner.guard.log import log
from planner.guard.notices import Notices
from planner.guard.policy import Decision, Option, Shortfall, decide, first_that_fits
from planner.guard.priced import Priced, Pricer, why_unpriced
from pricing.errors import PriceError
from pricing.money import Micros, format_usd

Choice = str
"""`block`, `warn` or `allow`."""


class Admission:
    """Share it between threads; it keeps nothing of a call."""

    def __init__(
        self, config: GuardConfig, ledger: Ledger, lines: Lines, pricer: Pricer, notices: Notices, clock: Clock, mode: Mode
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._lines = lines
        self._pricer = pricer
        self._notices = notices
        self._clock = clock
        self._observe = mode == "observe"
        self._warned: set[str] = set()

    def admit(
        self, model_id: str, body: bytes, region: str | None, tags: Mapping[str, str], lease_s: float
    ) -> Call | Passed | None:
        """The call with its cost held; `Passed` where policy lets it go without; None when it makes no images.

        Raises `CallRefused`, or `LedgerUnavailable`, when it must not go out: nothing was sent, nothing stays held.
        """
        kind = self._pricer.kind(model_id)
        if kind == "other":
            return None
        try:
            asked = self._pricer.price(model_id, body, region)
        except PriceError as error:
            priced = self._without_price(error, model_id, body, region, tags)
            if isinstance(priced, Passed):
                return priced
            asked = priced
        self._check_retired(asked, tags)
        return self._hold(asked, region, tags, lease_s)

    def other_operation(self, operation: str, model_id: str, tags: Mapping[str, str]) -> Passed | None:
        """An operation whose images cannot be priced from its request; None when it makes none."""
        kind = self._pricer.kind(model_id)
        if kind == "other" or (kind == "unknown" and model_id.startswith("arn:") and operation in ANSWERS_TEXT):
            return None
        why = f"{operation} of {model_id[:120]} may make images, and its cost is not known before; use InvokeModel"
        return self._by_policy(self._config.policy.unpriced, why, Unpriced, model_id, tags)

    def _without_price(
        self, error: PriceError, model_id: str, body: bytes, region: str | None, tags: Mapping[str, str]
    ) -> Priced | Passed:
        """Policy decides; where it lets the call go, the dearest request to the model is held if the book has one."""
        passed = self._by_policy(self._config.policy.unpriced, why_unpriced(error, model_id), Unpriced, model_id, tags, error)
        try:
            return self._pricer.dearest(model_id, body, region, passed.why)
        except PriceError:
            return passed

    def _check_retired(self, asked: Priced, tags: Mapping[str, str]) -> None:
        life = asked.card.lifecycle
        if not life.retired(self._pricer.today()):
            return
        remedy = f"; move to {life.replacement}" if life.replacement else ""
        why = f"{asked.card.model_id} reached its end of life on {life.end_of_life}{remedy}"
        self._by_policy(self._config.policy.retired, why, ModelRetired, asked.model_id, tags)

    def _by_policy(
        self,
        choice: Choice,
        why: str,
        refusal: type[Unpriced | Uncovered | ModelRetired],
        model_id: str,
        tags: Mapping[str, str],
        cause: Exception | None = None,
    ) -> Passed:
        """Raises under `block`; says so once under `warn`."""
        if choice == "block" and not self._observe:
            raise refusal(f"{why}; nothing was sent", model_id, tags) from cause
        if choice != "allow" and why not in self._warned:
            self._warned.add(why)
            log().warning("%s", why)
        return Passed(why)

    def _hold(self, asked: Priced, region: str | None, tags: Mapping[str, str], lease_s: float) -> Call:
        budgets = self._lines.counting(asked, tags)
        warnings = asked.notes
        if not budgets:
            said = ", ".join(f"{name}={value}" for name, value in tags.items()) or "none"
            why = f"no budget counts {asked.card.model_id} with tags {said}; add a budget, or tags(...) around the call"
            warnings = (*warnings, self._by_policy(self._config.policy.uncovered, why, Uncovered, asked.model_id, tags).why)
        ...
