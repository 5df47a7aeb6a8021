"""Threads that arrive while one commits are committed together by the next: one sync pays for all of them.

No thread is kept for it. Whoever comes first leads: it takes what has queued, itself included, and hands the
lead to the first of those who came meanwhile. A thread alone leads at once and pays for its own commit only.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from planner.guard.errors import LedgerUnavailable

S = TypeVar("S")
T = TypeVar("T")

LARGEST_BATCH = 64
"""Bounds how long the last of a batch, and the next process, wait."""
PATIENCE_S = 60.0
"""After this long without an answer the caller is told so."""


class Ticket(Generic[S]):
    """A place in the queue."""

    __slots__ = ("_wake", "error", "leads", "pending", "rule", "thread")

    def __init__(self, rule: Callable[[S], None] | None) -> None:
        self.rule = rule
        """None for a ticket that only wants to lead, alone."""
        self.thread = threading.get_ident()
        self.leads = False
        self.pending = True
        self.error: Exception | None = None
        self._wake = threading.Lock()
        self._wake.acquire()

    def fail(self, error: Exception) -> None:
        self.error, self.pending = error, False

    def wait(self) -> bool:
        return self._wake.acquire(timeout=PATIENCE_S)

    def wake(self) -> None:
        self._wake.release()


class GroupCommit(Generic[S]):
    """First in, first out; `commit` marks each ticket of a batch it has answered as no longer pending."""

    def __init__(self, commit: Callable[[Sequence[Ticket[S]]], None]) -> None:
        self._commit = commit
        self._state = threading.RLock()
        self._queue: deque[Ticket[S]] = deque()
        self._leader: int | None = None

    def run(self, rule: Callable[[S], T]) -> T:
        """The rule's answer once it is committed. Raises what the rule raised, or `LedgerUnavailable`."""
        answers: list[T] = []
        ticket: Ticket[S] = Ticket(lambda store: answers.append(rule(store)))
        try:
            self._await_turn(ticket)
        finally:
            if ticket.leads:
                self._lead()
        if ticket.error is not None:
            raise ticket.error
        return answers[-1]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody commits, and nobody begins to, until the block ends."""
        self.begin_alone()
        try:
            yield
        finally:
            self.end_alone()

    def begin_alone(self) -> None:
        ticket: Ticket[S] = Ticket(None)
        try:
            self._await_turn(ticket)
        except BaseException:
            if ticket.leads:
                self._hand_over()
            raise

    def end_alone(self) -> None:
        self._hand_over()

    def _await_turn(self, ticket: Ticket[S]) -> None:
        """Return when the ticket is answered or leads."""
        try:
            self._take_place(ticket)
            if not ticket.leads and not ticket.wait():
                raise LedgerUnavailable(f"no answer for {PATIENCE_S:.0f} s; retry with the same key")
        except BaseException:
            self._desert(ticket)
            raise

    def _take_place(self, ticket: Ticket[S]) -> None:
        with self._state:
            if self._leader == ticket.thread:
                raise LedgerUnavailable(
                    "the ledger was called from inside itself, by a signal or a finalizer"
                )
            self._queue.append(ticket)
            if self._leader is None:
                self._appoint()

    def _desert(self, ticket: Ticket[S]) -> None:
        """The caller leaves without its answer; one that was just made leader has to lead first."""
        with self._state:
            if not ticket.leads and ticket in self._queue:
                self._queue.remove(ticket)

    def _lead(self) -> None:
        batch: list[Ticket[S]] = []
        try:
            self._take(batch)
            self._commit(batch)
        finally:
            for ticket in batch:
                if ticket.pending:
                    ticket.error = LedgerUnavailable("the commit was interrupted; retry with the same key")
                if not ticket.leads:
                    ticket.wake()
            self._hand_over()

    def _take(self, batch: list[Ticket[S]]) -> None:
        with self._state:
            while self._queue and self._queue[0].rule is not None and len(batch) < LARGEST_BATCH:
                batch.append(self._queue.popleft())

    def _hand_over(self) -> None:
        with self._state:
            self._appoint()

    def _appoint(self) -> None:
        """The first in the queue leads, or nobody; one that leads alone leaves the queue."""
        self._leader = None
        if self._queue:
            ticket = self._queue[0] if self._queue[0].rule is not None else self._queue.popleft()
            self._leader, ticket.leads = ticket.thread, True
            ticket.wake()
