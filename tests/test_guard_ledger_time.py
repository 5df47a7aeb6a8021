"""What time does to every ledger: leases that run out, and periods that roll over in UTC."""

from collections.abc import Iterator

import pytest

from planner.guard.errors import HoldConflict
from planner.guard.ledger import Held, Ledger, Line, Refused
from planner.guard.ledger.windows import per_of, period_at, resets_at
from pricing.money import Micros
from tests.ledger_engines import (
    ENGINES,
    Clock,
    Desk,
    Engine,
    check_history,
    counters,
    moment,
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
    """$10 a month and $3 a day; what lapses is assumed billed."""
    with desk.open() as ledger:
        _define(ledger)
        yield ledger
        check_history(ledger)


@pytest.fixture
def forgiving(desk: Desk) -> Iterator[Ledger]:
    """The same budgets; what lapses is given back."""
    with desk.open(lapse="release") as ledger:
        _define(ledger)
        yield ledger
        check_history(ledger)


def _define(ledger: Ledger) -> None:
    ledger.define("month", usd("10"), "month")
    ledger.define("day", usd("3"), "day")


# Leases


def test_a_lapsed_hold_is_counted_as_billed_until_someone_knows(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("2"), ["month", "day"], lease_s=60)
    clock.pass_s(59)
    assert ledger.lapse_due() == 0
    clock.pass_s(1)
    assert ledger.lapse_due() == 1
    assert counters(ledger, "month") == counters(ledger, "day") == (usd("2"), 0, usd("2"), 0)
    assert ledger.lapse_due() == 0


def test_a_released_hold_is_given_back(forgiving: Ledger, clock: Clock) -> None:
    forgiving.hold("a", usd("2"), ["month", "day"], lease_s=60)
    clock.pass_s(60)
    assert forgiving.lapse_due() == 1
    assert counters(forgiving, "month") == counters(forgiving, "day") == (0, 0, 0, 0)


def test_a_late_bill_replaces_what_was_assumed(ledger: Ledger, clock: Clock) -> None:
    _lapsed(ledger, clock, "less", "more", "same")
    assert ledger.settle("less", usd("0.4")).overrun == 0
    assert ledger.settle("more", usd("1.5")).overrun == usd("0.5")
    assert ledger.settle("same", usd("1")).overrun == 0
    assert counters(ledger, "month") == (usd("2.9"), 0, 0, usd("0.5"))


def test_a_late_bill_of_a_released_hold_is_an_overrun(forgiving: Ledger, clock: Clock) -> None:
    _lapsed(forgiving, clock, "a")
    forgiving.hold("b", usd("3"), ["day"])
    assert forgiving.settle("a", usd("1")).overrun == usd("1")
    assert counters(forgiving, "day") == (usd("1"), usd("3"), 0, usd("1"))


@pytest.mark.parametrize("policy", ["ledger", "forgiving"])
def test_a_late_void_takes_back_what_was_assumed(
    policy: str, request: pytest.FixtureRequest, clock: Clock
) -> None:
    ledger: Ledger = request.getfixturevalue(policy)
    _lapsed(ledger, clock, "a")
    ledger.void("a")
    assert counters(ledger, "month") == (0, 0, 0, 0)
    with pytest.raises(HoldConflict):
        ledger.settle("a", usd("1"))


def test_a_lapsed_key_is_not_held_again(ledger: Ledger, clock: Clock) -> None:
    _lapsed(ledger, clock, "a")
    with pytest.raises(HoldConflict, match="hold 'a' is lapsed; a new call needs a new key"):
        ledger.hold("a", usd("1"), ["month", "day"])


def test_an_extension_opens_a_lapsed_hold_again(ledger: Ledger, clock: Clock) -> None:
    _lapsed(ledger, clock, "a")
    assert isinstance(ledger.extend("a", usd("1"), attempt=2), Held)
    assert counters(ledger, "day") == (0, usd("2"), 0, 0)
    assert ledger.find("a").state == "open"


def test_an_extension_of_a_released_hold_needs_room_for_all_of_it(forgiving: Ledger, clock: Clock) -> None:
    _lapsed(forgiving, clock, "a")
    forgiving.hold("b", usd("2"), ["day"])
    assert forgiving.extend("a", usd("1"), attempt=2) == Refused("a", usd("2"), "day", "2026-12-05", usd("1"))
    forgiving.void("b")
    assert isinstance(forgiving.extend("a", usd("1"), attempt=2), Held)
    assert counters(forgiving, "day") == (0, usd("2"), 0, 0)


def test_every_hold_sweeps_what_is_overdue(forgiving: Ledger, clock: Clock) -> None:
    """No one calls `lapse_due`, and still a crashed caller's money comes back."""
    forgiving.hold("crashed", usd("3"), ["day"], lease_s=60)
    assert isinstance(forgiving.hold("early", usd("1"), ["day"]), Refused)
    clock.pass_s(60)
    assert isinstance(forgiving.hold("a", usd("3"), ["day"]), Held)
    assert counters(forgiving, "day") == (0, usd("3"), 0, 0)


def test_a_short_lease_is_swept_before_a_longer_one_that_began_first(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("long", usd("1"), ["day"], lease_s=1_000)
    ledger.hold("short", usd("1"), ["day"], lease_s=60)
    clock.pass_s(60)
    ledger.hold("a", usd("0.1"), ["day"])
    assert [ledger.find(key).state for key in ("long", "short")] == ["open", "lapsed"]


def test_a_caller_whose_clock_is_slow_has_a_lease_that_ends(ledger: Ledger, clock: Clock) -> None:
    """Another machine, whose clock is fast, has swept beyond the end of the lease before it began."""
    clock.pass_s(100)
    assert ledger.lapse_due() == 0
    clock.pass_s(-100)
    ledger.hold("slow", usd("1"), ["day"], lease_s=50)
    clock.pass_s(100)
    assert ledger.lapse_due() == 1


def test_many_overdue_holds_are_swept_before_one_is_refused(forgiving: Ledger, clock: Clock) -> None:
    for number in range(300):
        forgiving.hold(f"h{number}", usd("0.01"), ["day"], lease_s=60)
    clock.pass_s(60)
    assert isinstance(forgiving.hold("a", usd("3"), ["day"]), Held)
    assert forgiving.holds(state="open") == (forgiving.find("a"),)


def test_the_lapse_of_more_holds_than_one_sweep_takes_counts_them_all(ledger: Ledger, clock: Clock) -> None:
    for number in range(1_100):
        ledger.hold(f"h{number}", Micros(1), ["day"], lease_s=60)
    clock.pass_s(60)
    assert ledger.lapse_due() == 1_100


def test_a_settled_hold_never_lapses(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("1"), ["month"], lease_s=60)
    ledger.settle("a", usd("1"))
    clock.pass_s(61)
    assert ledger.lapse_due() == 0


# Periods


def test_a_day_ends_at_midnight_utc(ledger: Ledger, clock: Clock) -> None:
    clock.set("2026-12-05 23:59:59.999999")
    ledger.hold("a", usd("3"), ["day"])
    assert isinstance(ledger.hold("b", usd("1"), ["day"]), Refused)
    clock.set("2026-12-06 00:00:00")
    assert isinstance(ledger.hold("c", usd("3"), ["day"]), Held)
    assert counters(ledger, "day", "2026-12-05") == (0, usd("3"), 0, 0)
    assert counters(ledger, "day", "2026-12-06") == (0, usd("3"), 0, 0)


def test_a_month_ends_with_its_last_day(ledger: Ledger, clock: Clock) -> None:
    clock.set("2026-12-31 23:59:59.5")
    ledger.hold("a", usd("10"), ["month"])
    assert isinstance(ledger.hold("b", Micros(1), ["month"]), Refused)
    clock.set("2027-01-01 00:00:00")
    assert isinstance(ledger.hold("c", usd("10"), ["month"]), Held)
    assert ledger.status("month").period == "2027-01"


def test_a_lifetime_never_ends(ledger: Ledger, clock: Clock) -> None:
    ledger.define("ever", usd("1"), "lifetime")
    ledger.hold("a", usd("1"), ["ever"])
    clock.set("2046-12-05 00:00:00")
    assert isinstance(ledger.hold("b", Micros(1), ["ever"]), Refused)
    assert ledger.status("ever").resets_at is None


def test_a_bill_after_midnight_belongs_to_the_day_of_its_hold(ledger: Ledger, clock: Clock) -> None:
    clock.set("2026-12-31 23:59:00")
    ledger.hold("a", usd("2"), ["month", "day"])
    ledger.hold("b", usd("1"), ["month", "day"])
    clock.set("2027-01-01 00:01:00")
    ledger.settle("a", usd("2.5"))
    ledger.void("b")
    assert counters(ledger, "day", "2026-12-31") == (usd("2.5"), 0, 0, usd("0.5"))
    assert counters(ledger, "month", "2026-12") == (usd("2.5"), 0, 0, usd("0.5"))
    assert counters(ledger, "day") == counters(ledger, "month") == (0, 0, 0, 0)
    assert list(ledger.entries())[-2].lines == (Line("day", "2026-12-31"), Line("month", "2026-12"))


def test_a_retry_after_midnight_belongs_to_the_day_of_its_hold(ledger: Ledger, clock: Clock) -> None:
    clock.set("2026-12-05 23:59:59")
    ledger.hold("a", usd("2"), ["day"])
    clock.set("2026-12-06 00:00:01")
    assert ledger.extend("a", usd("2"), attempt=2) == Refused("a", usd("2"), "day", "2026-12-05", usd("1"))
    assert isinstance(ledger.hold("a", usd("2"), ["day"]), Held)
    assert counters(ledger, "day") == (0, 0, 0, 0)


def test_a_new_period_begins_empty_and_keeps_the_limit(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("3"), ["day"])
    clock.set("2026-12-06 08:00:00")
    status = ledger.status("day")
    assert (status.period, status.limit, status.exposure) == ("2026-12-06", usd("3"), 0)
    assert status.resets_at == moment("2026-12-07 00:00:00")


@pytest.mark.parametrize(
    ("at", "day", "month", "day_resets", "month_resets"),
    [
        ("2026-12-31 23:59:59", "2026-12-31", "2026-12", "2027-01-01", "2027-01-01"),
        ("2027-01-01 00:00:00", "2027-01-01", "2027-01", "2027-01-02", "2027-02-01"),
        ("2028-02-28 12:00:00", "2028-02-28", "2028-02", "2028-02-29", "2028-03-01"),
        ("2028-02-29 23:59:59", "2028-02-29", "2028-02", "2028-03-01", "2028-03-01"),
        ("1970-01-01 00:00:00", "1970-01-01", "1970-01", "1970-01-02", "1970-02-01"),
        ("2026-06-30 23:30:00", "2026-06-30", "2026-06", "2026-07-01", "2026-07-01"),
    ],
)
def test_periods_follow_the_utc_calendar(
    at: str, day: str, month: str, day_resets: str, month_resets: str
) -> None:
    assert (period_at("day", moment(at)), period_at("month", moment(at))) == (day, month)
    assert resets_at(day) == moment(f"{day_resets} 00:00:00")
    assert resets_at(month) == moment(f"{month_resets} 00:00:00")


def test_a_period_id_says_what_it_is() -> None:
    assert [per_of(period) for period in ("2026-12-05", "2026-12", "lifetime")] == [
        "day",
        "month",
        "lifetime",
    ]
    for text in ("", "2026", "2026-13", "2026-02-30", "2026-W01-1", "life", "20261205", "2026-1-05"):
        with pytest.raises(ValueError, match="is not a period"):
            per_of(text)


def _lapsed(ledger: Ledger, clock: Clock, *keys: str) -> None:
    for key in keys:
        ledger.hold(key, usd("1"), ["month", "day"], lease_s=60)
    clock.pass_s(60)
    assert ledger.lapse_due() == len(keys)
