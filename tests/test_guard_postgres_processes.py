"""A ledger in PostgreSQL among threads, forks, signals, killed clients and machines whose clocks differ."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from planner.guard.ledger import open_ledger
from planner.guard.ledger.postgres.session import Session
from tests.ledger_child import race
from tests.ledger_crash import ASK, NOW, PRICE, VERBS, clock_of, prepare, spender
from tests.ledger_engines import check_history, counters, usd
from tests.pgbouncer import bouncer_before
from tests.postgres_server import new_ledger, shared_server
from tests.shooting import shoot, shoot_from
from tests.test_guard_crash import _check_nothing_lost as check_nothing_lost
from tests.test_guard_crash import look
from tests.test_guard_overshoot import endpoint

ROOT = Path(__file__).parents[1]


@pytest.fixture
def url() -> Iterator[str]:
    """A ledger with ample budgets, whose history is checked at the end."""
    url = new_ledger()
    with open_ledger(url) as ledger:
        ledger.define("month", usd("1000000"), "month")
        ledger.define("day", usd("1000000"), "day")
    yield url
    with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
        check_history(ledger)


def test_processes_progress_alike(url: str) -> None:
    pairs = [
        each for each in race(url, [("progress", f"p{n}", 2) for n in range(4)]) if isinstance(each, int)
    ]
    assert len(pairs) == 4
    assert max(pairs) <= 3 * min(pairs)


def test_a_fork_while_threads_are_busy_leaves_both_sides_working(url: str) -> None:
    """Ten children, forked in the middle of other threads' verbs, each hold and settle on the ledger they inherit."""
    assert race(url, [("fork", 10)]) == [[0] * 10]
    with open_ledger(url) as ledger:
        assert ledger.find("child-9").state == "settled"


INTERRUPTED = """
import signal, sys, threading, time
from planner.guard.ledger import open_ledger
class Interrupt(BaseException):
    pass
def interrupt(*_):
    raise Interrupt
def unraisable(caught):  # an interrupt within a destructor or a weak reference's callback stops nothing: Python prints it
    if not isinstance(caught.exc_value, Interrupt):
        sys.__unraisablehook__(caught)
sys.unraisablehook = unraisable
interrupts = pairs = 0
with open_ledger(sys.argv[1] + "&pool_size=3") as ledger:
    done, beside = threading.Event(), [0, 0]
    def work(index):
        while not done.is_set():
            ledger.hold(f"beside-{index}-{beside[index]}", 1, ["month", "day"])
            ledger.settle(f"beside-{index}-{beside[index]}", 1)
            beside[index] += 1
    workers = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    [worker.start() for worker in workers]
    signal.signal(signal.SIGALRM, interrupt)
    for number in range(300):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0002 + number % 37 * 0.001)
            ledger.hold(f"main-{number}", 1, ["month", "day"])
            ledger.settle(f"main-{number}", 1)
            pairs += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupt:
            interrupts += 1
    ledger.hold("after", 1, ["month", "day"])
    done.set()
    [worker.join() for worker in workers]
print(interrupts, pairs, *beside)
"""


def test_interrupts_leave_the_ledger_working(url: str) -> None:
    """Signals that raise at any point of the main thread's verbs, with two threads beside it and three connections."""
    command = [sys.executable, "-c", INTERRUPTED, url]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert (ran.stderr, ran.returncode) == ("", 0)
    interrupts, pairs, *beside = map(int, ran.stdout.split())
    assert interrupts > 10 and pairs > 0 and min(beside) > 0


HANDLER = """
import signal, sys, time
from planner.guard.ledger import open_ledger
answered = pairs = 0
with open_ledger(sys.argv[1]) as ledger:
    def call(*_):
        global answered
        ledger.hold(f"handler-{answered}", 1, ["month"])
        answered += 1
    signal.signal(signal.SIGALRM, call)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    until = time.time() + 2
    while time.time() < until:
        ledger.hold(f"main-{pairs}", 1, ["month", "day"])
        ledger.settle(f"main-{pairs}", 1)
        pairs += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
print(answered, pairs)
"""


def test_a_signal_handler_may_use_the_ledger_in_the_middle_of_a_verb(url: str) -> None:
    command = [sys.executable, "-c", HANDLER, url]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    answered, pairs = map(int, ran.stdout.split())
    assert answered > 5 and pairs > 5


# Killed clients


@pytest.mark.parametrize("point", ["before it is sent", "before its answer"])
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "close"])
def test_a_verb_whose_caller_is_killed_has_happened_or_has_not(verb: str, point: str) -> None:
    """Whatever the next process finds, doing the verb again leads to the same end as doing it once."""
    whole, killed = new_ledger(), new_ledger()
    for url in (whole, killed):
        with open_ledger(url, clock=lambda: NOW) as ledger:
            prepare(ledger)
    clock = clock_of(verb)
    with open_ledger(whole, clock=clock) as ledger:
        before = look(ledger)
        VERBS[verb](ledger)
        after = look(ledger)
    _kill_in(verb, killed, point)
    with open_ledger(killed, clock=clock) as ledger:
        until = time.monotonic() + 10
        while look(ledger) != after and point == "before its answer":
            assert (
                time.monotonic() < until
            )  # the server goes on without its client, sweeping first where it has to
            time.sleep(0.01)
        assert look(ledger) == (before if point == "before it is sent" else after)
        check_history(ledger)
        if verb != "be refused":
            VERBS[verb](ledger)
            assert look(ledger) == after
        check_history(ledger)


