"""The two tables a journal has beside those of a ledger: whose journal it is, how far it is merged, and its accounts."""

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from planner.guard.errors import JournalError
from planner.guard.ledger import Line
from planner.guard.ledger.outage.belonging import Place
from planner.guard.ledger.sqlite_store import SqliteStore
from planner.guard.ledger.sqlite_view import SqliteView
from planner.guard.ledger.store import Store
from pricing.money import Micros, format_usd

MONEY = ("hold", "extend", "settle", "void", "assume", "lapse")
"""The entries that are merged; the others concern this machine alone."""
IS_MONEY = "kind IN ('hold', 'extend', 'settle', 'void', 'assume', 'lapse')"
_TABLES = (
    """CREATE TABLE IF NOT EXISTS journal (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        ledger TEXT,
        place TEXT NOT NULL,
        shown TEXT NOT NULL,
        merged INTEGER NOT NULL DEFAULT 0,
        epoch INTEGER NOT NULL DEFAULT 0,
        stop_seen INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS accounts (
        budget TEXT NOT NULL,
        period TEXT NOT NULL,
        per TEXT NOT NULL,
        limit_micros INTEGER NOT NULL,
        offset_micros INTEGER NOT NULL,
        seen_at REAL NOT NULL,
        PRIMARY KEY (budget, period)
    ) STRICT""",
)
_UNMERGED = f"""
SELECT windows.budget, windows.period, sum(entries.held + entries.settled)
FROM entries JOIN booked ON booked.booking = entries.booking JOIN windows ON windows.id = booked.window
WHERE entries.seq > (SELECT merged FROM journal) AND {IS_MONEY} GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - a constant


class Unmerged(NamedTuple):
    """What the ledger has not been told of."""

    entries: int
    amounts: tuple[tuple[Line, Micros], ...]

    def __str__(self) -> str:
        found = [
            f"{format_usd(amount)} of budget {line.budget} ({line.period})" for line, amount in self.amounts
        ]
        return ", ".join(found) or f"{self.entries} entries about calls that are counted already"


def unmerged(connection: sqlite3.Connection) -> Unmerged:
    """What a journal's ledger has not been told of."""
    query = f"SELECT count(*) FROM entries WHERE seq > (SELECT merged FROM journal) AND {IS_MONEY}"  # noqa: S608
    (entries,) = connection.execute(query).fetchone()
    rows = connection.execute(_UNMERGED).fetchall()
    return Unmerged(
        entries, tuple((Line(name, period), Micros(sum_)) for name, period, sum_ in rows if sum_ > 0)
    )


class Belonging(NamedTuple):
    """Whose journal it is, and how it stands."""

    ledger: str | None
    """What `identity_of` says; None when the ledger could not be asked yet."""
    place: str
    shown: str
    merged: int
    epoch: int
    stop_seen: int
    """Whether the stop in it is the ledger's."""


class Look(NamedTuple):
    """A journal as others find it."""

    belonging: Belonging
    unmerged: Unmerged


def look(file: Path) -> Look | None:
    """At a ledger's file, without changing anything; None when it is no journal. Raises `LedgerError`."""
    with SqliteView(file, time.time) as view:
        return view.ask(_look)


def _look(connection: sqlite3.Connection) -> Look | None:
    found = belonging(connection)
    return None if found is None else Look(found, unmerged(connection))


def belonging(connection: sqlite3.Connection) -> Belonging | None:
    """Of any ledger's file."""
    (known,) = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'").fetchone()
    row = (
        known
        and connection.execute(
            "SELECT ledger, place, shown, merged, epoch, stop_seen FROM journal"
        ).fetchone()
    )
    return Belonging(*row) if row else None


def lacks_tables(connection: sqlite3.Connection) -> bool:
    (known,) = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'").fetchone()
    return not known


def needed(connection: sqlite3.Connection) -> bool:
    if lacks_tables(connection):
        return False
    query = f"SELECT 1 FROM entries WHERE seq > (SELECT merged FROM journal) AND {IS_MONEY} LIMIT 1"  # noqa: S608
    return connection.execute(query).fetchone() is not None


def claim(connection: sqlite3.Connection, place: Place, identity: str | None, file: str) -> None:
    known = belonging(connection)
    if known is None:
        query = f"SELECT 1 FROM entries WHERE {IS_MONEY} LIMIT 1"  # noqa: S608
        if connection.execute(query).fetchone() is not None:
            raise JournalError(
                f"{file}: does not say which ledger it is the journal of, and has calls in it; give journal= another "
                "file, and if it is a journal of an older version: bursar guard merge --adopt"
            )
        _insert(connection, place, identity)
        return
    same = known.place == place.digest if None in (identity, known.ledger) else known.ledger == identity
    if not same:
        raise JournalError(foreign(file, known, place))
    if identity is not None and (known.ledger, known.place) != (identity, place.digest):
        connection.execute(
            "UPDATE journal SET ledger = ?, place = ?, shown = ?", (identity, place.digest, place.shown)
        )


def foreign(file: str, known: Belonging, place: Place) -> str:
    """What is said of another ledger's journal."""
    whose = known.shown if known.shown != place.shown else f"another ledger that was at {known.shown}"
    return f"{file}: is the journal of {whose}, not of {place.shown}; give this guard a journal of its own with journal="


def adopt(connection: sqlite3.Connection, place: Place, identity: str) -> None:
    if belonging(connection) is None:
        _insert(connection, place, identity)


def _insert(connection: sqlite3.Connection, place: Place, identity: str | None) -> None:
    connection.execute(
        "INSERT INTO journal (id, ledger, place, shown) VALUES (1, ?, ?, ?)",
        (identity, place.digest, place.shown),
    )


def connection_of(store: Store) -> sqlite3.Connection:
    """The connection of the journal's own store, in the transaction it is in."""
    assert isinstance(store, SqliteStore)  # noqa: S101 - a journal is a file
    for statement in _TABLES if lacks_tables(store.connection) else ():
        store.connection.execute(statement)
    return store.connection
