"""Many at once on every ledger: the winners are counted, by threads and by real processes."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from planner.guard.ledger import Held, Ledger, Refused
from pricing.money import Micros
from tests.ledger_child import race
from tests.ledger_engines import (
    ENGINES,
    SHARED,
    SPLIT,
    Clock,
    Desk,
    Engine,
    check_history,
    counters,
    new_desk,
    quick_place,
    usd,
)

T = TypeVar("T")


@pytest.fixture(params=(*ENGINES, SPLIT), ids=lambda engine: engine.name)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    engine: Engine = request.param
    with quick_place() as place:
        yield new_desk(engine, place)


@pytest.fixture(params=(*SHARED, SPLIT), ids=lambda engine: engine.name)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A ledger other processes open too: $1 a month, $0.50 a day."""
    desk = new_desk(request.param, tmp_path)
    with desk.open() as ledger:
        ledger.define("month", usd("1"), "month")
        ledger.define("day", usd("0.5"), "day")
    yield desk
    with desk.open() as ledger:
        check_history(ledger)


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    with desk.open() as ledger:
        ledger.define("b", usd("10"), "lifetime")
        yield ledger
        check_history(ledger)


def together(count: int, call: Callable[[int], T]) -> list[T]:
    """The answers of as many threads."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_racing_holds_never_exceed_the_limit(ledger: Ledger) -> None:
    """Forty threads want $1 of $10: exactly ten get it."""
    answers = together(40, lambda n: ledger.hold(f"h{n}", usd("1"), ["b"]))
    assert sum(isinstance(answer, Held) for answer in answers) == 10
    assert counters(ledger, "b") == (0, usd("10"), 0, 0)


def test_the_narrowest_of_several_budgets_decides_a_race(ledger: Ledger) -> None:
    """Forty threads want $1 of $10 and of $7: seven get it, and the $10 hold nothing for the others."""
    ledger.define("narrow", usd("7"), "lifetime")
    answers = together(40, lambda n: ledger.hold(f"h{n}", usd("1"), ["b", "narrow"]))
    assert sum(isinstance(answer, Held) for answer in answers) == 7
    assert counters(ledger, "b") == counters(ledger, "narrow") == (0, usd("7"), 0, 0)


def test_one_key_from_many_threads_is_one_hold(ledger: Ledger) -> None:
    answers = together(32, lambda _: ledger.hold("a", usd("1"), ["b"]))
    assert {(answer.amount, answer.lease_until) for answer in answers if isinstance(answer, Held)} == {
        (usd("1"), answers[0].lease_until if isinstance(answers[0], Held) else 0)
    }
    assert counters(ledger, "b") == (0, usd("1"), 0, 0)


def test_one_bill_from_many_threads_is_billed_once(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["b"])
    together(32, lambda _: ledger.settle("a", usd("0.9")))
    assert counters(ledger, "b") == (usd("0.9"), 0, 0, 0)


def test_one_retry_from_many_threads_is_added_once(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["b"])
    together(32, lambda _: ledger.extend("a", usd("1"), attempt=2))
    assert counters(ledger, "b") == (0, usd("2"), 0, 0)


def test_racing_extensions_never_exceed_the_limit(ledger: Ledger) -> None:
    """Eight calls of $1 each want $1 more: two of them get it."""
    for number in range(8):
        ledger.hold(f"h{number}", usd("1"), ["b"])
    answers = together(8, lambda n: ledger.extend(f"h{n}", usd("1"), attempt=2))
    assert Counter(map(type, answers)) == {Held: 2, Refused: 6}


def test_a_notice_is_sent_by_one_of_many_threads(ledger: Ledger) -> None:
    assert sum(together(32, lambda _: ledger.claim_notice("b", "lifetime", 80))) == 1


def test_a_lapse_is_counted_once_however_many_sweep(desk: Desk, ledger: Ledger) -> None:
    for number in range(9):
        ledger.hold(f"h{number}", usd("1"), ["b"], lease_s=60)
    desk.clock.pass_s(60)
    assert sum(together(16, lambda _: ledger.lapse_due())) == 9
    assert counters(ledger, "b") == (usd("9"), 0, usd("9"), 0)


def test_a_stampede_at_midnight_is_refused_nothing_it_has_room_for(desk: Desk, ledger: Ledger) -> None:
    """The first touch of a new day by forty threads at once."""
    ledger.define("day", usd("4"), "day")
    desk.clock.set("2026-12-06 00:00:00")
    answers = together(40, lambda n: ledger.hold(f"h{n}", usd("0.1"), ["b", "day"]))
    assert sum(isinstance(answer, Held) for answer in answers) == 40
    assert counters(ledger, "day", "2026-12-06") == (0, usd("4"), 0, 0)


def test_bills_and_holds_that_race_lose_nothing(ledger: Ledger) -> None:
    """Each thread holds, bills half and voids half: what is left is what was billed."""

    def work(thread: int) -> int:
        for number in range(10):
            key = f"{thread}-{number}"
            ledger.hold(key, Micros(1_000), ["b"])
            if number % 2:
                ledger.settle(key, Micros(900))
            else:
                ledger.void(key)
        return 5 * 900

    assert sum(together(16, work)) == 72_000
    assert counters(ledger, "b") == (72_000, 0, 0, 0)


@pytest.mark.parametrize(("processes", "threads"), [(1, 32), (4, 8), (4, 32)])
def test_processes_spend_a_budget_to_the_cent(shared: Desk, processes: int, threads: int) -> None:
    """At $0.01 each, $0.50 a day grants exactly 50 holds, however many want them."""
    granted = race(shared.url, [("win", f"p{n}", threads, 10_000) for n in range(processes)])
    assert sum(count for count in granted if isinstance(count, int)) == 50
    with shared.open() as ledger:
        assert ledger.status("day").exposure == ledger.status("month").exposure == usd("0.5")


def test_a_notice_is_sent_by_one_of_many_processes(shared: Desk) -> None:
    claimed = race(shared.url, [("claim", 20)] * 4)
    assert sorted(pct for part in claimed if isinstance(part, list) for pct in part) == list(range(1, 21))


def test_processes_that_repeat_each_other_count_once(shared: Desk) -> None:
    answers = race(shared.url, [("same", 20)] * 4)
    kinds = {str(kind) for answer in answers if isinstance(answer, list) for kind in answer}
    assert kinds <= {"Held", "settled", "HoldConflict"}
    with shared.open() as ledger:
        assert counters(ledger, "month") == (140, 0, 0, 0)


def test_every_process_sees_the_kill_switch(shared: Desk) -> None:
    with shared.open() as ledger:
        ledger.stop("leaked key", "ana")
        assert race(shared.url, [("switch",)]) == [["leaked key", "Refused"]]
        ledger.resume("ana")
        assert race(shared.url, [("switch",)]) == [["", "Held"]]


def test_two_handles_in_one_process_are_one_ledger(shared: Desk) -> None:
    with shared.open() as one, shared.open() as other:
        one.hold("a", usd("0.5"), ["day"])
        assert isinstance(other.hold("b", usd("0.1"), ["day"]), Refused)
        other.settle("a", usd("0.1"))
        assert one.status("day").settled == usd("0.1")


def test_the_ledger_is_there_after_everyone_has_closed_it(shared: Desk) -> None:
    with shared.open() as ledger:
        ledger.hold("a", usd("0.5"), ["day"])
    with shared.open() as ledger:
        assert ledger.status("day").held == usd("0.5")
        ledger.settle("a", usd("0.4"))
    with shared.open() as ledger:
        assert counters(ledger, "day") == (usd("0.4"), 0, 0, 0)


def test_an_unmoved_clock_is_shared_by_the_tests_processes() -> None:
    """Children count in the same periods as the desk does."""
    assert Clock()() == 1_796_472_000.0
