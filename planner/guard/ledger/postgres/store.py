"""A `Store` in one transaction of a client, statement by statement: for what is rare, such as taking over a history.

It writes to the tables themselves, so it needs their owner's rights, and it keeps every verb out while it works.
"""

import json
from typing import Any

import psycopg

from planner.guard.ledger import Line, Status, Stopped
from planner.guard.ledger.postgres.reader import status_of
from planner.guard.ledger.store import MICROSECONDS, Draft, Look, Record
from planner.guard.ledger.windows import Per
from pricing.money import Micros

_RECORD = "key, state, asked, amount, offer, attempts, extra, billed, overrun, lease_until, windows"
_STATUSES = """
SELECT budget, period, limit_micros, settled, held, assumed, overrun FROM windows
WHERE id = ANY (%s) ORDER BY budget
"""
_APPEND = """
INSERT INTO entries (at, kind, key, amount, held, settled, assumed, overrun, windows, tags, seq)
SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, seq FROM ledger
"""
_COUNT = """
UPDATE windows SET held = held + %s, settled = settled + %s, assumed = assumed + %s, overrun = overrun + %s
WHERE id = ANY (%s)
"""
_REPLACE = """
UPDATE holds SET state = %s, amount = %s, attempts = %s, extra = %s, billed = %s, overrun = %s, lease_until = %s
WHERE key = %s
"""
_PUT_BUDGET = """
INSERT INTO budgets (name, limit_micros, per) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET limit_micros = excluded.limit_micros
"""
_OPEN_WINDOW = """
INSERT INTO windows (budget, period, limit_micros) SELECT name, %s, limit_micros FROM budgets WHERE name = %s
ON CONFLICT DO NOTHING
"""
_CLAIM = """
INSERT INTO notices (budget, period, threshold, token) VALUES (%s, %s, %s, '') ON CONFLICT DO NOTHING
"""


class PostgresStore:
    """Rows of the ledger its connection's transaction has to itself."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]", schema: str) -> None:
        self._connection = connection
        self._execute(f"SET LOCAL search_path = {schema}, pg_temp")
        self._execute("LOCK TABLE windows, ledger IN EXCLUSIVE MODE")
        self._windows: list[list[int]] = []
        """A booking's number is a place in this list."""

    def per(self, budget: str) -> Per | None:
        per: Per | None = self._first("SELECT per FROM budgets WHERE name = %s", budget)
        return per

    def limit(self, budget: str) -> Micros:
        return Micros(self._first("SELECT limit_micros FROM budgets WHERE name = %s", budget))

    def put_budget(self, budget: str, limit: Micros, per: Per) -> None:
        self._execute(_PUT_BUDGET, budget, limit, per)
        self._execute("UPDATE windows SET limit_micros = %s WHERE budget = %s", limit, budget)

    def booking(self, lines: tuple[Line, ...]) -> int:
        return self._book(sorted(self._window(line) for line in lines))

    def statuses(self, booking: int) -> list[Status]:
        return [status_of(list(row)) for row in self._execute(_STATUSES, self._windows[booking])]

    def look(self, key: str, at: int) -> Look:
        return Look(self.record(key), bool(self.overdue(at, 1)), self.stopped())

    def record(self, key: str) -> Record | None:
        rows = self._execute(f"SELECT {_RECORD} FROM holds WHERE key = %s", key)  # noqa: S608 - a constant
        return self._record(rows[0]) if rows else None

    def overdue(self, at: int, most: int) -> list[Record]:
        query = f"SELECT {_RECORD} FROM holds WHERE state = 'open' AND lease_until <= %s "  # noqa: S608
        return [self._record(row) for row in self._execute(query + "ORDER BY lease_until LIMIT %s", at, most)]

    def append(self, draft: Draft) -> int:
        windows = [] if draft.booking is None else self._windows[draft.booking]
        self._execute("UPDATE ledger SET seq = seq + 1")
        row = (draft.at, draft.kind, draft.key, draft.amount, *draft.change, windows, draft.tags)
        self._execute(_APPEND, *row)
        if any(draft.change):
            self._execute(_COUNT, *draft.change, windows)
        return int(self._first("SELECT seq FROM ledger"))

    def add(self, record: Record, seq: int) -> None:
        *fields, booking = record
        places = ", ".join(["%s"] * 12)
        self._execute(f"INSERT INTO holds VALUES ({places})", *fields, self._windows[booking], seq)  # noqa: S608
        self._look_again(record)

    def replace(self, record: Record) -> None:
        key, state, _, amount, _, *counted, _ = record
        self._execute(_REPLACE, state, amount, *counted, key)
        self._look_again(record)

    def switch(self, stopped: Stopped | None) -> None:
        words = stopped and json.dumps([round(stopped.at * MICROSECONDS), [stopped.who, stopped.reason]])
        self._execute("UPDATE ledger SET stopped = %s", words)

    def stopped(self) -> Stopped | None:
        words = self._first("SELECT stopped FROM ledger")
        if words is None:
            return None
        at, (who, reason) = json.loads(words)
        return Stopped(at / MICROSECONDS, who, reason)

    def claim(self, line: Line, threshold: str) -> bool:
        cursor = self._connection.execute(_CLAIM.encode(), (*line, threshold))
        return cursor.rowcount == 1

    def _window(self, line: Line) -> int:
        self._execute(_OPEN_WINDOW, line.period, line.budget)
        return int(self._first("SELECT id FROM windows WHERE budget = %s AND period = %s", *line))

    def _book(self, windows: list[int]) -> int:
        self._windows.append(windows)
        return len(self._windows) - 1

    def _record(self, row: tuple[Any, ...]) -> Record:
        return Record(*(*row[:-1], self._book(row[-1])))

    def _look_again(self, record: Record) -> None:
        """An open hold may end before the moment up to which all have been swept."""
        if record.state == "open":
            self._execute("UPDATE ledger SET swept = least(swept, %s)", record.lease_until - 1)

    def _first(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - a column of any type
        rows = self._execute(query, *parameters)
        return rows[0][0] if rows else None

    def _execute(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(query.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []
