"""A ledger over shards of one table: the promises of one that is not split, for the whole of each budget."""

import json
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from planner.cli import main
from planner.guard.errors import (
    HoldConflict,
    LedgerError,
    LedgerUnavailable,
    PeriodConflict,
    UnknownBudget,
    UnknownHold,
)
from planner.guard.guard import Guard
from planner.guard.ledger import Held, Ledger, Line, Offer, Refused, open_ledger
from planner.guard.ledger.dynamodb import templates
from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.sharded import ShardedLedger
from planner.guard.ledger.dynamodb.shares import home_of
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.reading import open_to_read
from pricing.money import Micros
from tests import dynamodb_local
from tests.guarding import CENT, budget
from tests.ledger_engines import Clock, counters, usd
from tests.splitting import check_split, shares_of, shares_watched
from tests.test_guard_dynamodb import LostAnswers

SHARDS = 4


@pytest.fixture
def table() -> str:
    """The URL of a table without a ledger."""
    return f"{dynamodb_local.new_table()}&deadline_s=60"


@pytest.fixture
def url(table: str) -> str:
    return f"{table}&shards={SHARDS}"


def opened(url: str, clock: Clock | None = None) -> ShardedLedger:
    ledger = open_ledger(url, clock=clock) if clock else open_ledger(url)
    assert isinstance(ledger, ShardedLedger)
    return ledger


def key_at(shard: int, start: int = 0) -> str:
    """A key whose home is the shard."""
    return next(key for number in count(start) if home_of(key := f"key-{number}", SHARDS) == shard)


# The table


def test_the_number_of_shards_is_fixed_when_the_ledger_is_begun(url: str, table: str) -> None:
    """Whoever writes another number, or none, is told the right one; nothing was written."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
    for wrong in (f"{table}&shards=2", table):
        for open_wrong in (open_ledger, open_to_read):
            with pytest.raises(LedgerUnavailable, match=r"split over 4 shards; write \?shards=4"):
                open_wrong(wrong)
    with opened(url) as ledger:
        assert ledger.status("b").limit == usd("1")


def test_a_ledger_that_is_not_split_stays_so(url: str, table: str) -> None:
    with open_ledger(table) as ledger:
        ledger.define("b", usd("1"), "lifetime")
    for open_wrong in (open_ledger, open_to_read):
        with pytest.raises(LedgerUnavailable, match="is not split; leave shards out, or begin a new table"):
            open_wrong(url)


def test_two_who_begin_a_table_differently_agree_on_one(url: str, table: str) -> None:
    """All who lose are told; the ledger works."""
    urls = [url, table, f"{table}&shards=2", f"{table}&shards=3"] * 2

    def begin(each: str) -> str:
        try:
            open_ledger(each).close()
        except LedgerUnavailable:
            return ""
        return each

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(begin, urls)) - {""}
    (winner,) = begun
    with open_ledger(winner) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        assert isinstance(ledger.hold("k", usd("1"), ["b"]), Held)


def test_one_shard_is_there_to_be_looked_at(url: str) -> None:
    """Its history is its own, its limit is its share, and nothing is written through it."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.1"), ["b"])
    for shard in range(1, SHARDS + 1):
        with open_to_read(f"{url}&shard={shard}") as view:
            assert [entry.kind for entry in view.entries()] == ["define", "hold"]
            assert (view.status("b").limit, view.status("b").held) == (usd("0.25"), usd("0.1"))
            with pytest.raises(LedgerUnavailable, match="is open for reading only"):
                view.stop("no", "nobody")
        with pytest.raises(LedgerError, match=f"leave out shard={shard} for the ledger"):
            open_ledger(f"{url}&shard={shard}")


def test_looking_at_an_empty_table_begins_nothing(url: str, table: str) -> None:
    with pytest.raises(LedgerUnavailable, match="holds no ledger yet; bursar guard init-ledger begins it"):
        open_to_read(url)
    with open_ledger(table) as ledger:
        assert ledger.budgets() == ()


# Limits


