"""Budgets as gauges: how much of each is taken, what is left, and what happens at this point."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.guard.ledger import Status, Stopped
from planner.report.guard_listing import Listing
from planner.report.guard_words import iso, moment, percent, usd
from planner.report.tables import Column
from pricing.money import LARGEST, decimal_usd
from pricing.records import record, replace

if TYPE_CHECKING:
    from planner.scenario import Budget

CELLS = 20
BLOCKS, ASCII_BLOCKS = "█▒·", "#=."
"""Settled, held and free."""
OBSERVED = " (observed)"
"""In the ledger's names of what a budget in observe mode counts; those have no limit there."""

_COLUMNS = (
    Column("budget"),
    Column("state"),
    Column("period"),
    Column("gauge"),
    Column("used", "right"),
    Column("limit", "right"),
    Column("settled", "right"),
    Column("assumed", "right"),
    Column("held", "right"),
    Column("room", "right"),
    Column("resets (UTC)"),
)
_KEYS = (
    "budget",
    "per",
    "period",
    "limit_usd",
    "settled_usd",
    "assumed_usd",
    "overrun_usd",
    "held_usd",
    "room_usd",
    "used_pct",
    "resets_at",
    "state",
    "says",
    "stopped",
)


@record
class Gauge:
    """A budget, and what the scenario says of it."""

    status: Status
    budget: "Budget | None" = None
    """None when no scenario was given, or it has no such budget."""

    @property
    def name(self) -> str:
        return self.status.budget

    @property
    def limit(self) -> int | None:
        """None for a budget that is only observed and has no limit anybody knows."""
        return None if self.status.limit == LARGEST else self.status.limit


def gauges(statuses: Sequence[Status], budgets: Sequence["Budget"]) -> tuple[Gauge, ...]:
    """One for each budget of the ledger: those of the scenario first, in its order."""
    known = {budget.name: budget for budget in budgets}
    order = {name: rank for rank, name in enumerate(known)}
    made = [_gauge(status, known) for status in statuses]
    return tuple(
        sorted(made, key=lambda each: order.get(each.budget.name if each.budget else "", len(order)))
    )


def status_listing(
    made: Sequence[Gauge], stopped: Stopped | None, notes: Sequence[str], *, ascii_only: bool = False
) -> Listing:
    """`notes` are the lines below."""
    signs = ASCII_BLOCKS if ascii_only else BLOCKS
    banner = ("The ledger has no budget yet: no guard has started on it.",) if not made else ()
    if stopped is not None:
        since = f"STOPPED since {moment(stopped.at)} UTC by {stopped.who}: {stopped.reason}"
        banner = (since, "Every call is refused until: bursar guard resume", *banner)
    legend = (f"{signs[0]} settled  {signs[1]} held  {signs[2]} free",) if made else ()
    return Listing(
        _COLUMNS,
        [_cells(each, signs, stopped=stopped is not None) for each in made],
        _KEYS,
        [_record(each, stopped=stopped is not None) for each in made],
        banner,
        (*legend, *notes),
    )


def bar(settled: int, held: int, limit: int, signs: str = BLOCKS, cells: int = CELLS) -> str:
    """Full only when nothing is left; whatever is not zero shows."""
    taken = settled + held
    if limit <= 0:
        return signs[2 if taken == 0 else 0] * cells
    filled = min(cells, max(1, taken * cells // limit)) if taken else 0
    on_hold = min(filled, max(1, held * cells // limit)) if held else 0
    if settled and on_hold == filled and filled > 1:
        on_hold -= 1
    return signs[0] * (filled - on_hold) + signs[1] * on_hold + signs[2] * (cells - filled)


def state_of(gauge: Gauge) -> tuple[str | None, str]:
    """The state in the words of `Guard.status`, and in a reader's; None where thresholds are not known."""
    status, budget = gauge.status, gauge.budget
    if gauge.limit is None:
        return "observed", "observed: nothing is refused"
    seen = "observed: would be " if OBSERVED in gauge.name else ""
    if status.room <= 0:
        over = f", {usd(-status.room)} over" if status.room < 0 else ""
        return "exhausted", f"{seen}full{over}"
    if budget is None:
        return None, "not known"
    past = [each for each in budget.thresholds if status.exposure * 100 >= each.at_pct * status.limit]
    cheaper = [each.at_pct for each in past if each.do == "downgrade"]
    if cheaper:
        return "downgrade", f"{seen}downgrading since {percent(min(cheaper))}"
    if past:
        return "notify", f"{seen}notified at {percent(max(each.at_pct for each in past))}"
    return "ok", f"{seen}ok"


def _gauge(status: Status, known: Mapping[str, "Budget"]) -> Gauge:
    before, _, after = status.budget.partition(OBSERVED)
    budget = known.get(before + after) or _part_of(before + after, known)
    if status.limit == LARGEST and budget is not None and budget.limit_usd is not None:
        status = replace(status, limit=budget.limit_usd)
    return Gauge(status, budget)


def _part_of(name: str, known: Mapping[str, "Budget"]) -> "Budget | None":
    """A budget held to credits counts each seller's part beside itself; thresholds are for the whole."""
    whole = known.get(name.partition(": ")[0])
    return None if whole is None or whole.limit_usd is not None else replace(whole, thresholds=())


def _cells(gauge: Gauge, signs: str, *, stopped: bool) -> list[str]:
    status, limit = gauge.status, gauge.limit
    resets = status.resets_at
    return [
        gauge.name,
        f"stopped; {state_of(gauge)[1]}" if stopped else state_of(gauge)[1],
        status.period,
        "" if limit is None else bar(status.settled, status.held, limit, signs),
        used_text(gauge) if limit else "",
        "none" if limit is None else usd(limit),
        usd(status.settled),
        usd(status.assumed),
        usd(status.held),
        "" if limit is None else usd(status.room),
        "never" if resets is None else moment(resets)[:-3],
    ]


def _record(gauge: Gauge, *, stopped: bool) -> dict[str, object]:
    status, limit = gauge.status, gauge.limit
    state, says = state_of(gauge)
    return {
        "budget": gauge.name,
        "per": status.per,
        "period": status.period,
        "limit_usd": None if limit is None else decimal_usd(status.limit),
        "settled_usd": decimal_usd(status.settled),
        "assumed_usd": decimal_usd(status.assumed),
        "overrun_usd": decimal_usd(status.overrun),
        "held_usd": decimal_usd(status.held),
        "room_usd": None if limit is None else decimal_usd(status.room),
        "used_pct": f"{_permille(gauge) / 10:.1f}" if limit else None,
        "resets_at": iso(status.resets_at),
        "state": "stopped" if stopped else state,
        "says": says,
        "stopped": stopped,
    }


def used_text(gauge: Gauge) -> str:
    """Rounded down, so that 100 % means that nothing is left."""
    tenths = _permille(gauge)
    return f"{tenths / 10:.1f} %" if tenths or not gauge.status.exposure else "<0.1 %"


def _permille(gauge: Gauge) -> int:
    return int(Fraction(gauge.status.exposure * 1_000, gauge.status.limit))
