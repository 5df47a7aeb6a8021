"""What a test has another process do with a ledger: `python -m tests.ledger_child URL TASK START [ARGUMENT...]`.

A task begins at the moment START (POSIX seconds), so that many processes race; its answer is a line of JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from planner.guard.errors import HoldConflict
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
        ledger.hold(f"{name}-{pairs}", Micros(1), ["month"])
        ledger.settle(f"{name}-{pairs}", Micros(1))
        pairs += 1
    return pairs


def _switch(ledger: Ledger) -> list[str]:
    """What this process is told of the kill switch."""
    stopped, answer = ledger.stopped(), ledger.hold("from-another-process", Micros(1), ["month"])
    return [stopped.reason if stopped else "", type(answer).__name__]


TASKS: dict[str, Callable[..., object]] = {
    "win": _win,
    "claim": _claim,
    "same": _same,
    "progress": _progress,
    "switch": _switch,
}


def main() -> None:
    url, task, start, *arguments = sys.argv[1:]
    with open_ledger(url, clock=lambda: 1_796_472_000.0) as ledger:
        time.sleep(max(0.0, float(start) - time.time()))
        print(json.dumps(TASKS[task](ledger, *arguments)))


if __name__ == "__main__":
    main()
