"""Processes that die in the middle of a ledger's verbs.

`python -m tests.ledger_crash` reads `URL VERB POINT` lines and forks a child for each: it does the verb and kills itself
before its POINTth SQL statement, opening included. The answer is `killed` or `done`.
`python -m tests.ledger_crash spend URL PLACE NAME` spends from four threads until it is refused or killed.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.guard.ledger import Held, Ledger, Offer, open_ledger
from pricing.money import Micros
from tests.ledger_engines import moment, usd

ROOT = Path(__file__).parents[1]
NOW = moment("2026-12-05 12:00:00")
BUDGETS = ("day", "month")
PRICE, ASK = usd("0.001"), usd("0.002")


def prepare(ledger: Ledger) -> None:
    """The state every verb is tried on."""
    ledger.define("month", usd("10"), "month")
    ledger.define("day", usd("4"), "day")
    for key, lease_s in (("open", 900), ("overdue", 60), ("overdue too", 60)):
        ledger.hold(key, usd("1"), BUDGETS, lease_s=lease_s)


VERBS: dict[str, Callable[[Ledger], object]] = {
    "define": lambda ledger: ledger.define("new", usd("5"), "lifetime"),
    "change a limit": lambda ledger: ledger.define("month", usd("20"), "month"),
    "hold": lambda ledger: ledger.hold("new", usd("2"), ["month"]),
    "hold in a new period": lambda ledger: ledger.hold("new", usd("2"), BUDGETS),
    "hold the second offer": lambda ledger: ledger.hold_first(
        "new", [Offer(usd("9"), {"month": usd("5")}), Offer(usd("1"), {"month": None})]
    ),
    "be refused": lambda ledger: ledger.hold("new", usd("9"), BUDGETS),
    "extend": lambda ledger: ledger.extend("open", usd("0.5"), attempt=2),
    "settle": lambda ledger: ledger.settle("open", usd("0.7")),
    "settle above": lambda ledger: ledger.settle("open", usd("7")),
    "void": lambda ledger: ledger.void("open"),
    "assume": lambda ledger: ledger.assume("open", usd("0.5")),
    "lapse": lambda ledger: ledger.lapse_due(),
    "stop": lambda ledger: ledger.stop("enough", "ana"),
    "close": lambda ledger: ledger.close(),
}
LATER = {"hold in a new period": 86_400.0, "lapse": 120.0}
"""How long after the preparation a verb is tried, in seconds."""


def clock_of(verb: str) -> Callable[[], float]:
    return lambda: NOW + LATER.get(verb, 0.0)


@contextmanager
def crash_helper() -> Iterator[Callable[[str, str, int], str]]:
    """Calls that do a verb in a process of its own, and say whether it was killed at the point."""
    command = [sys.executable, "-m", "tests.ledger_crash"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as helper:
        assert helper.stdin is not None and helper.stdout is not None

        def crash(url: str, verb: str, point: int) -> str:
            assert helper.stdin is not None and helper.stdout is not None
            print(url, verb, point, sep="\t", file=helper.stdin, flush=True)
            return helper.stdout.readline().strip()

        yield crash
        helper.stdin.close()


def spender(url: str, place: Path, name: str) -> "subprocess.Popen[bytes]":
    """A process that holds, is billed and settles; `place/billed` and `place/settled` tell what it did."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ledger_crash", "spend", url, str(place), name], cwd=ROOT
    )


def _serve() -> None:
    for line in sys.stdin:
        url, verb, point = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            _die_at(int(point))
            VERBS[verb](open_ledger(url, clock=clock_of(verb)))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print({0: "done", -signal.SIGKILL: "killed"}.get(code, f"failed with {code}"), flush=True)


def _die_at(point: int) -> None:
    """Have this process killed before its SQL statement of that number, from 1."""
    connect, seen = sqlite3.connect, 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(path: Path, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(path, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]


def _spend(url: str, place: str, name: str) -> None:
    ledger = open_ledger(url, clock=lambda: NOW)
    billed, settled = (
        os.open(f"{place}/{file}", os.O_WRONLY | os.O_APPEND | os.O_CREAT) for file in ("billed", "settled")
    )

    def spend(thread: int) -> None:
        number = 0
        while isinstance(ledger.hold(key := f"{name}-{thread}-{number}", ASK, BUDGETS), Held):
            os.write(billed, f"{key}\n".encode())
            ledger.settle(key, Micros(PRICE))
            os.write(settled, f"{key}\n".encode())
            number += 1

    threads = [threading.Thread(target=spend, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["spend"]:
        _spend(*sys.argv[2:])
    else:
        _serve()
