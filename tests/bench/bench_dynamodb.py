"""The ledger in DynamoDB: requests per verb, and pairs a second against bare transactions, both on DynamoDB Local.

Run it with `python -m tests.bench.bench_dynamodb [--seconds 5]`. DynamoDB Local is far slower than the service, so only
the ratios say something: a pair is a hold and its settle over two budgets, a bare pair two transactions of five items.
Eight processes write to a ledger as it is, and split over four shards: how often their writes conflict is the service's
as well, how many are done a second is not, because DynamoDB Local writes one transaction after the other.
"""

import argparse
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

from planner.guard.ledger import Ledger, open_ledger
from planner.guard.ledger.dynamodb.ledger import DynamoLedger
from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.table import Conflict, Table, put
from pricing.money import Micros
from tests import dynamodb_local

BUDGETS = ("app-day", "app-month")
THREADS = (1, 8, 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    if why := dynamodb_local.missing():
        print(why)
        return
    url = dynamodb_local.new_table()
    _warm_up(url)
    bare = _rate(1, seconds, _bare_pair(url))
    print(f"bare transactions, 1 thread: {bare:.0f} pairs/s")
    with open_ledger(f"{url}&deadline_s=60") as ledger:
        assert isinstance(ledger, DynamoLedger)
        ledger.define(BUDGETS[0], Micros(10**15), "day")
        ledger.define(BUDGETS[1], Micros(10**15), "month")
        _print_requests(ledger)
        for threads in THREADS:
            rate = _rate(threads, seconds, lambda: _pair(ledger))
            print(
                f"ledger, {threads} thread{'s' * (threads > 1)}: {rate:.0f} pairs/s, {rate / bare:.2f}x the bare"
            )
    ledgers = [open_ledger(f"{url}&deadline_s=60") for _ in range(8)]
    numbers = iter(range(10**9))
    rate = _rate(8, seconds, lambda: _pair(ledgers[next(numbers) % 8]))
    print(f"8 ledgers, as 8 machines have: {rate:.0f} pairs/s, {rate / bare:.2f}x the bare")
    for opened in ledgers:
        opened.close()
    _print_shards(seconds)


def _print_shards(seconds: float) -> None:
    one = _from_processes(f"{dynamodb_local.new_table()}&deadline_s=120", seconds)
    four = _from_processes(f"{dynamodb_local.new_table()}&deadline_s=120&shards=4", seconds)
    for name, (rate, conflicts) in (("as it is", one), ("over 4 shards", four)):
        print(f"8 processes, {name}: {rate:.1f} pairs/s, {conflicts:.2f} conflicts per pair")
    print(f"4 shards: {four[0] / one[0]:.2f}x the pairs, {four[1] / max(one[1], 0.01):.2f}x the conflicts")


def _from_processes(url: str, seconds: float, processes: int = 8) -> tuple[float, float]:
    """Pairs a second of all of them, and conflicts per pair."""
    with open_ledger(url) as ledger:
        ledger.define(BUDGETS[0], Micros(10**15), "day")
        ledger.define(BUDGETS[1], Micros(10**15), "month")
    with get_context("spawn").Pool(processes) as pool:
        begins = time.time() + 10
        done = pool.starmap(_pairs, [(url, begins, seconds)] * processes)
    pairs = sum(each for each, _ in done)
    return pairs / seconds, sum(each for _, each in done) / max(1, pairs)


def _pairs(url: str, begins: float, seconds: float) -> tuple[int, int]:
    """What one process does from a moment on: pairs, and transactions that came too late."""
    transact, conflicts = Table.transact, 0

    def counted(table: Table, *arguments: object) -> None:
        nonlocal conflicts
        try:
            transact(table, *arguments)  # type: ignore[arg-type]
        except Conflict:
            conflicts += 1
            raise

    Table.transact = counted  # type: ignore[assignment, method-assign]
    pairs = 0
    with open_ledger(url) as ledger:
        _pair(ledger)
        time.sleep(max(0.0, begins - time.time()))
        conflicts = 0
        while time.time() < begins + seconds:
            _pair(ledger)
            pairs += 1
    return pairs, conflicts


def _print_requests(ledger: DynamoLedger) -> None:
    _pair(ledger)
    asked: Counter[str] = Counter()
    ledger._open()._client.meta.events.register(
        "before-call.dynamodb", lambda model, **_: asked.update([model.name])
    )
    for _ in range(10):
        _pair(ledger)
    per_pair = ", ".join(f"{count / 10:g} {name}" for name, count in sorted(asked.items()))
    print(f"requests per pair: {per_pair}")


def _rate(threads: int, seconds: float, work: Callable[[], object]) -> float:
    until = time.perf_counter() + seconds

    def run(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            work()
            done += 1
        return done

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(run, range(threads)))
    return done / (time.perf_counter() - begun)


def _pair(ledger: Ledger) -> None:
    key = f"{time.time_ns():020d}{uuid.uuid4().hex}"
    ledger.hold(key, Micros(10_000), BUDGETS)
    ledger.settle(key, Micros(10_000))


def _bare_pair(url: str) -> Callable[[], None]:
    table = Table(parse_place(url.partition("://")[2]))

    def pair() -> None:
        for _ in range(2):
            wires = [{"p": {"S": f"bare-{uuid.uuid4().hex}"}, "s": {"S": str(part)}} for part in range(5)]
            table.transact([put(table.place.table, wire) for wire in wires], uuid.uuid4().hex)

    return pair


def _warm_up(url: str) -> None:
    """The first hundred transactions are the virtual machine compiling itself."""
    pair = _bare_pair(url)
    for _ in range(100):
        pair()


if __name__ == "__main__":
    main()
