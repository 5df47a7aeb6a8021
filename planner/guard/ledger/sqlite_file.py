"""Opens the file of a ledger: refuses unfit places, makes it private, says in one line what is wrong."""

import os
import re
import sqlite3
import stat
from pathlib import Path
from typing import Literal

from planner.guard.errors import LedgerFileError, LedgerUnavailable, LedgerUrlError
from planner.guard.ledger.mounts import network_file_system
from planner.guard.ledger.sqlite_schema import migrate
from planner.guard.ledger.urls import shown_url

Synchronous = Literal["FULL", "NORMAL"]

OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""
BUSY_S = 10.0
"""How long to wait for a program that holds the file without passing the gate."""
_CACHE_KIB = 16_384
_PAGE_BYTES = 2_048
"""Of a new file. A verb changes four pages and logs them whole, so small ones cost less; a file keeps its size."""

_CREDENTIALS = re.compile(r":.*@")

_WHAT_FAILED: dict[int, tuple[type[LedgerUnavailable], str]] = {
    sqlite3.SQLITE_BUSY: (
        LedgerUnavailable,
        f"was locked by another program for {BUSY_S:.0f} s; close that program",
    ),
    sqlite3.SQLITE_FULL: (LedgerUnavailable, "cannot grow: the disk is full; free some space and retry"),
    sqlite3.SQLITE_IOERR: (
        LedgerUnavailable,
        "cannot be read or written: look at the disk's health, space and quota",
    ),
    sqlite3.SQLITE_READONLY: (
        LedgerFileError,
        "cannot be written: give this user write access to it and its directory",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        LedgerFileError,
        "cannot be opened: give this user write access to it and its directory",
    ),
    sqlite3.SQLITE_NOTADB: (LedgerFileError, "is not a SQLite database; choose another path for the ledger"),
    sqlite3.SQLITE_CORRUPT: (LedgerFileError, "is damaged; keep a copy, then restore the last good one"),
}


def parse_place(place: str) -> tuple[Path, Synchronous]:
    """The path and the options of what follows `sqlite://` in a URL."""
    path, _, query = place.partition("?")
    if not path.startswith("/") or path == "/":
        raise LedgerUrlError(
            f"{shown_url(f'sqlite://{place}')} names no file; write sqlite:///guard.db or sqlite:////var/lib/guard.db"
        )
    if _CREDENTIALS.search(path):
        raise LedgerUrlError(
            "a sqlite:// URL takes no user and no password; in the name of a file write @ as %40"
        )
    if "%" in path:
        from urllib.parse import unquote  # rarely needed, slow to import

        path = unquote(path)
    if path == "/:memory:":
        raise LedgerUrlError("a ledger in memory is memory://")
    return Path(path[1:]), _synchronous(query)


def resolve(path: Path, mount_table: str) -> Path:
    """The real path of the file, once it is known that a ledger can live there."""
    try:
        real = path.resolve()
        if not real.parent.is_dir():
            raise LedgerFileError(f"{path}: its directory does not exist; create {real.parent}")
        if real.exists() and not stat.S_ISREG(real.stat().st_mode):
            raise LedgerFileError(f"{path}: is not a regular file; choose another path for the ledger")
    except (OSError, ValueError, RuntimeError) as error:
        raise LedgerFileError(f"{str(path)[:200]}: cannot be looked at: {error}") from error
    remote = network_file_system(real, mount_table)
    if remote is not None:
        raise LedgerFileError(
            f"{path}: lies on a network file system ({remote}), where locks do not hold; choose a local disk"
        )
    return real


def open_writer(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """A connection to a ledger of the newest version, made if it is not there. Call it inside the gate."""
    try:
        _create_private(path)
    except OSError as error:
        raise LedgerFileError(
            f"{path}: cannot be created: {error.strerror}; give this user write access"
        ) from error
    connection = _connect(path)
    try:
        _prepare(connection, synchronous)
    except LedgerFileError as error:
        connection.close()
        raise LedgerFileError(f"{path}: {error}") from None
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A second connection, which sees what has been committed and can write nothing."""
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def concerns_file(error: sqlite3.Error) -> bool:
    """Whether the file failed, and so any transaction would have, or only the statements of this one."""
    return _code(error) in _WHAT_FAILED


def cannot_write(error: sqlite3.Error) -> bool:
    """Whether SQLite was not allowed to make or change a file."""
    return _code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def explain(error: sqlite3.Error, path: Path) -> LedgerUnavailable:
    """What SQLite reported, as the guard's own exception."""
    kind, message = _WHAT_FAILED.get(_code(error), (LedgerUnavailable, f"failed: {error}"))
    return kind(f"{path}: {message}")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what Python's module found itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _synchronous(query: str) -> Synchronous:
    level: Synchronous = "FULL"
    for option in filter(None, query.split("&")):
        match option.upper().split("="):
            case ["SYNCHRONOUS", "FULL"]:
                level = "FULL"
            case ["SYNCHRONOUS", "NORMAL"]:
                level = "NORMAL"
            case _:
                raise LedgerUrlError(
                    "a SQLite ledger takes no option but synchronous=FULL or synchronous=NORMAL"
                )
    return level


def _create_private(path: Path) -> None:
    """Make the file for this user alone; SQLite gives its side files the same mode.

    A file that exists is never opened here: closing any descriptor of it would drop other connections' locks.
    """
    if path.exists():
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _connect(path: Path) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise LedgerUnavailable(
            f"this Python has SQLite {sqlite3.sqlite_version}; the ledger needs {needed} or newer"
        )
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def _prepare(connection: sqlite3.Connection, synchronous: Synchronous) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    migrate(connection)
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise LedgerFileError(
            f"lies where SQLite cannot keep a write-ahead log ({mode}); choose a local disk"
        )
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
