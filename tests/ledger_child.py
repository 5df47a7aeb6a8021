"""What a test has another process do with a ledger: `python -m tests.ledger_child URL TASK START [ARGUMENT...]`.

A task begins at the moment START (POSIX seconds), so that many processes race; its answer is a line of JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from planner.guard.errors import HoldConflict, LedgerError
from planner.guard.ledger import Held, Ledger, open_ledger
from pricing.money import Micros

ROOT = Path(__file__).parents[1]


def race(url: str, tasks: Sequence[Sequence[object]]) -> list[object]:
    """The answers of one process per task, all begun at the same moment."""
    start = time.time() + 0.4 + 0.05 * len(tasks)
    children = [
        subprocess.Popen(
            _command(url, task[0], start, *task[1:]), cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for task in tasks
    ]
    printed = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0] * len(tasks)
    return [json.loads(text) for text in printed]


def _command(url: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.ledger_child", url, *map(str, arguments)]


def _win(ledger: Ledger, name: str, threads: str, price: str) -> int:
    """Hold in both budgets from many threads until refused; settle every other hold. How many were granted?"""

    def spend(thread: int) -> int:
        granted = 0
        while isinstance(
            ledger.hold(f"{name}-{thread}-{granted}", Micros(int(price)), ["month", "day"]), Held
        ):
            if granted % 2:
                ledger.settle(f"{name}-{thread}-{granted}", Micros(int(price)))
            granted += 1
        return granted

    with ThreadPoolExecutor(int(threads)) as pool:
        return sum(pool.map(spend, range(int(threads))))


def _claim(ledger: Ledger, count: str) -> list[int]:
    """Which of the thresholds 1 to `count` this process may announce."""
    return [pct for pct in range(1, int(count) + 1) if ledger.claim_notice("month", "2026-12", pct)]


def _same(ledger: Ledger, count: str) -> list[str]:
    """Hold and settle the same keys as every other process does."""
    return [_hold_kind(ledger, f"shared-{number}") for number in range(int(count))] + [
        ledger.settle(f"shared-{number}", Micros(7)).state for number in range(int(count))
    ]


def _hold_kind(ledger: Ledger, key: str) -> str:
    """A process that comes after the bill is told so."""
    try:
        return type(ledger.hold(key, Micros(10), ["month"])).__name__
    except HoldConflict as conflict:
        return type(conflict).__name__


def _progress(ledger: Ledger, name: str, seconds: str) -> int:
    """How many pairs this process gets done."""
    until, pairs = time.time() + float(seconds), 0
    while time.time() < until:
        _pair(ledger, f"{name}-{pairs}")
        pairs += 1
    return pairs


def _switch(ledger: Ledger) -> list[str]:
    """What this process is told of the kill switch."""
    stopped, answer = ledger.stopped(), ledger.hold("from-another-process", Micros(1), ["month"])
    return [stopped.reason if stopped else "", type(answer).__name__]


class Interrupt(Exception):
    """Raised by a signal, wherever the main thread is."""


def _fork(ledger: Ledger, count: str) -> list[int]:
    """The exit codes of children forked while eight threads use the ledger."""
    with _busy(ledger, 8):
        children = [_forked(ledger, number) for number in range(int(count))]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _forked(ledger: Ledger, number: int) -> int:
    """A child that uses the ledger it inherited, and ends as a program does or at once; a hang is ended after 20 s."""
    time.sleep(0.03)
    if child := os.fork():
        return child
    signal.alarm(20)
    ledger.hold(f"child-{number}", Micros(1), ["month", "day"])
    ledger.settle(f"child-{number}", Micros(1))
    assert ledger.status("month").settled > 0
    if number % 2:
        os._exit(0)
    sys.exit(0)


def _interrupted(ledger: Ledger, seconds: str) -> list[object]:
    """Interrupts, pairs of the main thread, and pairs of each thread beside it."""

    def interrupt(*_: object) -> None:
        raise Interrupt

    interrupts = pairs = 0
    signal.signal(signal.SIGALRM, interrupt)
    with _busy(ledger, 4) as beside:
        for number in range(round(float(seconds) * 1_000)):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + number % 17 * 0.0001)
                _pair(ledger, f"main-{number}")
                pairs += 1
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupt:
                interrupts += 1
    return [interrupts, pairs, beside]


def _reentrant(ledger: Ledger, seconds: str) -> list[int]:
    """A handler that uses the ledger while the main thread does: answers, refusals, pairs."""
    answered = refused = pairs = 0

    def call(*_: object) -> None:
        nonlocal answered, refused
        try:
            ledger.status("month")
            ledger.hold(f"handler-{answered}-{refused}", Micros(1), ["month"])
            answered += 1
        except LedgerError:
            refused += 1

    signal.signal(signal.SIGALRM, call)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0013)
    until = time.time() + float(seconds)
    while time.time() < until:
        _pair(ledger, f"main-{pairs}")
        pairs += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    return [answered, refused, pairs]


@contextmanager
def _busy(ledger: Ledger, threads: int) -> Iterator[list[int]]:
    """Threads that use the ledger for as long as the block lasts, and how many pairs each got done."""
    done, pairs = threading.Event(), [0] * threads

    def work(index: int) -> None:
        while not done.is_set():
            _pair(ledger, f"busy-{index}-{pairs[index]}")
            pairs[index] += 1

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    yield pairs
    done.set()
    for worker in workers:
        worker.join()


def _pair(ledger: Ledger, key: str) -> None:
    ledger.hold(key, Micros(1), ["month", "day"])
    ledger.settle(key, Micros(1))


TASKS: dict[str, Callable[..., object]] = {
    "win": _win,
    "claim": _claim,
    "same": _same,
    "progress": _progress,
    "switch": _switch,
    "fork": _fork,
    "interrupted": _interrupted,
    "reentrant": _reentrant,
}


def main() -> None:
    url, task, start, *arguments = sys.argv[1:]
    with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
        time.sleep(max(0.0, float(start) - time.time()))
        print(json.dumps(TASKS[task](ledger, *arguments)))


if __name__ == "__main__":
    main()
