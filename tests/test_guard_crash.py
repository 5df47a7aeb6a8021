"""Processes killed in the middle of a verb, and what the next process finds."""

import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.guard.ledger import Ledger, open_ledger
from tests.ledger_crash import ASK, NOW, PRICE, VERBS, clock_of, crash_helper, prepare, spender
from tests.ledger_engines import check_history, counters, quick_place, usd

Crash = Callable[[str, str, int], str]


@pytest.fixture(scope="module")
def crash() -> Iterator[Crash]:
    with crash_helper() as crash:
        yield crash


@pytest.fixture
def place() -> Iterator[Path]:
    with quick_place() as place:
        yield place


@pytest.fixture
def prepared(place: Path) -> Path:
    path = place / "prepared.db"
    with open_ledger(f"sqlite:///{path}", clock=lambda: NOW) as ledger:
        prepare(ledger)
    return path


def look(ledger: Ledger) -> object:
    """Everything a ledger can be asked."""
    keys = {entry.key for entry in ledger.entries() if entry.key and entry.kind == "hold"}
    lines = {line for entry in ledger.entries() for line in entry.lines}
    return (
        [(entry.kind, entry.key, entry.amount, entry.lines, entry.change) for entry in ledger.entries()],
        sorted((*line, *counters(ledger, *line)) for line in lines),
        sorted((hold.key, hold.state, hold.amount, hold.billed) for hold in map(ledger.find, keys)),
        [ledger.status(budget).limit for budget in ledger.budgets()],
        ledger.stopped() and "stopped",
    )


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_killed_before_any_statement_has_happened_or_has_not(
    verb: str, crash: Crash, prepared: Path
) -> None:
    """Whatever the next process finds, doing the verb again leads to the same end as doing it once."""
    clock = clock_of(verb)
    before, after = _before_and_after(verb, prepared)
    path, point, answer = prepared.with_name("killed.db"), 0, "killed"
    while answer == "killed":
        point += 1
        shutil.copy(prepared, path)
        answer = crash(f"sqlite:///{path}", verb, point)
        with open_ledger(f"sqlite:///{path}", clock=clock) as ledger:
            check_history(ledger)
            assert look(ledger) in ((before, after) if answer == "killed" else (after,))
            if verb not in {"close", "be refused"}:
                VERBS[verb](ledger)
                assert look(ledger) == after
    assert answer == "done"
    assert point > 8


def test_a_ledger_killed_while_it_is_made_is_made_by_the_next(crash: Crash, place: Path) -> None:
    point, answer = 0, "killed"
    while answer == "killed":
        point += 1
        path = place / f"{point}.db"
        answer = crash(f"sqlite:///{path}", "define", point)
        with open_ledger(f"sqlite:///{path}", clock=lambda: NOW) as ledger:
            ledger.define("new", usd("5"), "lifetime")
            assert [entry.kind for entry in ledger.entries()] == ["define"]
            check_history(ledger)
    assert answer == "done"
    assert point > 25


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_spenders_killed_at_any_moment_lose_nothing_and_strand_nothing(
    synchronous: str, tmp_path: Path
) -> None:
    """Eight lives on one budget, two at a time, each killed while four threads are busy; the last one spends to the end."""
    url, chance = f"sqlite:///{tmp_path}/guard.db?synchronous={synchronous}", random.Random(synchronous)
    with open_ledger(url, clock=lambda: NOW) as ledger:
        ledger.define("month", usd("4"), "month")
        ledger.define("day", usd("2"), "day")
    for life in range(4):
        pair = [spender(url, tmp_path, f"life-{life}-{twin}") for twin in range(2)]
        time.sleep(chance.uniform(0.2, 0.4))
        for process in pair:
            process.kill()
            process.wait()
        with open_ledger(url, clock=lambda: NOW) as ledger:
            _check_nothing_lost(ledger, tmp_path)
    assert spender(url, tmp_path, "last").wait() == 0
    with open_ledger(url, clock=lambda: NOW + 900) as ledger:
        _check_nothing_lost(ledger, tmp_path)
        stranded = ledger.status("day").held
        assert ledger.lapse_due() == stranded // ASK
        assert ledger.status("day").held == ledger.status("month").held == 0
        _check_nothing_lost(ledger, tmp_path)
        assert usd("2") - ASK < ledger.status("day").settled <= usd("2")


def _before_and_after(verb: str, prepared: Path) -> tuple[object, object]:
    path = prepared.with_name("whole.db")
    shutil.copy(prepared, path)
    with open_ledger(f"sqlite:///{path}", clock=clock_of(verb)) as ledger:
        before = look(ledger)
        VERBS[verb](ledger)
    with open_ledger(f"sqlite:///{path}", clock=clock_of(verb)) as ledger:
        return before, look(ledger)


def _check_nothing_lost(ledger: Ledger, place: Path) -> None:
    """Every bill has its hold or is settled, what was reported settled is, and no budget is over."""
    check_history(ledger)
    billed, settled = (_lines(place / name) for name in ("billed", "settled"))
    holds = {key: ledger.find(key) for key in billed}
    assert all(hold.state in {"open", "settled", "lapsed"} for hold in holds.values())
    assert all((holds[key].state, holds[key].billed) == ("settled", PRICE) for key in settled)
    for budget in ledger.budgets():
        status = ledger.status(budget)
        assert len(billed) * PRICE <= status.exposure <= status.limit


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
