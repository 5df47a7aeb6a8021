"""A ledger in DynamoDB among processes: clocks that differ, clients that are killed, calls that race for the last cent."""

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from planner.guard.ledger import Held, Line, open_ledger
from planner.guard.ledger.dynamodb.ledger import DynamoLedger
from planner.guard.ledger.dynamodb.table import Table
from tests import dynamodb_local
from tests.ledger_crash import ASK, NOW, PRICE, VERBS, clock_of, prepare, spender
from tests.ledger_engines import check_history, moment, usd
from tests.shooting import shoot, shoot_from
from tests.test_guard_crash import _check_nothing_lost as check_nothing_lost
from tests.test_guard_crash import look
from tests.test_guard_overshoot import endpoint

ROOT = Path(__file__).parents[1]


@pytest.fixture
def url() -> str:
    return f"{dynamodb_local.new_table()}&deadline_s=15"


# Clocks

MACHINE = """
import sys, time
from planner.guard.ledger import Held, open_ledger
url, begins, leases = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
name, granted, real = sys.argv[4], 0, time.monotonic()
with open_ledger(url, clock=lambda: begins + time.monotonic() - real) as ledger:
    while isinstance(ledger.hold(f"{name}-{granted}", 1_000, ["day", "ever"], lease_s=leases), Held):
        if granted % 2:
            ledger.settle(f"{name}-{granted}", 900)
        granted += 1
print(granted)
"""


