"""Questions to a ledger in PostgreSQL that change nothing: each is one statement, so each sees one moment."""

import json
from typing import TYPE_CHECKING, Literal

from planner.guard.errors import UnknownBudget, UnknownHold
from planner.guard.ledger import Change, Entry, Hold, Line, Mismatch, Status, Stopped
from planner.guard.ledger.store import MICROSECONDS, STATES
from planner.guard.ledger.windows import Per, per_of
from pricing.money import Micros

if TYPE_CHECKING:
    from planner.guard.ledger.postgres.asking import Asking, Parameter, Row

_PATIENCE_S = 600.0
"""For questions about the whole history."""

_BUDGETS = "SELECT json_build_array(name) FROM @.budgets ORDER BY name"
_PER = "SELECT json_build_array(per) FROM @.budgets WHERE name = $1"
_STATUS = """
SELECT json_build_array(asked.name, asked.period, asked.limit_micros,
    coalesce(settled, 0), coalesce(held, 0), coalesce(assumed, 0), coalesce(overrun, 0))
FROM (SELECT name, limit_micros, coalesce($2, @.period_at(per, @.moment(NULL))) AS period
    FROM @.budgets WHERE name = $1) AS asked
LEFT JOIN @.windows ON windows.budget = asked.name AND windows.period = asked.period
"""
_ENTRIES = """
SELECT json_build_array(seq, at, kind, key, amount, held, settled, assumed, overrun, windows, tags)
FROM @.entries WHERE seq > $1 ORDER BY seq LIMIT $2
"""
_LINES = "SELECT json_build_array(id, budget, period) FROM @.windows"
_HOLD = """
SELECT json_build_array(holds.key, state, holds.amount, offer, attempts, billed, lease_until, holds.windows,
    entries.at, entries.tags)
FROM @.holds JOIN @.entries ON entries.seq = holds.seq
"""
_WHERE: dict[Literal["open", "lapsed"], str] = {
    "open": "WHERE state = 'open' ORDER BY lease_until, holds.key",
    "lapsed": "WHERE state = 'assumed' OR state = 'released' ORDER BY lease_until, holds.key",
}
_LAST = "SELECT json_build_array(coalesce(max(seq), 0)) FROM @.entries"
_STOPPED = "SELECT stopped FROM @.ledger WHERE stopped IS NOT NULL"

_MISMATCHES = """
WITH sums AS MATERIALIZED (
    SELECT id, sum(held) AS held, sum(settled) AS settled, sum(assumed) AS assumed, sum(overrun) AS overrun
    FROM @.entries, unnest(windows) AS id GROUP BY id
), pending AS MATERIALIZED (
    SELECT id, sum(amount) FILTER (WHERE state = 'open') AS held, sum(billed) FILTER (WHERE state = 'assumed') AS assumed
    FROM @.holds, unnest(windows) AS id WHERE state IN ('open', 'assumed') GROUP BY id
), defined AS MATERIALIZED (
    SELECT DISTINCT ON (budget) budget, amount FROM @.entries JOIN @.windows ON id = entries.windows[1]
    WHERE kind = 'define' ORDER BY budget, seq DESC
), figures AS (
    SELECT 1 AS part, 'number of entries' AS place, (SELECT seq FROM @.ledger) AS recorded,
        (SELECT count(*) FROM @.entries) AS recomputed
    UNION ALL SELECT 1, 'last entry', (SELECT seq FROM @.ledger), (SELECT coalesce(max(seq), 0) FROM @.entries)
    UNION ALL SELECT 2, name || ' of ' || budget || ' in ' || period, recorded, recomputed
    FROM @.windows LEFT JOIN sums USING (id) CROSS JOIN LATERAL (VALUES
        ('held', windows.held, coalesce(sums.held, 0)), ('settled', windows.settled, coalesce(sums.settled, 0)),
        ('assumed', windows.assumed, coalesce(sums.assumed, 0)),
        ('overrun', windows.overrun, coalesce(sums.overrun, 0))) AS counters (name, recorded, recomputed)
    UNION ALL SELECT 3, name || ' of ' || budget || ' in ' || period, recorded, recomputed
    FROM @.windows LEFT JOIN sums USING (id) LEFT JOIN pending USING (id) CROSS JOIN LATERAL (VALUES
        ('open holds', coalesce(pending.held, 0), coalesce(sums.held, 0)),
        ('assumed holds', coalesce(pending.assumed, 0), coalesce(sums.assumed, 0)))
        AS counted (name, recorded, recomputed)
    UNION ALL SELECT 4, 'limit of ' || name, limit_micros, coalesce(amount, 0)
    FROM @.budgets LEFT JOIN defined ON budget = name
    UNION ALL SELECT 5, 'limit of ' || budget || ' in ' || period, windows.limit_micros, budgets.limit_micros
    FROM @.windows JOIN @.budgets ON name = budget
)
SELECT json_build_array(place, recorded, recomputed) FROM figures WHERE recorded <> recomputed ORDER BY part, place
"""


