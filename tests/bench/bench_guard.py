"""What a guarded call costs over bare boto3 on a zero-delay endpoint: `python -m tests.bench.bench_guard`.

One thread; bare and guarded calls take turns, so that a busy machine slows both. The endpoint runs in a process of
its own, so that it does not compete for this one's interpreter. The floor is a bare call between two transactions of
two statements each in a SQLite file of the same durability: what remembering the call costs at the least.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from planner.guard.guard import Guard
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.client import new_client
from planner.guard.local_bedrock.faults import Latency, Rule
from planner.scenario import ImagesRung
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.bench.bench_ledger import bare_pair
from tests.guarding import CENT, CORE, STABILITY_LADDER, budget, stability
from tests.shooting import shoot_from

CALLS = 1_000
LARGE_CALLS = 60
LARGE = 5_250_000
"""Bytes of a picture whose answer is 7 MB of base64."""
FULL_SYNC = "sqlite:///{}/full.db?synchronous=FULL"
NORMAL_SYNC = "sqlite:///{}/normal.db?synchronous=NORMAL"


def main() -> None:
    with TemporaryDirectory() as folder, endpoint() as url:
        for title, ledger in (
            ("memory", "memory://"),
            ("NORMAL", NORMAL_SYNC.format(folder)),
            ("FULL", FULL_SYNC.format(folder)),
        ):
            compare(title, url, ledger, CALLS)
        for level in ("NORMAL", "FULL"):
            compare_floor(level, url, Path(folder))
    with TemporaryDirectory() as folder, endpoint(LARGE) as url:
        compare("NORMAL, 7 MB", url, NORMAL_SYNC.format(folder), LARGE_CALLS)
    imports()
    for processes, threads in ((1, 32), (4, 8), (4, 32)):
        overshoot(processes, threads)


@contextmanager
def endpoint(image_bytes: int = 0) -> Iterator[str]:
    """A zero-delay endpoint in another process."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, image_bytes), daemon=True)
    process.start()
    yield here.recv()
    here.send("stop")
    process.join()


def _serve(pipe: Connection, image_bytes: int) -> None:
    with LocalBedrock(image_bytes=image_bytes) as bedrock:
        pipe.send(bedrock.url)
        pipe.recv()


def compare(title: str, url: str, ledger: str, calls: int) -> None:
    """Medians of calls that take turns."""
    budgets = [budget("100000", "month", "month", downgrade=80), budget("1000000", "all")]
    with Guard.from_policy(budgets, (*STABILITY_LADDER, ImagesRung(1)), ledger=ledger) as guard:
        bare, guarded = (new_client(url, "us-west-2") for _ in range(2))
        guard.attach(guarded)
        ours, theirs = take_turns(lambda: _call(guarded), lambda: _call(bare), calls)
    _print(title, theirs, ours)


def compare_floor(level: str, url: str, folder: Path) -> None:
    """A call between two bare transactions, and the same call alone."""
    client, pair = new_client(url, "us-west-2"), bare_pair(folder / f"floor-{level}.db", level)

    def remembered() -> None:
        pair(1)
        _call(client)
        pair(-1)

    ours, theirs = take_turns(remembered, lambda: _call(client), CALLS)
    _print(f"floor {level}", theirs, ours)


def _print(title: str, theirs: float, ours: float) -> None:
    print(
        f"{title:13} bare {theirs * 1e3:6.2f} ms, with it {ours * 1e3:6.2f} ms: "
        f"+{(ours - theirs) * 1e3:.2f} ms, {ours / theirs:.2f}x",
        flush=True,
    )


def take_turns(one: Callable[[], object], other: Callable[[], object], calls: int) -> tuple[float, float]:
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(calls):
        for index, work in sorted(enumerate((one, other)), reverse=bool(turn % 2)):
            began = time.perf_counter()
            work()
            spent[index].append(time.perf_counter() - began)
    return median(spent[0][5:]), median(spent[1][5:])


def _call(client: Any) -> object:  # noqa: ANN401 - botocore has no types
    response = client.invoke_model(modelId=CORE, body=stability())
    return json.loads(response["body"].read())


def overshoot(processes: int, threads: int) -> None:
    """A dollar at a cent an image: how many images are billed, and how fast."""
    book, slow = with_overrides(load_book(), (CENT,)), [Rule(Latency(0.05), times=None)]
    with TemporaryDirectory() as folder, LocalBedrock(book, faults=slow) as bedrock:
        began = time.perf_counter()
        shoot_from(processes, bedrock.url, FULL_SYNC.format(folder), threads)
        seconds = time.perf_counter() - began
        print(
            f"overshoot {processes} x {threads:2}: {bedrock.billed.images} images of 100, {seconds:.1f} s with start-up"
        )


def imports() -> None:
    """Best of several fresh interpreters, over one that imports nothing."""
    bare = _started("pass")
    for code in ("import planner.guard", "from planner.guard import Guard, BudgetExceeded, tags"):
        print(f"{code}: +{(_started(code) - bare) * 1e3:.0f} ms")


def _started(code: str) -> float:
    best = 9.9
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    main()
