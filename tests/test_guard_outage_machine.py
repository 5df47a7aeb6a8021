"""One machine under `ledger_down: allow` on a real PostgreSQL: it never overshoots, and the kill switch outlasts the outage."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest

from planner.cli import main
from planner.guard.errors import BudgetExceeded, GuardStopped, JournalError, LedgerError, LedgerUnavailable
from planner.guard.guard import Guard
from planner.guard.ledger import open_ledger
from planner.guard.ledger.outage.spooling import SpoolingLedger
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.client import new_client
from planner.scenario import Policy
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.guarding import CENT, CORE, budget, stability
from tests.ledger_engines import check_history, usd
from tests.postgres_server import PostgresServer


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = PostgresServer(durable=True)
    yield server
    server.remove()


@pytest.fixture
def bedrock() -> Iterator[LocalBedrock]:
    with LocalBedrock(with_overrides(load_book(), (CENT,))) as bedrock:
        yield bedrock


def _guard(
    ledger: str, journal: Path, limit: str = "0.40", down: Literal["allow", "block"] = "allow"
) -> Guard:
    return Guard.from_policy(
        [budget(limit)],
        policy=Policy(ledger_down=down),
        ledger=ledger,
        journal=f"sqlite:///{journal}",
        price_overrides=[CENT],
    )


def _until_refused(client: object) -> int:
    """How many went out before the budget was used up."""
    for number in range(1_000):
        try:
            client.invoke_model(modelId=CORE, body=stability())  # type: ignore[attr-defined]
        except BudgetExceeded:
            return number
    raise AssertionError("nothing stops it")


def _home(ledger: object) -> None:
    assert isinstance(ledger, SpoolingLedger)
    until = time.monotonic() + 30
    while ledger._breaker.open or not ledger.come_home():
        assert time.monotonic() < until
        ledger.ask_again()


def test_four_threads_spend_what_was_left_to_the_cent_and_nothing_after(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path
) -> None:
    """Killed under load, all that was left spent in the journal, started again under load: 40 cents, no overrun."""
    url = server.url("deadline_s=3")
    with _guard(url, tmp_path / "j.db") as guard, ExitStack() as closing, ThreadPoolExecutor(4) as pool:
        clients = [new_client(bedrock.url, "us-west-2") for _ in range(4)]
        for client in clients:
            guard.attach(client)
            closing.callback(client.close)
        first = [client.invoke_model(modelId=CORE, body=stability()) for client in clients]
        assert len(first) == 4
        load = [pool.submit(_until_refused, client) for client in clients]
        server.kill()
        assert sum(each.result() for each in load) == 36
        with pytest.raises(
            BudgetExceeded, match=r"is left of what this machine may spend while the ledger does not"
        ):
            clients[0].invoke_model(modelId=CORE, body=stability())
        load = [pool.submit(_until_refused, client) for client in clients]
        server.start()
        assert sum(each.result() for each in load) == 0
        _home(guard.ledger)
        assert [_until_refused(client) for client in clients] == [0, 0, 0, 0]
        status = guard.ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (usd("0.40"), 0, 0)
    assert bedrock.billed.micros == usd("0.40")
    with open_ledger(url) as ledger:
        check_history(ledger)
        assert {entry.tags.get("journal") for entry in ledger.entries() if entry.kind == "hold"} == {
            None,
            "j.db",
        }


def test_a_process_that_was_idle_knows_what_the_others_of_its_machine_saw(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path
) -> None:
    """One guard makes a call and rests while another spends half; the first to meet the outage is the one that rested."""
    url = server.url("deadline_s=3")
    with _guard(url, tmp_path / "j.db") as idle, _guard(url, tmp_path / "j.db") as busy:
        clients = [new_client(bedrock.url, "us-west-2") for _ in range(2)]
        idle.attach(clients[0])
        busy.attach(clients[1])
        clients[0].invoke_model(modelId=CORE, body=stability())
        for _ in range(19):
            clients[1].invoke_model(modelId=CORE, body=stability())
        server.kill()
        assert [_until_refused(client) for client in clients] == [20, 0]
        server.start()
        _home(busy.ledger)
        assert [_until_refused(client) for client in reversed(clients)] == [0, 0]
        for client in clients:
            client.close()
    with open_ledger(url) as ledger:
        status = ledger.status("b")
        assert (status.settled, status.held, status.overrun) == (bedrock.billed.micros, 0, 0)
        check_history(ledger)


def test_a_stop_outlasts_the_outage(server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path) -> None:
    """Seen before, it is kept through the outage and a restart, and lifted once the ledger says so."""
    url = server.url("deadline_s=3")
    client = new_client(bedrock.url, "us-west-2")
    with _guard(url, tmp_path / "j.db") as guard, _guard(url, tmp_path / "j.db") as other:
        guard.attach(client)
        client.invoke_model(modelId=CORE, body=stability())
        with open_ledger(url) as ledger:
            ledger.stop("a runaway loop", "anna")
        with pytest.raises(GuardStopped):
            client.invoke_model(modelId=CORE, body=stability())
        server.kill()
        for each in (guard, other):
            guard.detach()
            other.detach()
            each.attach(client)
            with pytest.raises(GuardStopped, match="stopped by anna: a runaway loop"):
                client.invoke_model(modelId=CORE, body=stability())
    with _guard(url, tmp_path / "j.db") as guard:
        guard.attach(client)
        with pytest.raises(GuardStopped, match="stopped by anna: a runaway loop"):
            client.invoke_model(modelId=CORE, body=stability())
        server.start()
        with open_ledger(url) as ledger:
            ledger.resume("anna")
        _home(guard.ledger)
        client.invoke_model(modelId=CORE, body=stability())
        assert guard.ledger.stopped() is None
    client.close()
    assert bedrock.billed.images == 2


def test_a_machine_is_stopped_through_its_journal(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path
) -> None:
    """The ledger cannot be told while it is away; it is when it is back, and so is every other machine."""
    url, client = server.url("deadline_s=3"), new_client(bedrock.url, "us-west-2")
    with _guard(url, tmp_path / "j.db") as guard:
        guard.attach(client)
        client.invoke_model(modelId=CORE, body=stability())
        server.kill()
        client.invoke_model(modelId=CORE, body=stability())
        journal = f"sqlite:///{tmp_path}/j.db"
        assert main(["guard", "stop", "--why", "a loop", "--who", "ben", "--ledger", journal]) == 0
        with pytest.raises(GuardStopped, match="stopped by ben: a loop"):
            client.invoke_model(modelId=CORE, body=stability())
        server.start()
        _home(guard.ledger)
        with pytest.raises(GuardStopped, match="stopped by ben: a loop"):
            client.invoke_model(modelId=CORE, body=stability())
        with open_ledger(url) as ledger:
            found = ledger.stopped()
            assert found is not None and (found.who, found.reason) == ("ben", "a loop")
            assert ledger.status("b").settled == usd("0.02")
            ledger.resume("ben")
        client.invoke_model(modelId=CORE, body=stability())
    client.close()


def test_closing_merges_what_it_can_and_says_what_stays(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the server away: how much, where, and the command. With the server back: nothing stays."""
    url, client = server.url("deadline_s=2"), new_client(bedrock.url, "us-west-2")
    with caplog.at_level(logging.WARNING, "planner.guard"):
        with _guard(url, tmp_path / "j.db") as guard:
            guard.attach(client)
            client.invoke_model(modelId=CORE, body=stability())
            server.kill()
            client.invoke_model(modelId=CORE, body=stability())
        assert f"$0.01 of budget b (lifetime) stays in the journal sqlite:///{tmp_path}/j.db" in caplog.text
        assert f"bursar guard merge sqlite:///{tmp_path}/j.db --ledger postgresql://" in caplog.text
        caplog.clear()
        server.start()
        with _guard(url, tmp_path / "j.db") as guard:
            guard.attach(client)
            server.kill()
            client.invoke_model(modelId=CORE, body=stability())
            server.start()
        assert "stays in the journal" not in caplog.text
    client.close()
    with open_ledger(url) as ledger:
        assert ledger.status("b").settled == usd("0.03")


