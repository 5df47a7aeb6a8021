"""What every ledger does, verb by verb."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import HoldConflict, LedgerUnavailable, PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import Held, Ledger, Line, Offer, Refused, Resolved, Status
from pricing.money import Micros
from tests.ledger_engines import ENGINES, Clock, Desk, Engine, check_history, counters, new_desk, usd


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    engine: Engine = request.param
    return new_desk(engine, tmp_path)


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


# Repeating a verb


def test_the_same_hold_again_is_the_same_hold(ledger: Ledger) -> None:
    first = ledger.hold("a", usd("1"), ["month", "day"])
    entries = len(list(ledger.entries()))
    assert ledger.hold("a", usd("1"), ["day", "month"]) == first
    assert len(list(ledger.entries())) == entries
    assert ledger.status("month").held == usd("1")


@pytest.mark.parametrize(
    ("amount", "budgets"), [("2", ["month"]), ("1", ["day"]), ("1", ["month", "day"]), ("1", [])]
)
def test_a_key_stands_for_one_intent(ledger: Ledger, amount: str, budgets: list[str]) -> None:
    ledger.hold("a", usd("1"), ["month"])
    with pytest.raises(
        HoldConflict, match="hold 'a' was granted 1000000 micros for other budgets or another amount"
    ):
        ledger.hold("a", usd(amount), budgets)
    assert counters(ledger, "month") == (0, usd("1"), 0, 0)


def test_the_same_offers_again_are_the_same_hold(ledger: Ledger) -> None:
    offers = [Offer(usd("4"), {"day": None}), Offer(usd("2"), {"day": None})]
    first = ledger.hold_first("a", offers)
    assert ledger.hold_first("a", offers) == first
    with pytest.raises(HoldConflict):
        ledger.hold_first("a", offers[:1])


def test_a_resolved_key_is_never_held_again(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    ledger.settle("a", usd("1"))
    with pytest.raises(HoldConflict, match="hold 'a' is settled; a new call needs a new key"):
        ledger.hold("a", usd("1"), ["month"])


def test_a_refused_key_may_ask_again(ledger: Ledger) -> None:
    ledger.hold("big", usd("3"), ["day"])
    assert isinstance(ledger.hold("a", usd("1"), ["day"]), Refused)
    ledger.void("big")
    assert isinstance(ledger.hold("a", usd("1"), ["day"]), Held)


def test_settling_again_at_the_same_bill_changes_nothing(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    assert ledger.settle("a", usd("2")) == ledger.settle("a", usd("2"))
    assert counters(ledger, "month") == (usd("2"), 0, 0, usd("1"))


def test_a_hold_resolves_one_way(ledger: Ledger) -> None:
    ledger.hold("settled", usd("1"), ["month"])
    ledger.hold("voided", usd("1"), ["month"])
    ledger.settle("settled", usd("1"))
    ledger.void("voided")
    assert ledger.void("voided").state == "voided"
    with pytest.raises(
        HoldConflict, match="'settled' was settled at 1000000 micros; it cannot be settled at 2"
    ):
        ledger.settle("settled", usd("2"))
    with pytest.raises(HoldConflict, match="'settled' was settled at 1000000 micros; it cannot be voided"):
        ledger.void("settled")
    with pytest.raises(HoldConflict, match="'voided' was voided; it cannot be settled at 1000000 micros"):
        ledger.settle("voided", usd("1"))
    assert counters(ledger, "month") == (usd("1"), 0, 0, 0)


def test_a_closed_ledger_says_so(desk: Desk) -> None:
    ledger = desk.open()
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.hold("a", usd("1"), [])
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.status("month")


# Arguments no caller means


@pytest.mark.parametrize("amount", [-1, 1.5, True, 9 * 10**18 + 1, "1", None])
def test_an_amount_is_a_whole_number_of_micros(ledger: Ledger, amount: Micros) -> None:
    for verb in (
        lambda: ledger.hold("a", amount, ["month"]),
        lambda: ledger.settle("a", amount),
        lambda: ledger.extend("a", amount),
        lambda: ledger.define("b", amount, "day"),
    ):
        with pytest.raises(ValueError, match="whole number of micro-dollars"):
            verb()


@pytest.mark.parametrize("name", ["", "a\nb", "\ud800", "x" * 201, 7])
def test_a_name_is_printable_text(ledger: Ledger, name: str) -> None:
    with pytest.raises(ValueError, match="printable characters"):
        ledger.hold(name, usd("1"), ["month"])
    with pytest.raises(ValueError, match="printable characters"):
        ledger.define(name, usd("1"), "day")
    with pytest.raises(ValueError, match="printable characters"):
        ledger.hold("a", usd("1"), [name])


def test_other_nonsense_is_refused_before_anything_is_written(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="a lease is more than 0 seconds"):
        ledger.hold("a", usd("1"), ["month"], lease_s=0)
    with pytest.raises(ValueError, match="hold 'a' makes no offer"):
        ledger.hold_first("a", [])
    with pytest.raises(ValueError, match="give a list of names"):
        ledger.hold("a", usd("1"), "month")
    with pytest.raises(ValueError, match="per day, month or lifetime, not 'year'"):
        ledger.define("b", usd("1"), "year")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="extensions count from 2"):
        ledger.extend("a", usd("1"), attempt=1)
    with pytest.raises(ValueError, match="budget 'month' is per month and has no period '2026-12-05'"):
        ledger.status("month", period="2026-12-05")
