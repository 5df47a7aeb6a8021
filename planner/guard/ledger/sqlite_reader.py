"""Questions to a ledger file that change nothing."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from planner.guard.errors import UnknownHold
from planner.guard.ledger import NO_CHANGE, Change, Entry, Hold, Line, Mismatch, Status, Stopped
from planner.guard.ledger.store import MICROSECONDS, STATES
from planner.guard.ledger.windows import Per
from pricing.money import Micros

_STATUS = """
SELECT budgets.name, ?2, per, limit_micros,
    coalesce(settled, 0), coalesce(held, 0), coalesce(assumed, 0), coalesce(overrun, 0)
FROM budgets LEFT JOIN windows ON windows.budget = budgets.name AND windows.period = ?2
WHERE budgets.name = ?1
"""
_ENTRIES = """
SELECT seq, at, kind, key, amount, held, settled, assumed, overrun, lines, tags
FROM entries LEFT JOIN bookings ON bookings.id = entries.booking
WHERE seq > ? ORDER BY seq LIMIT ?
"""
_HOLD = """
SELECT holds.key, state, holds.amount, offer, attempts, billed, lease_until, lines, entries.at, entries.tags
FROM holds JOIN bookings ON bookings.id = holds.booking JOIN entries ON entries.seq = holds.seq
"""
_WHERE: dict[Literal["open", "lapsed"], str] = {
    "open": "WHERE state = 'open' ORDER BY lease_until, holds.key",
    "lapsed": "WHERE state = 'assumed' OR state = 'released' ORDER BY lease_until, holds.key",
}

_CHANGES = """
SELECT booking, sum(held), sum(settled), sum(assumed), sum(overrun)
FROM entries WHERE booking IS NOT NULL GROUP BY booking
"""
_PENDING = """
SELECT booking, sum(amount) FILTER (WHERE state = 'open'), sum(billed) FILTER (WHERE state = 'assumed')
FROM holds WHERE state = 'open' OR state = 'assumed' OR state = 'released' GROUP BY booking
"""
_DEFINED = """
SELECT json_extract(lines, '$[0][0]'), amount
FROM entries JOIN bookings ON bookings.id = booking WHERE kind = 'define' ORDER BY seq
"""


class SqliteReader:
    """A `Reader` on a connection of its own, which sees what has been committed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._execute = connection.execute
        self._pers: dict[str, Per] = {}

    def budgets(self) -> tuple[str, ...]:
        return tuple(name for (name,) in self._execute("SELECT name FROM budgets ORDER BY name"))

    def per(self, budget: str) -> Per | None:
        if budget not in self._pers:
            row = self._execute("SELECT per FROM budgets WHERE name = ?", (budget,)).fetchone()
            if row is None:
                return None
            self._pers[budget] = row[0]
        return self._pers[budget]

    def status(self, line: Line) -> Status:
        return Status(*self._execute(_STATUS, line).fetchone())

    def entries(self, after: int, most: int) -> list[Entry]:
        return [_entry(row) for row in self._execute(_ENTRIES, (after, most)).fetchall()]

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]:
        return tuple(_hold(row) for row in self._execute(_HOLD + _WHERE[state]).fetchall())

    def find(self, key: str) -> Hold:
        row = self._execute(_HOLD + "WHERE holds.key = ?", (key,)).fetchone()
        if row is None:
            raise UnknownHold(key)
        return _hold(row)

    def stopped(self) -> Stopped | None:
        row = self._execute("SELECT at, who, reason FROM stops").fetchone()
        return row and Stopped(row[0] / MICROSECONDS, *row[1:])

    def mismatches(self) -> tuple[Mismatch, ...]:
        """One look at the whole file, on one snapshot of it."""
        self._execute("BEGIN")
        try:
            changes = {booking: Change(*moved) for booking, *moved in self._execute(_CHANGES)}
            return (*self._gaps(), *self._counters(changes), *self._pending(changes), *self._limits())
        finally:
            self._execute("COMMIT")

    def _gaps(self) -> Iterator[Mismatch]:
        count, last = self._execute("SELECT count(*), coalesce(max(seq), 0) FROM entries").fetchone()
        if count != last:
            yield Mismatch("number of entries", last, count)

    def _counters(self, changes: Mapping[int, Change]) -> Iterator[Mismatch]:
        sums: dict[int, list[Change]] = {}
        for booking, window in self._execute("SELECT booking, window FROM booked"):
            sums.setdefault(window, []).append(changes.get(booking, NO_CHANGE))
        counters = "SELECT id, budget, period, held, settled, assumed, overrun FROM windows"
        for window, budget, period, *recorded in self._execute(counters):
            recomputed = [sum(moved) for moved in zip(*sums.get(window, [NO_CHANGE]), strict=True)]
            for name, is_value, should_be in zip(Change._fields, recorded, recomputed, strict=True):
                if is_value != should_be:
                    yield Mismatch(f"{name} of {budget} in {period}", is_value, should_be)

    def _pending(self, changes: Mapping[int, Change]) -> Iterator[Mismatch]:
        """The holds nobody has resolved against what the entries say is held and assumed."""
        pending = {booking: (held or 0, assumed or 0) for booking, held, assumed in self._execute(_PENDING)}
        for booking in changes.keys() | pending.keys():
            change, (held, assumed) = changes.get(booking, NO_CHANGE), pending.get(booking, (0, 0))
            if held != change.held:
                yield Mismatch(f"open holds of booking {booking}", held, change.held)
            if assumed != change.assumed:
                yield Mismatch(f"assumed holds of booking {booking}", assumed, change.assumed)

    def _limits(self) -> Iterator[Mismatch]:
        defined = dict(self._execute(_DEFINED).fetchall())
        for name, limit in self._execute("SELECT name, limit_micros FROM budgets"):
            if limit != defined.get(name):
                yield Mismatch(f"limit of {name}", limit, defined.get(name, 0))


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, at, kind, key, amount, held, settled, assumed, overrun, lines, tags = row
    change = Change(held, settled, assumed, overrun)
    return Entry(seq, at / MICROSECONDS, kind, key, amount, _lines(lines), change, json.loads(tags or "{}"))


def _hold(row: tuple[Any, ...]) -> Hold:
    key, state, amount, offer, attempts, billed, lease_until, lines, held_at, tags = row
    return Hold(
        key=key,
        state=STATES[state],
        amount=amount,
        offer=offer,
        attempts=attempts,
        billed=Micros(billed if state == "settled" else 0),
        assumed=Micros(billed if state == "assumed" else 0),
        held_at=held_at / MICROSECONDS,
        lease_until=lease_until / MICROSECONDS,
        lines=_lines(lines),
        tags=json.loads(tags or "{}"),
    )


def _lines(text: str | None) -> tuple[Line, ...]:
    return tuple(Line(budget, period) for budget, period in json.loads(text or "[]"))
