"""A ledger that goes on in a local journal while the real one does not answer (`policy.ledger_down: allow`).

direct -> spooling, when a verb fails -> merging, when the ledger answers again -> direct, once it has been told of
everything. While the journal has anything it has not been told of, new holds go on in the journal, within the account
opened there when the outage began: what this machine last saw each budget to have left. So one machine never
overshoots, however many threads and processes share the journal. Machines that cannot see each other can: together by
at most what was left for each of them but one. A process that cannot reach the ledger while others of its machine can
counts as a machine of its own. What did not fit any more is recorded in the ledger as overrun.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Final, TypeVar

from planner.guard.errors import JournalError, LedgerUnavailable, UnknownBudget, UnknownHold
from planner.guard.ledger import LEASE_S, Held, Hold, Ledger, Offer, Refused, Resolved, Status, Stopped, Tags
from planner.guard.ledger.outage.homing import HomingLedger
from planner.guard.log import log
from pricing.money import Micros
from pricing.records import replace

T = TypeVar("T")

_TRIES: Final = 10


class SpoolingLedger(HomingLedger):
    """The `Ledger` at a URL, and the journal beside it. What neither can answer raises `JournalError`."""

    def budgets(self) -> tuple[str, ...]:
        """Those this machine knows, while the ledger does not answer."""
        try:
            return super().budgets()
        except LedgerUnavailable:
            with self._standing_in():
                return tuple(sorted({*self._journal.budgets(), *self._seen.all()}))

    def status(self, budget: str, *, period: str | None = None) -> Status:
        """As last seen, with what the journal has since, while the ledger does not answer."""
        if not self._spooling:
            asked_at = self._seen.now()
            try:
                status = super().status(budget, period=period)
            except LedgerUnavailable as error:
                return self._as_seen(budget, period, error.what)
            if period is None:
                self._seen.saw([status], asked_at)
            return status
        return self._as_seen(budget, period, self._why)

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
        ask = super().hold_first

        def direct() -> Held | Refused:
            most = max((offer.amount for offer in offers), default=0)
            names = frozenset(name for offer in offers for name in offer.budgets)
            with self._asking(key, most, names):
                return ask(key, offers, lease_s=lease_s, tags=tags)

        def spooled() -> Held | Refused | None:
            pending = self._others(key)
            return self._journal.spool(
                key, offers, self._seen.all(), pending, epoch=self._epoch, lease_s=lease_s, tags=tags
            )

        return self._granted(key, direct, spooled)

    def extend(
        self,
        key: str,
        extra: Micros,
        *,
        attempt: int | None = None,
        lease_s: float = LEASE_S,
        tags: Tags | None = None,
    ) -> Held | Refused:
        ask = super().extend
        budgets = self._own.get(key, ())

        def direct() -> Held | Refused:
            asked_at = self._seen.now()
            with self._asking(key, extra, frozenset(budgets)):
                answer = ask(key, extra, attempt=attempt, lease_s=lease_s, tags=tags)
                self._learn(answer, asked_at)
                return answer

        def spooled() -> Held | Refused | None:
            if not budgets and key not in self._spooled:
                raise JournalError(f"{self._why}; hold {key!r} is not this process's, so it is not extended")
            return self._journal.spool_extension(
                key,
                extra,
                budgets,
                self._seen.all(),
                self._others(key),
                epoch=self._epoch,
                attempt=attempt,
                lease_s=lease_s,
                tags=tags,
            )

        return self._granted(key, direct, spooled)

    def settle(self, key: str, billed: Micros, *, tags: Tags | None = None) -> Resolved:
        ask = super().settle
        return self._resolved(
            key, lambda: ask(key, billed, tags=tags), lambda: self._journal.settle(key, billed, tags=tags)
        )

    def void(self, key: str, *, tags: Tags | None = None) -> Resolved:
        ask = super().void
        return self._resolved(key, lambda: ask(key, tags=tags), lambda: self._journal.void(key, tags=tags))

    def assume(self, key: str, amount: Micros, *, tags: Tags | None = None) -> Resolved:
        ask = super().assume
        return self._resolved(
            key, lambda: ask(key, amount, tags=tags), lambda: self._journal.assume(key, amount, tags=tags)
        )

    def lapse_due(self) -> int:
        """Of the journal, while the ledger does not answer."""
        try:
            return super().lapse_due()
        except LedgerUnavailable:
            return self._journal.lapse_due()

    def find(self, key: str) -> Hold:
        return self._journal.find(key) if key in self._spooled else super().find(key)

    def stopped(self) -> Stopped | None:
        """As the ledger says; while it does not answer, as it said last, or as someone told the journal."""
        try:
            found = super().stopped()
        except LedgerUnavailable:
            return self._journal.stopped()
        self._saw_stop(found)
        return found or (self._journal.stopped() if self._spooling else None)

    def claim_notice(self, budget: str, period: str, threshold_pct: int | Fraction) -> bool:
        """Once per machine while the ledger does not answer."""
        try:
            return super().claim_notice(budget, period, threshold_pct)
        except LedgerUnavailable:
            try:
                return self._journal.claim_notice(budget, period, threshold_pct)
            except UnknownBudget:
                return False

    def _granted(
        self,
        key: str,
        direct: Callable[[], Held | Refused],
        spooled: Callable[[], Held | Refused | None],
    ) -> Held | Refused:
        """From the ledger, or from the journal while the ledger has to be told of anything."""
        for _ in range(_TRIES):
            if not self._spooling:
                try:
                    return direct()
                except JournalError:
                    raise
                except LedgerUnavailable as error:
                    self._begin(error.what)
            self._nudge()
            with self._standing_in():
                answer = self._in_journal(key, spooled)
                if answer is not None:
                    return answer
                if not self._come_home_for_caller():
                    self._epoch = self._journal.epoch()
        raise JournalError("the ledger comes and goes; nothing was sent: try again")

    def _in_journal(self, key: str, ask: Callable[[], Held | Refused | None]) -> Held | Refused | None:
        if self._fault:
            raise JournalError(f"{self._why}; its journal cannot stand in: {self._fault}; nothing was sent")
        try:
            answer = ask()
        except JournalError as error:
            raise JournalError(f"{self._why}; {error.what}") from error
        if isinstance(answer, Held):
            self._spooled.add(key)
            with self._breaker.lock:
                self._holds += 1
        elif isinstance(answer, Refused) and answer.stopped is None:
            return replace(answer, outage=self._why)
        return answer

    def _resolved(
        self, key: str, direct: Callable[[], Resolved], spooled: Callable[[], Resolved]
    ) -> Resolved:
        budgets = self._own.get(key, ())
        resolved = None if key in self._spooled else self._in_ledger(key, direct)
        if resolved is None:
            try:
                self._journal.note(key, budgets)
                resolved = spooled()
            except LedgerUnavailable as error:
                raise JournalError(f"{self._why}; its journal cannot be written: {error.what}") from error
            if not self._spooling:
                self._kick()
        elif resolved.overrun:
            self._seen.more(budgets, resolved.overrun)
        self._own.pop(key, None)
        self._spooled.discard(key)
        return resolved

    def _in_ledger(self, key: str, ask: Callable[[], Resolved]) -> Resolved | None:
        """None when the journal has to know how the hold ended."""
        try:
            return ask()
        except LedgerUnavailable as error:
            self._why = self._why or error.what
            return None
        except UnknownHold:
            self._journal.find(key)
            return None

    @contextmanager
    def _asking(self, key: str, most: int, names: frozenset[str]) -> Iterator[None]:
        with self._state:
            self._pending[key] = most, names
        try:
            yield
        finally:
            with self._state:
                self._pending.pop(key, None)

    def _others(self, key: str) -> dict[str, int]:
        """What calls under way may have taken of each budget without anyone having seen it."""
        taken: dict[str, int] = {}
        with self._state:
            for other, (amount, names) in self._pending.items():
                if other != key:
                    for name in names:
                        taken[name] = taken.get(name, 0) + amount
        return taken

    def _hold(self, verb: Callable[[Ledger], T]) -> T:
        """What a hold's answer says of its budgets and of the kill switch is remembered."""
        asked_at = self._seen.now()
        answer = super()._hold(verb)
        self._learn(answer, asked_at)
        return answer

    def _learn(self, answer: object, asked_at: float) -> None:
        if isinstance(answer, Held):
            self._seen.saw(answer.budgets, asked_at)
            self._own[answer.key] = tuple(status.budget for status in answer.budgets)
            if self._stop_noted:
                self._saw_stop(None)
        elif isinstance(answer, Refused) and answer.stopped is not None:
            self._saw_stop(answer.stopped)

    def _as_seen(self, budget: str, period: str | None, why: str) -> Status:
        with self._standing_in():
            status = self._journal.standing(budget, self._seen.of(budget))
        if status is None or period not in (None, status.period):
            raise JournalError(
                f"{why}; this machine does not know how budget {budget} stood in {period or 'its period'}"
            )
        if not self._told_stale:
            self._told_stale = True
            log().warning(
                "budgets are shown as this machine last saw them, with what it has spent since: %s", why
            )
        return status
