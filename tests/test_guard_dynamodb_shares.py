"""How limits are divided among shards, and how their histories are numbered: no table needed."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.guard.errors import LedgerUrlError
from planner.guard.ledger import Entry, Offer, Status
from planner.guard.ledger.dynamodb.merged import MergedHistory
from planner.guard.ledger.dynamodb.picture import Picture
from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.shares import even_shares, fair_shares, gathered, home_of, part_of
from pricing.money import LARGEST, Micros
from tests.ledger_engines import usd

LIMITS = st.integers(0, LARGEST)
SHARDS = st.integers(2, 16)
TAKEN = st.lists(st.integers(0, 10**9), min_size=2, max_size=16)


@given(LIMITS, SHARDS)
def test_even_shares_add_up_to_the_limit(limit: int, shards: int) -> None:
    """They differ by a micro at most, and the first ones have it."""
    shares = even_shares(limit, shards)
    assert (sum(shares), len(shares)) == (limit, shards)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@given(LIMITS, LIMITS, SHARDS)
def test_a_larger_limit_makes_no_share_smaller(one: int, other: int, shards: int) -> None:
    low, high = sorted((one, other))
    assert all(map(int.__le__, even_shares(low, shards), even_shares(high, shards)))


@given(TAKEN, st.integers(0, 10**10))
def test_fair_shares_add_up_and_leave_every_shard_what_it_has_taken(taken: list[int], limit: int) -> None:
    """Where more is taken than the limit all are zero."""
    shares = fair_shares(limit, taken)
    if sum(taken) > limit:
        assert shares == [0] * len(taken)
    else:
        assert sum(shares) == limit
        assert all(map(int.__ge__, shares, taken))


@given(st.integers(0, 10**9), SHARDS)
def test_fair_shares_are_even_where_little_is_taken(limit: int, shards: int) -> None:
    assert fair_shares(limit, [0] * shards) == even_shares(limit, shards)


def test_a_shard_that_has_taken_more_keeps_it_and_the_others_share_the_rest() -> None:
    assert fair_shares(12, [4, 2, 2, 2]) == [4, 3, 3, 2]
    assert fair_shares(10, [4, 2, 2, 2]) == [4, 2, 2, 2]
    assert fair_shares(9, [4, 2, 2, 2]) == [0, 0, 0, 0]


@given(TAKEN, st.integers(0, 10**10), st.integers(0, 15), st.integers(1, 10**10))
def test_a_shard_is_helped_exactly_when_there_is_enough_in_all(
    taken: list[int], limit: int, number: int, amount: int
) -> None:
    """The shares add up as before, and nobody gives what it has taken."""
    shares, number = fair_shares(limit, taken), number % len(taken)
    after = gathered(shares, taken, number, amount)
    enough = sum(taken) + amount <= limit
    assert (after is not None) == enough
    if after is not None:
        assert sum(after) == limit
        assert all(map(int.__ge__, after, taken))
        assert after[number] >= taken[number] + amount


@given(st.integers(-(10**9), 10**10), st.integers(1, 10**10), SHARDS)
def test_the_parts_of_a_ceiling_never_add_up_to_more(ceiling: int, limit: int, shards: int) -> None:
    assert sum(part_of(ceiling, share, limit) for share in even_shares(limit, shards)) <= ceiling


def test_no_ceiling_of_a_limit_of_nothing_lets_anything_through() -> None:
    assert part_of(5, 0, 0) == 0


def test_a_key_has_its_home_for_ever() -> None:
    """Another version that looked elsewhere would hold the same key twice."""
    assert [home_of(f"k{number}", 4) for number in range(8)] == [3, 1, 3, 1, 2, 0, 2, 0]


@given(TAKEN, st.integers(1, 10**10), st.integers(1, 10**10), st.integers(1, 10**9), st.integers(0, 15))
def test_an_offer_goes_where_it_fits_and_nowhere_when_it_fits_nowhere(
    taken: list[int], limit: int, ceiling: int, amount: int, home: int
) -> None:
    """By the picture: granted exactly where the whole has room, but for the last micros under a ceiling."""
    shares, home = fair_shares(limit, taken), home % len(taken)
    shards = tuple(
        {"b": Status("b", "lifetime", "lifetime", share, Micros(0), Micros(held), Micros(0), Micros(0))}
        for share, held in zip(shares, taken, strict=True)
    )
    picture = Picture(shards, {"b": Micros(limit)})
    offer = Offer(Micros(amount), {"b": Micros(ceiling)})
    choice, room = picture.choice([offer], home), min(limit, ceiling) - sum(taken)
    if amount > room:
        assert choice is None
    elif ceiling >= limit or (amount + 2 * len(taken)) * limit <= room * ceiling:
        assert choice is not None
    if choice is not None and not choice.helpers:
        assert taken[choice.number] + amount <= shares[choice.number]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("shards=1", "shards is a whole number from 2 to 16, not '1'"),
        ("shards=17", "shards is a whole number from 2 to 16, not '17'"),
        ("shards=four", "shards is a whole number from 2 to 16, not 'four'"),
        ("shards=-4", "shards is a whole number from 2 to 16, not '-4'"),
        ("shards=2.5", "shards is a whole number from 2 to 16, not '2.5'"),
        ("shards=", "option shards of a DynamoDB ledger is empty"),
        ("shards=4&shard=0", "shard is a whole number from 1 to 4, not '0'"),
        ("shards=4&shard=5", "shard is a whole number from 1 to 4, not '5'"),
        ("shard=2", "shard=2 says one of how many? Write ?shards=4&shard=1"),
        ("shrads=4", "did you mean shards?"),
    ],
)
def test_a_url_with_other_shards_says_what_to_write(options: str, said: str) -> None:
    with pytest.raises(LedgerUrlError) as caught:
        parse_place(f"ledger?{options}")
    assert said in str(caught.value)


def test_the_shards_of_a_url_are_taken() -> None:
    place = parse_place("ledger?shards=4&shard=2")
    assert (place.shards, place.shard, str(place)) == (4, 2, "dynamodb://ledger?shards=4&shard=2")
    assert parse_place("ledger").shards is None


# Numbers


class Kept:
    """A shard's history in memory; it counts how many entries were read of it."""

    def __init__(self, times: list[int]) -> None:
        self.read = 0
        self.kept: list[Entry] = []
        for at in times:
            self.write(at)

    def write(self, at: int) -> None:
        seq = len(self.kept) + 1
        self.kept.append(Entry(seq, at, "hold", f"{id(self)}-{seq}", usd("1"), ()))

    def entries(self, after: int, most: int) -> list[Entry]:
        page = self.kept[after : after + most]
        self.read += len(page)
        return page


