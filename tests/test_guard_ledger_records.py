"""What every ledger remembers and tells: entries, holds, and its own accounts."""

from collections.abc import Iterator

import pytest

from planner.guard.errors import UnknownHold
from planner.guard.ledger import (
    Change,
    Entry,
    Held,
    Hold,
    Ledger,
    Line,
    Offer,
)
from pricing.money import Micros
from tests.ledger_engines import (
    ENGINES,
    Clock,
    Desk,
    Engine,
    check_history,
    new_desk,
    quick_place,
    usd,
)

DAY, MONTH = Line("day", "2026-12-05"), Line("month", "2026-12")


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
    """$10 a month and $3 a day."""
    with desk.open() as ledger:
        ledger.define("month", usd("10"), "month")
        ledger.define("day", usd("3"), "day")
        yield ledger
        check_history(ledger)


# Entries


def test_the_life_of_a_call_is_written_down(ledger: Ledger, clock: Clock) -> None:
    start = clock.now
    ledger.hold("a", usd("1"), ["month", "day"], tags={"sku": "titan", "images": 2})
    clock.pass_s(1)
    ledger.extend("a", usd("0.5"), attempt=2, tags={"why": "read timeout"})
    clock.pass_s(1)
    ledger.settle("a", usd("2"), tags={"who": "ana"})
    assert list(ledger.entries(after=2)) == [
        Entry(
            3,
            start,
            "hold",
            "a",
            usd("1"),
            (DAY, MONTH),
            Change(held=1_000_000),
            {"sku": "titan", "images": 2},
        ),
        Entry(
            4,
            start + 1,
            "extend",
            "a",
            usd("0.5"),
            (DAY, MONTH),
            Change(held=500_000),
            {"why": "read timeout"},
        ),
        Entry(
            5,
            start + 2,
            "settle",
            "a",
            usd("2"),
            (DAY, MONTH),
            Change(held=-1_500_000, settled=2_000_000, overrun=500_000),
            {"who": "ana"},
        ),
    ]


def test_a_lapse_and_its_correction_are_two_entries(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("1"), ["day"], lease_s=60)
    clock.pass_s(60)
    ledger.lapse_due()
    ledger.void("a", tags={"who": "ana", "why": "the log shows a 400"})
    lapse, void = list(ledger.entries(after=3))
    assert (lapse.kind, lapse.amount, lapse.change) == (
        "lapse",
        usd("1"),
        Change(-1_000_000, 1_000_000, 1_000_000),
    )
    assert (void.kind, void.amount, void.change) == ("void", usd("1"), Change(0, -1_000_000, -1_000_000))
    assert void.tags == {"who": "ana", "why": "the log shows a 400"}


def test_a_refusal_is_written_down_with_its_reason(ledger: Ledger) -> None:
    ledger.hold("a", usd("4"), ["month", "day"], tags={"sku": "ultra"})
    (entry,) = ledger.entries(after=2)
    assert (entry.kind, entry.key, entry.amount, entry.change) == ("refuse", "a", 0, Change())
    assert entry.lines == (DAY, MONTH)
    assert entry.tags == {
        "sku": "ultra",
        "refused_by": "day",
        "wanted_micros": 4_000_000,
        "room_micros": 3_000_000,
    }


def test_a_definition_is_written_down(ledger: Ledger) -> None:
    ledger.define("day", usd("5"), "day", tags={"who": "ana"})
    assert [(e.kind, e.amount, e.lines, e.tags) for e in ledger.entries()] == [
        ("define", usd("10"), (MONTH,), {"per": "month"}),
        ("define", usd("3"), (DAY,), {"per": "day"}),
        ("define", usd("5"), (DAY,), {"who": "ana", "per": "day"}),
    ]


def test_entries_are_read_on_from_where_one_stopped(ledger: Ledger) -> None:
    for number in range(1_200):
        ledger.hold(f"h{number}", Micros(1), ["month"])
    assert [entry.seq for entry in ledger.entries(after=1_190)] == list(range(1_191, 1_203))
    assert [entry.key for entry in ledger.entries()][2:] == [f"h{number}" for number in range(1_200)]
    assert list(ledger.entries(after=1_202)) == []


def test_a_reader_sees_what_is_written_while_it_reads(ledger: Ledger) -> None:
    following = ledger.entries(after=2)
    ledger.hold("a", Micros(1), ["month"])
    assert next(following).key == "a"
    ledger.void("a")
    assert [entry.kind for entry in following] == ["void"]


# Holds


def test_open_holds_are_listed_by_the_end_of_their_lease(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("long", usd("1"), ["month"], lease_s=600)
    ledger.hold("short", usd("1"), ["month", "day"], lease_s=60, tags={"sku": "core"})
    ledger.hold("done", usd("1"), ["month"])
    ledger.settle("done", usd("1"))
    short = Hold(
        key="short",
        state="open",
        amount=usd("1"),
        offer=0,
        attempts=1,
        billed=Micros(0),
        assumed=Micros(0),
        held_at=clock.now,
        lease_until=clock.now + 60,
        lines=(DAY, MONTH),
        tags={"sku": "core"},
    )
    assert ledger.holds() == (short, ledger.find("long"))
    assert ledger.holds(state="lapsed") == ()


def test_lapsed_holds_stay_listed_until_they_are_resolved(desk: Desk, clock: Clock) -> None:
    with desk.open(lapse="release") as ledger:
        ledger.define("day", usd("3"), "day")
        ledger.hold("a", usd("1"), ["day"], lease_s=60)
        clock.pass_s(60)
        ledger.lapse_due()
        assert [(hold.key, hold.state, hold.assumed) for hold in ledger.holds(state="lapsed")] == [
            ("a", "lapsed", 0)
        ]
        ledger.settle("a", usd("1"))
        assert ledger.holds(state="lapsed") == ()


def test_a_lapsed_hold_says_what_it_is_counted_at(ledger: Ledger, clock: Clock) -> None:
    ledger.hold("a", usd("1"), ["day"], lease_s=60)
    ledger.extend("a", usd("1"), attempt=2, lease_s=60)
    clock.pass_s(60)
    ledger.lapse_due()
    hold = ledger.find("a")
    assert (hold.state, hold.amount, hold.assumed, hold.attempts) == ("lapsed", usd("2"), usd("2"), 2)


def test_a_resolved_hold_can_still_be_found(ledger: Ledger) -> None:
    ledger.hold_first("a", [Offer(usd("9"), {"day": None}), Offer(usd("1"), {"day": None})])
    ledger.settle("a", usd("0.5"))
    hold = ledger.find("a")
    assert (hold.state, hold.offer, hold.billed, hold.lines) == ("settled", 1, usd("0.5"), (DAY,))
    with pytest.raises(UnknownHold):
        ledger.find("b")


# Accounts


def test_the_entries_of_a_busy_day_add_up(ledger: Ledger, clock: Clock) -> None:
    for number in range(40):
        clock.pass_s(1_800)
        key = f"h{number}"
        if isinstance(ledger.hold(key, Micros(250_000 + number), ["month", "day"], lease_s=7_200), Held):
            match number % 4:
                case 0:
                    ledger.settle(key, Micros(240_000))
                case 1:
                    ledger.void(key)
                case 2:
                    ledger.extend(key, Micros(100_000), attempt=2)
                    ledger.settle(key, Micros(400_000))
    ledger.lapse_due()
    assert ledger.verify() == ()
    assert len(ledger.holds(state="lapsed")) > 0
