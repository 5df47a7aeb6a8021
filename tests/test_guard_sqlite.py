"""What the SQLite engine promises of its file: durable, private, append-only, versioned."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import LedgerFileError
from planner.guard.ledger import Mismatch, open_ledger
from planner.guard.ledger.sqlite import SqliteLedger
from planner.guard.ledger.sqlite_schema import MIGRATIONS, migrate
from tests.ledger_engines import usd


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guard.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """A budget of $10, and $2 of it held."""
    with open_ledger(f"sqlite:///{path}") as ledger:
        assert isinstance(ledger, SqliteLedger)
        ledger.define("b", usd("10"), "lifetime")
        ledger.hold("a", usd("2"), ["b"])
        yield ledger


def raw(path: Path) -> sqlite3.Connection:
    """The file as anyone can open it."""
    return sqlite3.connect(path, isolation_level=None)


def alter(path: Path, *statements: str) -> None:
    connection = raw(path)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def pragma(ledger: SqliteLedger, name: str) -> object:
    assert ledger._writer is not None
    (value,) = ledger._writer.connection.execute(f"PRAGMA {name}").fetchone()
    return value


# Durable


@pytest.mark.parametrize(
    ("query", "level"),
    [("", 2), ("?synchronous=FULL", 2), ("?synchronous=NORMAL", 1), ("?synchronous=normal", 1)],
)
def test_every_commit_is_synced_unless_the_url_asks_otherwise(path: Path, query: str, level: int) -> None:
    with open_ledger(f"sqlite:///{path}{query}") as ledger:
        assert isinstance(ledger, SqliteLedger)
        assert (pragma(ledger, "synchronous"), pragma(ledger, "journal_mode")) == (level, "wal")


def test_the_level_survives_a_reopened_connection(ledger: SqliteLedger) -> None:
    ledger.before_fork()
    ledger.after_fork_in_parent()
    ledger.touch()
    assert pragma(ledger, "synchronous") == 2


def test_a_relative_url_is_relative_and_an_absolute_one_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_ledger("sqlite:///near.db").close()
    open_ledger(f"sqlite:///{tmp_path}/far%20away.db").close()
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["far away.db", "near.db"]


# Private


def test_every_file_of_the_ledger_is_its_owners_alone(ledger: SqliteLedger, path: Path) -> None:
    ledger.status("b")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"guard.db": 0o600, "guard.db-shm": 0o600, "guard.db-wal": 0o600, "guard.db.lock": 0o600}


def test_an_open_umask_opens_nothing(path: Path) -> None:
    before = os.umask(0)
    try:
        with open_ledger(f"sqlite:///{path}") as ledger:
            ledger.define("b", usd("1"), "day")
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(before)


# Append-only


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE entries SET amount = 0", "entries are never changed"),
        ("DELETE FROM entries", "entries are never deleted"),
        ("DELETE FROM holds", "holds are never deleted"),
        ("UPDATE windows SET held = -1", "CHECK constraint failed"),
        ("UPDATE windows SET settled = -1", "CHECK constraint failed"),
        ("UPDATE windows SET held = 'much'", "cannot store TEXT value in INTEGER column"),
        ("UPDATE windows SET held = 0.5", "cannot store REAL value in INTEGER column"),
        (
            "INSERT INTO entries SELECT 9, at, 'gift', key, 0, 0, 0, 0, 0, booking, NULL FROM entries",
            "CHECK constraint",
        ),
        (
            "INSERT INTO entries SELECT 9, at, 'hold', 'x', 1, 9000000, 0, 0, 0, booking, NULL FROM entries",
            "above the limit",
        ),
    ],
)
def test_the_file_itself_defends_its_history(
    ledger: SqliteLedger, path: Path, statement: str, message: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=message):
        alter(path, statement)
    assert ledger.verify() == ()


def test_what_someone_changed_by_hand_is_found(ledger: SqliteLedger, path: Path) -> None:
    alter(
        path,
        "UPDATE windows SET held = held - 1",
        "UPDATE budgets SET limit_micros = 99",
        "DROP TRIGGER entries_last",
        "DELETE FROM entries WHERE kind = 'define'",
    )
    assert set(ledger.verify()) == {
        Mismatch("held of b in lifetime", 1_999_999, 2_000_000),
        Mismatch("limit of b", 99, 0),
        Mismatch("number of entries", 2, 1),
    }


def test_a_hold_that_was_tampered_with_is_found(ledger: SqliteLedger, path: Path) -> None:
    alter(path, "UPDATE holds SET state = 'voided'")
    assert ledger.verify() == (Mismatch("open holds of booking 1", 0, 2_000_000),)


# Versions


def test_a_ledger_says_what_it_is_and_which_version(ledger: SqliteLedger) -> None:
    assert (pragma(ledger, "application_id"), pragma(ledger, "user_version")) == (0x42555253, 1)


def test_a_newer_version_is_left_alone(path: Path) -> None:
    open_ledger(f"sqlite:///{path}").close()
    alter(path, "PRAGMA user_version = 7")
    before = path.read_bytes()
    with pytest.raises(
        LedgerFileError, match=r"guard.db: was written by a newer Bursar \(version 7, not 1\); upgrade"
    ):
        open_ledger(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_an_older_file_takes_the_steps_it_lacks(ledger: SqliteLedger, path: Path) -> None:
    connection = raw(path)
    migrate(
        connection,
        (*MIGRATIONS, ("ALTER TABLE budgets ADD COLUMN note TEXT", "CREATE TABLE more (n INTEGER) STRICT")),
    )
    assert connection.execute("SELECT name, note FROM budgets").fetchall() == [("b", None)]
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(ledger: SqliteLedger, path: Path) -> None:
    connection = raw(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*MIGRATIONS, ("CREATE TABLE more (n INTEGER) STRICT", "no statement")))
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").fetchone() == (0,)
    connection.close()


def test_another_programs_database_is_not_touched(path: Path) -> None:
    alter(path, "CREATE TABLE photos (name TEXT)")
    with pytest.raises(
        LedgerFileError, match=r"guard.db: is another program's SQLite database; choose another path"
    ):
        open_ledger(f"sqlite:///{path}")
    connection = raw(path)
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("photos",)]
    connection.close()
