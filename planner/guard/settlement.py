"""What becomes of a hold: longer before a retry that may bill again, then settled, given back, or assumed billed.

An attempt without an answer may have been billed. Where policy counts it, each such attempt costs as much as the
request can; when nothing else is known in the end, that sum is assumed: counted at once, and open to correction by
`settle` or `void` when the bill says otherwise.
"""

from typing import Literal

from planner.guard.call import Call, Words, settle_words
from planner.guard.errors import CallRefused, JournalError, LedgerError, LedgerUnavailable, OutcomeOwed
from planner.guard.ledger import Ledger, Refused
from planner.guard.log import log
from planner.guard.outages import Outages
from planner.guard.outcomes import NOT_SENT, OK, Answer
from planner.guard.refusals import Refusals
from pricing.money import Micros, format_usd


class Settlement:
    """Share it between threads; it keeps nothing of a call."""

    def __init__(
        self,
        ledger: Ledger,
        assumed_billed: frozenset[str],
        refusals: Refusals,
        outages: Outages,
        ledger_down: Literal["block", "allow"],
    ) -> None:
        self._ledger = ledger
        self._assumed_billed = assumed_billed
        self._refusals = refusals
        self._outages = outages
        self._ledger_down = ledger_down

    def failed(self, call: Call, outcome: str) -> None:
        """An attempt ended without images."""
        call.judged += 1
        if outcome in self._assumed_billed:
            call.doubtful.append(outcome)
        elif outcome != NOT_SENT:
            call.unbilled.append(outcome)

    def paid_for(self, call: Call) -> bool:
        """Whether one more attempt is held already, so that `may_retry` asks nobody."""
        return call.key is None or len(call.doubtful) < call.held_for

    def may_retry(self, call: Call) -> bool:
        """Whether one more attempt is paid for; the hold is made longer if need be. If not, `call.veto` says why."""
        wanted = len(call.doubtful) + 1
        if wanted <= call.held_for or call.key is None:
            return True
        call.veto = self._extend(call, call.key, wanted)
        if call.veto is None:
            call.held_for = wanted
        return call.veto is None

    def answered(self, call: Call, answer: Answer) -> dict[str, object]:
        """Status 200: count the images. Returns the metadata for the response."""
        call.judged += 1
        billed = answer.images
        if answer.outcome != OK and answer.outcome in self._assumed_billed:
            billed = max(call.sent.images, billed)
        elif answer.outcome != OK:
            call.unbilled.append(answer.outcome)
        sent = call.sent
        cost = sent.cost if billed == sent.images else sent.tariff.cost(billed)
        return self._close(call, cost, answer.outcome, billed)

    def ended(self, call: Call, outcome: str) -> dict[str, object]:
        """No images came, and no further attempt goes out."""
        return self._close(call, Micros(0), outcome, 0)

    def _extend(self, call: Call, key: str, attempt: int) -> CallRefused | LedgerError | None:
        """None once it is held; otherwise why not."""
        try:
            held = self._ledger.extend(
                key, call.sent.cost, attempt=attempt, lease_s=call.lease_s, tags={"attempt": attempt}
            )
            if isinstance(held, Refused):
                return self._refusals.raised(held, call.sent, call.tags, ending="it was not tried again")
            return None
        except LedgerUnavailable as error:
            if self._ledger_down == "block":
                self._outages.refused(error, "it was not tried again")
                return error
            return error if isinstance(error, JournalError) else None

    def _close(self, call: Call, billed: Micros, outcome: str, images: int) -> dict[str, object]:
        call.over = True
        assumed = Micros(len(call.doubtful) * call.sent.cost)
        if call.key is not None:
            words = settle_words(call, outcome, images)
            self._record(call.key, billed, assumed, words)
        return call.metadata(Micros(billed + assumed), outcome)

    def _record(self, key: str, billed: Micros, assumed: Micros, words: Words) -> None:
        """Never fails: the response must reach the caller, and a hold that stays open lapses as billed."""
        total = format_usd(Micros(billed + assumed))
        for last in (False, True):  # the key makes a second try safe
            try:
                self._resolve(key, billed, assumed, words)
                return
            except OutcomeOwed as error:
                log().warning(
                    "hold %s came to %s, which is written once the ledger answers: %s", key, total, error.what
                )
                return
            except LedgerUnavailable as error:
                if last:
                    log().error(
                        "hold %s stays until its lease ends; it came to %s: %s", key, total, error.what
                    )
            except LedgerError as error:
                log().error("%s; the call came to %s", error, total)
                return

    def _resolve(self, key: str, billed: Micros, assumed: Micros, words: Words) -> None:
        if billed:
            self._ledger.settle(key, Micros(billed + assumed), tags=words)
        elif assumed:
            self._ledger.assume(key, assumed, tags=words)
        else:
            self._ledger.void(key, tags=words)