def test_a_guard_that_blocks_merges_what_one_that_did_not_has_left(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path
) -> None:
    """Or does not start: while the kill switch is on nothing can be merged."""
    url, client = server.url("deadline_s=2"), new_client(bedrock.url, "us-west-2")
    with _guard(url, tmp_path / "j.db") as guard:
        guard.attach(client)
        client.invoke_model(modelId=CORE, body=stability())
        server.kill()
        client.invoke_model(modelId=CORE, body=stability())
    server.start()
    with open_ledger(url) as ledger:
        ledger.stop("a drill", "anna")
        with pytest.raises(
            JournalError, match=r"\$0.01 of budget b \(lifetime\) of this ledger stays in the journal"
        ):
            _guard(url, tmp_path / "j.db", down="block")
        ledger.resume("anna")
    with _guard(url, tmp_path / "j.db", down="block") as guard:
        assert guard.ledger.status("b").settled == bedrock.billed.micros == usd("0.02")
    client.close()


def test_a_journal_of_another_ledger_is_refused(server: PostgresServer, tmp_path: Path) -> None:
    """By a guard at its start, and as the ledger itself."""
    _guard(server.url(), tmp_path / "j.db").close()
    with pytest.raises(JournalError, match=r"j\.db: is the journal of postgresql://.*, not of postgresql://"):
        _guard(server.url(), tmp_path / "j.db")
    with open_ledger(f"sqlite:///{tmp_path}/mine.db") as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("0.1"), ["b"])
    with pytest.raises(JournalError, match="does not say which ledger it is the journal of"):
        _guard(server.url(), tmp_path / "mine.db")
    with pytest.raises(JournalError, match="is the ledger itself"):
        _guard(f"sqlite:///{tmp_path}/mine.db", tmp_path / "mine.db")
    assert issubclass(JournalError, LedgerUnavailable) and issubclass(JournalError, LedgerError)
