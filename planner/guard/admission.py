"""Whether a call may go out, and as which request: priced, attributed to budgets, held in the ledger, or refused."""

from collections.abc import Mapping
from os import urandom

from planner.guard.attribution import Attribution
from planner.guard.call import Call, Passed, hold_words
from planner.guard.config import GuardConfig, Mode
from planner.guard.errors import (
    JournalError,
    LedgerError,
    LedgerNotAsked,
    LedgerUnavailable,
    ModelRetired,
    OutcomeOwed,
    Uncovered,
    Unpriced,
)
from planner.guard.ladder import Skipped, rungs
from planner.guard.ledger import Clock, Held, Ledger, Offer, Refused
from planner.guard.log import log
from planner.guard.notices import About, Notices
from planner.guard.outages import Outages
from planner.guard.policy import Decision, Option, Shortfall, as_asked, decide, first_that_fits
from planner.guard.priced import MOST_KEPT, Priced, Pricer, why_unpriced
from planner.guard.refusals import Refusals
from pricing.errors import PriceError
from pricing.records import EMPTY, record, replace

ANSWERS_TEXT = (
    "Converse",
    "ConverseStream",
    "InvokeModelWithResponseStream",
    "InvokeModelWithBidirectionalStream",
)
"""Operations no image model of AWS answers (its model cards, read 2026-11-22): an ARN there means a text model."""
TRIES = 5
"""How often a hold is taken back and tried anew because credits began to be drawn from elsewhere."""


@record
class Wish:
    """A call before anything is decided."""

    asked: Priced
    region: str | None
    tags: Mapping[str, str]
    lease_s: float
    warnings: tuple[str, ...] = ()


