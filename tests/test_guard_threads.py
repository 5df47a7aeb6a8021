"""The guard's own threads: for calls of async clients, and for webhooks."""

import os
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from planner.guard.threads import Threads

FORK = """
import os, sys
from planner.guard.threads import Threads

class Granted:
    def withdraw(self):
        print("withdrawn", flush=True)

threads = Threads(1, "work")
threads.unclaimed.add(Granted())
threads.start(lambda: None).result()
child = os.fork()
if child == 0:
    print("child", threads.start(lambda: 2).result(), flush=True)
    threads.close()
    os._exit(0)
os.waitpid(child, 0)
print("parent", threads.start(lambda: 3).result(), flush=True)
"""
LATE = """
import atexit, threading
from planner.guard.threads import Threads

threads = Threads(1, "work")
atexit.register(lambda: threads.start(lambda: print("late", flush=True)))
free = threading.Event()
threads.start(free.wait)
threads.start(lambda: print("queued", flush=True))
free.set()
"""


def said(program: str) -> list[str]:
    """What the program prints before it ends by itself."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


def test_a_job_is_done_beside_its_caller_with_its_context_variables() -> None:
    """A variable set for the caller is read in the thread."""
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
    threads, token = Threads(1, "work"), tenant.set("acme")
    here = threads.start(lambda: (tenant.get(), threading.current_thread().name)).result()
    tenant.reset(token)
    threads.close()
    assert here == ("acme", "work_0")


def test_an_error_is_for_whoever_waits() -> None:
    """Any error, and the thread goes on."""
    threads = Threads(1, "work")

    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        threads.start(fail).result()
    assert threads.start(os.getpid).result() == os.getpid()
    threads.close()


def test_closing_waits_for_every_job_and_the_next_job_begins_anew() -> None:
    """Ten queue behind one thread."""
    threads, done = Threads(1, "work"), list[int]()
    for number in range(10):
        threads.start(lambda number=number: done.append(number))  # type: ignore[misc]
    threads.close()
    assert done == list(range(10))
    assert threads.start(lambda: 4).result() == 4
    threads.close()


def test_a_forks_child_has_threads_of_its_own_and_withdraws_nothing_of_its_parents() -> None:
    """What was granted in the parent is withdrawn there, at its end."""
    assert said(FORK) == ["child 2", "parent 3", "withdrawn"]


def test_no_job_is_lost_at_the_interpreters_end() -> None:
    """Neither one that is queued then, nor one that comes when no thread can begin any more."""
    assert said(LATE) == ["queued", "late"]