def test_the_shares_add_up_to_the_limit_and_the_budget_shows_the_whole(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", Micros(10_000_003), "lifetime")
        assert shares_of(url, "b") == [2_500_001, 2_500_001, 2_500_001, 2_500_000]
        assert ledger.status("b").limit == 10_000_003
        with pytest.raises(PeriodConflict):
            ledger.define("b", usd("1"), "day")
        ledger.define("b", Micros(2), "lifetime")
        assert shares_of(url, "b") == [1, 1, 0, 0]
        before = list(ledger.entries())
        ledger.define("b", Micros(2), "lifetime")
        assert list(ledger.entries()) == before
        assert ledger.verify() == ()


def test_limits_that_change_under_load_never_come_apart(url: str) -> None:
    """Three who define, four who hold: at every moment that was looked at, the shares add up to one of the limits."""
    limits = {usd("3"), usd("5"), usd("8.000001")}
    with opened(url) as ledger, opened(url) as other:
        ledger.define("b", usd("3"), "lifetime")
        with shares_watched(url, Line("b", "lifetime")) as seen, ThreadPoolExecutor(7) as pool:
            changes = [
                pool.submit(each.define, "b", limit, "lifetime")
                for _ in range(2)
                for limit in limits
                for each in (ledger, other)
            ]
            holds = [pool.submit(ledger.hold, f"k{number}", usd("0.2"), ["b"]) for number in range(24)]
            for change in changes:
                change.result()
            for hold in holds:
                hold.result()
        assert len(seen) > 10
        assert {sum(shares) for shares in seen} <= {*limits, 0}
        check_split(url)


def test_a_limit_below_what_is_taken_stops_all_until_there_is_room_again(url: str) -> None:
    """What is given back in one shard is no room while the others keep the budget above its limit."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        keys = [key_at(shard) for shard in range(SHARDS)]
        for key in keys:
            assert isinstance(ledger.hold(key, usd("0.2"), ["b"]), Held)
        ledger.define("b", usd("0.5"), "lifetime")
        assert ledger.status("b").room == usd("-0.3")
        ledger.void(keys[0])
        refused = ledger.hold("k", usd("0.01"), ["b"])
        assert isinstance(refused, Refused)
        assert refused.room == usd("-0.1")
        ledger.void(keys[1])
        assert isinstance(ledger.hold("k", usd("0.1"), ["b"]), Held)
        assert isinstance(ledger.hold("more", Micros(1), ["b"]), Refused)
        assert ledger.status("b").exposure == usd("0.5")
        check_split(url)


def test_shares_worked_out_anew_are_those_of_the_limit_by_then(url: str) -> None:
    """One process finds shares to divide; before it does, another defines a new limit: that stays."""
    line = Line("b", "lifetime")
    with opened(url) as slow, opened(url) as other:
        slow.define("b", usd("1"), "lifetime")
        slow.hold("k", usd("0.8"), ["b"])
        slow.define("b", usd("0.5"), "lifetime")
        slow.void("k")
        picture = slow._reader.picture([line])
        assert picture is not None
        assert picture.uneven() == ("b",)
        other.define("b", usd("2"), "lifetime")
        assert slow._shared_out(slow._now(), picture, [line])
        assert slow.status("b").limit == usd("2")
        assert sum(shares_of(url, "b")) == usd("2")
        check_split(url)


def test_a_lower_limit_leaves_room_only_for_what_is_left(url: str) -> None:
    """One shard has taken most of it: the others get less than a quarter each."""
    with opened(url) as ledger:
        ledger.define("b", usd("16"), "lifetime")
        ledger.hold("large", usd("9"), ["b"])
        ledger.define("b", usd("12"), "lifetime")
        held = [isinstance(ledger.hold(f"k{number}", usd("1"), ["b"]), Held) for number in range(6)]
        assert held == [True, True, True, False, False, False]
        check_split(url)


# Holds


def test_nothing_of_a_budget_stays_unspent(url: str) -> None:
    """One call may take all of it, and the last micro is spent though the shares do not divide by the price."""
    with opened(url) as ledger:
        ledger.define("whole", usd("1"), "lifetime")
        held = ledger.hold("all", usd("1"), ["whole"])
        assert isinstance(held, Held)
        assert (held.budgets[0].limit, held.budgets[0].held, held.budgets[0].room) == (usd("1"), usd("1"), 0)
        ledger.define("thirds", usd("1"), "lifetime")
        for number in range(33):
            assert isinstance(ledger.hold(f"k{number}", usd("0.03"), ["thirds"]), Held)
        refused = ledger.hold("k33", usd("0.03"), ["thirds"])
        assert refused == Refused("k33", usd("0.03"), "thirds", "lifetime", usd("0.01"))
        assert isinstance(ledger.hold("rest", usd("0.01"), ["thirds"]), Held)
        assert counters(ledger, "thirds") == (0, usd("1"), 0, 0)
        check_split(url)


def test_a_period_begins_with_even_shares_whatever_became_of_the_last(url: str) -> None:
    """The same shard took all of yesterday."""
    clock = Clock("2026-12-05 23:59:00")
    with opened(url, clock) as ledger:
        ledger.define("b", usd("1"), "day")
        ledger.hold("all", usd("1"), ["b"])
        clock.set("2026-12-06 00:01:00")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.25"), ["b"])
        assert [shard.status("b").held for shard in ledger._shards] == [usd("0.25")] * 4
        assert ledger.status("b", period="2026-12-05").held == usd("1")
        assert isinstance(ledger.hold("more", Micros(1), ["b"]), Refused)
        check_split(url)


def test_a_refused_call_is_one_entry_and_says_what_is_left_in_all(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.2"), ["b"])
        refused = ledger.hold("k", usd("0.3"), ["b"])
        assert refused == Refused("k", usd("0.3"), "b", "lifetime", usd("0.2"))
        (entry,) = [entry for entry in ledger.entries() if entry.kind == "refuse"]
        assert (entry.key, entry.lines) == ("k", (Line("b", "lifetime"),))
        words = {"refused_by": "b", "wanted_micros": 300_000, "room_micros": 200_000}
        assert entry.tags == words
        assert isinstance(ledger.extend(key_at(0), usd("0.3"), attempt=2), Refused)
        *_, entry = (entry for entry in ledger.entries() if entry.kind == "refuse")
        assert (entry.key, entry.tags) == (key_at(0), words)


def test_the_first_offer_that_fits_the_whole_is_taken(url: str) -> None:
    """Ceilings bound the exposure over all shards: a dear call up to 80 %, then a cheap one up to the limit."""
    offers = [Offer(usd("0.2"), {"b": usd("0.8")}), Offer(usd("0.1"), {"b": None})]
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        answers = [ledger.hold_first(f"k{number}", offers) for number in range(8)]
        assert [answer.offer if isinstance(answer, Held) else None for answer in answers] == [
            *(0, 0, 0, 0),
            *(1, 1),
            *(None, None),
        ]
        assert ledger.status("b").held == usd("1")
        check_split(url)


def test_racing_holds_never_exceed_a_ceiling(url: str) -> None:
    """Sixteen threads on two ledgers want a dime of at most half a dollar."""
    offer = Offer(usd("0.1"), {"b": usd("0.5"), "c": None})
    with opened(url) as one, opened(url) as other:
        one.define("b", usd("1"), "lifetime")
        one.define("c", usd("5"), "month")

        def ask(number: int) -> Held | Refused:
            return (one, other)[number % 2].hold_first(f"k{number}", [offer])

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(32)))
        assert sum(isinstance(answer, Held) for answer in answers) == 5
        assert one.status("b").held == one.status("c").held == usd("0.5")
        check_split(url)


def test_a_ceiling_that_no_share_divides_leaves_a_micro_a_shard_at_most(url: str) -> None:
    """Seven dimes would be seven tenths to the micro; the parts of the shards are rounded down."""
    offer, price = Offer(usd("0.1"), {"b": usd("0.7")}), usd("0.1")
    less = Offer(Micros(price - SHARDS), {"b": usd("0.7")})
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for number in range(6):
            assert isinstance(ledger.hold_first(f"k{number}", [offer]), Held)
        assert isinstance(ledger.hold_first("last", [less]), Held)
        assert isinstance(ledger.hold_first("more", [offer]), Refused)
        check_split(url)


def test_many_ledgers_after_the_last_dollar_spend_it_once(url: str) -> None:
    """Eight ledgers stand for eight machines, and a dime is no part of a quarter: ten of sixty holds are granted."""
    ledgers = [opened(url) for _ in range(8)]
    ledgers[0].define("b", usd("1"), "lifetime")
    ledgers[0].define("day", usd("1.5"), "day")

    def ask(number: int) -> Held | Refused:
        return ledgers[number % 8].hold(f"k{number:02}", usd("0.1"), ["b", "day"])

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(60)))
    assert sum(isinstance(answer, Held) for answer in answers) == 10
    assert ledgers[0].status("b").held == ledgers[0].status("day").held == usd("1")
    check_split(url)
    for ledger in ledgers:
        ledger.close()


def test_sixteen_shards_help_each_other_out_in_one_transaction(table: str) -> None:
    """A call for all of two budgets; then one that three budgets count, which needs too many shards to help."""
    with opened(f"{table}&shards=16") as ledger:
        for name in ("a", "b", "c"):
            ledger.define(name, usd("1.6"), "day")
        assert isinstance(ledger.hold("two", usd("1.5"), ["a", "b"]), Held)
        refused = ledger.hold("three", usd("1.5"), ["a", "b", "c"])
        assert isinstance(refused, Refused)
        assert (refused.budget, refused.room) == ("a", usd("0.1"))
        ledger.void("two")
        ledger.define("d", usd("1.6"), "day")
        scattered = ledger.hold("four", usd("1.6"), ["b", "c", "d"])
        assert isinstance(scattered, Refused)
        assert scattered.room == usd("0.1")
        assert isinstance(ledger.hold("less", usd("1.1"), ["b", "c", "d"]), Held)
        ledger.stop("enough", "ana")
    check_split(f"{table}&shards=16")


def test_a_shard_with_many_overdue_holds_can_be_helped(url: str) -> None:
    """Forty leases have run out where the next call goes: all of them lapse, and it gets its room."""
    clock = Clock()
    with opened(url, clock) as ledger:
        ledger.define("b", usd("1"), "day")
        number = 0
        for _ in range(40):
            key = key_at(0, number)
            number = int(key.rpartition("-")[2]) + 1
            ledger.hold(key, usd("0.001"), ["b"], lease_s=60)
        clock.pass_s(100)
        assert isinstance(ledger.hold("large", usd("0.9"), ["b"]), Held)
        ledger.lapse_due()
        assert counters(ledger, "b") == (usd("0.04"), usd("0.9"), usd("0.04"), 0)


def test_an_unknown_budget_is_named(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        with pytest.raises(UnknownBudget, match="nobody"):
            ledger.hold("k", usd("0.1"), ["b", "nobody"])
        with pytest.raises(UnknownBudget, match="nobody"):
            ledger.status("nobody")


# Keys


def test_the_same_key_again_is_answered_as_before_wherever_its_hold_is(url: str) -> None:
    """Its home was full, so it went elsewhere; another process is told of that hold, and resolves it."""
    key, full = key_at(1), key_at(1, 1_000)
    with opened(url) as ledger, opened(url) as other:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold(full, usd("0.25"), ["b"])
        first = ledger.hold(key, usd("0.1"), ["b"])
        assert isinstance(first, Held)
        assert other.hold(key, usd("0.1"), ["b"]) == first
        with pytest.raises(HoldConflict):
            other.hold(key, usd("0.2"), ["b"])
        assert ledger._shards[1].status("b").held == usd("0.25")
        assert other.find(key).amount == usd("0.1")
        assert other.settle(key, usd("0.05")).billed == usd("0.05")
        assert ledger.settle(key, usd("0.05")).billed == usd("0.05")
        assert counters(ledger, "b") == (usd("0.05"), usd("0.25"), 0, 0)
        with pytest.raises(UnknownHold):
            other.void("nobody's")
        check_split(url)


def test_threads_with_one_key_make_one_hold(url: str) -> None:
    """Though its home is nearly full, and so every one of them may be sent elsewhere."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard, 50), usd("0.2"), ["b"])
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ledger.hold("same", usd("0.05"), ["b"]), range(8)))
        assert all(isinstance(answer, Held) for answer in answers)
        assert ledger.status("b").held == usd("0.85")


