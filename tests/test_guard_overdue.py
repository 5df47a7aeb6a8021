"""Holds whose lease has run out on a ledger that nobody calls: whoever looks is told."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.ledger import open_ledger
from tests.guarding import budget, guarded
from tests.support import bursar, usd


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A process died two hours ago with $0.08 held for 15 minutes."""
    url = f"sqlite:///{tmp_path}/guard.db"
    with open_ledger(url, clock=lambda: time.time() - 7_200) as earlier:
        earlier.define("b", usd("1"), "lifetime")
        earlier.hold("died", usd("0.08"), ["b"])
    with open_ledger(url) as now:
        assert now.find("died").state == "open"
    yield url


def test_a_guard_that_is_asked_lapses_what_is_due() -> None:
    with guarded(budget("1.00")) as setting:
        setting.guard.ledger.hold("died", usd("0.08"), ["b"], lease_s=60)
        setting.clock.now += 60
        (status,) = setting.guard.status()
        assert (status.held, status.settled, status.assumed) == (0, usd("0.08"), usd("0.08"))


def test_holds_say_that_a_lease_ran_out(capsys: pytest.CaptureFixture[str], url: str) -> None:
    ran = bursar(capsys, "guard", "holds", "--ledger", url)
    (row,) = [line.split() for line in ran.out.splitlines() if line.startswith("died")]
    assert row[1] == "overdue"
    assert "0 open, $0.00 held; 1 overdue, $0.08 held until the next call on this ledger lapses it" in ran.out


def test_the_status_says_what_is_overdue(capsys: pytest.CaptureFixture[str], url: str) -> None:
    ran = bursar(capsys, "guard", "status", "--ledger", url)
    assert "Holds whose lease ran out: 1 overdue, $0.08 held until the next call" in ran.out


def test_nothing_is_said_when_nothing_is_overdue(capsys: pytest.CaptureFixture[str], url: str) -> None:
    with open_ledger(url) as ledger:
        ledger.lapse_due()
    for verb in ("status", "holds"):
        assert "overdue" not in bursar(capsys, "guard", verb, "--ledger", url).out
