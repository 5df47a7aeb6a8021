"""Many threads in many processes, all after one budget: what each process does, and how to start it."""

import json
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from threading import Barrier

from botocore.config import Config  # type: ignore[import-untyped]

from planner.guard.errors import BudgetExceeded
from planner.guard.guard import Guard
from planner.guard.local_bedrock.client import new_client
from tests.guarding import CENT, CORE, budget, stability

ENOUGH = 5
"""Refusals after which a thread gives up, unless the test says otherwise."""


def shoot(url: str, ledger: str, threads: int, attempts: int = 40, enough: int = ENOUGH) -> tuple[int, int]:
    """Calls until every thread has been refused often enough; returns images received and calls refused."""
    with Guard.from_policy([budget("1.00")], ledger=ledger, price_overrides=[CENT]) as guard:
        client = new_client(url, "us-west-2", Config(max_pool_connections=threads))
        guard.attach(client)
        ready = Barrier(threads)

        def run(_: int) -> tuple[int, int]:
            received = refused = 0
            ready.wait()
            for _ in range(attempts):
                if refused == enough:
                    break
                try:
                    response = client.invoke_model(modelId=CORE, body=stability())
                    received += len(json.loads(response["body"].read())["images"])
                except BudgetExceeded:
                    refused += 1
            return received, refused

        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(run, range(threads)))
        client.close()
    return sum(received for received, _ in results), sum(refused for _, refused in results)


def shoot_from(
    processes: int, url: str, ledger: str, threads: int, *, enough: int = ENOUGH
) -> tuple[int, int]:
    """The same from several processes at once."""
    with get_context("spawn").Pool(processes) as pool:
        results = pool.starmap(shoot, [(url, ledger, threads, 40, enough)] * processes)
    return sum(received for received, _ in results), sum(refused for _, refused in results)
