"""A ledger in PostgreSQL behind a network that breaks and a server that dies: nothing lost, nothing twice, nothing guessed."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from planner.guard.errors import HoldConflict, LedgerUnavailable, UnknownHold
from planner.guard.ledger import Held, Ledger, Refused, open_ledger
from pricing.money import Micros
from tests.faulty_proxy import FAULTS, Fault, FaultyProxy, proxy_to
from tests.ledger_engines import Clock, check_history, counters, usd
from tests.linearizable import LOST, Recorder, Verb, is_linearizable
from tests.postgres_server import PostgresServer, new_schema, shared_server


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    with proxy_to(shared_server().port) as proxy:
        yield proxy


def url_of(proxy: FaultyProxy, schema: str, *options: str) -> str:
    return shared_server().url(schema, *options, port=proxy.port)


@pytest.fixture
def schema() -> Iterator[str]:
    """A ledger of $10 for ever; its history is checked over a connection that nothing breaks."""
    schema = new_schema()
    with open_ledger(shared_server().url(schema), clock=Clock()) as direct:
        direct.define("b", usd("10"), "lifetime")
    yield schema
    with open_ledger(shared_server().url(schema), clock=Clock()) as direct:
        check_history(direct)


@pytest.fixture
def direct(schema: str) -> Iterator[Ledger]:
    with open_ledger(shared_server().url(schema), clock=Clock()) as direct:
        yield direct


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "half open"])
def test_a_verb_whose_connection_breaks_is_done_once(
    fault: Fault, proxy: FaultyProxy, schema: str, direct: Ledger
) -> None:
    with open_ledger(url_of(proxy, schema), clock=Clock()) as ledger:
        proxy.arm(fault, b".hold_first")
        assert isinstance(ledger.hold("a", usd("1"), ["b"]), Held)
        assert proxy.met.is_set()
        proxy.arm(fault, b".extend")
        assert isinstance(ledger.extend("a", usd("1"), attempt=2), Held)
        assert counters(direct, "b") == (0, usd("2"), 0, 0)
        proxy.arm(fault, b".resolve")
        assert ledger.settle("a", usd("1.5")).billed == usd("1.5")
        assert proxy.met.is_set()
    assert counters(direct, "b") == (usd("1.5"), 0, 0, 0)
    assert [entry.kind for entry in direct.entries()] == ["define", "hold", "extend", "settle"]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "half open"])
def test_a_notice_is_claimed_once_and_not_lost_when_the_answer_is(
    fault: Fault, proxy: FaultyProxy, schema: str
) -> None:
    with open_ledger(url_of(proxy, schema), clock=Clock()) as ledger:
        proxy.arm(fault, b".claim_notice")
        assert ledger.claim_notice("b", "lifetime", 80)
        assert proxy.met.is_set()
        assert not ledger.claim_notice("b", "lifetime", 80)


@pytest.mark.parametrize("fault", ["cut after send", "reset on reply"])
def test_what_cannot_be_told_from_a_new_request_is_reported_as_unknown(
    fault: Fault, proxy: FaultyProxy, schema: str
) -> None:
    """An extension without a number is one more each time, so it is never sent twice."""
    with open_ledger(url_of(proxy, schema), clock=Clock()) as ledger:
        ledger.hold("a", usd("1"), ["b"])
        proxy.arm(fault, b".extend")
        with pytest.raises(LedgerUnavailable, match="the outcome is unknown; retry with the same key"):
            ledger.extend("a", usd("1"))
        assert ledger.find("a").amount in (usd("1"), usd("2"))
        ledger.extend("a", usd("1"))
        assert ledger.find("a").amount in (usd("2"), usd("3"))


def test_an_answer_that_never_comes_is_given_up_at_the_deadline(
    proxy: FaultyProxy, schema: str, direct: Ledger
) -> None:
    with open_ledger(url_of(proxy, schema, "deadline_s=0.5"), clock=Clock()) as ledger:
        ledger.hold("a", usd("1"), ["b"])
        proxy.arm("half open", b".resolve")
        began = time.monotonic()
        with pytest.raises(LedgerUnavailable, match=r"no answer for 0\.5 s; the outcome is unknown"):
            ledger.settle("a", usd("1"))
        assert 0.4 < time.monotonic() - began < 3
        assert ledger.settle("a", usd("1")).state == "settled"
    assert counters(direct, "b") == (usd("1"), 0, 0, 0)


def test_a_partition_ends_every_verb_in_time_and_heals(proxy: FaultyProxy, schema: str) -> None:
    with open_ledger(url_of(proxy, schema, "deadline_s=0.5"), clock=Clock()) as ledger:
        ledger.hold("a", usd("1"), ["b"])
        proxy.partition()
        for verb in (lambda: ledger.hold("n", usd("1"), ["b"]), lambda: ledger.status("b")):
            began = time.monotonic()
            with pytest.raises(LedgerUnavailable):
                verb()
            assert time.monotonic() - began < 5
        proxy.heal()
        assert isinstance(ledger.hold("n", usd("1"), ["b"]), Held)
        assert ledger.settle("a", usd("1")).state == "settled"


def test_idle_connections_the_server_has_closed_are_not_used(schema: str) -> None:
    """Not even for a verb that may be sent only once."""
    with open_ledger(shared_server().url(schema), clock=Clock()) as ledger:
        ledger.hold("a", usd("1"), ["b"])
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bursar'"
        assert shared_server().execute(query)
        time.sleep(0.1)
        assert isinstance(ledger.extend("a", usd("1")), Held)


def test_a_deadlock_is_broken_and_done_again(schema: str) -> None:
    """Another program locks the budgets the wrong way round; the verb that the server sacrifices is sent again."""
    url = shared_server().url(schema, "deadline_s=20")
    with open_ledger(url, clock=Clock()) as ledger, ThreadPoolExecutor(2) as pool:
        ledger.define("a", usd("10"), "lifetime")
        lock = f"UPDATE {schema.partition('=')[2]}.windows SET held = held WHERE budget = "  # noqa: S608
        program = f"DO $$ BEGIN {lock} 'a'; PERFORM pg_sleep(0.5); {lock} 'b'; EXCEPTION WHEN deadlock_detected THEN END $$"
        other = pool.submit(shared_server().execute, program)
        time.sleep(0.2)
        assert isinstance(pool.submit(ledger.hold, "h", usd("1"), ["a", "b"]).result(), Held)
        other.result()


@pytest.mark.parametrize("seed", range(3))
def test_what_many_clients_see_through_a_breaking_network_is_one_ledger(
    seed: int, proxy: FaultyProxy, schema: str
) -> None:
    """Six clients, faults at random: their answers could have come from verbs done one after the other."""
    chance, recorder, done = Random(seed), Recorder(), threading.Event()
    urls = [url_of(proxy, schema, "deadline_s=1.5", "pool_size=1") for _ in range(6)]

    def break_things() -> None:
        while not done.wait(chance.uniform(0.005, 0.03)):
            proxy.arm(
                chance.choice([fault for fault in FAULTS if fault not in ("slow", "half open")]), b"CALL"
            )

    breaker = threading.Thread(target=break_things)
    breaker.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: _play(recorder, urls[n], f"{seed}-{n}"), range(6)))
    done.set()
    breaker.join()
    answers = [call.answer for call in recorder.calls]
    assert len(answers) > 60
    assert answers.count(True) > 10
    assert is_linearizable(recorder.calls, usd("10"))
    with open_ledger(shared_server().url(schema), clock=Clock()) as direct:
        assert direct.status("b").exposure <= usd("10")


def _play(recorder: Recorder, url: str, seed: str) -> None:
    """A client that holds, settles, voids and looks, its own keys and shared ones."""
    chance = Random(seed)
    with open_ledger(url, clock=Clock()) as ledger:
        for number in range(14):
            verb: Verb = chance.choice(["hold", "hold", "settle", "void", "status"])
            key = chance.choice(["shared", f"{seed}-{number // 2}"])
            amount = {"hold": usd("2"), "settle": usd("1")}.get(verb, usd("0"))
            recorder.record(verb, key, amount, partial(_ask, ledger, verb, key, amount), LedgerUnavailable)


def _ask(ledger: Ledger, verb: Verb, key: str, amount: Micros) -> object:
    try:
        match verb:
            case "hold":
                return isinstance(ledger.hold(key, amount, ["b"]), Held)
            case "settle":
                return ledger.settle(key, amount).billed == amount
            case "void":
                return ledger.void(key).state == "voided"
            case "status":
                return counters(ledger, "b")[:2]
    except (HoldConflict, UnknownHold):
        # A hold whose first answer was lost may have been granted, and resolved by another client before it asked again.
        return LOST if verb == "hold" else False


# A server that dies


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server that keeps what it has promised."""
    server = PostgresServer(durable=True)
    yield server
    server.remove()


