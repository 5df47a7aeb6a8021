"""A ledger in DynamoDB behind a network that breaks: nothing lost, nothing twice, nothing guessed."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import TypeVar
from urllib.parse import quote, urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError  # type: ignore[import-untyped]

from planner.guard.errors import HoldConflict, LedgerError, LedgerUnavailable
from planner.guard.ledger import Entry, Held, Ledger, Refused, bookkeeping, open_ledger
from planner.guard.ledger.bookkeeping import Stamp
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.items import Item
from planner.guard.ledger.dynamodb.ledger import DynamoLedger
from planner.guard.ledger.dynamodb.turns import PASSED_OVER_S, Turns
from planner.guard.ledger.group_commit import Batch, Ticket
from planner.guard.ledger.history import Page
from planner.guard.ledger.store import Store
from pricing.money import Micros
from pricing.records import replace
from tests import dynamodb_local
from tests.faulty_proxy import FAULTS, Fault, FaultyProxy, proxy_to
from tests.ledger_engines import Clock, check_history, counters, usd
from tests.linearizable import Recorder, is_linearizable
from tests.test_guard_postgres_faults import _play as play

T = TypeVar("T")

WRITES, READS = b"TransactWriteItems", b"BatchGetItem"


@pytest.fixture
def url() -> Iterator[str]:
    """A ledger of $10 for ever; its history is checked over a connection that nothing breaks."""
    url = f"{dynamodb_local.new_table()}&deadline_s=120"
    with open_ledger(url, clock=Clock()) as direct:
        direct.define("b", usd("10"), "lifetime")
    yield url
    with open_ledger(url, clock=Clock()) as direct:
        check_history(direct)
        status = direct.status("b")
        assert status.exposure <= status.limit


@pytest.fixture
def direct(url: str) -> Iterator[Ledger]:
    with open_ledger(url, clock=Clock()) as direct:
        yield direct


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    if why := dynamodb_local.missing():
        pytest.skip(why)
    port = urlsplit(dynamodb_local.server()).port
    assert port is not None
    with proxy_to(port) as proxy:
        yield proxy


def through(proxy: FaultyProxy, url: str, deadline_s: float) -> str:
    """The same table by way of the proxy."""
    endpoint = quote(dynamodb_local.server(), safe="")
    assert endpoint in url
    here = url.replace(endpoint, quote(f"http://127.0.0.1:{proxy.port}", safe=""))
    return here.replace("deadline_s=120", f"deadline_s={deadline_s}")


def again(verb: Callable[[], T]) -> T:
    """As a caller does who is told that the outcome is unknown."""
    while True:
        try:
            return verb()
        except LedgerUnavailable as error:
            assert "retry with the same key" in str(error) or "cannot be reached" in str(error)


VERBS: tuple[Callable[[Ledger], object], ...] = (
    lambda ledger: ledger.define("c", usd("1"), "lifetime"),
    lambda ledger: ledger.hold("a", usd("1"), ["b", "c"]),
    lambda ledger: ledger.extend("open", usd("1"), attempt=2),
    lambda ledger: ledger.settle("a", usd("0.5")),
    lambda ledger: ledger.void("open"),
    lambda ledger: ledger.assume("lost", usd("0.25")),
    lambda ledger: ledger.stop("enough", "ana"),
)
KINDS = ["define", "hold", "hold", "define", "hold", "extend", "settle", "void", "assume", "stop"]


@pytest.mark.parametrize("words", [WRITES, READS], ids=["write", "read"])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "half open"])
def test_a_verb_whose_connection_breaks_is_done_once(
    fault: Fault, words: bytes, proxy: FaultyProxy, url: str, direct: Ledger
) -> None:
    """In the write or in what is read before it: each verb meets the fault, and its caller hears nothing of it."""
    with open_ledger(through(proxy, url, 60), clock=Clock()) as ledger:
        ledger.hold("open", usd("1"), ["b"])
        ledger.hold("lost", usd("1"), ["b"])
        for verb in VERBS:
            proxy.arm(fault, words)
            verb(ledger)
            assert proxy.met.is_set()
    assert [entry.kind for entry in direct.entries()] == KINDS
    assert counters(direct, "b") == (usd("0.75"), 0, usd("0.25"), 0)


def test_an_answer_that_never_comes_leaves_time_to_ask_again(
    proxy: FaultyProxy, url: str, direct: Ledger
) -> None:
    """Half a connection: the write is not sent on, and nobody says so."""
    with open_ledger(through(proxy, url, 2), clock=Clock()) as ledger:
        again(lambda: ledger.hold("a", usd("1"), ["b"]))
        proxy.arm("half open", WRITES)
        assert again(lambda: ledger.settle("a", usd("0.5"))).billed == usd("0.5")
        assert proxy.met.is_set()
        proxy.arm("half open", READS)
        assert isinstance(again(lambda: ledger.hold("c", usd("1"), ["b"])), Held)
    assert [entry.kind for entry in direct.entries()] == ["define", "hold", "settle", "hold"]


def test_answers_slower_than_the_deadline_are_reported_as_unknown(
    proxy: FaultyProxy, url: str, direct: Ledger
) -> None:
    """Nothing passes: every verb ends soon after its deadline, and the same key counts once when it is asked again."""
    with open_ledger(through(proxy, url, 1), clock=Clock()) as ledger:
        again(lambda: ledger.hold("a", usd("1"), ["b"]))
        proxy.partition()
        for verb in (lambda: ledger.settle("a", usd("1")), lambda: ledger.status("b")):
            began = time.monotonic()
            with pytest.raises(LedgerUnavailable, match=r"retry with the same key|cannot be reached"):
                verb()
            assert time.monotonic() - began < 10
        assert counters(direct, "b") == (0, usd("1"), 0, 0)
        proxy.heal()
        assert again(lambda: ledger.settle("a", usd("1"))).state == "settled"
    assert counters(direct, "b") == (usd("1"), 0, 0, 0)


def test_threads_behind_a_dead_connection_do_not_wait_one_after_the_other(
    proxy: FaultyProxy, url: str
) -> None:
    """Sixteen callers are told within the time of a few requests."""
    with open_ledger(through(proxy, url, 1), clock=Clock()) as ledger, ThreadPoolExecutor(16) as pool:
        again(lambda: ledger.hold("a", usd("1"), ["b"]))
        proxy.partition()
        began = time.monotonic()

        def ask(number: int) -> str:
            with pytest.raises(LedgerUnavailable) as caught:
                ledger.hold(f"k{number}", usd("0.1"), ["b"])
            return str(caught.value)

        assert len(list(pool.map(ask, range(16)))) == 16
        assert time.monotonic() - began < 12
        proxy.heal()


@pytest.mark.parametrize("seed", range(2))
def test_what_many_clients_see_through_a_breaking_network_is_one_ledger(
    seed: int, proxy: FaultyProxy, url: str
) -> None:
    """Four clients, faults at random: their answers could have come from verbs done one after the other."""
    chance, recorder, done = Random(seed), Recorder(), threading.Event()
    faults = [fault for fault in FAULTS if fault not in ("slow", "half open")]
    here = through(proxy, url, 60)

    def break_things() -> None:
        while not done.wait(chance.uniform(0.02, 0.08)):
            proxy.arm(chance.choice(faults), chance.choice([WRITES, READS]))

    breaker = threading.Thread(target=break_things)
    breaker.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: play(recorder, here, f"{seed}-{n}"), range(4)))
    finally:
        done.set()
        breaker.join()
    answers = [call.answer for call in recorder.calls]
    assert len(answers) == 4 * 14
    assert answers.count(True) > 8
    assert is_linearizable(recorder.calls, usd("10"))


# Rules that fail in the middle


class Unreadable:
    """From now on, reads that ask for the word fail as if nobody listened."""

    def __init__(self, ledger: DynamoLedger, word: str) -> None:
        self._word = word.encode()
        ledger._open()._client.meta.events.register("before-send.dynamodb.BatchGetItem", self._fail)

    def _fail(self, request: object, **_: object) -> None:
        if self._word in getattr(request, "body", b""):
            raise EndpointConnectionError(endpoint_url="loopback")


def test_a_verb_that_fails_halfway_leaves_nothing_for_the_next_to_write(url: str, direct: Ledger) -> None:
    """Its first budget is counted when the second cannot be read; the verb that shares its transaction is told too."""
    direct.define("far", usd("10"), "lifetime")
    direct.hold("k", usd("1"), ["b", "far"])
    with open_ledger(url.replace("deadline_s=120", "deadline_s=0.5"), clock=Clock()) as ledger:
        assert isinstance(ledger, DynamoLedger)
        Unreadable(ledger, "lifetime#far")
        stamp = Stamp(round(Clock()() * 1_000_000))

        def settle(store: Store) -> None:
            bookkeeping.settle(store, stamp, "k", usd("1"))

        def define(store: Store) -> None:
            bookkeeping.define(store, stamp, "c", usd("1"), "lifetime")

        tickets = [Ticket[Store](settle), Ticket[Store](define)]
        ledger._commit(Batch(tickets))
    assert all(isinstance(ticket.error, LedgerUnavailable) for ticket in tickets)
    assert counters(direct, "b") == counters(direct, "far") == (0, usd("1"), 0, 0)
    assert direct.budgets() == ("b", "far")


def test_a_page_with_a_wrong_entry_brings_none_of_its_others(url: str, tmp_path: Path) -> None:
    target = f"{dynamodb_local.new_table()}&deadline_s=120"
    with open_ledger(url, clock=Clock()) as source, open_ledger(target, clock=Clock()) as ledger:
        source.hold("k", usd("1"), ["b"])
        source.settle("k", usd("1"))
        *good, wrong = source.entries()
        page = Page((*good, _altered(wrong)), {"k": source.find("k")})
        assert isinstance(ledger, DynamoLedger)
        with pytest.raises(LedgerError, match="does not follow from those before it"):
            ledger.absorb(page)
        assert list(ledger.entries()) == []
        assert ledger.budgets() == ()


def test_a_verb_that_reads_while_others_write_begins_anew(url: str, direct: Ledger) -> None:
    """It has read the hold as open and then counters without it: not one moment, so no answer and no error either."""
    direct.hold("k", usd("1"), ["b"])
    with open_ledger(url, clock=Clock()) as ledger:
        assert isinstance(ledger, DynamoLedger)
        stamp, runs = Stamp(round(Clock()() * 1_000_000)), iter(range(9))

        def void(store: Store) -> str:
            assert store.record("k") is not None
            if next(runs) == 0:
                direct.void("k")
            return bookkeeping.void(store, stamp, "k").state

        assert ledger._write(void) == "voided"
        assert next(runs) == 2
    assert [entry.kind for entry in direct.entries()] == ["define", "hold", "void"]


def test_a_table_that_somebody_has_damaged_is_reported(url: str) -> None:
    """Counters without what a hold has set aside: no verb makes sense of that, and none writes."""
    damaged = f"{dynamodb_local.new_table()}&deadline_s=120"
    with open_ledger(damaged, clock=Clock()) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("1"), ["b"])
        assert isinstance(ledger, DynamoLedger)
        ledger._open().write({"p": "lines", "s": "lifetime#b", "held": 5, "settled": 0})
        with pytest.raises(LedgerError, match=r"does not add up: a counter of b .*; run bursar guard verify"):
            ledger.void("k")
        (*_, mismatch) = ledger.verify()
        assert (mismatch.recorded, mismatch.recomputed) in {(5, usd("1")), (usd("1"), 5)}


def test_the_history_stops_before_an_entry_that_is_not_there(url: str, direct: Ledger) -> None:
    """Whoever follows it comes back for the rest, and misses nothing."""
    direct.hold("k", usd("1"), ["b"])
    direct.void("k")
    assert isinstance(direct, DynamoLedger)
    table = direct._open()
    _, second, third = (items.entry_key(seq) for seq in (1, 2, 3))
    lost = table.get([second], table.deadline())[second]
    table._client.delete_item(TableName=table.place.table, Key=items.wire_key(second))
    assert [entry.seq for entry in direct.entries()] == [1]
    table.write(lost)
    assert [entry.seq for entry in direct.entries(after=1)] == [2, 3]
    assert third in table.get([third], table.deadline())


def _altered(entry: Entry) -> Entry:
    return replace(entry, amount=Micros(entry.amount + 1))


# Turns


class Watch:
    """A monotonic clock the test moves."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_a_turn_is_waited_for_until_it_is_used_or_nobody_comes() -> None:
    watch = Watch()
    turns = Turns(watch)
    theirs: Item = {"p": "turn", "s": "-", "whose": "theirs"}
    assert not turns.is_anothers(None, {}, "")
    assert not turns.is_anothers(theirs, {}, "theirs")
    assert not turns.is_anothers(theirs, {"served": "theirs"}, "")
    assert turns.is_anothers(theirs, {"served": "earlier"}, "mine")
    watch.now += PASSED_OVER_S
    assert not turns.is_anothers(theirs, {"served": "earlier"}, "mine")
    assert turns.is_anothers({**theirs, "whose": "next"}, {"served": "earlier"}, "mine")


def test_a_turn_that_nobody_uses_delays_a_verb_and_no_more(url: str) -> None:
    """Its process has died; the next verb waits a second, those after it do not."""
    with open_ledger(url, clock=Clock()) as ledger:
        assert isinstance(ledger, DynamoLedger)
        ledger._open().write({"p": "turn", "s": "-", "whose": "somebody who died"})
        began = time.monotonic()
        assert isinstance(ledger.hold("a", usd("1"), ["b"]), Held)
        assert time.monotonic() - began >= PASSED_OVER_S
        assert isinstance(ledger.hold("c", usd("10"), ["b"]), Refused)


def test_a_key_used_by_two_clients_at_once_is_held_by_one(url: str) -> None:
    """Two amounts for one key: one of them is the hold, the other a conflict."""
    with open_ledger(url, clock=Clock()) as one, open_ledger(url, clock=Clock()) as other:

        def ask(client: tuple[Ledger, str]) -> object:
            try:
                return client[0].hold("k", usd(client[1]), ["b"])
            except HoldConflict as conflict:
                return conflict

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(ask, [(one, "1"), (other, "2")]))
    assert sorted(type(answer).__name__ for answer in answers) == ["Held", "HoldConflict"]