def _kill_in(verb: str, url: str, point: str) -> None:
    """A child does the verb, and kills itself once it is sent, or before."""
    child = os.fork()
    if not child:
        ledger = open_ledger(url, clock=clock_of(verb))
        if point == "before it is sent":
            Session.run = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment, method-assign]
        else:
            Session._answer = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment, method-assign]
        VERBS[verb](ledger)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_spenders_killed_at_any_moment_lose_nothing_and_strand_nothing(tmp_path: Path) -> None:
    """Six lives on one budget, two at a time, each killed while four threads are busy; the last spends to the end."""
    url, chance = new_ledger(), Random("postgres")
    with open_ledger(url, clock=lambda: NOW) as ledger:
        ledger.define("month", usd("4"), "month")
        ledger.define("day", usd("2"), "day")
    for life in range(3):
        pair = [spender(url, tmp_path, f"life-{life}-{twin}") for twin in range(2)]
        time.sleep(chance.uniform(0.5, 0.9))
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
        assert usd("2") - ASK < ledger.status("day").settled <= usd("2")
        assert ledger.status("day").settled % PRICE == 0


# Overshoot


@pytest.mark.parametrize(("processes", "threads"), [(1, 32), (4, 8), (4, 32)])
def test_processes_never_overshoot(processes: int, threads: int) -> None:
    """A dollar at a cent an image is a hundred images, however many ask at once."""
    ledger = new_ledger()
    with endpoint() as bedrock:
        if processes == 1:
            received, refused = shoot(bedrock.url, ledger, threads=threads)
        else:
            received, refused = shoot_from(processes, bedrock.url, ledger, threads)
        assert (bedrock.billed.images, bedrock.billed.micros) == (100, 1_000_000)
    assert (received, refused) == (100, processes * threads * 5)
    _check_spent(ledger)


def test_processes_killed_in_the_middle_of_calls_lose_nothing() -> None:
    """A life ends by SIGKILL with calls on their way; what the endpoint billed is always covered, never above the limit."""
    ledger = new_ledger()
    with endpoint() as bedrock:
        process = get_context("spawn").Process(target=shoot, args=(bedrock.url, ledger, 8))
        process.start()
        while bedrock.billed.images < 30:
            time.sleep(0.005)
        process.kill()
        process.join()
        with open_ledger(ledger) as opened:
            assert bedrock.billed.micros <= opened.status("b").exposure <= 1_000_000
            assert not opened.verify()
        shoot(bedrock.url, ledger, threads=8)
        with open_ledger(ledger, clock=lambda: time.time() + 3_600) as opened:
            opened.lapse_due()
            status = opened.status("b")
        assert (status.settled, status.held) == (1_000_000, 0)
        assert 1_000_000 - status.assumed <= bedrock.billed.micros <= 1_000_000


def _check_spent(url: str) -> None:
    with open_ledger(url) as ledger:
        status = ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (1_000_000, 0, 0)
        assert not ledger.verify()


# PgBouncer


def test_a_pgbouncer_in_transaction_mode_changes_nothing() -> None:
    """Four processes of eight threads over three connections to the server, to the cent."""
    with bouncer_before(shared_server()) as port:
        url = shared_server().url(port=port)
        with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
            ledger.define("month", usd("1"), "month")
            ledger.define("day", usd("0.5"), "day")
        granted = race(url, [("win", f"p{n}", 8, 10_000) for n in range(4)])
        assert sum(count for count in granted if isinstance(count, int)) == 50
        with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
            assert ledger.status("day").exposure == ledger.status("month").exposure == usd("0.5")
            check_history(ledger)


# Clocks

MACHINE = """
import sys, time
url, skew_s, name = sys.argv[1], float(sys.argv[2]), sys.argv[3]
real = time.time
time.time = lambda: real() + skew_s
from planner.guard.ledger import Held, open_ledger
with open_ledger(url) as ledger:
    ledger.define("day", 100_000, "day")
    granted = 0
    while isinstance(ledger.hold(f"{name}-{granted}", 1_000, ["day"], lease_s=600), Held):
        granted += 1
    status = ledger.status("day")
    print(granted, status.period, ledger.lapse_due(), status.exposure)
"""


def test_machines_whose_clocks_differ_share_one_day_and_no_lease_ends_early() -> None:
    """One is a day ahead and one a day behind: by their own clocks they would have three budgets, and end each other's leases."""
    url = new_ledger()
    before = time.strftime("%Y-%m-%d", time.gmtime())
    machines = [
        subprocess.Popen(
            [sys.executable, "-c", MACHINE, url, str(skew_s), name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, skew_s in (("ahead", 86_400), ("right", 0), ("behind", -86_400))
    ]
    answers = [machine.communicate(timeout=60)[0].split() for machine in machines]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    if before == today:  # midnight may pass between two of them
        assert sum(int(granted) for granted, *_ in answers) == 100
        assert {period for _, period, *_ in answers} == {today}
        assert {exposure for *_, exposure in answers} == {"100000"}
    assert {lapsed for _, _, lapsed, _ in answers} == {"0"}
    with open_ledger(url) as ledger:
        moments = [entry.at for entry in ledger.entries()]
        assert abs(moments[-1] - time.time()) < 60 and max(moments) - min(moments) < 60
        assert counters(ledger, "day")[2:] == (0, 0)
