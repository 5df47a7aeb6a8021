"""A budget of a dollar at a cent an image is a hundred images, however many ask at once."""

import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from planner.guard.ledger import open_ledger
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.faults import Latency, Rule
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.guarding import CENT
from tests.shooting import shoot, shoot_from

SLOW = [Rule(Latency((0.0, 0.05)), times=None)]
"""Answers take up to 50 ms, so that many calls are on their way at once."""


def endpoint() -> LocalBedrock:
    return LocalBedrock(with_overrides(load_book(), (CENT,)), faults=SLOW)


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_threads_never_overshoot(tmp_path: Path, synchronous: str) -> None:
    """32 threads of one process."""
    ledger = f"sqlite:///{tmp_path}/guard.db?synchronous={synchronous}"
    with endpoint() as bedrock:
        received, refused = shoot(bedrock.url, ledger, threads=32)
        assert (bedrock.billed.images, bedrock.billed.micros) == (100, 1_000_000)
    assert (received, refused) == (100, 32 * 5)
    _check(ledger)


def test_processes_never_overshoot(tmp_path: Path) -> None:
    """4 processes of 8 threads that share nothing but the ledger's file."""
    ledger = f"sqlite:///{tmp_path}/guard.db"
    with endpoint() as bedrock:
        received, refused = shoot_from(4, bedrock.url, ledger, threads=8)
        assert (bedrock.billed.images, bedrock.billed.micros) == (100, 1_000_000)
    assert (received, refused) == (100, 32 * 5)
    _check(ledger)


def test_processes_killed_in_the_middle_of_calls_lose_nothing(tmp_path: Path) -> None:
    """Two lives end by SIGKILL with calls on their way; what the endpoint billed is always covered, and never above the limit."""
    ledger = f"sqlite:///{tmp_path}/guard.db"
    with endpoint() as bedrock:
        for billed in (20, 40):
            process = get_context("spawn").Process(target=shoot, args=(bedrock.url, ledger, 8))
            process.start()
            while bedrock.billed.images < billed:
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


def _check(url: str) -> None:
    with open_ledger(url) as ledger:
        status = ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (1_000_000, 0, 0)
        assert not ledger.verify()
