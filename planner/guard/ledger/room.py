"""Which budget has no room for an amount."""

from collections.abc import Iterable, Mapping

from planner.guard.ledger import Refused, Status
from pricing.money import Micros
from pricing.records import EMPTY


def tightest(
    key: str,
    amount: int,
    statuses: Iterable[Status],
    ceilings: Mapping[str, Micros | None] = EMPTY,
    *,
    nothing_fits: bool = True,
) -> Refused | None:
    """The budget with the least room of those the amount does not fit; None when it fits them all.

    Nothing always fits, but where an overrun would become money held: that needs room below the limit.
    """
    worst: Refused | None = None
    for status in statuses:
        ceiling = ceilings.get(status.budget)
        most = status.limit if ceiling is None else min(ceiling, status.limit)
        room = Micros(most - status.settled - status.held)
        if amount > (max(room, 0) if nothing_fits else room) and (worst is None or room < worst.room):
            worst = Refused(key, Micros(amount), status.budget, status.period, room)
    return worst