@pytest.mark.parametrize(("noon", "leases"), [("12:00:00", 600), ("12:00:00", 60), ("00:00:30", 600)])
def test_machines_whose_clocks_differ_never_spend_more_than_there_is(
    url: str, noon: str, leases: int
) -> None:
    """90 s behind, right, 90 s ahead: also when a lease is shorter than that, and when it is two days at once."""
    now = moment(f"2026-12-05 {noon}")
    with open_ledger(url, clock=lambda: now) as ledger:
        ledger.define("day", usd("0.01"), "day")
        ledger.define("ever", usd("0.015"), "lifetime")
    machines = [
        subprocess.Popen(
            [sys.executable, "-c", MACHINE, url, str(now + skew_s), str(leases), name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, skew_s in (("behind", -90), ("right", 0), ("ahead", 90))
    ]
    granted = sum(int(machine.communicate()[0]) for machine in machines)
    with open_ledger(url, clock=lambda: now) as ledger:
        days = {line.period for entry in ledger.entries() for line in entry.lines if line.budget == "day"}
        spent = [ledger.status("day", period=day).exposure for day in days]
        assert max(spent) <= usd("0.01")
        assert sum(spent) == ledger.status("ever").exposure <= usd("0.015")
        assert granted >= 10
        lines = {line for entry in ledger.entries() for line in entry.lines}
        assert Line("ever", "lifetime") in lines
        check_history(ledger)


# Killed clients


@pytest.mark.parametrize("point", ["before it is sent", "before its answer"])
@pytest.mark.parametrize("verb", ["hold in a new period", "settle above"])
def test_a_verb_whose_caller_is_killed_has_happened_or_has_not(verb: str, point: str) -> None:
    """Whatever the next process finds, doing the verb again leads to the same end as doing it once."""
    clock, killed = clock_of(verb), f"{dynamodb_local.new_table()}&deadline_s=15"
    with open_ledger(killed, clock=lambda: NOW) as ledger:
        prepare(ledger)
        before = look(ledger)
    _kill_in(verb, killed, point)
    with open_ledger(killed, clock=clock) as ledger:
        found = look(ledger)
        check_history(ledger)
        assert (found == before) == (point == "before it is sent")
        VERBS[verb](ledger)
        after = look(ledger)
        assert (found == after) == (point == "before its answer")
        check_history(ledger)


def _kill_in(verb: str, url: str, point: str) -> None:
    """A child does the verb, and kills itself before its write is sent, or once it is done and nobody has heard."""
    child = os.fork()
    if not child:
        ledger = open_ledger(url, clock=clock_of(verb))
        transact = Table.transact

        def die(table: Table, *arguments: object) -> None:
            if point == "before its answer":
                transact(table, *arguments)  # type: ignore[arg-type]
            os.kill(os.getpid(), signal.SIGKILL)

        Table.transact = die  # type: ignore[assignment, method-assign]
        VERBS[verb](ledger)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_spenders_killed_at_any_moment_lose_nothing_and_strand_nothing(tmp_path: Path, url: str) -> None:
    """Four lives on one budget, two at a time, each killed while four threads are busy; the last spends to the end."""
    chance = Random("dynamodb")
    with open_ledger(url, clock=lambda: NOW) as ledger:
        ledger.define("month", usd("0.4"), "month")
        ledger.define("day", usd("0.06"), "day")
    for life in range(2):
        pair = [spender(url, tmp_path, f"life-{life}-{twin}") for twin in range(2)]
        _until_billed(tmp_path, 12 * life + chance.randint(5, 12))
        for process in pair:
            process.kill()
            process.wait()
        with open_ledger(url, clock=lambda: NOW) as ledger:
            check_nothing_lost(ledger, tmp_path)
    assert spender(url, tmp_path, "last").wait() == 0
    with open_ledger(url, clock=lambda: NOW + 900) as ledger:
        check_nothing_lost(ledger, tmp_path)
        stranded = ledger.status("day").held
        assert ledger.lapse_due() == stranded // ASK
        assert ledger.status("day").held == ledger.status("month").held == 0
        assert usd("0.06") - ASK < ledger.status("day").settled <= usd("0.06")
        assert ledger.status("day").settled % PRICE == 0


def _until_billed(place: Path, calls: int) -> None:
    billed = place / "billed"
    while not billed.exists() or billed.read_bytes().count(b"\n") < calls:
        time.sleep(0.005)


def test_a_distant_client_gets_its_turn_however_busy_the_others_are(url: str) -> None:
    """Each of its requests takes far longer than another's whole transaction, so by speed alone it would never win."""
    done = threading.Event()
    with open_ledger(url) as near, open_ledger(url) as distant:
        near.define("b", usd("1000000"), "lifetime")
        assert isinstance(distant, DynamoLedger)
        distant._open()._client.meta.events.register("before-send.dynamodb", lambda **_: time.sleep(0.1))

        def keep_busy() -> None:
            for number in count():
                if done.is_set():
                    return
                near.hold(f"near-{number}", usd("1"), ["b"])

        busy = threading.Thread(target=keep_busy)
        busy.start()
        try:
            for number in range(3):
                assert isinstance(distant.hold(f"distant-{number}", usd("1"), ["b"]), Held)
        finally:
            done.set()
            busy.join()
        check_history(near)


# Overshoot


def test_processes_never_overshoot(url: str) -> None:
    """4 processes of 32 threads after a dollar: at a cent an image, a hundred images."""
    with endpoint() as bedrock:
        received, refused = shoot_from(4, bedrock.url, url, 32, enough=1)
        assert (bedrock.billed.images, bedrock.billed.micros) == (100, 1_000_000)
    assert (received, refused) == (100, 4 * 32)
    with open_ledger(url) as ledger:
        status = ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (1_000_000, 0, 0)
        assert not ledger.verify()


def test_processes_killed_in_the_middle_of_calls_lose_nothing(url: str) -> None:
    """A life ends by SIGKILL with calls on their way; what the endpoint billed is always covered, never above the limit."""
    with endpoint() as bedrock:
        process = get_context("spawn").Process(target=shoot, args=(bedrock.url, url, 8))
        process.start()
        while bedrock.billed.images < 30:
            time.sleep(0.005)
        process.kill()
        process.join()
        with open_ledger(url) as opened:
            assert bedrock.billed.micros <= opened.status("b").exposure <= 1_000_000
            assert not opened.verify()
        shoot(bedrock.url, url, threads=8)
        with open_ledger(url, clock=lambda: time.time() + 3_600) as opened:
            opened.lapse_due()
            status = opened.status("b")
        assert (status.settled, status.held) == (1_000_000, 0)
        assert 1_000_000 - status.assumed <= bedrock.billed.micros <= 1_000_000
