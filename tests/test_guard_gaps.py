"""What a planted bug showed that no other test would notice: see `tests/mutants.py`."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from planner.guard.errors import LedgerUnavailable
from planner.guard.gate import Gate
from planner.guard.ledger import Held, Ledger, Line, open_ledger
from planner.guard.sqlite import SqliteLedger
from planner.guard.store import Draft, Store
from pricing.money import Micros
from tests.ledger_engines import Clock, counters, usd

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guard.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """$10 a month and $3 a day, in a file."""
    with open_ledger(f"sqlite:///{path}?synchronous=NORMAL", clock=Clock()) as ledger:
        assert isinstance(ledger, SqliteLedger)
        _define(ledger)
        yield ledger


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns after a few instructions instead of every 5 ms."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _define(ledger: Ledger) -> None:
    ledger.define("month", usd("10"), "month")
    ledger.define("day", usd("3"), "day")


def raw(path: Path) -> sqlite3.Connection:
    """The file as another program opens it: it does not wait."""
    return sqlite3.connect(path, isolation_level=None, timeout=0)


def run(script: str, *arguments: object) -> str:
    """What another process prints; it gets 20 seconds."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=20).stdout


# Days


@pytest.fixture(params=["PST+8", "JST-9"])
def far_from_greenwich(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock shows Los Angeles' time, or Tokyo's."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
def test_a_day_begins_at_midnight_utc_wherever_the_machine_stands() -> None:
    """Los Angeles is on the day before still, Tokyo on the next already."""
    clock = Clock("2026-12-31 23:59:59")
    with open_ledger("memory://", clock=clock) as ledger:
        _define(ledger)
        assert [ledger.status(name).period for name in ("day", "month")] == ["2026-12-31", "2026-12"]
        clock.set("2027-01-01 00:00:00")
        assert [ledger.status(name).period for name in ("day", "month")] == ["2027-01-01", "2027-01"]


# One step per verb


@pytest.mark.usefixtures("switching")
def test_threads_that_switch_in_the_middle_of_a_verb_wait_for_its_end() -> None:
    """Sixteen threads want 60 micro-dollars each, one at a time: the budget of 400 grants exactly 400."""

    def spend(thread: int) -> int:
        keys = (f"{thread}-{number}" for number in range(60))
        return sum(isinstance(ledger.hold(key, Micros(1), ["b"]), Held) for key in keys)

    with open_ledger("memory://") as ledger, ThreadPoolExecutor(16) as pool:
        ledger.define("b", Micros(400), "lifetime")
        assert sum(pool.map(spend, range(16))) == 400
        assert counters(ledger, "b") == (0, 400, 0, 0)


def test_a_verb_has_the_file_to_itself_from_its_first_look(ledger: SqliteLedger, path: Path) -> None:
    """A program that does not pass the gate cannot write between a verb's look and its hold."""

    def rule(store: Store) -> str:
        store.look("a", 0)
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            outside.execute("BEGIN IMMEDIATE")
        return "alone"

    outside = raw(path)
    assert ledger._write(rule) == "alone"
    outside.close()


def test_what_a_failed_transaction_learnt_is_forgotten(ledger: SqliteLedger) -> None:
    """Else the next call with the same budgets is counted under a number that was never written."""
    lines = (Line("day", "2026-12-05"), Line("month", "2026-12"))

    def breaks(store: Store) -> None:
        booking = store.booking(lines)
        store.append(Draft(-1, "hold", "a", -1, booking=booking))

    with pytest.raises(LedgerUnavailable, match="CHECK constraint failed"):
        ledger._write(breaks)
    ledger.hold("a", usd("1"), ["month", "day"])
    assert counters(ledger, "month") == counters(ledger, "day") == (0, usd("1"), 0, 0)


def test_nobody_is_answered_before_the_commit(ledger: SqliteLedger, path: Path) -> None:
    """Two threads are committed together, and the commit is slow: when they are answered, both holds are in the file."""

    def hold(key: str) -> bool:
        assert isinstance(ledger.hold(key, usd("1"), ["day"]), Held)
        connection = raw(path)
        found = connection.execute("SELECT count(*) FROM holds WHERE key = ?", (key,)).fetchone() == (1,)
        connection.close()
        return found

    assert ledger._writer is not None
    ledger._writer.connection.set_trace_callback(lambda said: time.sleep(0.3 if said == "COMMIT" else 0))
    with ThreadPoolExecutor(2) as pool:
        with ledger._group.alone():
            waiting = [pool.submit(hold, key) for key in ("a", "b")]
            while len(ledger._group._queue) < 2:
                time.sleep(0.001)
        assert [each.result() for each in waiting] == [True, True]


# Processes


def test_one_at_a_time_passes_the_gate(tmp_path: Path) -> None:
    """Two gates on one file, as two processes have them: the second opens once the first work is done."""
    first, second = (Gate(tmp_path / "lock") for _ in range(2))
    inside, leave, done = Event(), Event(), list[str]()

    def work() -> None:
        inside.set()
        leave.wait(10)
        done.append("first")

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first.through, work)
        assert inside.wait(10)
        later = pool.submit(second.through, lambda: done.append("second"))
        time.sleep(0.1)
        assert done == []
        leave.set()
        later.result()
    assert done == ["first", "second"]
    first.close()
    second.close()


STOPS_IN_A_VERB = """
import sys, time
from planner.guard.ledger import open_ledger
open_ledger(sys.argv[1])._write(lambda store: (print("inside", flush=True), time.sleep(60)))
"""
HOLDS = """
import sys
from planner.guard.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    print(type(ledger.hold("a", 1, ["day"])).__name__)
"""


def test_a_process_killed_in_the_middle_of_a_verb_keeps_nobody_out(ledger: SqliteLedger, path: Path) -> None:
    """The kernel opens the gate when its holder dies."""
    command = [sys.executable, "-c", STOPS_IN_A_VERB, f"sqlite:///{path}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "inside\n"
        killed.send_signal(signal.SIGKILL)
    assert run(HOLDS, f"sqlite:///{path}") == "Held\n"


FORKS = """
import os, signal
from planner.guard.ledger import open_ledger
with open_ledger("memory://") as ledger:
    ledger.define("b", 2, "lifetime")
    ledger.hold("before", 1, ["b"])
    if not (child := os.fork()):
        signal.alarm(5)
        ledger.hold("in the child", 1, ["b"])
        os._exit(ledger.status("b").held)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ledger.status("b").held)
"""


def test_a_forked_child_goes_on_with_a_copy_of_a_ledger_in_memory() -> None:
    """It holds beside what was held before the fork; its parent knows nothing of it."""
    assert run(FORKS) == "2 1\n"
