"""`ledger_down: block` under real calls: a PostgreSQL server that is killed, hangs, and comes back."""

import json
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from planner.guard import Guard, LedgerUnavailable, Notice
from planner.guard.errors import GuardConfigError
from planner.guard.ledger import Ledger, Status, open_ledger
from planner.guard.ledger.outage.owed import Outcome, Owed
from planner.guard.local_bedrock import LocalBedrock, Served
from planner.guard.local_bedrock.client import new_client
from pricing.load import load_book
from pricing.money import Micros
from pricing.overrides import with_overrides
from tests.guarding import CENT, CORE, budget, stability
from tests.ledger_engines import check_history, usd
from tests.postgres_server import PostgresServer
from tests.test_guard_notices import receiver


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = PostgresServer(durable=True)
    yield server
    server.remove()


class Calls:
    """An endpoint, and a guarded client before it whose ledger is on the server."""

    def __init__(self, url: str, **settings: Any) -> None:  # noqa: ANN401 - those of Guard.from_policy
        self.as_it_answers: Callable[[], object] = lambda: None
        self.bedrock = LocalBedrock(with_overrides(load_book(), (CENT,)), on_request=self._answers)
        self.guard = Guard.from_policy([budget("1.00")], ledger=url, price_overrides=[CENT], **settings)
        self.bedrock.start()
        self.client = new_client(self.bedrock.url, "us-west-2")
        self.guard.attach(self.client)

    def invoke(self) -> dict[str, Any]:
        response: dict[str, Any] = self.client.invoke_model(modelId=CORE, body=stability())
        return response

    def refused(self) -> str:
        with pytest.raises(LedgerUnavailable) as caught:
            self.invoke()
        return str(caught.value)

    def close(self) -> None:
        self.guard.close()
        self.client.close()
        self.bedrock.close()

    def _answers(self, _: Served) -> None:
        self.as_it_answers()


