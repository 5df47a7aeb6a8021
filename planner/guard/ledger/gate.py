"""One writer at a time among processes, woken by the kernel in turn.

SQLite's own waiting sleeps and polls, so under contention some processes starve; a blocking `flock` on a
side file does not, and the kernel frees it when its holder is killed. It is for fairness only: SQLite's own
locks still keep the file whole.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


class Gate:
    """Opened on first use, so that a process forked since then has one of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def through(self, work: Callable[[], None]) -> None:
        """Do the work while no other process does any."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        descriptor = self._descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            work()
        finally:
            # First of all: a signal handler that raises here must not keep the gate shut.
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
