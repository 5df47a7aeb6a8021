"""The ledger's no, told to the caller and to whoever owns the budget."""

from collections.abc import Mapping
from datetime import UTC, datetime

from planner.guard.attribution import Attribution
from planner.guard.errors import BudgetExceeded, CallRefused, GuardStopped, LedgerError
from planner.guard.ledger import Ledger, Refused, Status
from planner.guard.ledger.windows import per_of
from planner.guard.notices import About, Notices
from planner.guard.policy import Decision
from planner.guard.priced import Priced
from pricing.money import Micros, format_usd


class Refusals:
    """Turns a `Refused` into the exception the caller sees."""

    def __init__(self, ledger: Ledger, attribution: Attribution, notices: Notices) -> None:
        self._ledger = ledger
        self._attribution = attribution
        self._notices = notices

    def raised(
        self,
        refused: Refused,
        asked: Priced,
        tags: Mapping[str, str],
        decision: Decision | None = None,
        *,
        ending: str = "nothing was sent",
    ) -> CallRefused:
        """The exception to raise; the first one of a period is told to the budget's owner as well."""
        if refused.stopped is not None:
            by = f"{refused.stopped.who}: {refused.stopped.reason}"
            return GuardStopped(f"the guard is stopped by {by}; {ending}", asked.model_id, tags)
        budget = self._attribution.owner(refused.budget)
        status = self._status(budget.name if budget else refused.budget, refused)
        self._notices.refused(status, About(asked.model_id, tags))
        credits = budget is not None and budget.limit_usd is None
        left = _meanwhile(refused) if refused.outage else _left(refused.room, status, held_to_credits=credits)
        return BudgetExceeded(
            f"budget {status.budget}: {asked.tariff.name} wants {_wanted(asked, decision)} and {left}; {ending}",
            budget=status.budget,
            wanted=asked.cost,
            room=refused.room,
            limit=status.limit,
            resets_at=resets(status),
            model_id=asked.model_id,
            tags=tags,
        )

    def _status(self, name: str, refused: Refused) -> Status:
        """The budget now; what the refusal itself says when the ledger went away since."""
        try:
            return self._ledger.status(name)
        except LedgerError:
            none, over = Micros(0), Micros(max(0, -refused.room))
            per = per_of(refused.period)
            return Status(name, refused.period, per, Micros(max(0, refused.room)), over, none, none, none)


def resets(status: Status) -> datetime | None:
    """When the budget starts again; None when it never does."""
    return None if status.resets_at is None else datetime.fromtimestamp(status.resets_at, UTC)


def _wanted(asked: Priced, decision: Decision | None) -> str:
    cheapest = (
        min((option.request.cost for option in decision.options), default=asked.cost)
        if decision
        else asked.cost
    )
    return format_usd(asked.cost) + (
        f", {format_usd(cheapest)} at its cheapest," if cheapest < asked.cost else ""
    )


def _meanwhile(refused: Refused) -> str:
    """What this machine may go on with until the ledger answers."""
    room = format_usd(Micros(max(0, refused.room)))
    return (
        f"{room} is left of what this machine may spend while the ledger does not answer ({refused.outage})"
    )


def _left(room: Micros, status: Status, *, held_to_credits: bool) -> str:
    """What there is, and when there will be more."""
    if room < 0:
        left = f"it is {format_usd(Micros(-room))} over its limit"
    elif held_to_credits:
        left = f"{format_usd(room)} credits can still pay"
    else:
        left = f"{format_usd(room)} of {format_usd(status.limit)} is left"
    again = resets(status)
    return f"{left}; it starts again on {again:%Y-%m-%d %H:%M} UTC" if again else left
