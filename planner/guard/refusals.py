"""The ledger's no, told to the caller and to whoever owns the budget."""

from collections.abc import Mapping
from datetime import UTC, datetime

from planner.guard.attribution import Attribution
from planner.guard.errors import BudgetExceeded, CallRefused, GuardStopped, LedgerError
from planner.guard.ledger import Ledger, Refused, Status
from planner.guard.notices import About, Notices
from planner.guard.policy import Decision
from planner.guard.priced import Priced
from planner.guard.windows import per_of
from pricing.money import Micros, format_usd


class Refusals:
    """Turns a `Refused` into the exception the caller sees."""

    def __init__(self, ledger: Ledger, attribution: Attribution, notices: Notices) -> None:
        self._ledger = ledger
        self._attribution = attribution
        self._notices = notices

    def raised(
        self, refused: Refused, asked: Priced, tags: Mapping[str, str], decision: Decision | None = None
    ) -> CallRefused:
        """The exception to raise; the first one of a period is told to the budget's owner as well."""
        if refused.stopped is not None:
            by = f"{refused.stopped.who}: {refused.stopped.reason}"
            return GuardStopped(f"the guard is stopped by {by}; nothing was sent", asked.model_id, tags)
        budget = self._attribution.owner(refused.budget)
        name = budget.name if budget else refused.budget
        status = self._status(name, refused)
        self._notices.refused(status, About(asked.model_id, tags))
        resets_at = resets(status)
        return BudgetExceeded(
            _text(
                name,
                status,
                refused.room,
                asked,
                decision,
                held_to_credits=bool(budget and budget.limit_usd is None),
            ),
            budget=name,
            wanted=asked.cost,
            room=refused.room,
            limit=status.limit,
            resets_at=resets_at,
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


def _text(
    name: str,
    status: Status,
    room: Micros,
    asked: Priced,
    decision: Decision | None,
    *,
    held_to_credits: bool,
) -> str:
    """One line: what was wanted, what room there is, and when there will be more."""
    costs = [option.request.cost for option in decision.options] if decision else []
    cheapest = f", {format_usd(min(costs))} at its cheapest," if costs and min(costs) < asked.cost else ""
    resets_at = resets(status)
    when = f"; it starts again on {resets_at:%Y-%m-%d %H:%M} UTC" if resets_at else ""
    of = "credits can still pay" if held_to_credits else f"of {format_usd(status.limit)} is left"
    left = (
        f"{format_usd(max(room, Micros(0)))} {of}"
        if room >= 0
        else f"it is {format_usd(Micros(-room))} over its limit"
    )
    return f"budget {name}: {asked.sku} wants {format_usd(asked.cost)}{cheapest} and {left}{when}; nothing was sent"
