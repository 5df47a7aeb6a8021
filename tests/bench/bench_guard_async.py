"""What waiting in threads gives async clients: `.venv/async/bin/python -m tests.bench.bench_guard_async`.

Fifty tasks share one client on a zero-delay endpoint in another process. The same guard once asks its ledger on the
event loop, once in its threads; a heartbeat of a millisecond tells how long the loop stood still.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from aiobotocore.config import AioConfig  # type: ignore[import-not-found, unused-ignore]
from aiobotocore.session import get_session  # type: ignore[import-not-found, unused-ignore]

from planner.guard.guard import ASYNC_THREADS, Guard
from planner.guard.ledger import open_ledger
from planner.guard.threads import Threads
from tests.bench.bench_guard import FULL_SYNC, NORMAL_SYNC, endpoint
from tests.guarding import CORE, budget, stability

T = TypeVar("T")
CALLS = 1_000
TASKS = 50
KEYS = {"region_name": "us-west-2", "aws_access_key_id": "local", "aws_secret_access_key": "local"}


class OnTheLoop(Threads):
    """No threads: every job is done where it is called."""

    def start(self, work: Callable[[], T]) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(work())
        return done


class Away:
    """A ledger ten milliseconds away, as a database in another place is."""

    def __init__(self) -> None:
        self._ledger = open_ledger("memory://")

    def __getattr__(self, name: str) -> object:
        verb = getattr(self._ledger, name)
        if name not in ("hold_first", "settle"):
            return verb

        def ask(*given: object, **named: object) -> object:
            time.sleep(0.01)
            return verb(*given, **named)

        return ask


def main() -> None:
    counts = [int(count) for count in sys.argv[1:]] or [ASYNC_THREADS]
    with TemporaryDirectory() as folder, endpoint() as url:
        asyncio.run(measure("bare", url, None, None))
        for title, ledger in (
            ("memory", "memory://"),
            ("NORMAL", NORMAL_SYNC.format(folder)),
            ("FULL", FULL_SYNC.format(folder)),
            ("10 ms away", Away()),
        ):
            asyncio.run(measure(f"{title}, on the loop", url, ledger, OnTheLoop(1, "none")))
            for count in counts:
                asyncio.run(measure(f"{title}, {count} threads", url, ledger, Threads(count, "bench")))


async def measure(title: str, url: str, ledger: Any, threads: Threads | None) -> None:  # noqa: ANN401 - `Away` has a ledger's verbs, not its type
    config = AioConfig(proxies={}, max_pool_connections=TASKS)
    async with get_session().create_client(
        "bedrock-runtime", endpoint_url=url, config=config, **KEYS
    ) as client:
        if ledger is None or threads is None:
            _print(title, *await _shoot(client))
            return
        with Guard.from_policy(
            [budget("100000", "month", "month"), budget("1000000", "all")], ledger=ledger
        ) as guard:
            guard._threads = threads
            guard.attach(client)
            _print(title, *await _shoot(client))
            threads.close()


async def _shoot(client: Any) -> tuple[float, float]:  # noqa: ANN401 - aiobotocore has no types
    """Calls a second, and the longest the loop stood still."""
    left, beats = iter(range(CALLS)), [time.perf_counter()]

    async def work() -> None:
        for _ in left:
            response = await client.invoke_model(modelId=CORE, body=stability())
            await response["body"].read()

    async def beat() -> None:
        while True:
            await asyncio.sleep(0.001)
            beats.append(time.perf_counter())

    heart = asyncio.create_task(beat())
    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    seconds = time.perf_counter() - began
    heart.cancel()
    return CALLS / seconds, max(after - before for before, after in pairwise(beats))


def _print(title: str, rate: float, gap: float) -> None:
    print(
        f"{title:22} {rate:6.0f} calls/s, the loop stood still for {gap * 1e3:.0f} ms at the most", flush=True
    )


if __name__ == "__main__":
    main()
