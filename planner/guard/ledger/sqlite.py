"""The embedded ledger: one SQLite file that any number of threads and processes of one machine share."""

import os
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from planner.guard.errors import LedgerError, LedgerFileError, LedgerUnavailable
from planner.guard.ledger import Clock, Lapse
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.gate import Gate
from planner.guard.ledger.group_commit import Batch, GroupCommit, Ticket
from planner.guard.ledger.mounts import read_mount_table
from planner.guard.ledger.sqlite_file import (
    Synchronous,
    concerns_file,
    explain,
    open_reader,
    open_writer,
    parse_place,
    resolve,
)
from planner.guard.ledger.sqlite_reader import SqliteReader
from planner.guard.ledger.sqlite_store import SqliteStore
from planner.guard.ledger.store import Store

T = TypeVar("T")


def open_sqlite(place: str, *, clock: Clock, lapse: Lapse) -> "SqliteLedger":
    """The ledger of what follows `sqlite://` in a URL; the file is made, or found unusable, now."""
    path, synchronous = parse_place(place)
    ledger = SqliteLedger(resolve(path, read_mount_table()), synchronous, clock, lapse)
    ledger.touch()
    return ledger


class SqliteLedger(EngineLedger):
    """One writing connection per process, used by whichever thread leads, and one for reading beside it."""

    def __init__(self, path: Path, synchronous: Synchronous, clock: Clock, lapse: Lapse) -> None:
        super().__init__(clock, lapse)
        self._path = path
        self._place = str(path)
        self._synchronous: Synchronous = synchronous
        self._gate = Gate(path.with_name(f"{path.name}.lock"))
        self._writer: SqliteStore | None = None
        self._reader: SqliteReader | None = None
        self._identity: tuple[int, int] | None = None
        self._unusable = ""
        self._start()
        survive_forks(self)

    def touch(self) -> None:
        self._write(lambda _: None)

    def close(self) -> None:
        with self._group.alone(), self._reading:
            self._unusable = self._unusable or f"{self._path}: the ledger is closed"
            self._let_go()

    def before_fork(self) -> None:
        """SQLite must not be carried over a fork, so nothing of it is open while one happens."""
        self._group.begin_alone()
        self._reading.acquire()
        self._let_go()

    def after_fork_in_parent(self) -> None:
        self._reading.release()
        self._group.end_alone()

    def after_fork_in_child(self) -> None:
        if self._writer is not None or self._reader is not None:
            self._abandon_inherited()
        self._start()

    def _start(self) -> None:
        self._group: GroupCommit[Store] = GroupCommit(self._commit)
        self._reading = threading.RLock()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> T:
        return self._group.run(rule)

    def _read(self, query: Callable[[Reader], T]) -> T:
        try:
            with self._reading:
                return query(self._open_reader())
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def _commit(self, batch: Batch[Store]) -> None:
        try:
            self._gate.through(partial(self._transact, batch))
        except (sqlite3.Error, OSError, LedgerUnavailable) as error:
            if len(batch.tickets) > 1 and isinstance(error, sqlite3.Error) and not concerns_file(error):
                self._commit_singly(batch)
                return
            for ticket in batch.tickets:
                ticket.error = self._failure(error)
            batch.done = True

    def _commit_singly(self, batch: Batch[Store]) -> None:
        """One of the rules broke a constraint: it alone shall fail."""
        for ticket in batch.tickets:
            self._commit(Batch([ticket]))

    def _transact(self, batch: Batch[Store]) -> None:
        store, committing = self._open_writer(), False
        try:
            store.begin()
            for ticket in batch.tickets:
                _run(ticket, store)
            committing = True
            store.connection.execute("COMMIT")
            batch.done = True
        except sqlite3.Error as error:
            self._roll_back(store, error)
            raise
        except BaseException:
            batch.done = committing and not store.connection.in_transaction
            _clean(store)
            raise

    def _roll_back(self, store: SqliteStore, error: sqlite3.Error) -> None:
        """After a failure of the file the connection is not trusted any more."""
        if concerns_file(error):
            store.connection.close()
            self._writer = None
        else:
            _clean(store)

    def _failure(self, error: sqlite3.Error | OSError | LedgerUnavailable) -> LedgerUnavailable:
        match error:
            case sqlite3.Error():
                failure = explain(error, self._path)
            case OSError():
                failure = LedgerFileError(
                    f"{self._path}: its lock file {self._path.name}.lock cannot be used: {error.strerror}"
                )
            case _:
                failure = type(error)(*error.args)
        failure.__cause__ = error
        return failure

    def _open_writer(self) -> SqliteStore:
        self._check_usable()
        store = self._writer
        if store is None:
            store = self._writer = SqliteStore(open_writer(self._path, self._synchronous))
            self._identity = self._identity or self._look_at_file()
        _clean(store)
        return store

    def _open_reader(self) -> SqliteReader:
        self._check_usable()
        if self._reader is None:
            self._reader = SqliteReader(open_reader(self._path))
        return self._reader

    def _check_usable(self) -> None:
        if self._unusable:
            raise LedgerUnavailable(self._unusable)
        if self._identity is not None and self._identity != self._look_at_file():
            raise LedgerFileError(
                f"{self._path}: was removed or replaced while in use; put it back, or start anew"
            )

    def _look_at_file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._place)  # noqa: PTH116 - asked before every verb: half the time of `Path.stat`
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _let_go(self) -> None:
        """Close both connections, inside the gate: the last one to close tidies the file up."""
        if self._reader is not None or self._writer is not None:
            self._gate.through(self._close_connections)
        self._gate.close()

    def _close_connections(self) -> None:
        for rows in (self._reader, self._writer):
            if rows is not None:
                rows.connection.close()
        self._reader = self._writer = None

    def _abandon_inherited(self) -> None:
        """The process was forked past Python's hooks: SQLite's state is a copy of another process's.

        Closing it, or opening the file again over it, could damage the file; so neither is ever done.
        """
        import ctypes  # slow to import, almost never needed

        for rows in (self._reader, self._writer):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(rows))
        self._reader = self._writer = None
        self._unusable = (
            f"{self._path}: this process was forked while the ledger was open; open it after the fork"
        )


def _run(ticket: Ticket[Store], store: Store) -> None:
    """A rule that refuses has written nothing, so the others of its batch go on."""
    try:
        ticket.rule(store)
    except (LedgerError, ValueError) as error:
        ticket.error = error


def _clean(store: SqliteStore) -> None:
    """Undo a transaction that something interrupted."""
    if store.connection.in_transaction:
        store.forget()
        store.connection.execute("ROLLBACK")
