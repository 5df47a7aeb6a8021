"""How fast the ledger is, against a bare SQLite transaction in the same run: machines differ, ratios less.

Run it with `python -m tests.bench.bench_ledger [--seconds 3] [--entries 1000000] [--only PART]`.
A pair is a hold and its settle over two budgets; the bare pair is two transactions of two statements each.
"""

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from uuid import uuid4

from planner.guard.ledger import Held, Ledger, open_ledger
from pricing.money import Micros

AMPLE, PRICE = Micros(10**15), Micros(10_000)
BUDGETS = ("app-month", "app-day")
LEVELS = ("NORMAL", "FULL")

_HISTORY = """
BEGIN;
CREATE TEMP TABLE history AS
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers, wanted WHERE n < pairs)
SELECT n, make_key(n) AS key FROM numbers;
CREATE TEMP TABLE sample AS SELECT * FROM entries WHERE key = 'first';
INSERT INTO entries (at, kind, key, amount, held, settled, assumed, overrun, booking, tags)
SELECT at + n, kind, history.key, amount, held, settled, assumed, overrun, booking, tags
FROM history CROSS JOIN sample ORDER BY n, seq;
INSERT INTO holds
SELECT history.key, state, asked, amount, offer, attempts, extra, billed, overrun, lease_until, booking, seq
FROM history CROSS JOIN holds WHERE holds.key = 'first' ORDER BY history.key;
COMMIT;
"""
"""Settled holds, as many as wanted, as the verbs would have written them."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one set of threads did."""

    counts: list[int]
    seconds: float
    latencies: list[float]
    """Of the holds, sorted, in seconds."""

    @property
    def rate(self) -> float:
        return sum(self.counts) / self.seconds

    def quantile_ms(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1e3


def main() -> None:
    options = _options()
    if options.worker:
        print(json.dumps(_work(options.worker, options.threads, options.seconds, options.start)))
        return
    place = Path(tempfile.mkdtemp(prefix="bench-ledger-", dir=options.directory))
    parts: dict[str, Callable[[], None]] = {
        "import": _bench_import,
        "throughput": lambda: _bench_throughput(place, options.seconds),
        "refusals": lambda: _bench_refusals(place, options.seconds),
        "fairness": lambda: _bench_fairness(place, max(options.seconds, 10.0)),
        "growth": lambda: _bench_growth(place, options.entries),
    }
    try:
        for name, part in parts.items():
            if options.only in (None, name):
                part()
    finally:
        shutil.rmtree(place)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each measurement runs")
    parser.add_argument("--entries", type=int, default=1_000_000, help="how large the large ledger is")
    parser.add_argument("--only", choices=["import", "throughput", "refusals", "fairness", "growth"])
    parser.add_argument("--directory", help="where to put the files; the default is the temporary directory")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--start", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _bench_import() -> None:
    bare = _start_up("pass")
    for module in ("planner.guard.ledger", "planner.guard.ledger.sqlite"):
        print(f"import {module}: {(_start_up(f'import {module}') - bare) * 1e3:.0f} ms over bare Python")


def _start_up(statement: str) -> float:
    """The best of ten fresh interpreters, with their byte code kept."""
    command = [sys.executable, "-c", statement]
    return min(_seconds(lambda: subprocess.run(command, check=True, env={})) for _ in range(10))


def _bench_throughput(place: Path, seconds: float) -> None:
    for level in LEVELS:
        bare = _bare_rate(place / f"bare-{level}.db", level, seconds)
        print(f"{level}: bare two-statement transactions {bare:,.0f} pairs/s")
        for processes, threads in ((1, 1), (1, 8), (1, 32), (4, 8)):
            url = _new_ledger(place / f"{level}-{processes}-{threads}.db", level)
            run = _run_processes(url, processes, threads, seconds)
            print(
                f"  {processes} x {threads:2}: {run.rate:6,.0f} pairs/s, {run.rate / bare:4.2f} of bare; "
                f"hold p50 {run.quantile_ms(0.5):.2f} ms, p99 {run.quantile_ms(0.99):.2f} ms; "
                f"pairs per thread {min(run.counts)} to {max(run.counts)}"
            )


def _bench_refusals(place: Path, seconds: float) -> None:
    """What it costs to write a refusal down."""
    for level in LEVELS:
        with open_ledger(_new_ledger(place / f"refusals-{level}.db", level)) as ledger:
            ledger.define("full", Micros(0), "lifetime")
            print(f"{level}: a refusal, recorded: p50 {_refusal_s(ledger, seconds) * 1e3:.2f} ms")


def _refusal_s(ledger: Ledger, seconds: float) -> float:
    keys = _keys("r")
    return _median_of(lambda: ledger.hold(next(keys), PRICE, ["full"]), seconds)


def _bench_fairness(place: Path, seconds: float) -> None:
    for level in LEVELS:
        run = _run_processes(_new_ledger(place / f"fair-{level}.db", level), 8, 1, seconds)
        ratio = max(run.counts) / max(1, min(run.counts))
        print(f"{level}: 8 processes for {seconds:.0f} s: {sorted(run.counts)}, most/least {ratio:.2f}")


def _bench_growth(place: Path, entries: int) -> None:
    """The same pairs on a small and on a large ledger, in turns."""
    for shape in ("time-ordered", "random"):
        small, large = (_grown(place / f"{shape}-{size}.db", size, shape) for size in (10_000, entries))
        keys = _keys("k") if shape == "time-ordered" else iter(lambda: str(uuid4()), "")
        with (
            open_ledger(small) as few,
            open_ledger(large) as many,
        ):
            rounds = [(_pairs(few, keys), _pairs(many, keys)) for _ in range(12)]
            status = _median_of(partial(many.status, "app-month"), 0.3)
        small_s, large_s = (sorted(column)[len(column) // 2] for column in zip(*rounds, strict=True))
        size = (place / f"{shape}-{entries}.db").stat().st_size
        print(
            f"{shape} keys: {small_s * 1e3:.3f} ms a pair at 10,000 entries, {large_s * 1e3:.3f} ms at {entries:,} "
            f"(x{large_s / small_s:.2f}); {size / entries * 2:.0f} bytes a call; status {status * 1e3:.3f} ms"
        )
        with open_ledger(large) as many:
            print(f"  verify: {_seconds(many.verify):.1f} s")


def _new_ledger(path: Path, level: str) -> str:
    url = f"sqlite:///{path}?synchronous={level}"
    with open_ledger(url) as ledger:
        ledger.define(BUDGETS[0], AMPLE, "month")
        ledger.define(BUDGETS[1], AMPLE, "day")
    return url


def _grown(path: Path, entries: int, shape: str) -> str:
    """A ledger with a history of settled holds, written by SQL as the verbs would have."""
    url = _new_ledger(path, "NORMAL")
    with open_ledger(url) as ledger:
        ledger.hold("first", PRICE, BUDGETS)
        ledger.settle("first", PRICE)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("make_key", 1, _history_key if shape == "time-ordered" else _random_key)
    connection.execute("CREATE TEMP TABLE wanted AS SELECT ? AS pairs", (entries // 2,))
    connection.executescript(_HISTORY)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return url


def _history_key(number: int) -> str:
    return f"{number:016x}-history"


def _random_key(_: int) -> str:
    return str(uuid4())


def _pairs(ledger: Ledger, keys: Iterator[str], pairs: int = 250) -> float:
    """Seconds per pair."""

    def run() -> None:
        for _ in range(pairs):
            key = next(keys)
            ledger.hold(key, PRICE, BUDGETS)
            ledger.settle(key, PRICE)

    return _seconds(run) / pairs


def bare_pair(path: Path, level: str) -> Callable[[int], None]:
    """Half a bare pair in a new file: one transaction that counts an amount and remembers it."""
    connection, keys = sqlite3.connect(path, isolation_level=None), _keys("b")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {level}")
    connection.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, key TEXT, amount INTEGER)")
    connection.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, held INTEGER)")
    connection.execute("INSERT INTO counters VALUES (1, 0)")

    def half(amount: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counters SET held = held + ?", (amount,))
        connection.execute("INSERT INTO entries (key, amount) VALUES (?, ?)", (next(keys), amount))
        connection.execute("COMMIT")

    return half


def _bare_rate(path: Path, level: str, seconds: float) -> float:
    half, started = bare_pair(path, level), time.perf_counter()
    pairs = 0
    while (took := time.perf_counter() - started) < seconds:
        pairs += 1
        half(PRICE)
        half(-PRICE)
    return pairs / took


def _run_processes(url: str, processes: int, threads: int, seconds: float) -> Run:
    start = time.time() + 0.5 + 0.2 * processes
    command = [sys.executable, "-m", "tests.bench.bench_ledger", "--worker", url, "--threads", str(threads)]
    command += ["--seconds", str(seconds), "--start", str(start)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    answers = [json.loads(child.communicate()[0]) for child in children]
    return Run(
        [count for answer in answers for count in answer["counts"]],
        seconds,
        sorted(latency for answer in answers for latency in answer["latencies"]),
    )


def _work(url: str, threads: int, seconds: float, start: float) -> dict[str, list[float]]:
    """Hold and settle from `threads` threads between two moments all processes share."""
    counts: list[float] = [0] * threads
    latencies: list[list[float]] = [[] for _ in range(threads)]
    with open_ledger(url) as ledger:
        ledger.status(BUDGETS[0])
        time.sleep(max(0.0, start - time.time()))

        def loop(index: int) -> None:
            keys = _keys(f"{uuid4().hex[:8]}-{index}")
            while time.time() < start + seconds:
                key, began = next(keys), time.perf_counter()
                assert isinstance(ledger.hold(key, PRICE, BUDGETS), Held)
                latencies[index].append(time.perf_counter() - began)
                ledger.settle(key, PRICE)
                counts[index] += 1

        workers = [threading.Thread(target=loop, args=(index,)) for index in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return {"counts": counts, "latencies": [latency for each in latencies for latency in each]}


def _keys(suffix: str) -> Iterator[str]:
    return (f"{time.time_ns():016x}-{suffix}-{number}" for number in count())


def _median_of(call: Callable[[], object], seconds: float) -> float:
    until, times = time.perf_counter() + seconds, []
    while time.perf_counter() < until:
        times.append(_seconds(call))
    return sorted(times)[len(times) // 2]


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
