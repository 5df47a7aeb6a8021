"""A few threads of the guard's own, for what must not wait where it is called: an event loop, a caller's thread.

They begin with the first job and take what the caller's context variables say along. The interpreter does not end
before every job is done, and a job that comes when no thread can be had any more is done where it is called. A fork's
child begins anew: what was on its way in the parent is the parent's.
"""

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeVar
from weakref import finalize

from planner.guard.ledger.forks import survive_forks

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")


class Revocable(Protocol):
    """Something granted to a task that may never come for it."""

    def withdraw(self) -> None:
        """Give it back unless it was taken; once and for all."""


class Threads:
    """Share them between threads; closed, they begin again with the next job."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self.unclaimed: set[Revocable] = set()
        """Withdrawn when the threads are closed, or at the interpreter's end."""
        finalize(self, _withdraw, self.unclaimed)
        survive_forks(self)

    def start(self, work: Callable[[], T]) -> "Future[T]":
        """Queues it, first come first done."""
        from concurrent.futures import Future

        done: Future[T] = Future()
        job = partial(_do, [work], done)
        try:
            with self._lock:
                self._open().submit(copy_context().run, job)
        except RuntimeError:
            job()
        return done

    def close(self) -> None:
        """Waits until every job is done."""
        _withdraw(self.unclaimed)
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        self._lock = Lock()
        self._pool = None
        self.unclaimed.clear()

    def _open(self) -> "ThreadPoolExecutor":
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._most, thread_name_prefix=self._name)
        return self._pool


def _do(waiting: list[Callable[[], T]], done: "Future[T]") -> None:
    """Once, though it may have been queued before it turned out that no thread can begin."""
    try:
        work = waiting.pop()
    except IndexError:
        return
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the job meets it
        done.set_exception(error)
    finally:
        del done  # an error's traceback would keep it, and it the error


def _withdraw(unclaimed: set[Revocable]) -> None:
    for each in list(unclaimed):
        each.withdraw()