def test_an_extension_is_helped_by_other_shards(url: str) -> None:
    """A hold stays where it is; it is refused when the whole has no room."""
    key = key_at(2)
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold(key, usd("0.2"), ["b"])
        extended = ledger.extend(key, usd("0.6"), attempt=2)
        assert isinstance(extended, Held)
        assert (extended.amount, extended.budgets[0].held) == (usd("0.8"), usd("0.8"))
        assert ledger.extend(key, usd("0.6"), attempt=2) == extended
        refused = ledger.extend(key, usd("0.3"), attempt=3)
        assert isinstance(refused, Refused)
        assert (refused.budget, refused.room) == ("b", usd("0.2"))
        assert ledger.find(key).attempts == 2
        check_split(url)


@pytest.mark.parametrize("lost", [1, 2])
def test_writes_whose_answer_was_lost_count_once(url: str, lost: int) -> None:
    """In one shard, in all of them, and where shares move."""
    with opened(url) as ledger:
        answers = LostAnswers(ledger._open()._client, lost)
        ledger.define("b", usd("1"), "lifetime")
        answers.left = lost
        assert isinstance(ledger.hold("k", usd("0.1"), ["b"]), Held)
        answers.left = lost
        assert isinstance(ledger.hold("large", usd("0.6"), ["b"]), Held)
        answers.left = lost
        ledger.stop("enough", "ana")
        kinds = Counter(entry.kind for entry in ledger.entries())
        assert (kinds["hold"], kinds["stop"]) == (2, SHARDS)
        assert ledger.status("b").held == usd("0.7")
        check_split(url)


