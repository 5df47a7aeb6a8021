"""What every ledger does, verb by verb."""

from collections.abc import Iterator

import pytest

from planner.guard.errors import PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import Held, Ledger, Line, Offer, Refused, Resolved, Status
from pricing.money import Micros
from tests.ledger_engines import (
    ENGINES,
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


@pytest.fixture(params=(*ENGINES, SPLIT), ids=lambda engine: engine.name)
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
    ledger.settle("a", Micros(large + 2))
    assert counters(ledger, "vast") == (9_007_199_254_740_995, 9_007_199_254_740_993, 0, 2)


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
