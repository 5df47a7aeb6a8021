"""A PostgreSQL server that is stopped under guards that make real calls, and started again."""

import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from planner.guard.errors import BudgetExceeded, LedgerUnavailable
from planner.guard.guard import Guard
from planner.guard.ledger import open_ledger
from planner.guard.ledger.outage.merging import Merge
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


def test_block_refuses_at_once_and_says_so_until_the_server_is_back(
    server: PostgresServer, bedrock: LocalBedrock
) -> None:
    """One call finds out; those after it are told in milliseconds, nothing is sent, and nobody has to restart anything."""
    with Guard.from_policy(
        [budget("1.00")], ledger=server.url("deadline_s=2"), price_overrides=[CENT]
    ) as guard:
        client = new_client(bedrock.url, "us-west-2")
        guard.attach(client)
        client.invoke_model(modelId=CORE, body=stability())
        server.stop()
        with pytest.raises(LedgerUnavailable, match=r"cannot be reached|lost"):
            client.invoke_model(modelId=CORE, body=stability())
        took, told = [], []
        for _ in range(20):
            began = time.monotonic()
            with pytest.raises(LedgerUnavailable) as caught:
                client.invoke_model(modelId=CORE, body=stability())
            took.append(time.monotonic() - began)
            told.append(str(caught.value))
        assert sorted(took)[10] < 0.1
        assert sum("it is asked again in" in text for text in told) > 10
        assert bedrock.billed.images == 1
        server.start()
        _until_answered(client)
        assert guard.ledger.status("b").settled == bedrock.billed.micros == usd("0.02")
        client.close()


def _until_answered(client: object) -> None:
    while True:
        try:
            client.invoke_model(modelId=CORE, body=stability())  # type: ignore[attr-defined]
            return
        except LedgerUnavailable:
            time.sleep(0.05)


# Several processes, two journals


class Worker:
    """A process with a guard, that does what it is told."""

    def __init__(self, bedrock_url: str, ledger: str, journal: str) -> None:
        self._pipe, theirs = get_context("spawn").Pipe()
        self._process: BaseProcess = get_context("spawn").Process(
            target=_work, args=(theirs, bedrock_url, ledger, journal)
        )
        self._process.start()
        theirs.close()

    def tell(self, task: str, times: int = 1) -> None:
        self._pipe.send((task, times))

    def answer(self) -> int:
        answer: int = self._pipe.recv()
        return answer

    def kill(self) -> None:
        self._process.kill()
        self.join()

    def join(self) -> None:
        self._process.join()
        self._process.close()
        self._pipe.close()


def _work(pipe: Connection, bedrock_url: str, ledger: str, journal: str) -> None:
    with Guard.from_policy(
        [budget("0.40")],
        policy=Policy(ledger_down="allow"),
        ledger=ledger,
        journal=journal,
        price_overrides=[CENT],
    ) as guard:
        client = new_client(bedrock_url, "us-west-2")
        guard.attach(client)
        while True:
            task, times = pipe.recv()
            if task == "call":
                pipe.send(sum(_called(client) for _ in range(times)))
            elif task == "look":
                pipe.send(guard.ledger.status("b").exposure)
            elif task == "see it back":
                assert isinstance(guard.ledger, SpoolingLedger)
                while guard.ledger._breaker.open:
                    guard.ledger.status("b")
                    time.sleep(0.05)
                pipe.send(guard.ledger.status("b").exposure)
            else:
                break
        client.close()


def _called(client: object) -> bool:
    """False when the budget was used up."""
    try:
        client.invoke_model(modelId=CORE, body=stability())  # type: ignore[attr-defined]
    except BudgetExceeded:
        return False
    return True


def test_allow_spends_what_was_left_once_a_machine_and_brings_every_call_home_once(
    server: PostgresServer, bedrock: LocalBedrock, tmp_path: Path
) -> None:
    """Two machines of two processes, 8 of 40 cents spent: 32 more each is the most, and the second 32 are on record as overrun."""
    ledger = server.url("deadline_s=8")
    journals = [f"sqlite:///{tmp_path}/{machine}.db" for machine in ("one", "two")]
    workers = [Worker(bedrock.url, ledger, journals[number // 2]) for number in range(4)]
    assert _all(workers, "call", 2) == [2, 2, 2, 2]
    assert _all(workers, "look") == [usd("0.08")] * 4
    server.stop()
    granted = _all(workers, "call", 25)
    assert (granted[0] + granted[1], granted[2] + granted[3]) == (32, 32)
    assert bedrock.billed.images == 8 + 64
    workers.pop(1).kill()
    server.start()
    _all(workers, "see it back")
    for worker in workers:
        worker.tell("end")
        worker.join()
    for journal in journals:
        Merge(journal, ledger).bring()
        assert Merge(journal, ledger).bring() == 0
    with open_ledger(ledger) as opened:
        status = opened.status("b")
        assert (status.settled, status.held, status.overrun) == (usd("0.72"), 0, usd("0.32"))
        assert status.settled == bedrock.billed.micros
        resolved = Counter(entry.key for entry in opened.entries() if entry.kind == "settle")
        assert (len(resolved), max(resolved.values())) == (72, 1)
        assert max(Counter(entry.key for entry in opened.entries() if entry.kind == "hold").values()) == 1
        check_history(opened)


def _all(workers: list[Worker], task: str, times: int = 1) -> list[int]:
    """At once; the answers in order."""
    for worker in workers:
        worker.tell(task, times)
    return [worker.answer() for worker in workers]
