"""How a ledger stands at one moment."""

from typing import TYPE_CHECKING

from planner.guard.ledger import Hold, Status, Stopped
from pricing.money import Micros
from pricing.records import record, replace

if TYPE_CHECKING:
    from planner.tui.ledger.reader import ReadLedger


@record
class Snapshot:
    """Everything the Guard screen shows but the entries."""

    at: float
    """When it was known to be so (POSIX seconds)."""
    last_seq: int
    statuses: tuple[Status, ...]
    stopped: Stopped | None
    open: tuple[Hold, ...]
    """Those whose lease ends first at the front."""
    lapsed: tuple[Hold, ...]

    @property
    def held(self) -> Micros:
        return Micros(sum(hold.amount for hold in self.open))

    @property
    def assumed(self) -> Micros:
        return Micros(sum(hold.assumed for hold in self.lapsed))

    def outdated(self, now: float) -> bool:
        """Whether a budget's period has ended since."""
        return any(status.resets_at is not None and status.resets_at <= now for status in self.statuses)


def look(ledger: "ReadLedger", now: float, known: Snapshot | None = None) -> Snapshot:
    """The ledger now. Where nothing was written since `known`, one small question is all that is asked of it."""
    last = ledger.last_seq()
    if known is not None and known.last_seq == last and not known.outdated(now):
        return replace(known, at=now)
    return Snapshot(
        now,
        last,
        tuple(ledger.status(name) for name in ledger.budgets()),
        ledger.stopped(),
        ledger.holds(state="open"),
        ledger.holds(state="lapsed"),
    )
