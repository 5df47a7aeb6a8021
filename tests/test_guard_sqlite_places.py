"""Where the SQLite engine cannot keep a ledger, and the one line it says then."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planner.guard.errors import LedgerFileError, LedgerUnavailable
from planner.guard.ledger import Held, open_ledger
from planner.guard.ledger.mounts import network_file_system
from planner.guard.ledger.sqlite import SqliteLedger
from planner.guard.ledger.sqlite_file import resolve
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
        ("/a%00b", r"cannot be looked at: "),
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


def test_a_ledger_in_a_directory_nobody_may_write_can_be_read(place: Path) -> None:
    """An archive, or a volume mounted read-only: what lies in the file is all there is."""
    with _fed(place) as path:
        pass
    assert _read_as_nobody(path) == "2 entries, 5 held, adds up: True\n"
    assert sorted(each.name for each in place.iterdir()) == ["guard.db", "guard.db.lock"]


def test_newer_entries_beside_a_ledger_that_cannot_be_reached_are_not_passed_over(place: Path) -> None:
    """The log of a guard that was killed, without its index: the file alone would tell of an older day."""
    with _fed(place) as path:
        (copied := place / "copy").mkdir()
        for name in ("guard.db", "guard.db-wal"):
            shutil.copy(place / name, copied / name)
    copied.chmod(0o555)
    assert _read_as_nobody(copied / path.name) == (
        f"{copied}/guard.db: its newest entries are in guard.db-wal, which can only be read where its directory can be "
        "written; copy both files to a directory of yours and read that, or let this user write here\n"
    )


def test_a_ledger_that_is_written_to_while_it_is_read_as_it_lies_says_so(place: Path) -> None:
    with _fed(place) as path:
        pass
    command = [sys.executable, "-c", _READ_AS_NOBODY, f"sqlite:///{path}", "when told"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        place.chmod(0o755)
        with open_ledger(f"sqlite:///{path}") as writer:
            writer.define("c", Micros(1), "day")
            reader.stdin.write("\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == (
                f"{path}: is written to, which can only be followed where its directory can be written; start anew\n"
            )


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
    monkeypatch.setattr("planner.guard.ledger.sqlite_file.BUSY_S", 0.1)
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


@contextmanager
def _fed(place: Path) -> Iterator[Path]:
    """An open ledger of two entries, in files anybody may read and nobody may write."""
    path = place / "guard.db"
    with open_ledger(f"sqlite:///{path}") as ledger:
        ledger.define("b", Micros(9), "lifetime")
        ledger.hold("k", Micros(5), ["b"])
        for each in place.iterdir():
            each.chmod(0o644)
        yield path
    place.chmod(0o555)


def _read_as_nobody(path: Path) -> str:
    command = [sys.executable, "-c", _READ_AS_NOBODY, f"sqlite:///{path}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    path.parent.chmod(0o755)
    return ran.stdout.removeprefix("open\n") + ran.stderr


_READ_AS_NOBODY = """
import os, sys
import planner.guard.ledger.sqlite_view
from planner.guard.errors import LedgerUnavailable
from planner.guard.reading import open_to_read
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with open_to_read(sys.argv[1]) as ledger:
        print("open", flush=True)
        sys.argv[2:] and sys.stdin.readline()
        held = ledger.status("b").held
        print(f"{ledger.last_seq()} entries, {held} held, adds up: {not ledger.verify()}")
except LedgerUnavailable as error:
    print(error)
"""
_OPEN_AS_NOBODY = """
import os, sys
import planner.guard.ledger.sqlite
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
