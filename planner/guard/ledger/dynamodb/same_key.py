"""Threads with the same key take turns, so that the second one finds what the first has made."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SameKey:
    """For the threads of one process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: set[str] = set()

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Nobody else is inside with this key until the block ends."""
        try:
            with self._changed:
                self._changed.wait_for(lambda: key not in self._inside)
                self._inside.add(key)
            yield
        finally:
            with self._changed:
                self._inside.discard(key)
                self._changed.notify_all()
