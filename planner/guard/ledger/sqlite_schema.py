"""The tables of a ledger file, and how an older file becomes the current one.

`entries` is the truth. The counters in `windows` are moved by a trigger on it, so no code can append without
counting or count without appending; the same trigger refuses a hold that would lift a budget over its limit.
"""

import sqlite3
from collections.abc import Sequence

from planner.guard.errors import LedgerFileError

APPLICATION_ID = 0x42555253
"""`BURS`: tells a ledger from any other SQLite file."""

_V1 = (
    """CREATE TABLE budgets (
        name TEXT PRIMARY KEY,
        limit_micros INTEGER NOT NULL CHECK (limit_micros >= 0),
        per TEXT NOT NULL CHECK (per IN ('day', 'month', 'lifetime'))
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE windows (
        id INTEGER PRIMARY KEY,
        budget TEXT NOT NULL REFERENCES budgets (name),
        period TEXT NOT NULL,
        settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),
        held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
        assumed INTEGER NOT NULL DEFAULT 0 CHECK (assumed BETWEEN 0 AND settled),
        overrun INTEGER NOT NULL DEFAULT 0 CHECK (overrun BETWEEN 0 AND settled),
        UNIQUE (budget, period)
    ) STRICT""",
    # A booking is a set of windows that are counted together. Calls share a few.
    """CREATE TABLE bookings (
        id INTEGER PRIMARY KEY,
        lines TEXT NOT NULL UNIQUE
    ) STRICT""",
    """CREATE TABLE booked (
        booking INTEGER NOT NULL REFERENCES bookings (id),
        window INTEGER NOT NULL REFERENCES windows (id),
        PRIMARY KEY (booking, window)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN
            ('define', 'hold', 'extend', 'settle', 'void', 'assume', 'lapse', 'refuse', 'stop', 'resume', 'notice')),
        key TEXT,
        amount INTEGER NOT NULL CHECK (amount >= 0),
        held INTEGER NOT NULL,
        settled INTEGER NOT NULL,
        assumed INTEGER NOT NULL,
        overrun INTEGER NOT NULL,
        booking INTEGER REFERENCES bookings (id),
        tags TEXT
    ) STRICT""",
    # One row per key for ever: a retry is safe years later. Time-ordered keys keep its pages together.
    """CREATE TABLE holds (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('open', 'assumed', 'released', 'settled', 'voided')),
        asked INTEGER NOT NULL CHECK (asked >= 0),
        amount INTEGER NOT NULL CHECK (amount >= asked),
        offer INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        extra INTEGER NOT NULL,
        billed INTEGER NOT NULL CHECK (billed >= 0),
        overrun INTEGER NOT NULL CHECK (overrun >= 0),
        lease_until INTEGER NOT NULL,
        booking INTEGER NOT NULL REFERENCES bookings (id),
        seq INTEGER NOT NULL REFERENCES entries (seq)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX holds_open ON holds (lease_until) WHERE state = 'open'",
    "CREATE INDEX holds_lapsed ON holds (lease_until) WHERE state = 'assumed' OR state = 'released'",
    """CREATE TABLE stops (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE notices (
        budget TEXT NOT NULL REFERENCES budgets (name),
        period TEXT NOT NULL,
        threshold TEXT NOT NULL,
        PRIMARY KEY (budget, period, threshold)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TRIGGER entries_count AFTER INSERT ON entries
    WHEN NEW.held <> 0 OR NEW.settled <> 0 OR NEW.assumed <> 0 OR NEW.overrun <> 0
    BEGIN
        UPDATE windows SET
            settled = settled + NEW.settled,
            held = held + NEW.held,
            assumed = assumed + NEW.assumed,
            overrun = overrun + NEW.overrun
        WHERE id IN (SELECT window FROM booked WHERE booking = NEW.booking);
        SELECT RAISE(ABORT, 'a hold above the limit')
        FROM booked JOIN windows ON windows.id = booked.window JOIN budgets ON budgets.name = windows.budget
        WHERE NEW.kind IN ('hold', 'extend') AND booked.booking = NEW.booking
            AND windows.settled + windows.held > budgets.limit_micros;
    END""",
    """CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER entries_last BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END""",
    """CREATE TRIGGER holds_last BEFORE DELETE ON holds
    BEGIN SELECT RAISE(ABORT, 'holds are never deleted'); END""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_V1,)
"""Statements that lead from version n to n + 1, first to last. A released step is never edited."""


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring the file to the newest version, in one transaction; a new file gets all steps.

    Raises `LedgerFileError` for another program's database and for a newer version, and leaves it as it is.
    """
    if _version(connection) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _take_steps(connection, migrations)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _take_steps(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    version = _version(connection)
    if version > len(migrations):
        raise LedgerFileError(
            f"was written by a newer Bursar (version {version}, not {len(migrations)}); upgrade bursar"
        )
    for step in migrations[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(connection: sqlite3.Connection) -> int:
    """The version of a ledger file, 0 for an empty one."""
    application = _pragma(connection, "application_id")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise LedgerFileError("is another program's SQLite database; choose another path for the ledger")
    return _pragma(connection, "user_version")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
