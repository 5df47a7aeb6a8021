"""How a hold ends on every ledger: settled, voided, assumed, or extended first."""

from collections.abc import Iterator

import pytest

from planner.guard.errors import HoldConflict, UnknownHold
from planner.guard.ledger import (
    Held,
    Ledger,
    Refused,
    Resolved,
)
from pricing.money import Micros
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


# Settle and void


def test_a_bill_replaces_its_hold(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month", "day"])
    assert ledger.settle("a", usd("1.5")) == Resolved("a", "settled", usd("1.5"), Micros(0))
    assert counters(ledger, "month") == counters(ledger, "day") == (usd("1.5"), 0, 0, 0)


def test_a_void_gives_the_hold_back(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month", "day"])
    assert ledger.void("a") == Resolved("a", "voided", Micros(0), Micros(0))
    assert counters(ledger, "month") == counters(ledger, "day") == (0, 0, 0, 0)


def test_a_bill_above_its_hold_is_recorded_in_full_and_flagged(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["day"])
    ledger.hold("b", usd("1"), ["day"])
    assert ledger.settle("a", usd("2.5")).overrun == usd("0.5")
    assert counters(ledger, "day") == (usd("2.5"), usd("1"), 0, usd("0.5"))
    assert ledger.status("day").room == usd("-0.5")
    assert isinstance(ledger.hold("c", Micros(1), ["day"]), Refused)


def test_an_unknown_hold_cannot_be_resolved_or_extended(ledger: Ledger) -> None:
    for verb in (
        lambda: ledger.settle("a", usd("1")),
        lambda: ledger.void("a"),
        lambda: ledger.extend("a", usd("1")),
    ):
        with pytest.raises(UnknownHold, match="no hold has the key 'a'"):
            verb()


# Extend


def test_an_extension_adds_to_the_hold_and_renews_its_lease(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("1"), ["month", "day"], lease_s=60)
    clock.pass_s(50)
    answer = ledger.extend("a", usd("1"), attempt=2, lease_s=60)
    assert isinstance(answer, Held)
    assert (answer.amount, answer.lease_until) == (usd("2"), clock.now + 60)
    assert answer.budgets == (ledger.status("day"), ledger.status("month"))
    assert counters(ledger, "day") == (0, usd("2"), 0, 0)
    assert (ledger.find("a").attempts, ledger.find("a").amount) == (2, usd("2"))


def test_a_refused_extension_leaves_the_hold_as_it_was(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month", "day"])
    assert ledger.extend("a", usd("2"), attempt=2) == Refused("a", usd("2"), "day", "2026-12-05", usd("1"))
    assert counters(ledger, "month") == counters(ledger, "day") == (0, usd("2"), 0, 0)
    assert ledger.settle("a", usd("2")).overrun == 0


def test_the_same_attempt_is_added_once(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    answers = [ledger.extend("a", usd("1"), attempt=2) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert ledger.status("month").held == usd("2")
    with pytest.raises(HoldConflict):
        ledger.extend("a", usd("2"), attempt=2)


def test_without_an_attempt_every_extension_is_one_more(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    ledger.extend("a", usd("1"))
    ledger.extend("a", usd("1"))
    assert (ledger.find("a").amount, ledger.find("a").attempts) == (usd("3"), 3)


def test_a_resolved_hold_cannot_be_extended(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    ledger.settle("a", usd("1"))
    with pytest.raises(HoldConflict, match="was settled at 1000000 micros; it cannot be extended"):
        ledger.extend("a", usd("1"), attempt=2)


# Assume


def test_an_unknown_outcome_can_be_counted_at_once(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month", "day"])
    assert ledger.assume("a", usd("1.5")) == Resolved("a", "lapsed", usd("1.5"), Micros(0))
    assert counters(ledger, "month") == counters(ledger, "day") == (usd("1.5"), 0, usd("1.5"), 0)
    assert [hold.key for hold in ledger.holds(state="lapsed")] == ["a"]
    assert (ledger.find("a").assumed, ledger.find("a").billed) == (usd("1.5"), 0)


def test_what_was_assumed_is_corrected_by_the_bill(ledger: Ledger) -> None:
    for key, billed in (("less", "0.25"), ("same", "0.5"), ("more", "0.75")):
        ledger.hold(key, usd("1"), ["day"])
        ledger.assume(key, usd("0.5"))
        ledger.settle(key, usd(billed))
    assert counters(ledger, "day") == (usd("1.5"), 0, 0, usd("0.25"))


def test_what_was_assumed_can_be_voided_or_tried_again(ledger: Ledger) -> None:
    for key in ("void", "retry"):
        ledger.hold(key, usd("1"), ["day"])
        ledger.assume(key, usd("1"))
    ledger.void("void")
    assert isinstance(ledger.extend("retry", usd("0.5"), attempt=2), Held)
    assert counters(ledger, "day") == (0, usd("1.5"), 0, 0)


def test_an_assumption_above_the_hold_is_an_overrun_until_it_is_corrected(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["day"])
    assert ledger.assume("a", usd("3")).overrun == usd("2")
    assert counters(ledger, "day") == (usd("3"), 0, usd("3"), usd("2"))
    assert ledger.settle("a", usd("1.5")).overrun == usd("0.5")
    assert counters(ledger, "day") == (usd("1.5"), 0, 0, usd("0.5"))


def test_an_overrun_that_is_tried_again_needs_room_like_any_money(ledger: Ledger) -> None:
    """What was assumed beyond the hold would be held, and a budget never holds more than its limit."""
    ledger.hold("a", usd("1"), ["day"])
    ledger.assume("a", usd("5"))
    assert isinstance(ledger.extend("a", usd("4"), attempt=2), Refused)
    assert counters(ledger, "day") == (usd("5"), 0, usd("5"), usd("4"))
    held = ledger.extend("a", usd("2"), attempt=2)
    assert isinstance(held, Held) and held.budgets[0].overrun == 0
    assert counters(ledger, "day") == (0, usd("3"), 0, 0)


def test_an_assumption_may_be_repeated_and_changed_but_not_a_resolved_hold(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month"])
    assert ledger.assume("a", usd("1")) == ledger.assume("a", usd("1"))
    assert [entry.kind for entry in ledger.entries(after=3)] == ["assume"]
    ledger.assume("a", usd("0.5"))
    assert counters(ledger, "month") == (usd("0.5"), 0, usd("0.5"), 0)
    ledger.settle("a", usd("0.5"))
    with pytest.raises(HoldConflict, match="was settled at 500000 micros; nothing about it is assumed"):
        ledger.assume("a", usd("1"))
