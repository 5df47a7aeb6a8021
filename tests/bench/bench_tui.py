"""What the terminal UI costs beside a hello-world of the same library, both in a real terminal of 160 x 48: `python -m tests.bench.bench_tui`.

* first paint: from the start of the process until the whole screen is there; allowed 1.6 of hello
* knob: from a key press until its last byte is written; allowed 100 ms, and 80 kB
* memory: resident, of the idle program; allowed 25 MB more than hello
* idle: CPU time of a program nobody touches; allowed 1 % of a core
* ledger: from the key of the Guard screen until it is there, with 1,000,000 entries; allowed 1.5 of an empty one
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from planner.guard.ledger import open_ledger
from tests.pty_program import Program, bursar_command, running
from tests.support import usd

COLUMNS, ROWS = 160, 48
SCENARIO = "scenarios/marketplace-catalogue.yaml"
HELLO = [sys.executable, "-m", "tests.bench.hello_textual"]
PLAN = bursar_command(SCENARIO)
STARTS, KEYS, IDLE_S, ENTRIES = 15, 30, 10, 1_000_000


def main() -> None:
    first_paint()
    knob()
    standing()
    ledger()


def first_paint() -> None:
    """Turn and turn about, so that whatever else the machine does hits both."""
    hello, plan = [], []
    for _ in range(STARTS):
        hello.append(painted_after(HELLO, "Hello, world"))
        plan.append(painted_after(PLAN, "palette", "assets a month", "credits left", "total"))
    for name, pick in (("least", min), ("median", median)):
        one, other = pick(plan), pick(hello)
        print(
            f"first paint {name:>6}  {one * 1e3:6.0f} ms over hello {other * 1e3:6.0f} ms = {one / other:5.2f}x  (allowed 1.6x)"
        )


def painted_after(command: Sequence[str], *words: str) -> float:
    """Seconds until the screen has all of the words."""
    began = perf_counter()
    with running(command, columns=COLUMNS, rows=ROWS) as program:
        program.until(*words)
        seconds = perf_counter() - began
        program.press("q")
        program.ended()
    return seconds


def knob() -> None:
    with running(PLAN, columns=COLUMNS, rows=ROWS) as program:
        program.until("palette", "total")
        program.press("down")
        program.until_quiet()
        turns = [turned(program, key) for key in islice(_turns(), KEYS)]
    seconds, written = sorted(turn[0] for turn in turns), sorted(turn[1] for turn in turns)
    print(
        f"knob        {median(seconds) * 1e3:6.0f} ms median, {seconds[int(KEYS * 0.95)] * 1e3:4.0f} ms at 95 %  (allowed 100 ms)"
    )
    print(
        f"written     {median(written) / 1e3:6.1f} kB median, {written[-1] / 1e3:5.1f} kB most  (allowed 80 kB)"
    )


def _turns() -> Iterator[str]:
    while True:
        yield from ("right", "right", "right", "left", "shift+right")


def turned(program: Program, key: str) -> tuple[float, int]:
    """Seconds from a key until the last of what it makes the program write, and how many bytes that is."""
    before, began = program.written, perf_counter()
    program.press(key)
    last = began
    while program.read(0.4):
        last = perf_counter()
    return last - began, program.written - before


def standing() -> None:
    """Memory and CPU of both programs, left alone."""
    with (
        running(HELLO, columns=COLUMNS, rows=ROWS) as hello,
        running(PLAN, columns=COLUMNS, rows=ROWS) as plan,
    ):
        hello.until("Hello, world")
        plan.until("palette", "total")
        for program in (hello, plan):
            program.until_quiet(2)
        before = cpu_of(plan.pid), perf_counter()
        while perf_counter() - before[1] < IDLE_S:
            plan.read(1)
        idle = (cpu_of(plan.pid) - before[0]) / (perf_counter() - before[1])
        one, other = resident(plan.pid), resident(hello.pid)
    print(
        f"memory      {one / 1e6:6.1f} MB over hello {other / 1e6:5.1f} MB = +{(one - other) / 1e6:5.1f} MB  (allowed +25 MB)"
    )
    print(f"idle        {idle * 100:6.2f} % of a core  (allowed 1 %)")


def resident(pid: int) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def cpu_of(pid: int) -> float:
    """CPU seconds so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ledger() -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder, "empty.db"), Path(folder, "full.db")
        for path in (empty, full):
            with open_ledger(f"sqlite:///{path}") as made:
                made.define("studio", usd("1000000"), "month")
                made.hold("first", usd("0.14"), ["studio"])
                made.settle("first", usd("0.14"))
        began = process_time()
        fill(full, ENTRIES)
        print(f"ledger      {ENTRIES:,} entries made in {process_time() - began:.0f} s of CPU")
        opened = [(opened_after(empty), opened_after(full)) for _ in range(7)]
    little, much = (median(times) for times in zip(*opened, strict=True))
    print(
        f"ledger      {much * 1e3:6.0f} ms over empty {little * 1e3:6.0f} ms = {much / little:5.2f}x  (allowed 1.5x)"
    )


def fill(path: Path, entries: int) -> None:
    """Copies the hold and the settlement of the first call over and over, under keys of their own."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT INTO entries (at, kind, key, amount, held, settled, assumed, overrun, booking, tags)
            SELECT at, kind, 'call-' || n, amount, held, settled, assumed, overrun, booking, tags
            FROM numbers JOIN entries WHERE key = 'first' ORDER BY n, seq
            """,
            (entries // 2,),
        )


def opened_after(path: Path) -> float:
    with running(
        bursar_command(SCENARIO, "--ledger", f"sqlite:///{path}"), columns=COLUMNS, rows=ROWS
    ) as program:
        program.until("palette", "total")
        program.until_quiet()
        began = perf_counter()
        program.press("4")
        program.until("4 GUARD", "settle")
        return perf_counter() - began


if __name__ == "__main__":
    main()