# All shards


def test_a_stop_is_seen_by_all_at_once_and_a_resume_as_well(url: str) -> None:
    with opened(url) as ledger, opened(url) as other:
        ledger.define("b", usd("1"), "lifetime")
        held = ledger.hold("before", usd("0.1"), ["b"])
        ledger.stop("enough", "ana")
        stopped = other.stopped()
        assert stopped is not None
        assert (stopped.who, stopped.reason) == ("ana", "enough")
        for shard in range(SHARDS):
            refused = other.hold(key_at(shard), usd("0.1"), ["b"])
            assert isinstance(refused, Refused)
            assert refused.stopped == stopped
        assert isinstance(other.hold("large", usd("0.7"), ["b"]), Refused)
        assert isinstance(held, Held)
        other.settle("before", usd("0.1"))
        other.resume("ben")
        assert ledger.stopped() is None
        assert isinstance(ledger.hold("large", usd("0.7"), ["b"]), Held)
        check_split(url)


def test_a_notice_is_claimed_once_over_all(url: str) -> None:
    ledgers = [opened(url) for _ in range(4)]
    ledgers[0].define("b", usd("1"), "month")
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: ledgers[n % 4].claim_notice("b", "2026-12", 50), range(12)))
    assert sum(claims) == 1
    for ledger in ledgers:
        ledger.close()