def counts(shards: list[Kept]) -> list[int]:
    return [len(shard.kept) for shard in shards]


TIMES = st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=2, max_size=4)
ASKED = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)), max_size=12)


@given(TIMES, ASKED, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=12))
def test_numbers_have_no_gaps_and_stay_as_they_are(
    times: list[list[int]], asked: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    """From wherever it is asked, whatever the clocks said and whatever is written meanwhile."""
    shards = [Kept(each) for each in times]
    merged, seen = MergedHistory(shards), dict[int, str | None]()
    for turn, (after, most) in enumerate([*asked, *asked, (0, 1_000)]):
        if later and turn % 2:
            number, at = later.pop()
            shards[number % len(shards)].write(at)
        page = merged.entries(after, most, counts(shards))
        assert [entry.seq for entry in page] == list(range(after + 1, after + 1 + len(page)))
        for entry in page:
            assert seen.setdefault(entry.seq, entry.key) == entry.key
    whole = _all(merged, shards)
    assert [entry.seq for entry in whole] == list(range(1, sum(counts(shards)) + 1))
    for shard in shards:
        mine = [entry.key for entry in whole if str(entry.key).startswith(f"{id(shard)}-")]
        assert mine == [entry.key for entry in shard.kept]


@given(TIMES)
def test_what_was_there_is_numbered_by_time_from_either_end(times: list[list[int]]) -> None:
    shards = [Kept(sorted(each)) for each in times]
    forwards = [entry.at for entry in _all(MergedHistory(shards), shards)]
    backwards, merged = list[float](), MergedHistory(shards)
    for after in range(sum(counts(shards)) - 1, -1, -1):
        backwards.insert(0, merged.entries(after, 1, counts(shards))[0].at)
    assert forwards == backwards == sorted(forwards)


def test_the_end_of_a_long_history_is_found_without_reading_the_rest() -> None:
    """Ten of forty thousand entries; then the first ten."""
    shards = [Kept(list(range(number, 40_000, 4))) for number in range(4)]
    merged = MergedHistory(shards)
    assert [entry.at for entry in merged.entries(39_990, 500, counts(shards))] == list(range(39_990, 40_000))
    assert [entry.at for entry in merged.entries(0, 10, counts(shards))] == list(range(10))
    assert sum(shard.read for shard in shards) <= 4 * 200 * 2


def test_reading_all_of_a_history_reads_each_entry_once() -> None:
    shards = [Kept(list(range(number, 8_000, 4))) for number in range(4)]
    assert len(_all(MergedHistory(shards), shards)) == 8_000
    assert sum(shard.read for shard in shards) == 8_000


def test_later_entries_follow_whatever_their_time() -> None:
    shards = [Kept([5, 6]), Kept([7])]
    merged = MergedHistory(shards)
    assert [entry.at for entry in _all(merged, shards)] == [5, 6, 7]
    shards[1].write(1)
    shards[0].write(9)
    assert [(entry.seq, entry.at) for entry in merged.entries(3, 10, counts(shards))] == [(4, 1), (5, 9)]
    assert Counter(entry.at for entry in _all(merged, shards)) == Counter([5, 6, 7, 1, 9])


def _all(merged: MergedHistory, shards: list[Kept]) -> list[Entry]:
    ask: Callable[[int], list[Entry]] = lambda after: merged.entries(after, 500, counts(shards))  # noqa: E731
    found: list[Entry] = []
    while page := ask(len(found)):
        found += page
    return found
