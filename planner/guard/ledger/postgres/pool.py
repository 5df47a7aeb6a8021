"""The connections of one process: a few, shared by all its threads, opened when there is work for them.

Written for a ledger rather than taken from `psycopg_pool`: no threads of its own, which would not survive a fork; who
finds the server gone is told why at once instead of waiting for someone else's retries; and every wait has the
caller's deadline. All shared state is in two containers whose operations are atomic, so that a signal handler may use
the ledger in the middle of a verb.
"""

import os
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from weakref import WeakSet

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.postgres.address import Address
from planner.guard.ledger.postgres.session import Claim, Session

_FORK_PATIENCE_S = 60.0
_RECHECK_S = 0.25


class Pool:
    """Hands out sessions; whoever takes one gives it back or drops it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._closed = False
        self._start()
        survive_forks(self)

    def take(self, deadline: float) -> Session:
        """A live session. Raises `LedgerUnavailable` when none comes free, `psycopg.OperationalError` for a new one."""
        if self._pid != os.getpid():
            self._abandon()
        if self._closed:
            raise LedgerUnavailable(f"{self._address}: the ledger is closed")
        if not self._running.is_set():
            self._running.wait(max(0.0, deadline - monotonic()))
        claim = self._claim(deadline)
        try:
            session = self._idle_one() or Session(self._address, deadline)
        except BaseException:
            self._release(claim)
            raise
        session.claim = claim
        return session

    def give(self, session: Session) -> None:
        claim, session.claim = session.claim, None
        self._idle.append(session)
        self._release(claim)
        if self._closed:
            self._close_idle()

    def discard(self, session: Session) -> None:
        """The session is of no more use; nothing is known of the others."""
        claim, session.claim = session.claim, None
        session.close()
        self._release(claim)

    def drop(self, session: Session) -> None:
        """The session is of no more use, and the others may have lost the same server."""
        self._close_idle()
        self.discard(session)

    def close(self) -> None:
        """Sessions in use are closed when they are given back."""
        self._closed = True
        self._close_idle()

    def before_fork(self) -> None:
        """A connection shared by two processes is none: all are closed while the process is copied."""
        deadline = monotonic() + _FORK_PATIENCE_S
        self._running.clear()  # else threads that come back at once would never let all permits be collected
        with suppress(LedgerUnavailable):
            while len(self._withheld) < self._address.pool_size:
                self._withheld.append(self._claim(deadline))
        self._close_idle()

    def after_fork_in_parent(self) -> None:
        while self._withheld:
            self._release(self._withheld.pop())
        self._running.set()

    def after_fork_in_child(self) -> None:
        self._abandon()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._running = Event()
        self._running.set()
        self._idle: deque[Session] = deque()
        self._withheld: list[Claim] = []
        self._claims: WeakSet[Claim] = WeakSet()
        self._permits: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._address.pool_size):
            self._permits.put(None)

    def _claim(self, deadline: float) -> Claim:
        """The right to a session, once one is free."""
        claim = Claim()
        self._claims.add(claim)
        while True:
            left = deadline - monotonic()
            try:
                self._permits.get(timeout=max(0.0, min(left, _RECHECK_S)))
            except Empty:
                if left <= 0:
                    raise LedgerUnavailable(
                        f"{self._address}: all {self._address.pool_size} connections of this process were busy for "
                        f"{self._address.deadline_s:g} s; raise pool_size or deadline_s in the URL"
                    ) from None
                self._count_anew()
            else:
                claim.granted = True
                return claim

    def _release(self, claim: Claim | None) -> None:
        if claim is not None and claim.granted:
            claim.granted = False
            if self._permits.qsize() < self._address.pool_size:
                self._permits.put(None)

    def _count_anew(self) -> None:
        """A signal handler may raise between any two steps of the main thread, and so lose a permit on its way."""
        with suppress(RuntimeError):  # claims come and go while they are counted
            granted = sum(claim.granted for claim in self._claims)
            for _ in range(self._address.pool_size - granted - self._permits.qsize()):
                self._permits.put(None)

    def _abandon(self) -> None:
        """Sessions of the parent belong to the parent: they are kept here, unused, and never closed."""
        _inherited.extend(self._idle)
        self._start()

    def _idle_one(self) -> Session | None:
        """The one used last, so that the others may grow old and be closed by the server."""
        while True:
            try:
                session = self._idle.pop()
            except IndexError:
                return None
            if session.is_alive():
                return session
            session.close()

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return


_inherited: list[Session] = []
