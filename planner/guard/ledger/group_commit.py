"""Threads that arrive while one commits are committed together by the next: one sync pays for all of them.

No thread is kept for it. Whoever finds nobody leading leads: it commits what has queued, first come first, itself
included. A thread alone leads at once and pays for its own commit only.

A signal handler may raise between any two steps of the main thread. So the lead is given back by the first call
into C of a `finally`, which no signal can come before; a ticket leaves the queue only once it is answered; one
store answers a whole batch; and who waits looks again now and then, in case the thread that should have woken it
was interrupted.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Generic, TypeVar

from planner.guard.errors import LedgerUnavailable

S = TypeVar("S")
T = TypeVar("T")

LARGEST_BATCH = 64
"""Bounds how long the last of a batch, and the next process, wait."""
PATIENCE_S = 60.0
"""After this long without an answer the caller is told so."""
RECHECK_S = 0.05


class Ticket(Generic[S]):
    """A place in the queue."""

    __slots__ = ("_wake", "batch", "error", "left", "rule")

    def __init__(self, rule: Callable[[S], None]) -> None:
        self.rule = rule
        self.batch: Batch[S] | None = None
        """The last one that took it."""
        self.error: Exception | None = None
        self.left = False
        """Its caller does not wait any more."""
        self._wake = threading.Lock()
        self._wake.acquire()

    @property
    def pending(self) -> bool:
        batch = self.batch  # its caller may let go of it between two looks
        return not (self.left or (batch is not None and batch.done))

    def wait(self) -> None:
        self._wake.acquire(timeout=RECHECK_S)

    def wake(self) -> None:
        """Once or more often: it wakes at most one wait too many."""
        try:  # noqa: SIM105 - `suppress` costs more than all the rest
            self._wake.release()
        except RuntimeError:
            pass  # it is awake


class Batch(Generic[S]):
    """Tickets that take effect together or not at all."""

    __slots__ = ("done", "tickets")

    def __init__(self, tickets: Sequence[Ticket[S]]) -> None:
        self.tickets = tickets
        self.done = False
        """Answers all of them at once: each has its answer, or its error."""
        for ticket in tickets:
            ticket.batch, ticket.error = self, None


class GroupCommit(Generic[S]):
    """`commit` marks a batch as done, or raises and nothing of it has happened."""

    def __init__(self, commit: Callable[[Batch[S]], None]) -> None:
        self._commit = commit
        self._queue: deque[Ticket[S]] = deque()
        self._heir: Ticket[S] | None = None
        self._lead = threading.RLock()
        self._alone = threading.Lock()
        self._paused = False
        self._inside: set[int] = set()

    def run(self, rule: Callable[[S], T]) -> T:
        """The rule's answer once it is committed. Raises what the rule raised, or `LedgerUnavailable`."""
        answers: list[T] = []
        ticket: Ticket[S] = Ticket(lambda store: answers.append(rule(store)))
        thread = self._come_in()
        try:
            self._inside.add(thread)
            self._queue.append(ticket)
            self._see_through(ticket)
        finally:
            ticket.left = True
            ticket.batch = None  # a circle would keep every answer until the garbage collector comes by
            self._inside.discard(thread)
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
        thread = self._come_in()
        self._alone.acquire()
        self._paused = True
        self._lead.acquire()
        self._inside.add(thread)

    def end_alone(self) -> None:
        """By the thread that began."""
        self._inside.discard(threading.get_ident())
        self._paused = False
        self._lead.release()
        self._alone.release()
        self._hand_over()

    def _come_in(self) -> int:
        thread = threading.get_ident()
        if thread in self._inside:
            raise LedgerUnavailable(
                "the ledger was called from inside itself, by a signal handler or a finalizer"
            )
        return thread

    def _see_through(self, ticket: Ticket[S]) -> None:
        """Lead, or wait for one who does, until the ticket is answered."""
        deadline = monotonic() + PATIENCE_S
        while ticket.pending:
            led = False
            try:
                if self._may_lead(ticket) and self._lead.acquire(blocking=False):
                    led = True
                    self._commit_queued()
            finally:
                try:  # noqa: SIM105 - `suppress` would let a signal in before the release
                    self._lead.release()
                except RuntimeError:
                    pass  # another thread leads
            if led:
                self._hand_over()
                continue
            ticket.wait()
            if ticket.pending and monotonic() > deadline:
                raise LedgerUnavailable(f"no answer for {PATIENCE_S:.0f} s", advice="retry with the same key")

    def _may_lead(self, ticket: Ticket[S]) -> bool:
        heir = self._heir
        return not self._paused and (heir is None or heir is ticket or not heir.pending)

    def _commit_queued(self) -> None:
        """Only the leader takes tickets out of the queue."""
        queue = self._queue
        self._drop_answered()
        tickets = [queue[index] for index in range(min(len(queue), LARGEST_BATCH))]
        try:
            self._commit(Batch([ticket for ticket in tickets if ticket.pending]))
        finally:
            self._drop_answered()
            for ticket in tickets:
                ticket.wake()

    def _drop_answered(self) -> None:
        queue = self._queue
        while queue and not queue[0].pending:
            queue.popleft()

    def _hand_over(self) -> None:
        """The first in the queue shall lead, so that who has just led does not come before it again."""
        if not self._queue:
            return
        try:
            self._heir = heir = self._queue[0]
        except IndexError:
            return  # another thread has led meanwhile
        heir.wake()
