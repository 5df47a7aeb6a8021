"""A ledger that goes on in a local journal while the shared one does not answer (`policy.ledger_down: allow`).

The journal is a ledger in SQLite of its own, so a killed process loses nothing of it. During an outage this machine
spends at most what it last saw each budget to have left; when other machines do the same, together they can overshoot a
budget by at most that room times the number of other machines. What was spent is merged when the ledger is back, and
what did not fit any more is recorded there as overrun.
"""

import threading
from collections.abc import Iterable, Sequence
from fractions import Fraction

from planner.guard.errors import LedgerError, LedgerUnavailable, UnknownBudget, UnknownHold
from planner.guard.ledger import (
    LEASE_S,
    Clock,
    Held,
    Hold,
    Line,
    Offer,
    Refused,
    Resolved,
    Status,
    Tags,
    open_ledger,
)
from planner.guard.ledger.outage.breaking import Breaker, BreakingLedger
from planner.guard.ledger.outage.merging import Merge
from planner.guard.ledger.windows import Per, period_at
from planner.guard.log import log
from pricing.money import Micros, format_usd

_NOTHING = Micros(0)


class JournalError(LedgerError):
    """The ledger does not answer and the journal cannot stand in: nothing was sent."""


class SpoolingLedger(BreakingLedger):
    """The `Ledger` at a URL, and the journal beside it."""

    def __init__(self, url: str, journal: str, clock: Clock, breaker: Breaker | None = None) -> None:
        super().__init__(url, clock, breaker)
        self._journal = open_ledger(journal, clock=clock)
        self._merge = Merge(journal, url)
        self._lock = threading.RLock()
        self._seen: dict[str, Status] = {}
        self._wanted: dict[str, tuple[Micros, Per]] = {}
        """Budgets that could not be defined yet."""
        self._offsets: dict[tuple[str, str], int] = {}
        """Budget and period to what its counter in the journal lacks of the ledger's, while there is an outage."""
        self._spooled: set[str] = set()
        self._merger: threading.Thread | None = None
        self._back()

    def define(self, name: str, limit: Micros, per: Per, *, tags: Tags | None = None) -> None:
        try:
            super().define(name, limit, per, tags=tags)
        except LedgerUnavailable as error:
            log().warning("budget %s is defined once the ledger answers: %s", name, error)
            with self._lock:
                self._wanted[name] = limit, per

    def budgets(self) -> tuple[str, ...]:
        """Those the journal knows, while the ledger does not answer."""
        try:
            return super().budgets()
        except LedgerUnavailable:
            return self._journal.budgets()

    def hold(
        self,
        key: str,
        amount: Micros,
        budgets: Iterable[str],
        *,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        return self.hold_first(key, [Offer(amount, dict.fromkeys(budgets))], lease_s=lease_s, tags=tags)

    def hold_first(
        self, key: str, offers: Sequence[Offer], *, lease_s: float = LEASE_S, tags: Tags | None = None
    ) -> Held | Refused:
        try:
            answer = super().hold_first(key, offers, lease_s=lease_s, tags=tags)
        except LedgerUnavailable as error:
            return self._hold_in_journal(key, offers, lease_s, tags, error)
        if isinstance(answer, Held):
            self._seen.update({status.budget: status for status in answer.budgets})
        return answer

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        if key in self._spooled:
            return self._journal.extend(key, extra, attempt=attempt, lease_s=lease_s, tags=tags)
        return super().extend(key, extra, attempt=attempt, lease_s=lease_s, tags=tags)

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        if key in self._spooled:
            return self._journal.settle(key, billed, tags=tags)
        try:
            return super().settle(key, billed, tags=tags)
        except LedgerUnavailable:
            self._note(key)
            return self._journal.settle(key, billed, tags=tags)

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        if key in self._spooled:
            return self._journal.void(key, tags=tags)
        try:
            return super().void(key, tags=tags)
        except LedgerUnavailable:
            self._note(key)
            return self._journal.void(key, tags=tags)

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        if key in self._spooled:
            return self._journal.assume(key, amount, tags=tags)
        try:
            return super().assume(key, amount, tags=tags)
        except LedgerUnavailable:
            self._note(key)
            return self._journal.assume(key, amount, tags=tags)

    def status(self, budget: str, *, period: str | None = None) -> Status:
        """As last seen, with what the journal has since, while the ledger does not answer."""
        try:
            status = super().status(budget, period=period)
        except LedgerUnavailable as error:
            now = self._period(budget)
            if period not in (None, now):
                raise
            with self._lock:
                return self._translated(self._journal.status(budget), self._offset(budget, error))
        self._seen[budget] = status
        return status

    def find(self, key: str) -> Hold:
        return self._journal.find(key) if key in self._spooled else super().find(key)

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        """Once per machine while the ledger does not answer."""
        try:
            return super().claim_notice(budget, period, threshold_pct)
        except LedgerUnavailable:
            try:
                return self._journal.claim_notice(budget, period, threshold_pct)
            except UnknownBudget:
                return False

    def close(self) -> None:
        """Waits for a merge that is under way; what is left is merged by the next guard, or by `bursar guard merge`."""
        self._merge.stop()
        if self._merger is not None:
            self._merger.join()
        super().close()
        self._journal.close()

    def _hold_in_journal(
        self,
        key: str,
        offers: Sequence[Offer],
        lease_s: float,
        tags: Tags | None,
        error: LedgerUnavailable,
    ) -> Held | Refused:
        with self._lock:
            offsets = {name: self._offset(name, error) for offer in offers for name in offer.budgets}
            translated = [
                Offer(
                    offer.amount,
                    {
                        name: None if most is None else Micros(most - offsets[name])
                        for name, most in offer.budgets.items()
                    },
                )
                for offer in offers
            ]
            try:
                answer = self._journal.hold_first(key, translated, lease_s=lease_s, tags=tags)
            except LedgerUnavailable as failure:
                raise JournalError(
                    f"{error}; the journal cannot be written either: {failure}; nothing was sent"
                ) from failure
            if isinstance(answer, Refused):
                return answer
            self._spooled.add(key)
        statuses = tuple(self._translated(status, offsets[status.budget]) for status in answer.budgets)
        return Held(answer.key, answer.amount, answer.offer, answer.lease_until, statuses)

    def _offset(self, budget: str, error: LedgerUnavailable) -> int:
        """Opens the budget in the journal when the outage begins, and again when a period does."""
        period = self._period(budget)
        known = self._offsets.get((budget, period))
        return self._open_account(budget, period, error) if known is None else known

    def _open_account(self, budget: str, period: str, error: LedgerUnavailable) -> int:
        seen = self._seen.get(budget)
        if seen is None:
            if budget not in self._journal.budgets():
                raise JournalError(
                    f"{error}; this machine has never seen how budget {budget} stands, so nothing bounds the call; "
                    "nothing was sent"
                )
            self._offsets[budget, period] = 0
            return 0
        taken = seen.exposure if seen.period == period else _NOTHING
        taken = Micros(taken + self._merge.left(self._journal, Line(budget, period)))
        spooled = self._journal_exposure(budget, period)
        room = max(0, seen.limit - taken)
        self._journal.define(budget, Micros(spooled + room), seen.per)
        self._offsets[budget, period] = taken - spooled
        log().warning(
            "the ledger does not answer: this machine goes on in its journal with up to %s of budget %s in %s: %s",
            format_usd(Micros(room)),
            budget,
            period,
            error,
        )
        return taken - spooled

    def _journal_exposure(self, budget: str, period: str) -> int:
        try:
            return self._journal.status(budget, period=period).exposure
        except UnknownBudget:
            return 0

    def _period(self, budget: str) -> str:
        seen = self._seen.get(budget)
        if seen is None:
            try:
                return self._journal.status(budget).period
            except UnknownBudget:
                return ""
        return period_at(seen.per, self._clock())

    def _translated(self, status: Status, offset: int) -> Status:
        """The journal's counters as the ledger would show them."""
        return Status(
            status.budget,
            status.period,
            status.per,
            Micros(status.limit + offset),
            Micros(max(0, status.settled + offset)),
            status.held,
            status.assumed,
            status.overrun,
        )

    def _note(self, key: str) -> None:
        """A hold of the ledger whose end can only be written into the journal: no money is held here for it."""
        with self._lock:
            try:
                self._journal.find(key)
            except UnknownHold:
                self._journal.hold(key, _NOTHING, [])

    def _back(self) -> None:
        """The ledger answers: bring it what it missed, from a thread of its own."""
        with self._lock:
            self._offsets.clear()
            wanted, self._wanted = self._wanted, {}
        for name, (limit, per) in wanted.items():
            self.define(name, limit, per)
        if self._merge.needed(self._journal) and (self._merger is None or not self._merger.is_alive()):
            self._merger = threading.Thread(target=self._merge.run, name="bursar-merge", daemon=True)
            self._merger.start()