def test_a_guard_tells_of_a_threshold_of_the_whole_budget(url: str) -> None:
    """Half of a dollar is reached by the fiftieth cent, whichever shards it was spent in; two guards tell once."""
    from planner.guard.local_bedrock import LocalBedrock
    from planner.guard.local_bedrock.client import new_client
    from pricing.load import load_book
    from pricing.overrides import with_overrides
    from tests.guarding import CORE, stability

    told: list[str] = []
    limits = [budget("0.10", notify=[50, 100])]
    with LocalBedrock(with_overrides(load_book(), (CENT,))) as bedrock:
        for calls in (7, 3):
            with Guard.from_policy(
                limits, ledger=url, price_overrides=[CENT], notify=lambda notice: told.append(notice.text)
            ) as guard:
                client = new_client(bedrock.url, "us-west-2")
                guard.attach(client)
                for _ in range(calls):
                    client.invoke_model(modelId=CORE, body=stability())
                client.close()
        with open_to_read(url) as view:
            status = view.status("b")
    assert status.settled == usd("0.10")
    assert told == [
        "budget b: reached 50 %, $0.05 of $0.10 in lifetime",
        "budget b: reached 100 %, $0.10 of $0.10 in lifetime",
    ]


def test_leases_that_run_out_lapse_in_every_shard(url: str) -> None:
    clock = Clock()
    with opened(url, clock) as ledger:
        ledger.define("b", usd("1"), "day")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.1"), ["b"], lease_s=60 + shard)
        assert [hold.key for hold in ledger.holds()] == [key_at(shard) for shard in range(SHARDS)]
        assert ledger.lapse_due() == 0
        clock.pass_s(100)
        assert ledger.lapse_due() == SHARDS
        assert counters(ledger, "b") == (usd("0.4"), 0, usd("0.4"), 0)
        assert {hold.key for hold in ledger.holds(state="lapsed")} == {key_at(each) for each in range(SHARDS)}
        check_split(url)


