"""A ledger over shards among processes: the last cent raced for, clients killed, clocks that differ."""

import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from planner.guard.ledger import open_ledger
from tests import dynamodb_local
from tests.ledger_crash import ASK, NOW, PRICE, VERBS, clock_of, prepare, spender
from tests.ledger_engines import moment, usd
from tests.shooting import shoot, shoot_from
from tests.splitting import check_split
from tests.test_guard_crash import look
from tests.test_guard_dynamodb_processes import MACHINE, ROOT, _kill_in, _until_billed
from tests.test_guard_overshoot import endpoint


@pytest.fixture
def url() -> str:
    return f"{dynamodb_local.new_table()}&deadline_s=120&shards=4"


# Overshoot


def _sixteen_threads(bedrock: str, url: str) -> tuple[int, int]:
    return shoot(bedrock, url, 16, enough=1)


def _four_processes(bedrock: str, url: str) -> tuple[int, int]:
    return shoot_from(4, bedrock, url, 8, enough=1)


@pytest.mark.parametrize(("race", "callers"), [(_sixteen_threads, 16), (_four_processes, 32)])
def test_a_dollar_buys_a_hundred_images_at_a_cent(
    url: str, race: Callable[[str, str], tuple[int, int]], callers: int
) -> None:
    """16 threads of one process, and 4 processes of 8 threads: not one more, and not one less."""
    with endpoint() as bedrock:
        received, refused = race(bedrock.url, url)
        assert (bedrock.billed.images, bedrock.billed.micros) == (100, 1_000_000)
    assert (received, refused) == (100, callers)
    with open_ledger(url) as ledger:
        status = ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (1_000_000, 0, 0)
    check_split(url)


# Killed clients


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
        shoot(bedrock.url, url, threads=8, enough=1)
        with open_ledger(url, clock=lambda: time.time() + 3_600) as opened:
            opened.lapse_due()
            status = opened.status("b")
        assert (status.settled, status.held) == (1_000_000, 0)
        assert 1_000_000 - status.assumed <= bedrock.billed.micros <= 1_000_000
    check_split(url)


@pytest.mark.parametrize("point", ["before it is sent", "before its answer"])
@pytest.mark.parametrize("verb", ["change a limit", "hold in a new period", "hold the second offer", "stop"])
def test_a_verb_whose_caller_is_killed_has_happened_or_has_not(verb: str, point: str) -> None:
    """In one shard or in all of them: doing it again leads to the same end as doing it once."""
    clock, url = clock_of(verb), f"{dynamodb_local.new_table()}&deadline_s=120&shards=2"
    with open_ledger(url, clock=lambda: NOW) as ledger:
        prepare(ledger)
        before = look(ledger)
    _kill_in(verb, url, point)
    with open_ledger(url, clock=clock) as ledger:
        found = look(ledger)
        assert (found == before) == (point == "before it is sent")
        VERBS[verb](ledger)
        after = look(ledger)
        assert (found == after) == (point == "before its answer")
    check_split(url)


def test_spenders_killed_at_any_moment_lose_nothing_and_strand_nothing(tmp_path: Path, url: str) -> None:
    """Two lives of two processes, killed while four threads of each are busy; the last spends to the end."""
    chance = Random("shards")
    with open_ledger(url, clock=lambda: NOW) as ledger:
        ledger.define("month", usd("0.4"), "month")
        ledger.define("day", usd("0.06"), "day")
    for life in range(2):
        pair = [spender(url, tmp_path, f"life-{life}-{twin}") for twin in range(2)]
        _until_billed(tmp_path, 12 * life + chance.randint(5, 12))
        for process in pair:
            process.kill()
            process.wait()
        _check_nothing_lost(url, tmp_path)
    assert spender(url, tmp_path, "last").wait() == 0
    _check_nothing_lost(url, tmp_path)
    with open_ledger(url, clock=lambda: NOW + 900) as ledger:
        stranded = ledger.status("day").held
        assert ledger.lapse_due() == stranded // ASK
        assert ledger.status("day").held == ledger.status("month").held == 0
        assert usd("0.06") - ASK < ledger.status("day").settled <= usd("0.06")
        assert ledger.status("day").settled % PRICE == 0


def _check_nothing_lost(url: str, place: Path) -> None:
    """What was billed is covered, what was said to be settled is, and no budget is above its limit."""
    billed, settled = (
        (place / name).read_text().split() if (place / name).exists() else []
        for name in ("billed", "settled")
    )
    with open_ledger(url, clock=lambda: NOW) as ledger:
        exposure = ledger.status("day").exposure
        assert len(billed) * PRICE <= exposure == ledger.status("month").exposure <= usd("0.06")
        assert all(ledger.find(key).state in {"open", "settled"} for key in billed)
        assert all(ledger.find(key).state == "settled" for key in settled)
    check_split(url)


# Clocks


@pytest.mark.parametrize(("noon", "leases"), [("12:00:00", 60), ("00:00:30", 600)])
def test_machines_whose_clocks_differ_never_spend_more_than_there_is(
    url: str, noon: str, leases: int
) -> None:
    """90 s behind, right, 90 s ahead: also when it is two days at once, each with shares of its own."""
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
    check_split(url)
