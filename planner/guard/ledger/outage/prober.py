"""A thread that does what must not wait in a caller's, while there is something to do."""

import threading
from collections.abc import Callable
from typing import Final

NAME: Final = "bursar-ledger"


class Prober:
    """Runs a step again and again, as long as it says when the next one is due. Begins anew in a fork's child."""

    def __init__(self, step: Callable[[], float | None]) -> None:
        """`step` returns the seconds until it wants to run again, None when there is nothing left to do."""
        self._step = step
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._running = False
        self._ending = False

    def start(self) -> None:
        """See to it that the step runs soon."""
        with self._lock:
            if self._ending:
                return
            self._wake.set()
            if self._running:
                return
            thread = threading.Thread(target=self._run, name=NAME, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is at its end
                return
            self._running, self._thread = True, thread

    def end(self) -> None:
        """Wait for a step that is under way; none follows."""
        with self._lock:
            self._ending = True
            thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """The thread is its parent's."""
        ending = self._ending
        self._begin_anew()
        self._ending = ending

    def _run(self) -> None:
        try:
            while not self._is_done():
                pass
        except BaseException:
            self._running = False  # the next start begins anew
            raise

    def _is_done(self) -> bool:
        self._wake.clear()
        pause_s = None if self._ending else self._step()
        if pause_s is not None:
            self._wake.wait(pause_s)
            return False
        with self._lock:
            self._running = self._wake.is_set() and not self._ending  # somebody called meanwhile
            return not self._running