class Admission:
    """Share it between threads; it keeps nothing of a call."""

    def __init__(
        self,
        *,
        config: GuardConfig,
        ledger: Ledger,
        attribution: Attribution,
        pricer: Pricer,
        notices: Notices,
        refusals: Refusals,
        outages: Outages,
        clock: Clock,
        mode: Mode,
    ) -> None:
        self._ladder = config.ladder
        self._policy = config.policy
        self._ledger = ledger
        self._attribution = attribution
        self._pricer = pricer
        self._notices = notices
        self._clock = clock
        self._observe = mode == "observe"
        self._refusals = refusals
        self._outages = outages
        self._warned: set[str] = set()

    def concerns(self, model_id: str) -> bool:
        """Whether an InvokeModel of this model may make images."""
        return self._pricer.kind(model_id) != "other"

    def admit(
        self, model_id: str, body: bytes, region: str | None, tags: Mapping[str, str], lease_s: float
    ) -> Call | Passed:
        """The call with its cost held, or `Passed` where policy lets it go without.

        Raises `CallRefused` or `LedgerUnavailable` when it must not go out: nothing was sent, nothing stays held.
        """
        asked = self._price(model_id, body, region, tags)
        if isinstance(asked, Passed):
            return asked
        warnings = (*asked.tariff.notes, *self._retired(asked, tags))
        return self._hold(Wish(asked, region, tags, lease_s, tuple(dict.fromkeys(warnings))))

    def other_operation(self, operation: str, model_id: str, tags: Mapping[str, str]) -> Passed | None:
        """An operation whose images cannot be priced from its request; None when it makes none.

        Raises `Unpriced` where policy says so.
        """
        kind = self._pricer.kind(model_id)
        if kind == "other" or (
            kind == "unknown" and operation in ANSWERS_TEXT and model_id.startswith("arn:")
        ):
            return None
        why = f"{operation} with {model_id[:120]!r} may make images at a cost nobody can tell before; use InvokeModel"
        return self._by_policy(self._policy.unpriced, Unpriced(why, model_id, tags))

    def _price(
        self, model_id: str, body: bytes, region: str | None, tags: Mapping[str, str]
    ) -> Priced | Passed:
        """Without a price policy decides; where it lets the call go, the dearest request to the model is held."""
        try:
            return self._pricer.price(model_id, body, region)
        except PriceError as error:
            refusal = Unpriced(why_unpriced(error, model_id), model_id, tags)
            refusal.__cause__ = error
        passed = self._by_policy(self._policy.unpriced, refusal)
        try:
            return self._pricer.dearest(model_id, body, region, passed.why)
        except PriceError:
            return passed

    def _retired(self, asked: Priced, tags: Mapping[str, str]) -> tuple[str, ...]:
        life = asked.card.lifecycle
        if not life.retired(self._pricer.today()):
            return ()
        remedy = f"move to {life.replacement}" if life.replacement else "no successor is named"
        why = f"{asked.card.model_id} reached its end of life on {life.end_of_life}; {remedy}"
        return (self._by_policy(self._policy.retired, ModelRetired(why, asked.model_id, tags)).why,)

    def _by_policy(self, choice: str, refusal: Unpriced | Uncovered | ModelRetired) -> Passed:
        """Raises under `block`; says why once under `warn`."""
        why = str(refusal)
        if choice == "block" and not self._observe:
            refusal.args = (f"{why}; nothing was sent",)
            raise refusal
        if choice != "allow" and why not in self._warned:
            if len(self._warned) >= MOST_KEPT:
                self._warned.clear()
            self._warned.add(why)
            log().warning("%s", why)
        return Passed(why)

    def _hold(self, wish: Wish) -> Call:
        try:
            for _ in range(TRIES):
                asked = self._attribution.option(wish.asked, wish.tags)
                call, option = (self._observed if self._observe else self._enforced)(wish, asked)
                if self._observe or self._attribution.still_right(option):
                    return call
                self._give_back(call.key)
        except LedgerUnavailable as error:
            if self._policy.ledger_down == "block":
                self._outages.refused(error)
                raise
            if isinstance(error, JournalError):
                raise
            log().warning("a call goes out without a hold: %s", error)
            return self._call(wish, None, wish.asked)
        raise LedgerUnavailable("credits are drawn from several sides at once; nothing was sent: try again")

    def _enforced(self, wish: Wish, asked: Option | None) -> tuple[Call, Option]:
        """Holds the first offer that fits; raises `BudgetExceeded` or `GuardStopped`."""
        if asked is None:
            return self._uncovered(wish)
        key = new_key(self._clock())
        if not self._ladder or self._attribution.likely(asked):
            decision = as_asked(asked, self._attribution.thresholds() if self._ladder else EMPTY)
            held = self._ask(key, decision, wish)
            if isinstance(held, Held):
                return self._granted(wish, decision, held)
            if not self._ladder or held.stopped:
                raise self._refusals.raised(held, wish.asked, wish.tags)
        decision = self._decide(wish, asked)
        held = self._ask(key, decision, wish)
        if isinstance(held, Refused):
            raise self._refusals.raised(held, wish.asked, wish.tags, decision)
        return self._granted(wish, decision, held)

    def _observed(self, wish: Wish, asked: Option | None) -> tuple[Call, Option]:
        """Holds the request as asked, without limits, and notes what enforcing would have done."""
        if asked is None:
            return self._uncovered(wish)
        decision = as_asked(asked, self._attribution.thresholds())
        would = self._would(decision)
        if would:
            decision = self._decide(wish, asked)
            would = self._would(decision)
        as_it_is = Decision((Offer(asked.request.cost, dict.fromkeys(asked.counters)),), (asked,))
        held = self._ask(new_key(self._clock()), as_it_is, wish, would)
        if isinstance(held, Refused):
            raise self._refusals.raised(held, wish.asked, wish.tags)
        call, option = self._granted(wish, as_it_is, held)
        call.would, call.skipped = would, decision.skipped
        return call, option

    def _uncovered(self, wish: Wish) -> tuple[Call, Option]:
        """Policy decides; where it lets the call go, its cost is on record, though no budget counts it."""
        tags = ", ".join(f"{name}={value!r}" for name, value in wish.tags.items()) or "none"
        why = (
            f"no budget counts {wish.asked.card.model_id} with tags {tags}; "
            "add a budget that does, or put the call in with tags(...)"
        )
        refusal = Uncovered(why, wish.asked.model_id, wish.tags)
        warning = self._by_policy(self._policy.uncovered, refusal).why
        wish = replace(wish, warnings=(*wish.warnings, warning))
        decision = decide(Option(wish.asked, EMPTY))
        held = self._ask(new_key(self._clock()), decision, wish)
        if isinstance(held, Refused):
            raise self._refusals.raised(held, wish.asked, wish.tags)
        return self._granted(wish, decision, held)

    def _decide(self, wish: Wish, asked: Option) -> Decision:
        """Every request the ladder allows, in order."""
        made = rungs(wish.asked, self._ladder, self._pricer, wish.region)
        cheaper = [rung if isinstance(rung, Skipped) else self._option(rung, wish) for rung in made]
        return decide(asked, cheaper, self._attribution.thresholds())

    def _option(self, rung: Priced, wish: Wish) -> Option | Skipped:
        option = self._attribution.option(rung, wish.tags)
        return option or Skipped("; ".join(rung.changes), "no budget counts it")

    def _would(self, decision: Decision) -> str:
        """What enforcing would do with the budgets as they are; nothing when it would send the request as asked."""
        exposure, limits = self._attribution.state(
            {name for offer in decision.offers for name in offer.budgets}
        )
        chosen = first_that_fits(decision.offers, exposure, limits)
        if isinstance(chosen, Shortfall):
            budget = self._attribution.owner(chosen.budget)
            return f"refuse: budget {budget.name if budget else chosen.budget} has no room"
        return "; ".join(decision.options[chosen].request.changes)

    def _ask(self, key: str, decision: Decision, wish: Wish, would: str = "") -> Held | Refused:
        words = hold_words(wish.asked, wish.tags, decision, would)
        try:
            return self._ledger.hold_first(key, decision.offers, lease_s=wish.lease_s, tags=words)
        except LedgerNotAsked:
            raise
        except LedgerUnavailable:
            self._give_back(key)
            raise

    def _give_back(self, key: str | None) -> None:
        """A hold that may or may not exist, for a call that will not go out."""
        try:
            if key is not None:
                self._ledger.void(key)
        except OutcomeOwed as error:
            log().info("hold %s, if there is one, is given back once the ledger answers: %s", key, error.what)
        except LedgerError as error:
            log().debug("hold %s is left to lapse: %s", key, error)

    def _granted(self, wish: Wish, decision: Decision, held: Held) -> tuple[Call, Option]:
        option = decision.options[held.offer]
        self._attribution.saw(held.budgets)
        for status in held.budgets:
            budget = self._attribution.budgets.get(status.budget)
            if budget is not None and budget.thresholds:
                seen = self._attribution.as_budget(status)
                self._notices.spent(budget, status.budget, seen, About(wish.asked.model_id, wish.tags))
        call = self._call(wish, held.key, option.request)
        call.budgets = self._attribution.names(option.counters)
        call.skipped = decision.skipped
        return call, option

    def _call(self, wish: Wish, key: str | None, sent: Priced) -> Call:
        call = Call(wish.asked, sent, wish.tags, key=key, lease_s=wish.lease_s)
        call.warnings = wish.warnings
        return call


def new_key(at: float) -> str:
    """A key no other call has; keys made later sort later, which keeps the ledger's index compact."""
    return f"{int(at * 1000):012x}{urandom(10).hex()}"
