"""What an engine keeps for the verbs: the seam between the rules of the ledger and where its rows live."""

from typing import Literal, NamedTuple, Protocol

from planner.guard.ledger import NO_CHANGE, Change, HoldState, Kind, Line, Status, Stopped
from planner.guard.ledger.windows import Per
from pricing.money import Micros

State = Literal["open", "assumed", "released", "settled", "voided"]
STATES: dict[State, HoldState] = {
    "open": "open",
    "assumed": "lapsed",
    "released": "lapsed",
    "settled": "settled",
    "voided": "voided",
}
"""A lapsed hold, whose outcome nobody knows, is either counted as billed or given back."""

MICROSECONDS = 1_000_000


class Record(NamedTuple):
    """A hold as a store keeps it; times in whole microseconds."""

    key: str
    state: State
    asked: int
    """What the hold was first granted for: its intent."""
    amount: int
    offer: int
    attempts: int
    extra: int
    """What the last extension added."""
    billed: int
    """Or assumed billed."""
    overrun: int
    lease_until: int
    booking: int

    def counted(self) -> Change:
        """What the hold adds to the counters of its lines."""
        match self.state:
            case "open":
                return Change(held=self.amount)
            case "assumed":
                return Change(settled=self.billed, assumed=self.billed, overrun=self.overrun)
            case "settled":
                return Change(settled=self.billed, overrun=self.overrun)
            case _:
                return NO_CHANGE

    def excess(self, billed: int) -> int:
        """What a bill exceeds the money by that is still set aside for it: all of it, once that was given back."""
        counted = self.counted()
        return max(0, billed - (counted.held + counted.settled - counted.overrun))


def change_between(before: Record, after: Record) -> Change:
    """What the counters move by when a hold goes from one state to the other."""
    held, settled, assumed, overrun = after.counted()
    then = before.counted()
    return Change(held - then.held, settled - then.settled, assumed - then.assumed, overrun - then.overrun)


class Draft(NamedTuple):
    """An entry about to be appended."""

    at: int
    kind: Kind
    key: str | None = None
    amount: int = 0
    change: Change = Change()
    booking: int | None = None
    tags: str | None = None
    """A JSON object."""


class Look(NamedTuple):
    """What a hold must know before it looks at any budget."""

    record: Record | None
    overdue: bool
    """Some open hold's lease has run out."""
    stopped: Stopped | None


class Store(Protocol):
    """What an engine keeps; every method runs inside the engine's transaction."""

    def per(self, budget: str) -> Per | None:
        """None for a budget that was never defined."""

    def limit(self, budget: str) -> Micros: ...

    def put_budget(self, budget: str, limit: Micros, per: Per) -> None: ...

    def booking(self, lines: tuple[Line, ...]) -> int:
        """A number for exactly these lines; counters that do not exist yet begin at zero."""

    def statuses(self, booking: int) -> list[Status]: ...

    def look(self, key: str, at: int) -> Look: ...

    def record(self, key: str) -> Record | None: ...

    def overdue(self, at: int, most: int) -> list[Record]: ...

    def append(self, draft: Draft) -> int:
        """Write the entry and move the counters of its lines; returns its number."""

    def add(self, record: Record, seq: int) -> None:
        """Keep a new hold; `seq` is the entry that granted it."""

    def replace(self, record: Record) -> None: ...

    def switch(self, stopped: Stopped | None) -> None: ...

    def stopped(self) -> Stopped | None: ...

    def claim(self, line: Line, threshold: str) -> bool: ...
