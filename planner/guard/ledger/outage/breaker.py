"""Whether a ledger is to be asked: not for a while after it has failed, and then by one prober alone."""

import threading
import time
from collections.abc import Callable
from typing import Final

from planner.guard.errors import LedgerNotAsked, LedgerUnavailable

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0


class Breaker:
    """Open while a ledger is not to be asked. The pauses between two probes double; only a probe that works closes it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.lock = threading.Lock()
        self._pause = FIRST_PAUSE_S
        self._until = 0.0
        self._began = 0.0
        self.why = ""

    @property
    def open(self) -> bool:
        return bool(self.why)

    def check(self) -> None:
        """Raises `LedgerNotAsked` while it is open."""
        why = self.why
        if not why:
            return
        left = self.left_s()
        when = f"it is asked again in {left:.1f} s" if left else "it is being asked again"
        raise LedgerNotAsked(why, advice=when, again_s=left)

    def left_s(self) -> float:
        """Until the next probe is due."""
        return max(0.0, self._until - self._monotonic())

    def failed(self, error: LedgerUnavailable, *, probe: bool = False) -> bool:
        """True when it was closed until now. Only a probe that fails makes the pause longer."""
        with self.lock:
            opens = not self.why
            if opens:
                self._pause, self._began = FIRST_PAUSE_S, self._monotonic()
            elif probe:
                self._pause = min(LONGEST_PAUSE_S, self._pause * 2)
            if opens or probe:
                self.why = error.what
                self._until = self._monotonic() + self._pause
            error.again_s = self.left_s()
            return opens

    def worked(self) -> float | None:
        """Closes it; for how many seconds it was open, None if it was not."""
        with self.lock:
            if not self.why:
                return None
            self.why = ""
            return self._monotonic() - self._began
