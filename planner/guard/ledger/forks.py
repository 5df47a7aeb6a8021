"""Carries open ledgers over `os.fork`: at rest while the process is copied, shared by nobody after."""

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """Something that must be at rest while the process forks."""

    def before_fork(self) -> None:
        """Wait until no verb runs, and let none begin."""

    def after_fork_in_parent(self) -> None: ...

    def after_fork_in_child(self) -> None:
        """Only the forking thread exists here: locks held by others are held for ever."""


_open: WeakSet[Forkable] = WeakSet()
_resting: list[Forkable] = []
_forking = threading.Lock()


def survive_forks(ledger: Forkable) -> None:
    with _forking:
        _open.add(ledger)


def _before() -> None:
    _forking.acquire()
    for ledger in sorted(_open, key=id):
        ledger.before_fork()
        _resting.append(ledger)


def _in_parent() -> None:
    while _resting:
        _resting.pop().after_fork_in_parent()
    _forking.release()


def _in_child() -> None:
    global _forking  # noqa: PLW0603 - the lock may belong to a thread that is not here
    _forking = threading.Lock()
    _resting.clear()
    for ledger in list(_open):
        ledger.after_fork_in_child()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
