"""What a planted bug showed that no other test of the ledger would notice: see `tests/mutants.py`."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from typing import TypeVar

import pytest

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import Held, Ledger, Line, Offer, open_ledger
from planner.guard.ledger.gate import Gate
from planner.guard.ledger.sqlite import SqliteLedger
from planner.guard.ledger.store import Draft, Store
from pricing.money import LARGEST, Micros
from tests.ledger_engines import ENGINES, SPLIT, Clock, Desk, Engine, counters, new_desk, usd
from tests.time_zones import FAR, standing_in

T = TypeVar("T")
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


@pytest.fixture(params=(*ENGINES, SPLIT), ids=lambda engine: engine.name)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    engine: Engine = request.param
    return new_desk(engine, tmp_path)


def _define(ledger: Ledger) -> None:
    ledger.define("month", usd("10"), "month")
    ledger.define("day", usd("3"), "day")


def raw(path: Path) -> sqlite3.Connection:
    """The file as another program opens it: it does not wait."""
    return sqlite3.connect(path, isolation_level=None, timeout=0)


def run(script: str, *arguments: object) -> str:
    """What another process prints; it gets 10 seconds."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=10).stdout


# Days


# Days


@pytest.mark.parametrize("zone", FAR)
def test_a_day_begins_at_midnight_utc_wherever_the_machine_stands(zone: str) -> None:
    """Los Angeles is on the day before still, Tokyo on the next already."""
    clock = Clock("2026-12-31 23:59:59")
    with standing_in(zone), open_ledger("memory://", clock=clock) as ledger:
        _define(ledger)
        assert [ledger.status(name).period for name in ("day", "month")] == ["2026-12-31", "2026-12"]
        clock.set("2027-01-01 00:00:00")
        assert [ledger.status(name).period for name in ("day", "month")] == ["2027-01-01", "2027-01"]


# One step per verb


class Slow(dict[str, Micros | None]):
    """Ceilings that let other threads run while a verb looks at them."""

    def get(self, key: str, default: Micros | None = None) -> Micros | None:  # type: ignore[override]
        time.sleep(0.02)
        return super().get(key, default)


def test_threads_that_come_in_the_middle_of_a_verb_wait_for_its_end(desk: Desk) -> None:
    """Eight threads want the only dollar, and each looks a while before it takes it: one gets it."""
    with desk.open() as ledger, ThreadPoolExecutor(8) as pool:
        ledger.define("b", usd("1"), "lifetime")
        offers = [Offer(usd("1"), Slow(b=None))]
        answers = list(pool.map(lambda n: ledger.hold_first(f"h{n}", offers), range(8)))
        assert sum(isinstance(answer, Held) for answer in answers) == 1
        assert counters(ledger, "b") == (0, usd("1"), 0, 0)


def test_sweeps_that_begin_together_lapse_each_hold_once(desk: Desk) -> None:
    """Sixteen threads sweep two hundred overdue holds."""
    barrier = Barrier(16)

    def sweep(ledger: Ledger) -> int:
        barrier.wait()
        return ledger.lapse_due()

    with desk.open() as ledger, ThreadPoolExecutor(16) as pool:
        _define(ledger)
        for number in range(200):
            ledger.hold(f"h{number}", Micros(1), ["day"], lease_s=60)
        desk.clock.pass_s(60)
        assert sum(pool.map(lambda _: sweep(ledger), range(16))) == 200
        assert counters(ledger, "day") == (200, 0, 200, 0)


def test_a_hold_that_sweeps_decides_by_what_it_swept(desk: Desk) -> None:
    """All of $3 is held by a call that died; its lease ends, it is given back, and the next call has the room."""
    with desk.open(lapse="release") as ledger:
        _define(ledger)
        ledger.hold("first", Micros(0), ["day"])
        ledger.hold("died", usd("3"), ["day"], lease_s=60)
        desk.clock.pass_s(60)
        held = ledger.hold("next", usd("3"), ["day"])
        assert isinstance(held, Held)
        assert [status.held for status in held.budgets] == [usd("3")]


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


def committed_together(ledger: SqliteLedger, *calls: Callable[[], T]) -> list[T]:
    """The answers of threads whose verbs are all in one transaction."""
    with ThreadPoolExecutor(len(calls)) as pool:
        with ledger._group.alone():
            waiting = [pool.submit(call) for call in calls]
            while len(ledger._group._queue) < len(calls):
                time.sleep(0.001)
        return [each.result() for each in waiting]


def test_nobody_is_answered_before_the_commit(ledger: SqliteLedger, path: Path) -> None:
    """Two threads are committed together, and slowly: once they are answered, their holds are in the file."""

    def hold(key: str) -> bool:
        ledger.hold(key, usd("1"), ["day"])
        connection = raw(path)
        found = connection.execute("SELECT key FROM holds WHERE key = ?", (key,)).fetchall()
        connection.close()
        return found == [(key,)]

    assert ledger._writer is not None
    ledger._writer.connection.set_trace_callback(lambda said: time.sleep(0.3 if said == "COMMIT" else 0))
    assert committed_together(ledger, partial(hold, "a"), partial(hold, "b")) == [True, True]


def test_a_verb_that_breaks_its_transaction_takes_no_other_with_it(ledger: SqliteLedger) -> None:
    """The second of two bills overflows the counter of the day; a hold committed with it goes through."""

    def settle() -> str:
        with pytest.raises(
            LedgerUnavailable, match=r"cannot store REAL value in INTEGER column windows\.settled"
        ):
            ledger.settle("second", LARGEST)
        return "told"

    for key in ("first", "second"):
        ledger.hold(key, Micros(1), ["day"])
    ledger.settle("first", LARGEST)
    answers = committed_together(ledger, settle, lambda: type(ledger.hold("a", usd("1"), ["month"])).__name__)
    assert answers == ["told", "Held"]
    assert counters(ledger, "month") == (0, usd("1"), 0, 0)


# Processes


def test_one_at_a_time_passes_the_gate(tmp_path: Path) -> None:
    """Two gates on one file, as two processes have them: the second opens once the first work is done."""
    first, second = (Gate(tmp_path / "lock") for _ in range(2))
    inside, leave, done = Event(), Event(), list[str]()

    def work() -> None:
        inside.set()
        leave.wait(1)
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


def test_a_process_killed_in_the_middle_of_a_verb_keeps_nobody_out(path: Path) -> None:
    """The kernel opens the gate when its holder dies."""
    with open_ledger(f"sqlite:///{path}") as ledger:
        _define(ledger)
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
