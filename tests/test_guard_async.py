"""The same guard on aiobotocore's clients. They need an older botocore than boto3's, so these tests run in a second environment."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("aiobotocore")

from aiobotocore.config import AioConfig  # type: ignore[import-not-found, unused-ignore]
from aiobotocore.session import get_session  # type: ignore[import-not-found, unused-ignore]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from planner.guard import BudgetExceeded, Guard, tags
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.faults import Fault, Latency, Reset, Rule, Stall, Timeout, Truncate, throttle
from planner.guard.transport import CAN_VETO_ANSWERS
from planner.scenario import Budget
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.guarding import CENT, CORE, STABILITY_LADDER, ULTRA, Clock, budget, stability

Client = Any
KEYS = {"region_name": "us-west-2", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
THREE = {"retries": {"total_max_attempts": 3, "mode": "standard"}, "read_timeout": 0.3}


@asynccontextmanager
async def guarded(
    *budgets: Budget,
    faults: list[Fault | Rule] | None = None,
    config: Mapping[str, Any] | None = None,
    tagged: Mapping[str, str | int] | None = None,
    **settings: Any,  # noqa: ANN401 - those of Guard.from_policy
) -> AsyncIterator[tuple[Client, Guard, LocalBedrock]]:
    """A client of an endpoint, guarded, and the endpoint."""
    settings.setdefault("price_overrides", [CENT])
    book = with_overrides(load_book(), tuple(settings["price_overrides"]))
    guard = Guard.from_policy(budgets or [budget()], ledger="memory://", clock=Clock(), **settings)
    options = AioConfig(**{"proxies": {}, "max_pool_connections": 64, **(config or {})})
    with LocalBedrock(book, faults=faults or ()) as bedrock, guard:
        async with get_session().create_client(
            "bedrock-runtime", endpoint_url=bedrock.url, config=options, **KEYS
        ) as client:
            guard.attach(client, tagged)
            yield client, guard, bedrock


async def invoke(client: Client, model_id: str = CORE) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and what the guard says of it."""
    response = await client.invoke_model(modelId=model_id, body=stability())
    answer = json.loads(await response["body"].read())
    return answer, response["ResponseMetadata"]["Bursar"]


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The test on an event loop of its own."""

    def running() -> None:
        asyncio.run(test())

    running.__name__, running.__doc__ = test.__name__, test.__doc__
    return running


@run
async def test_a_call_is_held_and_settled() -> None:
    """As for boto3: quoted, billed, recorded."""
    async with guarded() as (client, guard, bedrock):
        answer, said = await invoke(client)
        assert len(answer["images"]) == 1
        assert (said["billed_usd"], guard.ledger.status("b").settled) == ("0.01", bedrock.billed.micros)


@run
async def test_a_refusal_is_raised_before_anything_is_sent() -> None:
    """The second cent is not there."""
    async with guarded(budget("0.01")) as (client, _, bedrock):
        await invoke(client)
        with pytest.raises(BudgetExceeded):
            await invoke(client)
        assert bedrock.billed.images == 1


@run
async def test_tasks_never_overshoot() -> None:
    """320 tasks after a hundred images: exactly a hundred are made."""
    async with guarded(budget("1.00"), faults=[Rule(Latency((0.0, 0.03)), times=None)]) as (
        client,
        guard,
        bedrock,
    ):
        results = await asyncio.gather(*(invoke(client) for _ in range(320)), return_exceptions=True)
        assert sum(isinstance(result, BudgetExceeded) for result in results) == 220
        assert bedrock.billed.images == 100
        assert guard.ledger.status("b").settled == 1_000_000


@run
async def test_tasks_inherit_tags() -> None:
    """A context variable follows the task, so each call counts for its own tenant."""
    budgets = [budget("1.00", name, tags={"tenant": name}) for name in ("acme", "beta")]
    async with guarded(*budgets) as (client, guard, _):

        async def work(tenant: str) -> list[str]:
            with tags(tenant=tenant):
                await asyncio.sleep(0)
                names: list[str] = (await invoke(client))[1]["budgets"]
                return names

        assert await asyncio.gather(work("acme"), work("beta"), work("acme")) == [
            ["acme"],
            ["beta"],
            ["acme"],
        ]
        assert [each.settled for each in guard.status()] == [20_000, 10_000]


@run
async def test_a_cheaper_request_goes_out() -> None:
    """Past the threshold SD3.5 answers for Ultra."""
    async with guarded(budget("0.10"), ladder=STABILITY_LADDER, price_overrides=[]) as (client, _, bedrock):
        _, said = await invoke(client, ULTRA)
        assert said["downgraded_from"] == f"{ULTRA} any us-west-2"
        assert bedrock.billed.micros == 80_000


@run
async def test_every_attempt_counts() -> None:
    """Three timeouts: three cents billed, three recorded."""
    async with guarded(faults=[Timeout()] * 3, config=THREE) as (client, guard, bedrock):
        with pytest.raises(ReadTimeoutError):
            await invoke(client)
        assert (bedrock.billed.images, guard.ledger.status("b").settled) == (3, 30_000)


@run
async def test_a_connection_reset_after_sending_counts() -> None:
    """aiobotocore reports it as a connection never made; the ledger does not believe it."""
    async with guarded(faults=[Reset()] * 3, config=THREE) as (client, guard, bedrock):
        with pytest.raises(BotoCoreError):
            await invoke(client)
        assert (bedrock.billed.images, guard.ledger.status("b").settled) == (3, 30_000)


@run
async def test_a_connection_refused_costs_nothing() -> None:
    """Nobody listens."""
    async with guarded(config=THREE) as (client, guard, bedrock):
        bedrock.close()
        with pytest.raises(EndpointConnectionError):
            await invoke(client)
        status = guard.ledger.status("b")
        assert (status.settled, status.held) == (0, 0)


@run
async def test_a_retry_that_does_not_fit_is_not_made() -> None:
    """One cent, one attempt, and the timeout as it was."""
    async with guarded(budget("0.01"), faults=[Timeout()], config=THREE) as (client, guard, bedrock):
        with pytest.raises(ReadTimeoutError):
            await invoke(client)
        assert (bedrock.billed.images, guard.ledger.status("b").settled) == (1, 10_000)


@run
async def test_throttled_attempts_cost_nothing() -> None:
    """Twice 429, then images."""
    async with guarded(faults=[throttle(), throttle()], config=THREE) as (client, guard, _):
        _, said = await invoke(client)
        assert (said["attempts"], guard.ledger.status("b").settled) == (3, 10_000)


@run
async def test_a_cancelled_call_stays_held_until_its_lease_ends() -> None:
    """Nobody will ever know: it lapses as billed."""
    async with guarded(faults=[Timeout()]) as (client, guard, _):
        task = asyncio.create_task(invoke(client))
        while not guard.ledger.holds():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        clock: Any = guard._clock
        clock.now += 3_600
        guard.ledger.lapse_due()
        status = guard.ledger.status("b")
        assert (status.settled, status.assumed, status.held) == (10_000, 10_000, 0)


@run
async def test_a_body_that_broke_off_raises_when_it_is_read() -> None:
    """As without a guard, and the cent is assumed."""
    for fault in (Truncate(), Stall()):
        kinds = []
        for attach in (False, True):
            async with guarded(faults=[fault], config=THREE) as (client, guard, _):
                if not attach:
                    guard.detach()
                response = await client.invoke_model(modelId=CORE, body=stability())
                with pytest.raises(Exception) as raised:  # whatever it is without a guard
                    await response["body"].read()
                response["body"].close()
                kinds.append(type(raised.value))
                assert guard.ledger.status("b").assumed == (10_000 if attach else 0)
        assert kinds[0] is kinds[1]


@run
async def test_bodies_read_as_they_always_did() -> None:
    """Every way aiobotocore offers."""

    async def with_block(body: Any) -> bytes:  # noqa: ANN401
        async with body as stream:
            return bytes(await stream.read())

    async def chunks(body: Any) -> bytes:  # noqa: ANN401
        return b"".join([chunk async for chunk in body.iter_chunks(100)])

    async def iterate(body: Any) -> bytes:  # noqa: ANN401
        return b"".join([chunk async for chunk in body])

    async def parts(body: Any) -> bytes:  # noqa: ANN401
        found = b""
        while part := await body.read(64):
            found += part
        return found

    async def lines(body: Any) -> bytes:  # noqa: ANN401
        return b"\n".join([line async for line in body.iter_lines()])

    async def whole(body: Any) -> bytes:  # noqa: ANN401
        return bytes(await body.read())

    for reader in (with_block, chunks, iterate, parts, lines, whole):
        read = []
        for attach in (False, True):
            async with guarded() as (client, guard, _):
                if not attach:
                    guard.detach()
                response = await client.invoke_model(modelId=CORE, body=stability(seed=3))
                body = response["body"]
                read.append((type(body).__name__, json.loads(await reader(body))["images"]))
        assert read[0] == read[1]


@run
async def test_errors_carry_what_the_guard_says() -> None:
    """The modelled exception, with the metadata on its response."""
    async with guarded() as (client, guard, _):
        guard.detach()
        guard.attach(client, {"app": "x"})
        with pytest.raises(ClientError):
            await client.invoke_model(modelId="amazon.nova-lite-v1:0", body="{}")


@run
async def test_a_session_guards_its_later_clients() -> None:
    """aiobotocore's session, and aioboto3's where it is installed."""
    sessions = [get_session()]
    try:
        import aioboto3  # type: ignore[import-not-found, unused-ignore]

        sessions.append(aioboto3.Session())
    except ImportError:
        pass
    for session in sessions:
        with (
            LocalBedrock() as bedrock,
            Guard.from_policy([budget()], ledger="memory://", clock=Clock()) as guard,
        ):
            guard.attach(session)
            create = getattr(session, "create_client", None) or session.client
            async with create(
                "bedrock-runtime", endpoint_url=bedrock.url, config=AioConfig(proxies={}), **KEYS
            ) as client:
                await invoke(client)
            assert guard.ledger.status("b").settled == 40_000


@run
async def test_sessions_made_by_others_are_guarded_by_default() -> None:
    """A library's own session, made after attach_default()."""
    with LocalBedrock() as bedrock, Guard.from_policy([budget()], ledger="memory://", clock=Clock()) as guard:
        guard.attach_default()
        async with get_session().create_client(
            "bedrock-runtime", endpoint_url=bedrock.url, config=AioConfig(proxies={}), **KEYS
        ) as client:
            await invoke(client)
        assert guard.ledger.status("b").settled == 40_000


def test_vetoes_are_known_to_this_botocore() -> None:
    """Before 1.43 a handler cannot forbid the retry of an answered attempt; the guard refuses the attempt instead."""
    import botocore  # type: ignore[import-untyped]

    assert (tuple(map(int, botocore.__version__.split(".")[:2])) >= (1, 43)) == CAN_VETO_ANSWERS
