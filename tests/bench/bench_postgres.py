"""How fast the ledger in PostgreSQL is, against pgbench in the same run: machines differ, ratios less.

Run it with `python -m tests.bench.bench_postgres [--seconds 5] [--rounds 3]`. A pair is a hold and its settle over two
budgets; pgbench's pair is two transactions of one statement each that write the same rows. The server keeps its
default `fsync` and `synchronous_commit`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import count
from statistics import median
from uuid import uuid4

from planner.guard.ledger import Held, open_ledger
from pricing.money import Micros
from tests.faulty_proxy import proxy_to
from tests.postgres_server import PostgresServer, binary

AMPLE, PRICE = Micros(10**15), Micros(10_000)
BUDGETS = ("app-month", "app-day")
_BARE = r"""
\set number random(1, 1000000000000000)
WITH moved AS (UPDATE bare.windows SET held = held + 10 WHERE id IN (1, 2)),
    numbered AS (UPDATE bare.ledger SET seq = ledger.seq + 1 RETURNING seq),
    entered AS (INSERT INTO bare.entries (seq, at, kind, key, amount, held, windows, tags)
        SELECT seq, 1796472000000000, 'hold', 'k' || :number, 10, 10, '{1,2}', '{"sku":"core"}' FROM numbered)
INSERT INTO bare.holds
SELECT 'k' || :number, 'open', 10, 10, 0, 1, 0, 0, 0, 1796472900000000, '{1,2}', seq FROM numbered;
WITH moved AS (UPDATE bare.windows SET held = held - 10, settled = settled + 10 WHERE id IN (1, 2)),
    numbered AS (UPDATE bare.ledger SET seq = ledger.seq + 1 RETURNING seq),
    entered AS (INSERT INTO bare.entries (seq, at, kind, key, amount, held, settled, windows, tags)
        SELECT seq, 1796472000000000, 'settle', 'k' || :number, 10, -10, 10, '{1,2}', NULL FROM numbered)
UPDATE bare.holds SET state = 'settled', billed = 10 WHERE key = 'k' || :number;
"""


def main() -> None:
    options = _options()
    if options.worker:
        print(json.dumps(_work(options.worker, options.threads, options.seconds, options.start)))
        return
    server = PostgresServer(durable=True)
    try:
        _round_trips(server)
        _throughput(server, options.seconds, options.rounds)
    finally:
        server.remove()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement runs")
    parser.add_argument("--rounds", type=int, default=3, help="how often; medians are printed")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--start", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _round_trips(server: PostgresServer) -> None:
    schema = _new_ledger(server, "trips")
    with proxy_to(server.port) as proxy, open_ledger(server.url(schema, port=proxy.port)) as ledger:
        ledger.hold("first", PRICE, BUDGETS)
        before = proxy.turns
        for number in range(100):
            ledger.hold(f"k{number}", PRICE, BUDGETS)
            ledger.settle(f"k{number}", PRICE)
        print(f"round trips a pair: {(proxy.turns - before) / 100:g}")


def _throughput(server: PostgresServer, seconds: float, rounds: int) -> None:
    """Bare and ours in turn, so that whatever else the machine does hits both."""
    _new_ledger(server, "bare")
    rates: dict[str, list[float]] = {}
    for number in range(rounds):
        url = server.url(_new_ledger(server, f"ours{number}"), "pool_size=8")
        measured = {
            "pgbench, 1 connection": _bare(server, 1, seconds),
            "ledger, 1 connection": _ours(url, 1, 1, seconds),
            "pgbench, 32 connections": _bare(server, 32, seconds),
            "ledger, 32 connections (4 processes)": _ours(url, 4, 8, seconds),
        }
        for name, rate in measured.items():
            rates.setdefault(name, []).append(rate)
    medians = [median(each) for each in rates.values()]
    for name, value in zip(rates, medians, strict=True):
        print(f"{name}: {value:,.0f} pairs/s")
    bare, ours, _, hot = medians
    print(f"one connection: {ours / bare:.2f} of pgbench (0.80 is asked for)")
    print(f"a hot budget at 32 connections: {hot / ours:.2f} of one connection (1.40 is asked for)")


def _new_ledger(server: PostgresServer, name: str) -> str:
    schema = f"schema={name}"
    with open_ledger(server.url(schema)) as ledger:
        ledger.define(BUDGETS[0], AMPLE, "month")
        ledger.define(BUDGETS[1], AMPLE, "day")
    return schema


def _bare(server: PostgresServer, connections: int, seconds: float) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_BARE)
        script.flush()
        command = [str(binary("pgbench")), "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "-n"]
        command += [
            "-M",
            "extended",
            "-c",
            str(connections),
            "-j",
            "2",
            "-T",
            str(round(seconds)),
            "-f",
            script.name,
        ]
        ran = subprocess.run([*command, "postgres"], capture_output=True, text=True, check=True)
    (line,) = (line for line in ran.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def _ours(url: str, processes: int, threads: int, seconds: float) -> float:
    start = time.time() + 0.5 + 0.3 * processes
    command = [sys.executable, "-m", "tests.bench.bench_postgres", "--worker", url, "--threads", str(threads)]
    command += ["--seconds", str(seconds), "--start", str(start)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return float(sum(json.loads(child.communicate()[0]) for child in children)) / seconds


def _work(url: str, threads: int, seconds: float, start: float) -> int:
    """Hold and settle from `threads` threads between two moments all processes share; how many pairs."""
    counts = [0] * threads
    with open_ledger(url) as ledger:
        ledger.status(BUDGETS[0])
        time.sleep(max(0.0, start - time.time()))

        def loop(index: int) -> None:
            keys = _keys(f"{uuid4().hex[:8]}-{index}")
            while time.time() < start + seconds:
                key = next(keys)
                assert isinstance(ledger.hold(key, PRICE, BUDGETS, tags={"sku": "core"}), Held)
                ledger.settle(key, PRICE)
                counts[index] += 1

        workers = [threading.Thread(target=loop, args=(index,)) for index in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return sum(counts)


def _keys(suffix: str) -> Iterator[str]:
    return (f"{time.time_ns():016x}-{suffix}-{number}" for number in count())


if __name__ == "__main__":
    main()
