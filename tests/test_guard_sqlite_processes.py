"""The SQLite engine among threads, forks and signals: nobody starves, nothing hangs, one failure stays one."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from planner.guard.errors import LedgerError, LedgerUnavailable
from planner.guard.ledger import Held, open_ledger
from planner.guard.ledger.gate import Gate
from planner.guard.ledger.group_commit import Batch, GroupCommit
from planner.guard.ledger.sqlite import SqliteLedger
from planner.guard.ledger.store import Draft, Store
from pricing.money import LARGEST, Micros
from tests.ledger_child import race
from tests.ledger_engines import check_history, counters, usd


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A ledger with ample budgets."""
    url = f"sqlite:///{tmp_path}/guard.db?synchronous=NORMAL"
    with open_ledger(url) as ledger:
        ledger.define("month", usd("1000000"), "month")
        ledger.define("day", usd("1000000"), "day")
    return url


@pytest.fixture
def ledger(url: str) -> Iterator[SqliteLedger]:
    with open_ledger(url) as ledger:
        assert isinstance(ledger, SqliteLedger)
        yield ledger
        check_history(ledger)


def test_eight_processes_progress_alike(url: str) -> None:
    """SQLite's own waiting lets one process do a thousand pairs while another does one."""
    pairs = [
        answer
        for answer in race(url, [("progress", f"p{n}", 3) for n in range(8)])
        if isinstance(answer, int)
    ]
    assert len(pairs) == 8
    assert max(pairs) <= 3 * min(pairs)


def test_threads_progress_alike(ledger: SqliteLedger) -> None:
    until = time.monotonic() + 1.0

    def work(thread: int) -> int:
        pairs = 0
        while time.monotonic() < until:
            ledger.hold(f"{thread}-{pairs}", Micros(1), ["month"])
            ledger.settle(f"{thread}-{pairs}", Micros(1))
            pairs += 1
        return pairs

    with ThreadPoolExecutor(8) as pool:
        pairs = list(pool.map(work, range(8)))
    assert max(pairs) <= 3 * min(pairs)


def test_threads_share_commits(ledger: SqliteLedger) -> None:
    assert ledger._writer is not None
    statements: list[str] = []
    ledger._writer.connection.set_trace_callback(statements.append)
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: ledger.hold(f"h{n}", Micros(1), ["month"]), range(320)))
    assert all(isinstance(answer, Held) for answer in answers)
    assert statements.count("COMMIT") < 320