@contextmanager
def calls(url: str, **settings: Any) -> Iterator[Calls]:  # noqa: ANN401 - those of Guard.from_policy
    made = Calls(url, **settings)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def hung(server: PostgresServer) -> Iterator[None]:
    """No process of the server runs: connections stay, and nobody answers; then it goes on with what it was sent."""
    assert server._process is not None
    postmaster = server._process.pid
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    pids = [postmaster, *map(int, children)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def until(true: Callable[[], bool], patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def standing(url: str) -> Status:
    with open_ledger(url) as ledger:
        check_history(ledger)
        return ledger.status("b")


def test_an_answer_that_came_while_the_ledger_died_is_on_record_once_it_is_back(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The server is killed while Bedrock works: the image reaches its caller, and the cent its budget."""
    url = server.url("deadline_s=1")
    with caplog.at_level(logging.INFO, "planner.guard"), calls(url) as setting:
        setting.as_it_answers = server.kill
        said = setting.invoke()["ResponseMetadata"]["Bursar"]
        assert said["billed_usd"] == "0.01"
        setting.as_it_answers = lambda: None
        outage = setting.guard.outage()
        assert outage is not None
        assert outage.owed == 1
        server.start()
        until(lambda: setting.guard.outage() is None)
        status = standing(url)
        assert (status.settled, status.held) == (usd("0.01"), 0)
        assert setting.invoke()["ResponseMetadata"]["Bursar"]["billed_usd"] == "0.01"
    assert f"hold {said['hold_id']} came to $0.01, which is written once the ledger answers: " in caplog.text
    assert "1 outcome of a call that waited for it, $0.01, is in it now" in caplog.text
    assert standing(url).settled == usd("0.02")


def test_closing_the_guard_writes_what_is_owed(server: PostgresServer) -> None:
    """The server is back, the guard has not asked it yet: the one attempt of `close` is enough."""
    url = server.url("deadline_s=1")
    with calls(url) as setting:
        setting.as_it_answers = server.kill
        setting.invoke()
        server.start()
    status = standing(url)
    assert (status.settled, status.held) == (usd("0.01"), 0)


def test_closing_the_guard_before_the_ledger_is_back_says_what_is_lost(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    with calls(server.url("deadline_s=1")) as setting:
        setting.as_it_answers = server.kill
        setting.invoke()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert (
        "outcomes of 1 calls, $0.01 in all, are not in the ledger; holds it has of them lapse as billed: "
        "the guard was closed before the ledger answered"
    ) in caplog.text


def test_a_hold_of_a_server_that_hung_is_given_back_and_nobody_waits_meanwhile(
    server: PostgresServer,
) -> None:
    """One call waits for the deadline; hundreds are refused in no time, also while the server is being asked."""
    url = server.url("deadline_s=1")
    with calls(url) as setting:
        setting.invoke()
        with hung(server):
            told = setting.refused()
            assert re.fullmatch(
                r"nothing was sent: the ledger cannot hold its cost, and policy\.ledger_down is block: "
                r"postgresql://postgres@127\.0\.0\.1:\d+/postgres\?schema=\w+: no answer for 1 s; "
                r"it is asked again in \d\.\d s",
                told,
            )
            slow, told_by = _refused_for(setting, seconds=4)
            assert slow < 0.2
            assert any("it is being asked again" in each for each in told_by)
        until(lambda: setting.guard.outage() is None)
        until(lambda: standing(url).held == 0)
        assert standing(url).settled == setting.bedrock.billed.micros == usd("0.01")


def _refused_for(setting: Calls, seconds: float) -> tuple[float, set[str]]:
    """How long ninety-nine in a hundred calls of eight threads took at the most, and what they were told."""
    told: set[str] = set()
    took: list[float] = []

    def call() -> None:
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            told.add(setting.refused())
            took.append(time.monotonic() - began)
            time.sleep(0.01)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) > 100
    return sorted(took)[len(took) * 99 // 100], told


def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """To the log, the function and the webhook, with what was refused; `outage()` says it in between."""
    told: list[Notice] = []
    url = server.url("deadline_s=1")
    with (
        receiver() as hook,
        caplog.at_level(logging.WARNING, "planner.guard"),
        calls(url, notify=told.append, webhook=hook.url) as setting,
    ):
        setting.invoke()
        assert setting.guard.outage() is None
        server.stop()
        for _ in range(7):
            setting.refused()
        outage = setting.guard.outage()
        assert outage is not None
        assert outage.calls == 7
        assert re.fullmatch(r"postgresql://postgres@127\.0\.0\.1:\d+/postgres\?schema=\w+", outage.ledger)
        server.start()
        until(lambda: len(told) == 2)
        assert setting.guard.outage() is None
        setting.invoke()
        setting.guard.close()
        posted = [json.loads(body) for _, body in hook.got]
    name = re.escape(outage.ledger)
    assert [each.kind for each in told] == ["ledger_down", "ledger_back"]
    assert re.fullmatch(
        rf"the ledger does not answer: {name}: .+; every call is refused until it does, and nothing is sent "
        r"\(policy\.ledger_down: block\)",
        told[0].text,
    )
    assert re.fullmatch(
        rf"the ledger {name} answers again after \d+\.\d s; 7 calls were refused", told[1].text
    )
    assert [record.getMessage() for record in caplog.records] == [each.text for each in told]
    assert [(each["kind"], each["ledger"], each["calls"]) for each in posted] == [
        ("ledger_down", outage.ledger, 0),
        ("ledger_back", outage.ledger, 7),
    ]
    assert posted[0]["down_s"] is None
    assert posted[1]["down_s"] > 0
    assert "Is the server running" not in caplog.text


def test_a_fork_amid_an_outage_asks_for_itself_and_owes_nothing(server: PostgresServer) -> None:
    """The child's guard finds the ledger back though its parent's thread is not there, and writes nothing twice."""
    url = server.url("deadline_s=1")
    with calls(url) as setting:
        setting.as_it_answers = server.kill
        setting.invoke()
        setting.as_it_answers = lambda: None
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _report_back(setting.guard, reader, writer)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            assert pipe.readline() == "owes 0\n"
            server.start()
            assert pipe.readline() == "back\n"
        assert os.waitpid(child, 0)[1] == 0
        until(lambda: setting.guard.outage() is None)
    status = standing(url)
    assert (status.settled, status.held) == (usd("0.01"), 0)


def _report_back(guard: Guard, reader: int, writer: int) -> None:
    """In the child, which never returns."""
    try:
        os.close(reader)
        outage = guard.outage()
        os.write(writer, f"owes {outage and outage.owed}\n".encode())
        end = time.monotonic() + 60
        while guard.outage() is not None and time.monotonic() < end:
            try:
                guard.ledger.status("b")
            except LedgerUnavailable:
                time.sleep(0.05)
        os.write(writer, b"back\n" if guard.outage() is None else b"away\n")
        os._exit(0)
    finally:
        os._exit(1)


# What is owed


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger("memory://") as ledger:
        ledger.define("b", usd("1"), "lifetime")
        yield ledger


def test_only_so_many_outcomes_are_kept(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """The oldest of three is dropped, and its log line says what it came to."""
    owed = Owed(most=2)
    for key in ("one", "two", "three"):
        ledger.hold(key, usd("0.04"), ["b"])
        owed.keep(key, Outcome("settle", usd("0.03"), None))
    owed.write(ledger)
    assert (len(owed), owed.written()) == (0, (2, usd("0.06")))
    assert [ledger.find(key).state for key in ("one", "two", "three")] == ["open", "settled", "settled"]
    assert caplog.messages == [
        "hold one stays until its lease ends, though its call came to $0.03: 2 newer outcomes wait for the ledger"
    ]


def test_every_kind_of_outcome_is_written_once(ledger: Ledger) -> None:
    owed = Owed()
    for key in ("settled", "voided", "assumed"):
        ledger.hold(key, usd("0.04"), ["b"])
    for _ in range(2):
        owed.keep("settled", Outcome("settle", usd("0.03"), {"images": 1}))
        owed.keep("voided", Outcome("void", Micros(0), None))
        owed.keep("assumed", Outcome("assume", usd("0.04"), None))
        owed.write(ledger)
    status = ledger.status("b")
    assert (status.settled, status.assumed, status.held) == (usd("0.07"), usd("0.04"), 0)
    assert len([entry for entry in ledger.entries() if entry.kind in ("settle", "void", "assume")]) == 3


def test_a_hold_that_comes_late_is_still_given_back(ledger: Ledger) -> None:
    """Looked for as long as a server may be busy with old work, then forgotten: it never was."""
    owed = Owed(late_s=60)
    owed.keep("late", Outcome("void", Micros(0), None))
    owed.write(ledger)
    assert len(owed) == 1
    ledger.hold("late", usd("0.04"), ["b"])
    owed.write(ledger)
    assert (len(owed), ledger.status("b").held) == (0, 0)
    hasty = Owed(late_s=0)
    hasty.keep("never", Outcome("void", Micros(0), None))
    hasty.write(ledger)
    assert len(hasty) == 0


def test_an_outcome_that_conflicts_is_logged_and_not_tried_for_ever(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody settled it by hand meanwhile."""
    ledger.hold("a", usd("0.04"), ["b"])
    ledger.settle("a", usd("0.01"))
    owed = Owed()
    owed.keep("a", Outcome("settle", usd("0.04"), None))
    owed.write(ledger)
    assert len(owed) == 0
    assert "the call came to $0.04" in caplog.text
    assert ledger.find("a").billed == usd("0.01")


def test_what_is_given_as_notify_is_checked_at_the_start() -> None:
    """Not at the first notice, when nobody looks."""
    with pytest.raises(GuardConfigError, match="notify is 'int'; give it a function that takes a Notice"):
        Guard.from_policy([budget()], ledger="memory://", notify=3)  # type: ignore[arg-type]
