"""What every process of a ledger shares besides money: the kill switch, and who sends which notice."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from planner.guard.errors import UnknownBudget
from planner.guard.ledger import (
    Held,
    Ledger,
    Line,
    Refused,
    Stopped,
)
from tests.ledger_engines import (
    ENGINES,
    Clock,
    Desk,
    Engine,
    check_history,
    counters,
    new_desk,
    quick_place,
    usd,
)

MONTH = Line("month", "2026-12")


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    engine: Engine = request.param
    with quick_place() as place:
        yield new_desk(engine, place)


@pytest.fixture
def clock(desk: Desk) -> Clock:
    return desk.clock


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    """$10 a month and $3 a day; its history is checked at the end of every test."""
    with desk.open() as ledger:
        ledger.define("month", usd("10"), "month")
        ledger.define("day", usd("3"), "day")
        yield ledger
        check_history(ledger)


# The kill switch


def test_a_stopped_ledger_refuses_new_money_and_takes_bills(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("1"), ["month"])
    ledger.hold("b", usd("1"), ["month"])
    ledger.stop("leaked key", "ana")
    stopped = Stopped(clock.now, "ana", "leaked key")
    assert ledger.stopped() == stopped
    assert ledger.hold("c", usd("1"), ["month"]) == Refused("c", usd("1"), stopped=stopped)
    assert ledger.extend("a", usd("1"), attempt=2) == Refused("a", usd("1"), stopped=stopped)
    ledger.settle("a", usd("1"))
    ledger.void("b")
    assert counters(ledger, "month") == (usd("1"), 0, 0, 0)
    assert [entry.tags.get("refused_by") for entry in ledger.entries() if entry.kind == "refuse"] == [
        "stop",
        "stop",
    ]


def test_resuming_grants_holds_again(ledger: Ledger) -> None:
    ledger.stop("leaked key", "ana")
    ledger.resume("ben")
    assert ledger.stopped() is None
    assert isinstance(ledger.hold("a", usd("1"), ["month"]), Held)
    stop, resume = (entry for entry in ledger.entries() if entry.kind in {"stop", "resume"})
    assert (stop.tags, resume.tags) == ({"reason": "leaked key", "who": "ana"}, {"who": "ben"})


def test_the_first_stop_counts_and_a_resume_of_nothing_is_nothing(ledger: Ledger) -> None:
    ledger.resume("ana")
    ledger.stop("first", "ana")
    ledger.stop("second", "ben")
    assert ledger.stopped() is not None and ledger.stopped() == Stopped(_at(ledger), "ana", "first")
    assert [entry.kind for entry in ledger.entries(after=2)] == ["stop"]


def test_a_hold_granted_before_the_stop_answers_as_before(ledger: Ledger) -> None:
    held = ledger.hold("a", usd("1"), ["month"])
    ledger.stop("leaked key", "ana")
    assert ledger.hold("a", usd("1"), ["month"]) == held


# Notices


def test_a_notice_is_claimed_once_per_budget_period_and_threshold(ledger: Ledger) -> None:
    claims: list[tuple[str, str, int | Fraction]] = [
        ("month", "2026-12", 50),
        ("month", "2026-12", 50),
        ("month", "2026-12", Fraction(50)),
        ("month", "2026-12", 80),
        ("month", "2027-01", 50),
        ("day", "2026-12-05", 50),
        ("day", "2026-12-05", 50),
    ]
    assert [ledger.claim_notice(*claim) for claim in claims] == [True, False, False, True, True, True, False]


def test_a_claimed_notice_is_written_down(ledger: Ledger) -> None:
    ledger.claim_notice("month", "2026-12", Fraction("62.5"))
    ledger.claim_notice("month", "2026-12", Fraction("62.5"))
    (entry,) = ledger.entries(after=2)
    assert (entry.kind, entry.key, entry.lines, entry.tags) == ("notice", None, (MONTH,), {"at_pct": "125/2"})


def test_a_notice_needs_a_budget_and_a_period_of_it(ledger: Ledger) -> None:
    with pytest.raises(UnknownBudget):
        ledger.claim_notice("year", "2026-12", 50)
    with pytest.raises(ValueError, match="budget 'month' has no period '2026-12-05'"):
        ledger.claim_notice("month", "2026-12-05", 50)
    with pytest.raises(ValueError, match="'soon' is not a period"):
        ledger.claim_notice("month", "soon", 50)


def _at(ledger: Ledger) -> float:
    return next(entry.at for entry in ledger.entries() if entry.kind == "stop")
