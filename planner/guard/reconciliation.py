"""The ledger against what somebody else counted: totals over some days, and bills of single calls."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from planner.guard.calls import PastCall
from planner.guard.errors import UnknownHold
from planner.guard.ledger import Hold, HoldState, Line
from planner.guard.sent import sent_under
from pricing.money import Micros
from pricing.records import record


@record
class Days:
    """From the first moment of a day in UTC up to the end of another; None leaves a side open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, at: object) -> bool:
        """Whether the moment (POSIX seconds) lies on one of the days."""
        if not isinstance(at, int | float):
            return False
        return (self.first is None or at >= _midnight(self.first)) and (
            self.last is None or at < _midnight(self.last + timedelta(days=1))
        )


@record
class Which:
    """The calls of a comparison: held on these days, and of a model that matches."""

    days: Days = Days()
    model: str = "*"

    def __contains__(self, call: object) -> bool:
        if not isinstance(call, PastCall) or call.held_at not in self.days:
            return False
        return self.has_model(call.sku.model_id if call.sku else "")

    def has_model(self, model_id: str) -> bool:
        return fnmatchcase(model_id, self.model)


@record
class Total:
    """What the ledger counts of some calls."""

    calls: int = 0
    images: int = 0
    usd: Micros = Micros(0)
    assumed_images: int = 0
    """The part of `images` nobody has confirmed."""
    assumed_usd: Micros = Micros(0)
    uncounted: int = 0
    """Calls of which nobody knows how many images they are; they are not in `images`."""
    open_calls: int = 0
    """Still under way; they are not in the other figures."""

    def with_call(self, call: PastCall) -> "Total":
        if call.state == "open":
            return Total(*self._counted(), self.open_calls + 1)
        images = call.images or 0
        return Total(
            self.calls + 1,
            self.images + images,
            Micros(self.usd + call.billed),
            self.assumed_images + (call.assumed_images or 0),
            Micros(self.assumed_usd + call.assumed),
            self.uncounted + (call.images is None),
            self.open_calls,
        )

    def _counted(self) -> tuple[int, int, Micros, int, Micros, int]:
        return self.calls, self.images, self.usd, self.assumed_images, self.assumed_usd, self.uncounted


def total(calls: Iterable[PastCall]) -> Total:
    """All calls together."""
    found = Total()
    for call in calls:
        found = found.with_call(call)
    return found


def totals_by_sku(calls: Iterable[PastCall]) -> dict[str, Total]:
    """SKU as text to its total; the empty text stands for calls whose SKU is not known."""
    found: dict[str, Total] = {}
    for call in calls:
        name = str(call.sku or "")
        found[name] = found.get(name, Total()).with_call(call)
    return found


@record
class Doubt:
    """A call that counts something nobody has confirmed."""

    key: str
    state: Literal["lapsed", "settled"]
    """`lapsed` has no bill at all; a `settled` one has, but contains attempts whose own outcome is not known."""
    held_at: float
    attempts: int
    billed: Micros
    """All it counts."""
    assumed: Micros
    """The part of it that is not confirmed."""
    lines: tuple[Line, ...]
    sku: str


def doubts(holds: Iterable[Hold], calls: Iterable[PastCall]) -> tuple[Doubt, ...]:
    """Of the lapsed holds, and of all calls those that were settled with an estimate in them; oldest first."""
    found = [
        Doubt(
            hold.key,
            "lapsed",
            hold.held_at,
            hold.attempts,
            hold.assumed,
            hold.assumed,
            hold.lines,
            sent_under(hold).sku,
        )
        for hold in holds
    ]
    for call in calls:
        if call.state == "settled" and call.estimated:
            sku = str(call.sku or "")
            found.append(
                Doubt(
                    call.key,
                    "settled",
                    call.held_at,
                    call.attempts,
                    call.billed,
                    call.assumed,
                    call.lines,
                    sku,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.held_at, each.key)))


@record
class Billed:
    """What a bill says of one call."""

    key: str
    usd: Micros
    line: int
    """Where in its file."""


Action = Literal["settle", "void", "agrees", "differs", "open", "unknown"]


@record
class Correction:
    """What a bill means for a hold."""

    bill: Billed
    action: Action
    """`settle` and `void` can be done; `agrees` is done; `differs` was resolved otherwise, for good; `open` may still
    be under way; `unknown` is no hold of this ledger."""
    state: HoldState | None
    counted: Micros
    """What the hold counts now."""

    @property
    def change(self) -> Micros:
        """What the bill adds to what is counted."""
        return Micros(self.bill.usd - self.counted)


def corrections(bills: Sequence[Billed], find: Callable[[str], Hold], now: float) -> tuple[Correction, ...]:
    """What each bill would do, in the order given; `find` is the ledger's."""
    return tuple(_correction(bill, find, now) for bill in bills)


def _correction(bill: Billed, find: Callable[[str], Hold], now: float) -> Correction:
    try:
        hold = find(bill.key)
    except UnknownHold:
        return Correction(bill, "unknown", None, Micros(0))
    match hold.state:
        case "settled" | "voided":
            action: Action = "agrees" if hold.billed == bill.usd else "differs"
            return Correction(bill, action, hold.state, hold.billed)
        case "open" if hold.lease_until > now:
            return Correction(bill, "open", hold.state, hold.amount)
    counted = hold.amount if hold.state == "open" else hold.assumed
    return Correction(bill, "settle" if bill.usd else "void", hold.state, counted)


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
