"""What the SQLite engine promises of its file: durable, private, append-only, versioned, and clear when it cannot be."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import LedgerFileError, LedgerUnavailable
from planner.guard.ledger import Held, Mismatch, open_ledger
from planner.guard.mounts import network_file_system
from planner.guard.sqlite import SqliteLedger
from planner.guard.sqlite_file import resolve
from planner.guard.sqlite_schema import MIGRATIONS, migrate
from pricing.money import Micros
from tests.ledger_engines import counters, usd

ROOT = Path(__file__).parents[1]

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/ana/local rw - xfs /dev/sdb1 rw
32 22 0:42 / /mnt/two\040words rw - cifs //server/share rw
33 22 0:43 / /mnt/remote rw - fuse.sshfs ana@server: rw
34 22 0:44 / /mnt/archive rw - fuse.squashfuse image rw
35 22 0:45 / /mnt/over rw - nfs server:/a rw
36 22 0:46 / /mnt/over rw - tmpfs tmpfs rw
"""


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


# Bad places


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    with open_ledger(f"sqlite:///{path}") as ledger:
        assert ledger.budgets() == ()


def test_a_file_that_is_no_database_says_so(path: Path) -> None:
    path.write_bytes(b"name: my scenario\n" * 500)
    with pytest.raises(LedgerFileError, match=r"guard.db: is not a SQLite database; choose another path"):
        open_ledger(f"sqlite:///{path}")
    assert path.read_bytes() == b"name: my scenario\n" * 500


def test_a_damaged_ledger_says_so(path: Path) -> None:
    with open_ledger(f"sqlite:///{path}") as ledger:
        ledger.define("b", usd("10"), "lifetime")
        for number in range(200):
            ledger.hold(f"h{number}", Micros(1), ["b"])
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with (
        pytest.raises(
            LedgerFileError, match=r"guard.db: is damaged; keep a copy, then restore the last good one"
        ),
        open_ledger(f"sqlite:///{path}") as ledger,
    ):
        ledger.hold("a", Micros(1), ["b"])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("", r": is not a regular file; choose another path"),
        ("/missing/guard.db", r"missing/guard.db: its directory does not exist; create /"),
        ("/file/guard.db", r"file/guard.db: its directory does not exist"),
        ("/pipe", r"pipe: is not a regular file"),
        ("/" + "x" * 300, r"cannot be looked at: .*File name too long"),
        ("/a%00b", r"cannot be looked at: embedded null byte"),
    ],
)
def test_a_place_that_can_hold_no_file_says_why(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LedgerFileError, match=message) as raised:
        open_ledger(f"sqlite:///{tmp_path}{place}")
    assert "\n" not in str(raised.value)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory any user can look into; root may write anywhere, so another user tries."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def test_a_file_this_user_may_not_write_says_so(place: Path) -> None:
    open_ledger(f"sqlite:///{place}/guard.db").close()
    (place / "guard.db").chmod(0o444)
    (place / "guard.db.lock").chmod(0o666)
    said = _open_as_nobody(place / "guard.db")
    assert (
        said == f"{place}/guard.db: cannot be written: give this user write access to it and its directory\n"
    )


def test_a_lock_file_this_user_may_not_write_says_so(place: Path) -> None:
    open_ledger(f"sqlite:///{place}/guard.db").close()
    (place / "guard.db.lock").chmod(0o444)
    said = _open_as_nobody(place / "guard.db")
    assert said == f"{place}/guard.db: its lock file guard.db.lock cannot be used: Permission denied\n"


def test_a_directory_this_user_may_not_write_says_so(place: Path) -> None:
    place.chmod(0o555)
    said = _open_as_nobody(place / "guard.db")
    place.chmod(0o755)
    assert said == f"{place}/guard.db: its lock file guard.db.lock cannot be used: Permission denied\n"


def test_a_full_disk_says_so_and_loses_nothing(ledger: SqliteLedger) -> None:
    assert ledger._writer is not None
    ledger._writer.connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(
        LedgerUnavailable, match=r"guard.db: cannot grow: the disk is full; free some space and retry"
    ):
        for number in range(1_000):
            ledger.hold(f"h{number}", Micros(1), ["b"])
    held = ledger.status("b").held
    assert ledger.verify() == ()
    assert isinstance(ledger.hold("later", Micros(1), ["b"]), Held)
    assert ledger.status("b").held == held + 1


def test_a_program_that_holds_the_file_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.guard.sqlite_file.BUSY_S", 0.1)
    with open_ledger(f"sqlite:///{path}") as ledger:
        ledger.define("b", usd("10"), "lifetime")
        other = raw(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match=r"guard.db: was locked by another program"):
            ledger.hold("a", usd("1"), ["b"])
        other.execute("ROLLBACK")
        other.close()
        assert isinstance(ledger.hold("a", usd("1"), ["b"]), Held)


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_file_that_is_taken_away_is_missed(ledger: SqliteLedger, path: Path, what: str) -> None:
    """Going on in a file no one else sees would spend the budget twice."""
    path.rename(path.with_name("elsewhere.db"))
    if what == "replaced":
        raw(path).close()
        path.touch()
    with pytest.raises(LedgerFileError, match=r"guard.db: was removed or replaced while in use"):
        ledger.hold("b", usd("1"), ["b"])
    with pytest.raises(LedgerFileError, match=r"guard.db: was removed or replaced while in use"):
        ledger.status("b")
    path.with_name("elsewhere.db").rename(path)
    assert counters(ledger, "b") == (0, usd("2"), 0, 0)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/guard.db", None),
        ("/home/ana/guard.db", "nfs4"),
        ("/homes/guard.db", None),
        ("/home/ana/local/guard.db", None),
        ("/mnt/two words/guard.db", "cifs"),
        ("/mnt/remote/guard.db", "fuse.sshfs"),
        ("/mnt/archive/guard.db", None),
        ("/mnt/over/guard.db", None),
    ],
)
def test_the_file_system_of_a_path_is_the_deepest_mount_on_top(path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), MOUNTS) == kind
    assert network_file_system(Path(path), "") is None


def test_a_network_file_system_is_refused(path: Path) -> None:
    table = f"{MOUNTS}40 22 0:50 / {path.parent} rw - nfs server:/b rw\n"
    with pytest.raises(
        LedgerFileError, match=r"guard.db: lies on a network file system \(nfs\).*choose a local disk"
    ):
        resolve(path, table)
    assert resolve(path, MOUNTS) == path.resolve()


def _open_as_nobody(path: Path) -> str:
    """What opening the ledger says to a user who is not root; to this user, if that is not root."""
    command = [sys.executable, "-c", _OPEN_AS_NOBODY, f"sqlite:///{path}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


_OPEN_AS_NOBODY = """
import os, sys
import planner.guard.sqlite
from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import open_ledger
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with open_ledger(sys.argv[1]) as ledger:
        ledger.define("b", 1, "day")
except LedgerUnavailable as error:
    print(error)
"""
