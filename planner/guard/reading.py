"""A ledger as those outside its guards find it: to be looked at, to be set right, to be made.

Each engine has a module that answers for its URLs: `Outside`.
"""

import time
from importlib import import_module
from typing import Protocol

from planner.guard.errors import LedgerUrlError
from planner.guard.ledger import Clock, Ledger
from planner.guard.ledger.urls import no_ledger

_ENGINES = {
    "sqlite": "planner.guard.ledger.sqlite_view",
    "postgresql": "planner.guard.ledger.postgres.view",
    "postgres": "planner.guard.ledger.postgres.view",
    "dynamodb": "planner.guard.ledger.dynamodb.view",
}
"""Imported when a URL asks for one."""


class LedgerView(Ledger, Protocol):
    """A ledger's answers without its verbs, which raise `LedgerUnavailable`."""

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""


class Outside(Protocol):
    """An engine's module, for those outside. Each function raises `LedgerError` when there is no ledger."""

    def view(self, url: str, clock: Clock) -> LedgerView: ...

    def existing(self, url: str) -> Ledger: ...

    def name(self, url: str) -> str:
        """Which ledger it is, in a line that is fit to be shown."""

    def files(self, url: str) -> tuple[str, ...]:
        """Which files of this machine are the ledger's."""

    def make(self, url: str) -> str:
        """Makes the ledger if it is missing; says what was done."""

    def migrate(self, url: str) -> str:
        """Brings a ledger of an older version up to date; says what was done."""

    def roles(self, url: str) -> str:
        """A script that gives others the right to use the ledger, and no more than that."""


def open_to_read(url: str, *, clock: Clock = time.time) -> LedgerView:
    """The ledger at the URL, which must exist; raises `LedgerError` otherwise."""
    return outside(url).view(url, clock)


def open_existing(url: str) -> Ledger:
    """The ledger at the URL, to be corrected; it must exist. Raises `LedgerError` otherwise."""
    return outside(url).existing(url)


def ledger_files(url: str) -> tuple[str, ...]:
    """What must not be overwritten; empty for a ledger on a server."""
    return outside(url).files(url)


def ledger_name(url: str) -> str:
    """The ledger's place without secrets: a file by its whole path."""
    return outside(url).name(url)


def outside(url: str) -> Outside:
    """The module of the URL's engine; raises `LedgerUrlError`."""
    scheme, separator, _ = url.partition("://")
    if separator and scheme in _ENGINES:
        module: Outside = import_module(_ENGINES[scheme])
        return module
    if separator and scheme == "memory":
        raise LedgerUrlError("memory:// lives in the process that made it; nothing else can reach it")
    raise no_ledger(url)