def test_who_is_committed_is_told_at_once(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody needs to look again by itself: not one wake-up is lost among 16 threads."""
    monkeypatch.setattr("planner.guard.ledger.group_commit.RECHECK_S", 30.0)
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: ledger.hold(f"h{n}", Micros(1), ["month"]), range(1_600)))
    assert time.monotonic() - began < 25


def test_one_at_a_time_passes_the_gate(tmp_path: Path) -> None:
    """Another descriptor of the lock file waits, as another process would."""
    order: list[str] = []
    one, other = (Gate(tmp_path / "gate.lock") for _ in range(2))
    with ThreadPoolExecutor(1) as pool:

        def first() -> None:
            waiting.append(pool.submit(other.through, lambda: order.append("second")))
            time.sleep(0.2)
            order.append("first")

        waiting: list[Future[None]] = []
        one.through(first)
        waiting[0].result()
    assert order == ["first", "second"]
    one.close()
    other.close()


def test_without_the_gate_nothing_but_fairness_is_lost(url: str, tmp_path: Path) -> None:
    """Someone deletes the lock file, so two ledgers no longer wait for each other: SQLite's own locks still do."""
    with open_ledger(url) as one:
        (tmp_path / "guard.db.lock").unlink()
        with open_ledger(url) as other:
            one.define("few", Micros(150), "lifetime")

            def work(number: int) -> bool:
                ledger = (one, other)[number % 2]
                return isinstance(ledger.hold(f"h{number}", Micros(1), ["few"]), Held)

            with ThreadPoolExecutor(8) as pool:
                assert sum(pool.map(work, range(400))) == 150
        check_history(one)


def test_one_bill_that_cannot_be_kept_fails_alone(ledger: SqliteLedger) -> None:
    """The second largest bill there is would overflow the counter; its batch goes through without it."""
    ledger.hold("first", Micros(1), ["day"])
    ledger.hold("second", Micros(1), ["day"])
    ledger.settle("first", LARGEST)

    def work(number: int) -> str:
        try:
            if number == 8:
                return ledger.settle("second", LARGEST).state
            return type(ledger.hold(f"h{number}", Micros(1), ["month"])).__name__
        except LedgerUnavailable as error:
            return str(error)

    with ThreadPoolExecutor(17) as pool:
        with ledger._group.alone():
            waiting = [pool.submit(work, number) for number in range(17)]
            while len(ledger._group._queue) < 17:
                time.sleep(0.01)
        answers = [future.result() for future in waiting]
    assert [answer for answer in answers if answer != "Held"] == [answers[8]]
    assert "cannot store REAL value in INTEGER column windows.settled" in answers[8]
    assert counters(ledger, "day") == (LARGEST, 1, 0, LARGEST - 1)


def test_a_fork_while_threads_are_busy_leaves_both_sides_working(url: str) -> None:
    """Ten children, forked in the middle of other threads' verbs, each hold and settle on the ledger they inherit."""
    assert race(url, [("fork", 10)]) == [[0] * 10]
    with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
        assert ledger.find("child-9").state == "settled"
        check_history(ledger)


def test_a_ledger_forked_behind_pythons_back_refuses_to_be_used(url: str) -> None:
    """Using or closing SQLite's copied state could damage the file, so a child without the hooks is told so."""
    ledger = open_ledger(url)
    assert isinstance(ledger, SqliteLedger)
    ledger.after_fork_in_child()
    for verb in (lambda: ledger.hold("a", Micros(1), ["month"]), lambda: ledger.status("month")):
        with pytest.raises(
            LedgerUnavailable, match="was forked while the ledger was open; open it after the fork"
        ):
            verb()
    ledger.close()
    with open_ledger(url) as anew:
        assert isinstance(anew.hold("a", Micros(1), ["month"]), Held)


def test_interrupts_leave_the_ledger_working(url: str) -> None:
    """A second of signals that raise in the middle of the main thread's verbs, with four threads beside it."""
    (answer,) = race(url, [("interrupted", 1.0)])
    assert isinstance(answer, list)
    interrupts, pairs, beside = answer
    assert interrupts > 10 and pairs > 0 and min(beside) > 0
    with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
        check_history(ledger)


def test_an_interrupted_verb_leaves_neither_a_trace_nor_a_lock(ledger: SqliteLedger, tmp_path: Path) -> None:
    def interrupted(store: Store) -> None:
        store.append(Draft(at=0, kind="stop"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger._write(interrupted)
    other = sqlite3.connect(tmp_path / "guard.db", timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert other.execute("SELECT count(*) FROM entries WHERE kind = 'stop'").fetchone() == (0,)
    other.close()


def test_a_handler_that_calls_the_ledger_does_not_hang(url: str) -> None:
    (answer,) = race(url, [("reentrant", 0.7)])
    assert isinstance(answer, list)
    answered, refused, pairs = answer
    assert answered + refused > 10 and pairs > 0


def test_a_rule_that_calls_its_own_ledger_is_refused() -> None:
    group: GroupCommit[None] = GroupCommit(_answer_all)
    with pytest.raises(LedgerUnavailable, match="called from inside itself"):
        group.run(lambda _: group.run(lambda _: None))
    assert group.run(lambda _: "still there") == "still there"


def test_a_commit_that_breaks_tells_everyone_and_goes_on() -> None:
    def breaks(batch: object) -> None:
        raise sqlite3.ProgrammingError(f"no answer for {batch}")

    group: GroupCommit[None] = GroupCommit(breaks)
    with pytest.raises(sqlite3.ProgrammingError):
        group.run(lambda _: None)
    with pytest.raises(sqlite3.ProgrammingError):
        group.run(lambda _: None)


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.guard.ledger.group_commit.PATIENCE_S", 0.05)
    group: GroupCommit[None] = GroupCommit(_answer_all)
    group.begin_alone()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(group.run, lambda _: "late")
        with pytest.raises(LedgerUnavailable, match="no answer for 0 s; retry with the same key"):
            waiting.result()
        group.end_alone()
        assert pool.submit(group.run, lambda _: "in time").result() == "in time"


def _answer_all(batch: Batch[None]) -> None:
    for ticket in batch.tickets:
        try:
            ticket.rule(None)
        except LedgerError as error:
            ticket.error = error
    batch.done = True