class PostgresReader:
    """A `Reader` that asks the server."""

    def __init__(self, asking: "Asking") -> None:
        self._asking = asking
        self._schema = asking.address.quoted_schema
        self._pers: dict[str, Per] = {}
        self._known_lines: dict[int, Line] = {}

    def budgets(self) -> tuple[str, ...]:
        return tuple(name for (name,) in self._rows(_BUDGETS))

    def per(self, budget: str) -> Per | None:
        if budget not in self._pers:
            rows = self._rows(_PER, budget) if _can_be_stored(budget) else []
            if not rows:
                return None
            self._pers[budget] = rows[0][0]
        return self._pers[budget]

    def status(self, line: Line) -> Status:
        (row,) = self._rows(_STATUS, *line)
        return status_of(row)

    def status_now(self, budget: str) -> Status:
        """In the period it is by the server's calendar."""
        rows = self._rows(_STATUS, budget, None) if _can_be_stored(budget) else []
        if not rows:
            raise UnknownBudget(budget)
        return status_of(rows[0])

    def entries(self, after: int, most: int) -> list[Entry]:
        return [self._entry(row) for row in self._rows(_ENTRIES, after, most)]

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]:
        return tuple(self._hold(row) for row in self._rows(_HOLD + _WHERE[state], deadline_s=_PATIENCE_S))

    def find(self, key: str) -> Hold:
        rows = self._rows(_HOLD + "WHERE holds.key = $1", key) if _can_be_stored(key) else []
        if not rows:
            raise UnknownHold(key)
        return self._hold(rows[0])

    def stopped(self) -> Stopped | None:
        for at, (who, reason) in self._rows(_STOPPED):
            return Stopped(at / MICROSECONDS, who, reason)
        return None

    def mismatches(self) -> tuple[Mismatch, ...]:
        return tuple(Mismatch(*row) for row in self._rows(_MISMATCHES, deadline_s=_PATIENCE_S))

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return int(self._rows(_LAST)[0][0])

    def _rows(self, query: str, *parameters: "Parameter", deadline_s: float | None = None) -> "list[Row]":
        statement = query.replace("@", self._schema).encode()
        return self._asking.rows(statement, *parameters, deadline_s=deadline_s)

    def _entry(self, row: "Row") -> Entry:
        seq, at, kind, key, amount, held, settled, assumed, overrun, windows, tags = row
        change = Change(held, settled, assumed, overrun)
        lines = self._lines(windows)
        return Entry(
            seq, at / MICROSECONDS, kind, key, Micros(amount), lines, change, json.loads(tags or "{}")
        )

    def _hold(self, row: "Row") -> Hold:
        key, state, amount, offer, attempts, billed, lease_until, windows, held_at, tags = row
        return Hold(
            key=key,
            state=STATES[state],
            amount=Micros(amount),
            offer=offer,
            attempts=attempts,
            billed=Micros(billed if state == "settled" else 0),
            assumed=Micros(billed if state == "assumed" else 0),
            held_at=held_at / MICROSECONDS,
            lease_until=lease_until / MICROSECONDS,
            lines=self._lines(windows),
            tags=json.loads(tags or "{}"),
        )

    def _lines(self, windows: list[int]) -> tuple[Line, ...]:
        """In order of name. A window never changes its line, so all are asked for when one is new."""
        if any(number not in self._known_lines for number in windows):
            rows = self._rows(_LINES)
            self._known_lines = {number: Line(budget, period) for number, budget, period in rows}
        return tuple(sorted(self._known_lines[number] for number in windows))


def status_of(row: "Row") -> Status:
    """A budget's name, its period, its limit, and what is settled, held, assumed and overrun."""
    budget, period, *amounts = row
    return Status(budget, period, per_of(period), *amounts)


def _can_be_stored(name: str) -> bool:
    """What no budget and no key may hold would not reach the server as it is."""
    return isinstance(name, str) and name.isprintable()