def test_money_that_lapses_back_is_room_in_every_shard(url: str) -> None:
    """With `release` a call is refused only once everything overdue was given back."""
    clock = Clock()
    with opened(url, clock) as ledger:
        ledger.define("b", usd("1"), "day")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.25"), ["b"], lease_s=60)
    clock.pass_s(100)
    with open_ledger(url, clock=clock, lapse="release") as ledger:
        assert isinstance(ledger.hold("k", usd("0.9"), ["b"]), Held)
        assert counters(ledger, "b") == (0, usd("0.9"), 0, 0)


def test_verify_names_the_shard_and_shares_that_do_not_add_up(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("large", usd("0.6"), ["b"])
        assert ledger.verify() == ()
        root = ledger._open()
        name = root.place.table
        key = {"p": {"S": "3/budgets"}, "s": {"S": "b"}}
        root._client.update_item(
            TableName=name,
            Key=key,
            UpdateExpression="SET limit_micros = :l, whole = :w",
            ExpressionAttributeValues={":l": {"N": "300000"}, ":w": {"N": "1000001"}},
        )
        found = {(each.where, each.recorded, each.recomputed) for each in ledger.verify()}
    assert {
        ("shard 3: limit of b", 1_000_001, 1_000_000),
        ("shares of b over all shards", 1_050_000, 1_000_000),
        ("shares of b over all shards", 1_050_000, 1_000_001),
    } <= found


# Entries


def test_entries_are_numbered_without_gaps_and_followed(url: str) -> None:
    """What a view has numbered stays; what is found later follows, one number at a time."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for number in range(6):
            ledger.hold(f"k{number}", usd("0.01"), ["b"])
        with open_to_read(url) as view:
            last = view.last_seq()
            assert last == SHARDS + 6
            newest = [entry.key for entry in view.entries(after=last - 3)]
            assert newest == ["k3", "k4", "k5"]
            whole = list(view.entries())
            assert [entry.seq for entry in whole] == list(range(1, last + 1))
            assert [entry.key for entry in whole[-6:]] == [f"k{number}" for number in range(6)]
            ledger.settle("k0", usd("0.01"))
            ledger.void("k5")
            later = list(view.entries(after=last))
            assert [(entry.seq, entry.kind, entry.key) for entry in later] == [
                (last + 1, "settle", "k0"),
                (last + 2, "void", "k5"),
            ]
            assert view.last_seq() == last + 2
            assert list(view.entries()) == [*whole, *later]


# Around it


def test_the_policy_lets_only_the_shards_lists_lose_items(url: str) -> None:
    statements = json.loads(templates.policy("t", "us-east-1", 2))["Statement"]
    listed = statements[1]["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    assert listed == ["1/open", "1/lapsed", "2/open", "2/lapsed"]
    assert '"16/lapsed"' in templates.terraform("t", 16)
    assert '"4/open"' in templates.cloudformation("t", SHARDS)
    allowed = {action for each in statements for action in each["Action"] if isinstance(each["Action"], list)}
    used, deleted = set[str](), set[str]()
    with opened(url) as ledger:

        def record(params: dict[str, str], model: object, **_: object) -> None:
            name, body = getattr(model, "name", ""), json.loads(params["body"])
            if name != "TransactWriteItems":
                used.add(f"dynamodb:{name}")
            for action in body.get("TransactItems", ()):
                ((kind, request),) = action.items()
                if kind == "Delete":
                    deleted.add(request["Key"]["p"]["S"])
                else:
                    used.add(f"dynamodb:{kind}Item")

        ledger._open()._client.meta.events.register("before-call.dynamodb", record)
        ledger.define("b", usd("1"), "day")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.2"), ["b"])
            ledger.settle(key_at(shard), usd("0.1"))
        ledger.hold("large", usd("0.5"), ["b"])
        ledger.stop("enough", "ana")
        assert ledger.verify() == ()
    assert used <= allowed
    assert deleted == {f"{shard}/open" for shard in range(1, SHARDS + 1)}


def test_commands_take_a_ledger_that_is_split(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """status, tail, holds, settle, void, stop, resume, verify and export show and change the whole."""

    def said(*words: str, code: int = 0) -> str:
        assert main(["guard", *words, "--ledger", url]) == code
        return capsys.readouterr().out

    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.2"), ["b"], tags={"sku": "core"})
    (status,) = json.loads(said("status", "--format", "json"))["budgets"]
    assert (status["limit_usd"], status["held_usd"]) == ("1.00", "0.80")
    assert said("holds").count("key-") == SHARDS
    said("settle", key_at(0), "--usd", "0.3", "--why", "the bill")
    said("void", key_at(1), "--why", "not billed")
    said("stop", "--why", "enough")
    assert "enough" in said("status")
    said("resume")
    told = said("tail", "-n", "100")
    assert told.count("share $0.25 of limit $1.00 per lifetime") == SHARDS
    assert [told.count(f" {kind} ") for kind in ("hold", "settle", "void")] == [4, 1, 1]
    assert '"ok": true' in said("verify", "--format", "json")
    assert "0.3" in said("export")


def test_tables_are_made_for_shards(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = url.replace("dynamodb://ledger-", "dynamodb://fresh-")
    assert main(["guard", "init-ledger", fresh]) == 0
    assert "made; it is billed by request" in capsys.readouterr().out
    assert main(["guard", "init-ledger", fresh]) == 0
    assert "is a ledger already; nothing changed" in capsys.readouterr().out
    assert main(["guard", "migrate", fresh]) == 0
    assert "is of the newest version" in capsys.readouterr().out
    assert main(["guard", "init-ledger", "--roles", fresh]) == 0
    assert '"4/lapsed"' in capsys.readouterr().out
    assert main(["guard", "init-ledger", "--print", "terraform", fresh]) == 0
    assert '"4/lapsed"' in capsys.readouterr().out


def test_a_split_history_is_copied_shard_by_shard(
    url: str, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole is refused with the remedy, which works; nothing is copied into shards."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for shard in range(SHARDS):
            ledger.hold(key_at(shard), usd("0.1"), ["b"])
        ledger.hold("large", usd("0.5"), ["b"])
        ledger.settle("large", usd("0.4"))
    assert main(["guard", "copy", url, f"sqlite:///{tmp_path}/whole.db"]) == 2
    assert "copy each into a ledger of its own: &shard=1 to &shard=4" in capsys.readouterr().err
    assert main(["guard", "copy", f"sqlite:///{tmp_path}/other.db", url]) == 2
    assert "takes no history; copy into a ledger that is not split" in capsys.readouterr().err
    settled = held = 0
    for shard in range(1, SHARDS + 1):
        target = f"sqlite:///{tmp_path}/{shard}.db"
        assert main(["guard", "copy", f"{url}&shard={shard}", target]) == 0
        with open_ledger(target) as copied:
            settled += copied.status("b").settled
            held += copied.status("b").held
            assert copied.verify() == ()
    assert (settled, held) == (usd("0.4"), usd("0.4"))


def test_a_closed_ledger_says_so(url: str) -> None:
    ledger: Ledger = opened(url)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.hold("k", usd("1"), ["b"])


def test_the_guard_screen_reads_all_shards(url: str) -> None:
    """Its snapshot shows the whole, and its rows are read by number from any end."""
    import asyncio

    from planner.tui.ledger.entry_rows import Chunks
    from planner.tui.ledger.reader import LedgerReader
    from planner.tui.ledger.snapshot import look

    async def ask() -> tuple[int, int, list[str]]:
        reader = LedgerReader(url, lambda: 0.0)
        try:
            snapshot = await reader.ask(lambda ledger: look(ledger, 0.0))
            last, chunks = snapshot.last_seq, Chunks()
            told = await reader.ask(lambda ledger: chunks.told(ledger, last - 2, last))
        finally:
            reader.close()
            reader.join(5)
        return snapshot.statuses[0].held, len(snapshot.open), [each.told.entry.key or "" for each in told]

    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        for number in range(5):
            ledger.hold(f"k{number}", usd("0.1"), ["b"])
    assert asyncio.run(ask()) == (usd("0.5"), 5, ["k3", "k4"])


def test_a_ledger_that_is_not_split_pays_nothing_for_shards(table: str) -> None:
    """Neither imports nor requests: a fresh process opens one, holds and settles."""
    code = """
import sys
from planner.guard.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    ledger.define("b", 1_000_000, "lifetime")
    asked = []
    ledger._open()._client.meta.events.register("before-call.dynamodb", lambda model, **_: asked.append(model.name))
    ledger.hold("k", 100_000, ["b"])
    ledger.settle("k", 100_000)
print(",".join(asked), *sorted(name for name in sys.modules if "dynamodb.shard" in name or "merged" in name))
"""
    ran = subprocess.run([sys.executable, "-c", code, table], capture_output=True, text=True, check=True)
    assert ran.stdout == "BatchGetItem,TransactWriteItems,BatchGetItem,TransactWriteItems\n"


def test_views_refuse_every_verb(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("0.1"), ["b"])
    with open_to_read(url) as view:
        for verb in (
            lambda: view.hold("k2", usd("0.1"), ["b"]),
            lambda: view.hold("k", usd("0.1"), ["b"]),
            lambda: view.extend("k", usd("0.1")),
            lambda: view.settle("k", usd("0.1")),
            lambda: view.define("b", usd("2"), "lifetime"),
            lambda: view.stop("no", "nobody"),
            lambda: view.resume("nobody"),
            view.lapse_due,
            lambda: view.claim_notice("b", "lifetime", 50),
        ):
            with pytest.raises(LedgerUnavailable, match="is open for reading only"):
                verb()
        assert view.find("k").amount == usd("0.1")


def test_a_table_that_is_made_anew_under_a_guard_is_noticed(url: str) -> None:
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        place = parse_place(url.partition("://")[2])
        table = Table(place)
        table._client.update_table(TableName=place.table, DeletionProtectionEnabled=False)
        table._client.delete_table(TableName=place.table)
        table.close()
        assert templates.create_table(place)
        for verb in (
            lambda: ledger.hold("k", usd("1"), ["b"]),
            lambda: ledger.define("b", usd("2"), "lifetime"),
        ):
            with pytest.raises(LedgerUnavailable, match="holds no ledger any more"):
                verb()


def test_a_key_that_waits_for_itself_is_let_in_once_the_other_is_done(url: str) -> None:
    """Two threads, one key: the second is answered with the hold of the first."""
    with opened(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        answers: list[Held | Refused] = []
        threads = [
            threading.Thread(target=lambda: answers.append(ledger.hold("k", usd("0.6"), ["b"])))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [isinstance(answer, Held) for answer in answers] == [True, True]
        assert ledger.status("b").held == usd("0.6")
