"""What every ledger does, verb by verb."""

from collections.abc import Iterator

import pytest

from planner.guard.errors import HoldConflict, PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import Held, Ledger, Line, Offer, Refused, Resolved, Status
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
    """A budget of $10 a month and one of $3 a day; its history is checked at the end of every test."""
    with desk.open() as ledger:
        ledger.define("month", usd("10"), "month")
        ledger.define("day", usd("3"), "day")
        yield ledger
        check_history(ledger)


# Budgets


def test_a_new_budget_is_empty(ledger: Ledger) -> None:
    status = ledger.status("month")
    assert status == Status(
        "month", "2026-12", "month", usd("10"), Micros(0), Micros(0), Micros(0), Micros(0)
    )
    assert (status.exposure, status.room) == (0, usd("10"))
    assert ledger.budgets() == ("day", "month")


def test_defining_a_budget_again_as_it_is_changes_nothing(ledger: Ledger) -> None:
    before = list(ledger.entries())
    ledger.define("month", usd("10"), "month")
    assert list(ledger.entries()) == before


def test_a_changed_limit_counts_at_once_and_forgets_nothing(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month"])
    ledger.define("month", usd("20"), "month")
    assert ledger.status("month").limit == usd("20")
    assert ledger.status("month").room == usd("18")


def test_a_limit_below_the_exposure_blocks_new_holds_and_loses_none(ledger: Ledger) -> None:
    ledger.hold("a", usd("5"), ["month"])
    ledger.hold("b", usd("2"), ["month"])
    ledger.define("month", usd("4"), "month")
    assert ledger.hold("c", usd("0.01"), ["month"]) == Refused(
        "c", usd("0.01"), "month", "2026-12", usd("-3")
    )
    ledger.settle("a", usd("1"))
    assert ledger.status("month").room == usd("1")
    assert isinstance(ledger.hold("d", usd("1"), ["month"]), Held)


def test_a_budget_keeps_its_period(ledger: Ledger) -> None:
    with pytest.raises(PeriodConflict, match="'month' is per month in this ledger, not per day"):
        ledger.define("month", usd("10"), "day")
    assert ledger.status("month").per == "month"


def test_an_unknown_budget_is_named(ledger: Ledger) -> None:
    with pytest.raises(UnknownBudget, match="no budget is named 'year'"):
        ledger.status("year")
    with pytest.raises(UnknownBudget, match="no budget is named 'year'"):
        ledger.hold("a", usd("1"), ["month", "year"])
    assert counters(ledger, "month") == (0, 0, 0, 0)


# Hold


def test_a_hold_counts_in_every_budget_at_once(ledger: Ledger, clock: Clock) -> None:
    answer = ledger.hold("a", usd("2"), ["month", "day"], lease_s=60)
    assert isinstance(answer, Held)
    assert (answer.key, answer.amount, answer.offer, answer.lease_until) == ("a", usd("2"), 0, clock.now + 60)
    assert [(b.budget, b.period, b.held, b.room) for b in answer.budgets] == [
        ("day", "2026-12-05", usd("2"), usd("1")),
        ("month", "2026-12", usd("2"), usd("8")),
    ]
    assert answer.budgets == (ledger.status("day"), ledger.status("month"))


def test_a_hold_that_one_budget_refuses_touches_no_other(ledger: Ledger) -> None:
    answer = ledger.hold("a", usd("3.5"), ["month", "day"])
    assert answer == Refused("a", usd("3.5"), "day", "2026-12-05", usd("3"))
    assert counters(ledger, "month") == counters(ledger, "day") == (0, 0, 0, 0)
    with pytest.raises(UnknownHold):
        ledger.find("a")


def test_the_last_micro_can_be_held_and_not_one_more(ledger: Ledger) -> None:
    assert isinstance(ledger.hold("a", Micros(usd("10") - 1), ["month"]), Held)
    assert isinstance(ledger.hold("b", Micros(2), ["month"]), Refused)
    assert isinstance(ledger.hold("c", Micros(1), ["month"]), Held)
    assert isinstance(ledger.hold("d", Micros(1), ["month"]), Refused)
    assert ledger.status("month").room == 0


def test_thirty_cents_hold_three_dimes(ledger: Ledger) -> None:
    ledger.define("dimes", usd("0.30"), "lifetime")
    answers = [ledger.hold(f"h{n}", usd("0.10"), ["dimes"]) for n in range(4)]
    assert [type(answer) for answer in answers] == [Held, Held, Held, Refused]


def test_amounts_beyond_what_a_float_can_count_are_exact(ledger: Ledger) -> None:
    large = Micros(2**53 + 1)
    ledger.define("vast", Micros(2**55), "lifetime")
    ledger.hold("a", large, ["vast"])
    ledger.hold("b", large, ["vast"])
    ledger.settle("a", Micros(large - 2))
    assert counters(ledger, "vast") == (2**53 - 1, 2**53 + 1, 0, 0)


def test_a_refusal_names_the_tightest_budget_and_when_it_resets(ledger: Ledger, clock: Clock) -> None:
    answer = ledger.hold("a", usd("11"), ["month", "day"])
    assert isinstance(answer, Refused)
    assert (answer.budget, answer.room) == ("day", usd("3"))
    assert answer.resets_at == clock.now + 12 * 3600


def test_a_budget_named_twice_counts_once(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["day", "day"])
    assert ledger.status("day").held == usd("2")


def test_a_hold_in_no_budget_is_kept_and_counted_nowhere(ledger: Ledger) -> None:
    assert isinstance(ledger.hold("a", usd("500"), []), Held)
    assert ledger.settle("a", usd("500")) == Resolved("a", "settled", usd("500"), Micros(0))
    assert counters(ledger, "month") == (0, 0, 0, 0)


# Hold first


def test_the_first_offer_that_fits_is_held(ledger: Ledger) -> None:
    offers = [Offer(usd("4"), {"day": None}), Offer(usd("2"), {"day": None}), Offer(usd("1"), {"day": None})]
    answer = ledger.hold_first("a", offers)
    assert isinstance(answer, Held)
    assert (answer.offer, answer.amount) == (1, usd("2"))
    assert ledger.status("day").held == usd("2")


def test_a_ceiling_bounds_the_exposure_below_the_limit(ledger: Ledger) -> None:
    asked, cheaper = Offer(usd("1"), {"month": usd("8")}), Offer(usd("0.5"), {"month": None})
    ledger.hold("before", usd("7"), ["month"])
    taken = [ledger.hold_first(f"h{n}", [asked, cheaper]) for n in range(6)]
    assert [answer.offer if isinstance(answer, Held) else "refused" for answer in taken] == [
        0,
        1,
        1,
        1,
        1,
        "refused",
    ]


def test_a_ceiling_never_lifts_the_limit(ledger: Ledger) -> None:
    answer = ledger.hold_first("a", [Offer(usd("4"), {"day": usd("100")})])
    assert answer == Refused("a", usd("4"), "day", "2026-12-05", usd("3"))


def test_offers_may_name_different_budgets(ledger: Ledger) -> None:
    ledger.hold("full", usd("3"), ["day"])
    answer = ledger.hold_first(
        "a", [Offer(usd("1"), {"day": None, "month": None}), Offer(usd("1"), {"month": None})]
    )
    assert isinstance(answer, Held)
    assert [status.budget for status in answer.budgets] == ["month"]
    assert ledger.find("a").lines == (Line("month", "2026-12"),)


def test_when_no_offer_fits_the_last_one_says_why(ledger: Ledger) -> None:
    ledger.hold("most", usd("2.9"), ["day"])
    answer = ledger.hold_first("a", [Offer(usd("1"), {"day": usd("1")}), Offer(usd("0.5"), {"day": None})])
    assert answer == Refused("a", usd("0.5"), "day", "2026-12-05", usd("0.1"))


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


def test_an_assumption_may_be_repeated_and_changed_but_not_a_resolved_hold(ledger: Ledger) -> None:
    ledger.hold("a", usd("2"), ["month"])
    assert ledger.assume("a", usd("1")) == ledger.assume("a", usd("1"))
    assert [entry.kind for entry in ledger.entries(after=3)] == ["assume"]
    ledger.assume("a", usd("0.5"))
    assert counters(ledger, "month") == (usd("0.5"), 0, usd("0.5"), 0)
    ledger.settle("a", usd("0.5"))
    with pytest.raises(HoldConflict, match="was settled at 500000 micros; nothing about it is assumed"):
        ledger.assume("a", usd("1"))
