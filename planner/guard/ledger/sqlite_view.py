"""A ledger's file opened to be looked at: nothing is made or changed, and those who write to it do not notice."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

from planner.guard.errors import LedgerFileError, LedgerUnavailable, LedgerUrlError
from planner.guard.ledger import Clock, Ledger, open_ledger
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.mounts import read_mount_table
from planner.guard.ledger.sqlite_file import BUSY_S, cannot_write, explain, parse_place, resolve
from planner.guard.ledger.sqlite_reader import SqliteReader
from planner.guard.ledger.sqlite_schema import APPLICATION_ID, MIGRATIONS
from planner.guard.ledger.store import Store
from planner.guard.ledger.urls import shown_url
from pricing.printable import printable

T = TypeVar("T")

_SIDE_FILES = ("", "-wal", "-shm", "-journal", ".lock", ".merging", ".seen")


def view(url: str, clock: Clock) -> "SqliteView":
    """The ledger in the file, which must exist; raises `LedgerError` otherwise."""
    return SqliteView(ledger_file(url), clock)


def existing(url: str) -> Ledger:
    """The ledger to be corrected; raises `LedgerError` when there is no file."""
    ledger_file(url)
    return open_ledger(url)


def name(url: str) -> str:
    path, _ = parse_place(url.partition("://")[2])
    return printable(f"sqlite:///{path.absolute()}", 300)


def files(url: str) -> tuple[str, ...]:
    """The file, and what SQLite and the ledger keep beside it."""
    path = ledger_file(url)
    return tuple(f"{path}{suffix}" for suffix in _SIDE_FILES)


def make(url: str) -> str:
    """Makes the file if it is missing; says what was done."""
    path, _ = parse_place(url.partition("://")[2])
    there = path.exists()
    open_ledger(url).close()
    return f"{path}: is a ledger already; nothing changed" if there else f"{path}: made"


def migrate(url: str) -> str:
    """Brings a file of an older version up to date; says what was done."""
    path = ledger_file(url)
    open_ledger(url).close()
    return f"{path}: is of the newest version"


def roles(url: str) -> str:
    raise LedgerUrlError(f"{shown_url(url)}: a file has no roles; its owner and mode say who may use it")


def ledger_file(url: str) -> Path:
    """The file behind the URL of a ledger that exists; raises `LedgerError` when there is none."""
    path, _ = parse_place(url.partition("://")[2])
    real = resolve(path, read_mount_table())
    if not real.exists():
        raise LedgerFileError(f"{path}: there is no ledger here; a guard makes it when it starts")
    if not real.stat().st_size:
        raise LedgerFileError(f"{path}: is empty; a guard makes it a ledger when it starts")
    return real


class SqliteView(EngineLedger):
    """A ledger's answers without its verbs, which raise `LedgerUnavailable`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(clock, "assume_billed")
        self.path = path
        self._identity = _identity(path)
        self._still: tuple[int, ...] | None = None
        """How the file looked that can only be read as it lies; None where SQLite keeps readers and writers apart."""
        self._connection = self._open()
        self._reader = SqliteReader(self._connection)

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return self._read(lambda _: _number(self._connection, "SELECT coalesce(max(seq), 0) FROM entries"))

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Something only this engine can answer."""
        return self._read(lambda _: question(self._connection))

    def close(self) -> None:
        """The last to close a file tidies it up, which is for one process at a time."""
        with _gate_if_free(self.path):
            self._connection.close()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> NoReturn:
        raise LedgerUnavailable(f"{self.path}: is open for reading only")

    def _read(self, query: Callable[[Reader], T]) -> T:
        if _identity(self.path) != self._identity:
            raise LedgerFileError(f"{self.path}: was removed or replaced while it was read; start anew")
        try:
            with _explained(self.path):
                return query(self._reader)
        finally:
            self._check_still()

    def _check_still(self) -> None:
        """Whatever was read or failed while somebody wrote means nothing."""
        if self._still not in (None, _looks(self.path)):
            raise LedgerFileError(
                f"{self.path}: is written to, which can only be followed where its directory can be written; start anew"
            )

    def _open(self) -> sqlite3.Connection:
        """SQLite needs to write beside the file to read it; the file itself stays as it is."""
        with _explained(self.path):
            try:
                return _connect(self.path, "mode=rw")
            except sqlite3.OperationalError as error:
                if not cannot_write(error):
                    raise
            return self._open_as_it_lies()

    def _open_as_it_lies(self) -> sqlite3.Connection:
        """Where nothing can be written: safe while no log holds newer entries and nobody writes, which `_read` looks at."""
        self._still = _looks(self.path)
        if self._still[0]:
            raise LedgerFileError(
                f"{self.path}: its newest entries are in {self.path.name}-wal, which can only be read where its directory "
                "can be written; copy both files to a directory of yours and read that, or let this user write here"
            )
        return _connect(self.path, "mode=ro&immutable=1")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _connect(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path, options), uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _looks(path: Path) -> tuple[int, ...]:
    """What changes with every write: how long the log is, and when the file was changed."""
    log = path.with_name(f"{path.name}-wal")
    file = path.stat()
    return (log.stat().st_size if log.exists() else 0), file.st_size, file.st_mtime_ns


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version, newest = _number(connection, "PRAGMA user_version"), len(MIGRATIONS)
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise LedgerFileError(f"{path}: is another program's SQLite database, not a ledger")
    if version > newest:
        raise LedgerFileError(
            f"{path}: was written by a newer Bursar (version {version}, not {newest}); upgrade bursar"
        )
    if version < newest:
        raise LedgerFileError(
            f"{path}: is of an older version ({version}, not {newest}); start a guard on it once"
        )


def _uri(path: Path, options: str) -> str:
    """Opens a file that is there, and never makes one."""
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?{options}"


def _number(connection: sqlite3.Connection, query: str) -> int:
    (value,) = connection.execute(query).fetchone()
    return int(value)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _gate_if_free(path: Path) -> Iterator[None]:
    """The writers' gate; whoever holds it has the file open as well, so then nothing is left to tidy up."""
    descriptor = None
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
