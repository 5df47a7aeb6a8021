"""The rows of a ledger in SQLite: one statement per question, as few as a verb can do with.

Each call into SQLite lets other threads run, so every statement costs a turn while another thread is busy.
"""

import json
import sqlite3
from typing import Any

from planner.guard.ledger import Line, Status, Stopped
from planner.guard.ledger.store import MICROSECONDS, Draft, Look, Record
from planner.guard.ledger.windows import Per
from pricing.money import Micros

_RECORD = "key, state, asked, amount, offer, attempts, extra, billed, overrun, lease_until, booking"

_SEEN = """
    EXISTS (SELECT 1 FROM holds WHERE key = ?1),
    EXISTS (SELECT 1 FROM holds WHERE state = 'open' AND lease_until <= ?2),
    (SELECT json_array(at, who, reason) FROM stops)
"""
_STATUS = "windows.budget, windows.period, per, limit_micros, settled, held, assumed, overrun"
_BOOKED = """
FROM booked JOIN windows ON windows.id = booked.window JOIN budgets ON budgets.name = windows.budget
"""
_LOOK = f"SELECT {_SEEN}"
_LOOK_AHEAD = f"SELECT {_SEEN}, {_STATUS} {_BOOKED} WHERE booked.booking = ?3"
_STATUSES = f"SELECT {_STATUS} {_BOOKED} WHERE booked.booking = ?"
_APPEND = """
INSERT INTO entries (at, kind, key, amount, held, settled, assumed, overrun, booking, tags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD = f"INSERT INTO holds ({_RECORD}, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - a constant
_REPLACE = """
UPDATE holds SET
    state = ?, amount = ?, attempts = ?, extra = ?, billed = ?, overrun = ?, lease_until = ?
WHERE key = ?
"""
_FIND = f"SELECT {_RECORD} FROM holds WHERE key = ?"  # noqa: S608
_OVERDUE = f"""
SELECT {_RECORD} FROM holds WHERE state = 'open' AND lease_until <= ? ORDER BY lease_until LIMIT ?
"""  # noqa: S608
_PUT_BUDGET = """
INSERT INTO budgets (name, limit_micros, per) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET limit_micros = excluded.limit_micros
"""
_BOOK = """
INSERT INTO booked (booking, window)
SELECT ?, id FROM windows WHERE budget = ? AND period = ?
"""


class SqliteStore:
    """A `Store` inside the transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._execute = connection.cursor().execute
        """One cursor for every statement: each answer is fetched whole before the next question."""
        self._pers: dict[str, Per] = {}
        self._bookings: dict[tuple[Line, ...], int] = {}
        self._usual = 0
        """The booking of the last hold: the next one's, more often than not."""
        self._ahead: tuple[int, list[Status]] | None = None
        """A booking and its budgets, read with the look at a key; None once anything is written."""

    def begin(self) -> None:
        """Nothing read in an earlier transaction holds in this one."""
        self._ahead = None
        self._execute("BEGIN IMMEDIATE")

    def forget(self) -> None:
        """Drop what was learnt in a transaction that was rolled back."""
        self._pers.clear()
        self._bookings.clear()

    def per(self, budget: str) -> Per | None:
        known = self._pers.get(budget)
        if known is None:
            row = self._execute("SELECT per FROM budgets WHERE name = ?", (budget,)).fetchone()
            if row is None:
                return None
            known = self._pers[budget] = row[0]
        return known

    def limit(self, budget: str) -> Micros:
        (limit,) = self._execute("SELECT limit_micros FROM budgets WHERE name = ?", (budget,)).fetchone()
        return Micros(limit)

    def put_budget(self, budget: str, limit: Micros, per: Per) -> None:
        self._ahead = None
        self._execute(_PUT_BUDGET, (budget, limit, per))

    def booking(self, lines: tuple[Line, ...]) -> int:
        known = self._bookings.get(lines)
        if known is None:
            known = self._bookings[lines] = self._find_booking(lines)
        return known

    def statuses(self, booking: int) -> list[Status]:
        if self._ahead is not None and self._ahead[0] == booking:
            return self._ahead[1]
        self._usual = booking
        return _statuses(self._execute(_STATUSES, (booking,)).fetchall())

    def look(self, key: str, at: int) -> Look:
        rows = self._execute(_LOOK_AHEAD, (key, at, self._usual)).fetchall()
        self._ahead = self._usual, _statuses([row[3:] for row in rows])
        known, overdue, stopped, *_ = rows[0] if rows else self._execute(_LOOK, (key, at)).fetchone()
        return Look(
            self.record(key) if known else None, bool(overdue), stopped and _stopped(*json.loads(stopped))
        )

    def record(self, key: str) -> Record | None:
        row = self._execute(_FIND, (key,)).fetchone()
        return row and Record(*row)

    def overdue(self, at: int, most: int) -> list[Record]:
        return [Record(*row) for row in self._execute(_OVERDUE, (at, most)).fetchall()]

    def append(self, draft: Draft) -> int:
        self._ahead = None
        row = (draft.at, draft.kind, draft.key, draft.amount, *draft.change, draft.booking, draft.tags)
        return self._execute(_APPEND, row).lastrowid or 0

    def add(self, record: Record, seq: int) -> None:
        self._execute(_ADD, (*record, seq))

    def replace(self, record: Record) -> None:
        key, state, _, amount, _, *counted, _ = record
        self._execute(_REPLACE, (state, amount, *counted, key))

    def switch(self, stopped: Stopped | None) -> None:
        self._execute("DELETE FROM stops")
        if stopped is not None:
            row = (round(stopped.at * MICROSECONDS), stopped.who, stopped.reason)
            self._execute("INSERT INTO stops (id, at, who, reason) VALUES (1, ?, ?, ?)", row)

    def stopped(self) -> Stopped | None:
        row = self._execute("SELECT at, who, reason FROM stops").fetchone()
        return row and _stopped(*row)

    def claim(self, line: Line, threshold: str) -> bool:
        row = (*line, threshold)
        return (
            self._execute(
                "INSERT OR IGNORE INTO notices (budget, period, threshold) VALUES (?, ?, ?)", row
            ).rowcount
            == 1
        )

    def _find_booking(self, lines: tuple[Line, ...]) -> int:
        text = json.dumps(lines, separators=(",", ":"))
        row = self._execute("SELECT id FROM bookings WHERE lines = ?", (text,)).fetchone()
        return row[0] if row else self._new_booking(text, lines)

    def _new_booking(self, text: str, lines: tuple[Line, ...]) -> int:
        booking = self._execute("INSERT INTO bookings (lines) VALUES (?)", (text,)).lastrowid or 0
        for line in lines:
            self._execute("INSERT OR IGNORE INTO windows (budget, period) VALUES (?, ?)", line)
            self._execute(_BOOK, (booking, *line))
        return booking


def _statuses(rows: list[tuple[Any, ...]]) -> list[Status]:
    """In order of name, which is cheaper here than in SQLite."""
    rows.sort()
    return [Status(*row) for row in rows]


def _stopped(at: int, who: str, reason: str) -> Stopped:
    return Stopped(at / MICROSECONDS, who, reason)
