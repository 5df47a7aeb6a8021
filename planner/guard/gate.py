"""One writer at a time among processes, woken by the kernel in turn.

SQLite's own waiting sleeps and polls, so under contention some processes starve; a blocking `flock` on a
side file does not, and the kernel frees it when its holder is killed. It is for fairness only: SQLite's own
locks still keep the file whole.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Gate:
    """A context manager: inside it, no other process is inside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except BaseException:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
