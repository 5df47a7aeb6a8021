"""A ledger read from one thread of its own, so that a slow disk or server never holds up a key."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from planner.guard.errors import LedgerError
from planner.guard.ledger import Clock, Ledger
from planner.guard.reading import open_to_read

T = TypeVar("T")
_Job = tuple[Callable[["ReadLedger"], Any], "Future[Any]"]


class ReadLedger(Ledger, Protocol):
    """A ledger that was opened to be looked at."""

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""


class LedgerReader:
    """Answers questions one after the other. The ledger is opened by the first, and again after one that failed."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self._clock = clock
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name="bursar-ledger", daemon=True)
        self._thread.start()

    async def ask(self, question: Callable[[ReadLedger], T]) -> T:
        """The answer; raises what the question raised, or `LedgerError` where the ledger cannot be opened."""
        return await asyncio.wrap_future(self.submit(question))

    def submit(self, question: Callable[[ReadLedger], T]) -> "Future[T]":
        """The same for a thread that waits by itself."""
        future: Future[T] = Future()
        self._jobs.put((question, future))
        return future

    def close(self) -> None:
        """After the questions that wait; does not wait for them itself."""
        self._jobs.put(None)

    def join(self, timeout_s: float) -> None:
        """Waits for the end of the thread."""
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        ledger: ReadLedger | None = None
        while (job := self._jobs.get()) is not None:
            question, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                ledger = ledger or open_to_read(self.url, clock=self._clock)
                future.set_result(question(ledger))
            except BaseException as error:  # noqa: BLE001 - it is handed to whoever asked
                if isinstance(error, LedgerError) and ledger is not None:
                    ledger.close()
                    ledger = None
                future.set_exception(error)
        if ledger is not None:
            ledger.close()
