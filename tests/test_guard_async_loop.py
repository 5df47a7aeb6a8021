"""The event loop never waits for the ledger, and a call cancelled at any point leaves the ledger right.

The ledger is made slow for real: the test holds the lock that writers of one file take turns with, as another
process does while it writes.
"""

import asyncio
import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import pytest

pytest.importorskip("aiobotocore")

from aiobotocore.config import AioConfig  # type: ignore[import-not-found, unused-ignore]
from aiobotocore.session import get_session  # type: ignore[import-not-found, unused-ignore]
from botocore.exceptions import NoCredentialsError  # type: ignore[import-untyped]

from planner.guard import BudgetExceeded, Guard, Notice, tags
from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import Ledger, open_ledger
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.client import new_client
from planner.guard.local_bedrock.faults import Fault, Latency, Rule, Timeout
from planner.scenario import Budget
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.guarding import CENT, CORE, Clock, budget, stability

Client = Any
KEYS = {"region_name": "us-west-2", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
THREE = {"retries": {"total_max_attempts": 3, "mode": "standard"}, "read_timeout": 0.3}
SLOW = [Rule(Latency((0.0, 0.05)), times=None)]
LOCK = """
import fcntl, os, sys
held = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(held, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.readline()
"""


class Lock:
    """While it is taken nobody writes to the ledger; who tries waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    @property
    def taken(self) -> bool:
        return self._held is not None

    def take(self, **_: object) -> None:
        """Also a handler of botocore's events."""
        if self._held is None:
            self._held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


class Place:
    """A ledger's file, an endpoint, and a guard between them and a client."""

    def __init__(self, folder: str, bedrock: LocalBedrock, guard: Guard, client: Client) -> None:
        self.folder = Path(folder)
        self.bedrock = bedrock
        self.guard = guard
        self.client = client
        self.lock = Lock(Path(folder) / "guard.db.lock")

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/guard.db"

    def invoke(self) -> "asyncio.Task[dict[str, Any]]":
        """A call on its way."""
        return asyncio.create_task(invoke(self.client))

    async def asked(self, calls: int = 1) -> None:
        """Until so many calls wait for the ledger, which is locked."""
        ledger: Any = self.guard.ledger
        while not self.lock.taken or len(ledger._group._queue) < calls:
            await asyncio.sleep(0.002)

    async def let_go(self) -> None:
        """Until nothing is held, with the guard still open."""
        async with asyncio.timeout(30):
            while self.guard.ledger.holds():
                await asyncio.sleep(0.002)

    def closed(self) -> Ledger:
        """The ledger once everything on its way is written: that of a guard which is closed."""
        self.guard.close()
        return open_ledger(self.url, clock=Clock())

    def taken(self) -> tuple[int, int]:
        """Settled and held, once everything is written."""
        with self.closed() as ledger:
            assert not ledger.verify()
            status = ledger.status("b")
            return status.settled, status.held


@asynccontextmanager
async def place(
    *budgets: Budget,
    faults: Sequence[Fault | Rule] = (),
    config: dict[str, Any] | None = None,
    **settings: Any,  # noqa: ANN401 - those of Guard.from_policy
) -> AsyncIterator[Place]:
    book = with_overrides(load_book(), (CENT,))
    with TemporaryDirectory() as folder, LocalBedrock(book, faults=faults) as bedrock:
        guard = Guard.from_policy(
            budgets or [budget()],
            ledger=f"sqlite:///{folder}/guard.db",
            clock=Clock(),
            price_overrides=[CENT],
            **settings,
        )
        async with client_of(bedrock, **config or {}) as client:
            with guard.attach(client):
                yield Place(folder, bedrock, guard, client)


def client_of(bedrock: LocalBedrock, **config: Any) -> Any:  # noqa: ANN401 - aiobotocore has no types
    options = AioConfig(**{"proxies": {}, "max_pool_connections": 100, **config})
    return get_session().create_client("bedrock-runtime", endpoint_url=bedrock.url, config=options, **KEYS)


async def invoke(client: Client) -> dict[str, Any]:
    """What the guard says of the call."""
    response = await client.invoke_model(modelId=CORE, body=stability())
    assert json.loads(await response["body"].read())["images"]
    said: dict[str, Any] = response["ResponseMetadata"]["Bursar"]
    return said


@contextmanager
def locked(lock: Lock, *, later: bool = False) -> Iterator[Lock]:
    """From here on, or from `take` on."""
    try:
        if not later:
            lock.take()
        yield lock
    finally:
        lock.release()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The test on an event loop of its own."""

    def running() -> None:
        asyncio.run(test())

    running.__name__, running.__doc__ = test.__name__, test.__doc__
    return running


@run
async def test_the_loop_goes_on_while_another_process_keeps_the_ledger() -> None:
    """It lets go only after fifty heartbeats, so a loop that waited for the ledger would never get there."""
    async with place() as here:
        with subprocess.Popen(
            [sys.executable, "-c", LOCK, f"{here.folder}/guard.db.lock"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdout is not None
            assert other.stdin is not None
            assert other.stdout.readline() == "locked\n"
            calls = [here.invoke() for _ in range(3)]
            beats = [perf_counter()]
            while len(beats) < 50 or beats[-1] - beats[0] < 0.5:
                await asyncio.sleep(0.01)
                beats.append(perf_counter())
            assert not any(call.done() for call in calls)
            assert here.bedrock.billed.images == 0
            other.stdin.close()
            await asyncio.gather(*calls)
        assert max(after - before for before, after in pairwise(beats)) < beats[-1] - beats[0]
        assert here.taken() == (30_000, 0)


@run
async def test_what_the_endpoint_bills_is_what_the_ledger_records() -> None:
    """A hundred calls at once."""
    async with place(budget("5.00"), faults=SLOW) as here:
        said = await asyncio.gather(*(invoke(here.client) for _ in range(100)))
        assert {each["billed_usd"] for each in said} == {"0.01"}
        assert (here.bedrock.billed.images, here.bedrock.billed.micros) == (100, 1_000_000)
        assert here.taken() == (1_000_000, 0)


@run
async def test_tasks_never_overshoot() -> None:
    """64 tasks after the hundred images of a dollar at a cent, three calls each: exactly a hundred are made."""
    async with place(faults=SLOW) as here:

        async def shoot() -> list[object]:
            return [await one() for _ in range(3)]

        async def one() -> object:
            try:
                return await invoke(here.client)
            except BudgetExceeded as refusal:
                return refusal

        answers = await asyncio.gather(*(shoot() for _ in range(64)))
        assert sum(isinstance(each, BudgetExceeded) for three in answers for each in three) == 92
        assert here.bedrock.billed.images == 100
        assert here.taken() == (1_000_000, 0)


@run
async def test_threads_that_others_keep_busy_are_not_the_guards() -> None:
    """Not one of asyncio's own threads is free, and the call goes through."""
    async with place() as here:
        await invoke(here.client)  # aiobotocore itself may want one of them for its first connection
        loop, free = asyncio.get_running_loop(), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            loop.set_default_executor(pool)
            busy = loop.run_in_executor(None, free.wait)
            await invoke(here.client)
            free.set()
            await busy


@run
async def test_tags_and_other_context_variables_reach_the_thread() -> None:
    """Tags set inside a task decide the budget, and the notify function sees the task's own variables."""
    who: ContextVar[str] = ContextVar("who", default="nobody")
    seen: list[tuple[str, str, bool]] = []
    budgets = [budget("1.00", name, tags={"tenant": name}, notify=[1]) for name in ("acme", "beta")]

    def notify(notice: Notice) -> None:
        seen.append((notice.budget, who.get(), threading.current_thread() is threading.main_thread()))

    async with place(*budgets, notify=notify) as here:

        async def work(tenant: str) -> object:
            who.set(f"{tenant}'s task")
            with tags(tenant=tenant):
                return (await invoke(here.client))["budgets"]

        assert await asyncio.gather(work("acme"), work("beta"), work("acme")) == [
            ["acme"],
            ["beta"],
            ["acme"],
        ]
        assert sorted(seen) == [("acme", "acme's task", False), ("beta", "beta's task", False)]


@run
async def test_notices_come_once() -> None:
    """Forty calls at once reach the threshold; one of them tells."""
    told: list[str] = []
    async with place(budget(notify=[10]), notify=lambda notice: told.append(notice.text)) as here:
        await asyncio.gather(*(invoke(here.client) for _ in range(40)))
    assert [text.partition(",")[0] for text in told] == ["budget b: reached 10 %"]


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def forgotten() -> None:
    """What nobody refers to any more is gone, and what its end has left to the loop is done."""
    await asyncio.sleep(0)  # a step of a task keeps the error it began with
    gc.collect()
    await asyncio.sleep(0)


@run
async def test_a_cancel_while_the_hold_is_asked_is_heard_at_once() -> None:
    """Before the ledger answers; then nothing is sent and nothing stays held."""
    async with place() as here:
        with locked(here.lock):
            call = here.invoke()
            await here.asked()
            await cancelled(call)
        await here.let_go()
        assert here.taken() == (0, 0)
        assert here.bedrock.billed.images == 0


@run
async def test_a_second_cancel_changes_nothing() -> None:
    """The task catches the first, cleans up, and is cancelled in the middle of that."""
    async with place() as here:

        async def stubborn() -> None:
            try:
                await invoke(here.client)
            finally:
                await asyncio.sleep(3_600)

        with locked(here.lock):
            call = asyncio.create_task(stubborn())
            await here.asked()
            call.cancel()
            await asyncio.sleep(0)
            await cancelled(call)
        assert here.taken() == (0, 0)


@run
async def test_a_time_limit_and_a_group_that_fails_give_the_hold_back() -> None:
    """As task.cancel() does."""
    async with place() as here:

        async def fail() -> None:
            await here.asked()
            raise OSError("the other task failed")

        with locked(here.lock):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(invoke(here.client), 0.05)
            with pytest.raises(ExceptionGroup):
                async with asyncio.TaskGroup() as group:
                    group.create_task(invoke(here.client))
                    group.create_task(fail())
        assert here.taken() == (0, 0)
        assert here.bedrock.billed.images == 0


@run
async def test_calls_cancelled_before_a_thread_is_free_ask_for_nothing() -> None:
    """Forty wait for sixteen threads; all forty are cancelled, and the ledger has heard of sixteen at the most."""
    async with place() as here:
        with locked(here.lock):
            calls = [here.invoke() for _ in range(40)]
            await here.asked(16)
            for call in calls:
                call.cancel()
            assert {type(each) for each in await asyncio.gather(*calls, return_exceptions=True)} == {
                asyncio.CancelledError
            }
        assert here.taken() == (0, 0)
        with open_ledger(here.url) as ledger:
            kinds = [entry.kind for entry in ledger.entries() if entry.kind in ("hold", "void")]
        assert kinds.count("hold") == kinds.count("void") == 16


@run
async def test_a_hold_granted_as_its_task_is_cancelled_is_given_back() -> None:
    """The thread has its answer, the task has not been told of it yet."""
    async with place() as here:
        here.guard._threads._most = 1
        call = here.invoke()
        while not here.guard._threads.unclaimed:
            await asyncio.sleep(0)
        here.guard._threads.start(lambda: None).result()
        await cancelled(call)
        await here.let_go()
        assert here.taken() == (0, 0)
        assert here.bedrock.billed.images == 0


def test_a_loop_that_ends_in_the_middle_gives_its_holds_back() -> None:
    """asyncio.run is over while the ledger is still locked; the guard is closed later."""
    with TemporaryDirectory() as folder, LocalBedrock() as bedrock:
        url = f"sqlite:///{folder}/guard.db"
        guard = Guard.from_policy([budget()], ledger=url, clock=Clock())
        lock = Lock(Path(folder) / "guard.db.lock")

        async def main() -> None:
            async with client_of(bedrock) as client:
                guard.attach(client)
                here = Place(folder, bedrock, guard, client)
                here.lock = lock
                call = here.invoke()
                await here.asked()
                assert not call.done()

        with locked(lock):
            asyncio.run(main())
        guard.close()
        with open_ledger(url, clock=Clock()) as ledger:
            assert (ledger.status("b").settled, len(ledger.holds())) == (0, 0)
        assert bedrock.billed.images == 0


@run
async def test_a_call_cancelled_before_its_request_is_signed_gives_its_hold_back() -> None:
    """It waits for its credentials, or for another handler; held already, sent not yet."""
    for event in ("before-call", "before-sign"):
        async with place() as here:
            waiting = asyncio.Event()

            async def wait(reached: asyncio.Event = waiting, **_: object) -> None:
                reached.set()
                await asyncio.sleep(3_600)

            here.client.meta.events.register_last(f"{event}.bedrock-runtime.InvokeModel", wait)
            call = here.invoke()
            await waiting.wait()
            assert here.guard.ledger.status("b").held == 10_000
            await cancelled(call)
            await forgotten()
            assert here.taken() == (0, 0)
            assert here.bedrock.billed.images == 0


@run
async def test_a_call_cancelled_once_its_request_is_signed_stays_held() -> None:
    """It may have left: counted until its lease ends, and then assumed."""
    async with place() as here:
        waiting = asyncio.Event()

        async def wait(**_: object) -> None:
            waiting.set()
            await asyncio.sleep(3_600)

        here.client.meta.events.register("before-send.bedrock-runtime.InvokeModel", wait)
        call = here.invoke()
        await waiting.wait()
        await cancelled(call)
        await forgotten()
        assert here.taken() == (0, 10_000)


@run
async def test_an_error_before_the_request_leaves_gives_the_hold_back_once() -> None:
    """No credentials: the error is the caller's, the void is on record once."""

    def fail(**_: object) -> None:
        raise NoCredentialsError

    async with place() as here:
        here.client.meta.events.register("before-sign.bedrock-runtime.InvokeModel", fail)
        with pytest.raises(NoCredentialsError):
            await invoke(here.client)
        await forgotten()
        with here.closed() as ledger:
            assert [entry.kind for entry in ledger.entries()][-2:] == ["hold", "void"]
            assert ledger.status("b").exposure == 0


@run
async def test_a_settlement_is_written_though_its_task_is_cancelled() -> None:
    """The images came; the cent is settled, not assumed."""
    async with place() as here:
        with locked(here.lock, later=True) as lock:
            here.client.meta.events.register("response-received.bedrock-runtime.InvokeModel", lock.take)
            call = here.invoke()
            await here.asked()
            assert here.bedrock.billed.images == 1
            await cancelled(call)
        with here.closed() as ledger:
            status = ledger.status("b")
            assert (status.settled, status.held, status.assumed) == (10_000, 0, 0)


@run
async def test_a_call_cancelled_while_its_retry_is_asked_for_is_counted() -> None:
    """One attempt timed out, the money for a second is asked: no further attempt goes out, and both lapse as billed."""
    async with place(faults=[Timeout()], config=THREE) as here:
        with locked(here.lock, later=True) as lock:
            here.client.meta.events.register("response-received.bedrock-runtime.InvokeModel", lock.take)
            call = here.invoke()
            await here.asked()
            await cancelled(call)
        here.guard.close()
        assert here.bedrock.billed.images == 1
        with open_ledger(here.url, clock=Clock(Clock().now + 3_600)) as ledger:
            ledger.lapse_due()
            status = ledger.status("b")
            assert (status.settled, status.assumed, status.held) == (20_000, 20_000, 0)


@run
async def test_a_guard_closed_while_a_call_settles_waits_for_it() -> None:
    """The caller has the response and what the guard says of it; the cent is settled."""
    async with place() as here:
        with locked(here.lock, later=True) as lock:
            here.client.meta.events.register("response-received.bedrock-runtime.InvokeModel", lock.take)
            call = here.invoke()
            await here.asked()
            closing = asyncio.create_task(asyncio.to_thread(here.guard.close))
            while here.guard._threads._pool is not None:
                await asyncio.sleep(0.002)
            assert not call.done()
            assert not closing.done()
        await closing
        assert (await call)["billed_usd"] == "0.01"
        assert here.taken() == (10_000, 0)


@run
async def test_a_guard_closed_while_a_call_asks_for_its_hold_refuses_it() -> None:
    """Whether its thread has the answer already or not: nothing is sent, nothing stays held."""
    for granted in (False, True):
        async with place() as here:
            here.guard._threads._most = 1
            call = here.invoke()
            while not here.guard._threads.unclaimed:
                await asyncio.sleep(0)
            if granted:
                here.guard._threads.start(lambda: None).result()
            assert here.taken() == (0, 0)
            with pytest.raises(LedgerUnavailable, match="closed"):
                await call
            assert here.bedrock.billed.images == 0


@run
async def test_one_default_serves_both_kinds_of_clients() -> None:
    """boto3's in its own thread, aiobotocore's beside the loop; detached, neither is guarded."""
    here: list[bool] = []
    guard = Guard.from_policy(
        [budget(notify=[4, 8])],
        ledger="memory://",
        clock=Clock(),
        notify=lambda _: here.append(threading.current_thread() is threading.main_thread()),
    )
    with LocalBedrock() as bedrock, guard:
        guard.attach_default()
        new_client(bedrock.url, "us-west-2").invoke_model(modelId=CORE, body=stability())
        for settled in (80_000, 80_000):
            async with client_of(bedrock) as client:
                await (await client.invoke_model(modelId=CORE, body=stability()))["body"].read()
            assert guard.ledger.status("b").settled == settled
            guard.detach()
    assert here == [True, False]


PROGRAM = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from planner.guard import Guard
from tests.guarding import CORE, budget, stability
from tests.test_guard_async_loop import KEYS, Lock

url, folder, how = sys.argv[1:]
guard = Guard.from_policy([budget("100.00")], ledger=f"sqlite:///{folder}/guard.db")
lock = Lock(Path(folder) / "guard.db.lock")

async def main():
    async with get_session().create_client(
        "bedrock-runtime", endpoint_url=url, config=AioConfig(proxies={}), **KEYS
    ) as client:
        guard.attach(client)
        if how == "settling":
            client.meta.events.register("response-received.bedrock-runtime.InvokeModel", lock.take)
        else:
            lock.take()
        call = asyncio.create_task(client.invoke_model(modelId=CORE, body=stability()))
        while not lock.taken or not guard.ledger._group._queue:
            await asyncio.sleep(0.002)
        threading.Timer(0.2, lock.release).start()
        if how == "interrupted":
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(3_600)

if how == "abandoned":
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
else:
    asyncio.run(main())
"""
"""A program that ends in the middle of a call and closes nothing; the ledger is free 0.2 s after its loop has ended."""


def ended(how: str, bedrock: LocalBedrock, folder: str) -> tuple[int, str]:
    """The program's exit code, and what it says on its error stream."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", PROGRAM, bedrock.url, folder, how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("how", "billed", "code"),
    [("asking", 0, 0), ("settling", 1, 0), ("interrupted", 0, -signal.SIGINT), ("abandoned", 0, 0)],
)
def test_a_program_that_ends_in_the_middle_leaves_the_ledger_right(how: str, billed: int, code: int) -> None:
    """No hang, no hold that was never sent, no settlement lost, no warning but asyncio's of the program's own loop."""
    with TemporaryDirectory() as folder, LocalBedrock() as bedrock:
        ended_with, errors = ended(how, bedrock, folder)
        assert ended_with == code, errors
        if how != "abandoned":
            assert all(word not in errors for word in ("never awaited", "destroyed", "never retrieved"))
        assert bedrock.billed.images == billed
        with open_ledger(f"sqlite:///{folder}/guard.db") as ledger:
            assert (ledger.status("b").settled, len(ledger.holds())) == (billed * 40_000, 0)