def test_a_server_killed_at_any_moment_keeps_what_it_has_answered(mortal: PostgresServer) -> None:
    """Three deaths under eight busy threads: what was settled is settled, and what was under way is done again, once."""
    settled: list[str] = []
    with open_ledger(mortal.url("deadline_s=20")) as ledger:
        ledger.define("b", usd("1000"), "lifetime")
        for life in range(3):
            dying = threading.Event()
            with ThreadPoolExecutor(8) as pool:
                spenders = [pool.submit(_spend, ledger, f"{life}-{n}", dying, settled) for n in range(8)]
                time.sleep(0.3)
                mortal.kill()
                dying.set()
                mortal.start()
                for spender in spenders:
                    spender.result()
            check_history(ledger)
            assert all(ledger.find(key).state == "settled" for key in settled)
            assert counters(ledger, "b") == (len(settled) * 1_000, 0, 0, 0)
    assert len(settled) > 50


def _spend(ledger: Ledger, name: str, dying: threading.Event, settled: list[str]) -> None:
    """Until the server has died, and one call more: verbs under way at its death are done again."""
    number = 0
    while True:
        last, key = dying.is_set(), f"{name}-{number}"
        assert isinstance(ledger.hold(key, Micros(1_000), ["b"]), Held)
        ledger.settle(key, Micros(1_000))
        settled.append(key)
        number += 1
        if last:
            return


def test_a_server_that_is_gone_says_so_and_refuses_nothing_by_itself(mortal: PostgresServer) -> None:
    url = mortal.url("deadline_s=0.4")
    with open_ledger(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        mortal.kill()
        with pytest.raises(LedgerUnavailable, match=r"127\.0\.0\.1:\d+/postgres.*(cannot be reached|lost)"):
            ledger.hold("a", usd("1"), ["b"])
        with pytest.raises(LedgerUnavailable, match="cannot be reached"):
            open_ledger(url)
        mortal.start()
        assert isinstance(ledger.hold("a", usd("1"), ["b"]), Held)
        assert isinstance(ledger.hold("b", usd("1"), ["b"]), Refused)
