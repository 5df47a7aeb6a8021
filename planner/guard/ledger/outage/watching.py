"""What others may know of an outage: how it stands, and when it begins and ends."""

from typing import Protocol, runtime_checkable

from pricing.money import Micros
from pricing.records import record


@record
class Outage:
    """A ledger that does not answer."""

    ledger: str
    """Where it is, without secrets."""
    why: str
    since: float
    """When the first verb failed, by the guard's clock."""
    again_s: float
    """When it is asked again, in seconds from now; 0 while it is being asked."""
    calls: int
    """How many have asked for a hold since, the first one included."""
    owed: int
    """Outcomes that are kept in this process until it answers."""


class OutageListener(Protocol):
    """Hears of each outage once, from whichever thread met it. What it raises goes to that thread."""

    def down(self, outage: Outage) -> None: ...

    def back(self, outage: Outage, down_s: float, written: int, micros: Micros) -> None:
        """`outage` as it was at its end; so many owed outcomes are in the ledger now, billed so much."""

    def merged(self, entries: int, micros: Micros) -> None:
        """A journal is home: so many entries, billed so much."""


@runtime_checkable
class Watched(Protocol):
    """A ledger that tells of its outages."""

    listener: OutageListener | None

    def outage(self) -> Outage | None:
        """None while it answers."""
