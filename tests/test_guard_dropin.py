"""Code written without a guard in mind runs unchanged under one: the ways in which public code calls these models."""

import asyncio
import io
import json
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.client import BaseClient  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.response import StreamingBody  # type: ignore[import-untyped]
from botocore.session import get_session  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]
from moto import mock_aws

from planner.guard import BudgetExceeded, Guard, tags
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.faults import Filter, throttle
from tests import pictures
from tests.guarding import CORE, TITAN, Clock, amazon, budget, guarded, stability


@dataclass
class Account:
    """An endpoint that every client finds by itself, and a guard attached to nothing yet."""

    bedrock: LocalBedrock
    guard: Guard

    @property
    def cents(self) -> tuple[float, float]:
        """Billed by the endpoint, recorded by the ledger."""
        return self.bedrock.billed.micros / 10_000, self.guard.ledger.status("b").settled / 10_000


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Settings as a machine has them: keys, region and endpoint in the environment."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with LocalBedrock(region="us-east-1") as bedrock:
        for name, value in {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        with Guard.from_policy([budget()], ledger="memory://", clock=Clock()) as guard:
            yield Account(bedrock, guard)


def test_a_client_made_inside_the_function(account: Account) -> None:
    """As AWS's user guides do it: a client per call, the body as text, headers named, json.loads of read()."""
    account.guard.attach_default()

    def generate_image(model_id: str, body: str) -> bytes:
        bedrock = boto3.client(service_name="bedrock-runtime", config=Config(read_timeout=300))
        response = bedrock.invoke_model(
            body=body, modelId=model_id, accept="application/json", contentType="application/json"
        )
        response_body = json.loads(response.get("body").read())
        image = b64decode(response_body.get("images")[0].encode("ascii"))
        if response_body.get("error") is not None:
            raise RuntimeError(response_body["error"])
        return image

    assert generate_image(TITAN, amazon()).startswith(b"\x89PNG")
    assert account.cents == (1, 1)


def test_a_client_of_the_module(account: Account) -> None:
    """As AWS's code examples do it: made once, modelId and body only."""
    client = boto3.client("bedrock-runtime", region_name="us-east-1")
    account.guard.attach(client)
    response = client.invoke_model(modelId=TITAN, body=amazon(2))
    assert len(json.loads(response["body"].read())["images"]) == 2
    assert account.cents == (2, 2)


class Driver:
    """As frameworks do it: a session of its own, and a client made when first needed, unless one is given."""

    def __init__(self, client: Any = None) -> None:  # noqa: ANN401 - botocore has no types
        self.session = boto3.Session()
        self._client = client

    def run(self, prompt: str) -> bytes:
        self._client = self._client or self.session.client("bedrock-runtime")
        request = {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": prompt},
            "imageGenerationConfig": {
                "numberOfImages": 1,
                "quality": "standard",
                "width": 512,
                "height": 512,
                "cfgScale": 7,
            },
        }
        response = self._client.invoke_model(body=json.dumps(request), modelId=TITAN)
        return b64decode(json.loads(response.get("body").read())["images"][0])


def test_a_library_that_makes_its_own_session(account: Account) -> None:
    """Guarded by default, though nobody can reach its client; let go, its next session is not."""
    account.guard.attach_default()
    assert Driver().run("a shoe").startswith(b"\x89PNG")
    assert account.cents == (0.8, 0.8)
    account.guard.detach()
    Driver().run("a shoe")
    assert account.cents == (1.6, 0.8)


def test_a_library_that_takes_a_client(account: Account) -> None:
    """The guarded client is a client like any other."""
    client = boto3.client("bedrock-runtime")
    account.guard.attach(client)
    assert Driver(client).run("a shoe").startswith(b"\x89PNG")
    assert isinstance(client, BaseClient)
    assert account.cents == (0.8, 0.8)


def test_a_client_per_invocation_and_a_config_with_every_task(account: Account) -> None:
    """As plugins do it: imageGenerationConfig even where the task takes none, `error` looked at first."""
    session = boto3.Session()
    account.guard.attach(session)

    def invoke(tool: dict[str, Any]) -> list[str]:
        client = session.client("bedrock-runtime", region_name="us-east-1")
        response = client.invoke_model(body=json.dumps(tool), modelId=TITAN)
        answer = json.loads(response.get("body").read())
        if answer.get("error"):
            return []
        images: list[str] = answer["images"]
        return images

    tool = {
        "taskType": "INPAINTING",
        "inPaintingParams": {
            "image": pictures.text(pictures.png(512, 512)),
            "maskPrompt": "sky",
            "text": "stars",
        },
        "imageGenerationConfig": {"numberOfImages": 2, "width": 512, "height": 512, "quality": "standard"},
    }
    assert len(invoke(tool)) == 2
    account.bedrock.set_faults([Filter("all")])
    assert invoke(tool) == []
    assert account.cents == (3.2, 3.2)


def test_a_blocking_call_inside_a_coroutine(account: Account) -> None:
    """As tool servers do it: a session at import, a synchronous call in `async def`, read().decode()."""
    session = boto3.Session(region_name="us-east-1")
    account.guard.attach(session)
    client = session.client("bedrock-runtime")

    async def generate() -> int:
        response = client.invoke_model(modelId=TITAN, body=amazon())
        result = json.loads(response["body"].read().decode("utf-8"))
        return len(result["images"])

    assert asyncio.run(generate()) == 1
    assert account.cents == (1, 1)


@pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
def test_many_attempts_and_no_validation(account: Account, mode: str) -> None:
    """As gateways do it: ten retries, parameters not validated; two throttled attempts cost nothing."""
    config = Config(retries={"max_attempts": 10, "mode": mode}, parameter_validation=False)
    client = boto3.client("bedrock-runtime", config=config)
    account.guard.attach(client)
    account.bedrock.set_faults([throttle(), throttle()])
    response = client.invoke_model(modelId=TITAN, body=amazon().encode())
    assert json.loads(response["body"].read())["images"]
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert account.cents == (1, 1)


def test_an_outer_retry_sees_a_refusal_as_it_is(account: Account) -> None:
    """As workflow nodes do it: a decorator retries AWS's errors; each try is a call of its own, a refusal is final."""
    client = boto3.client("bedrock-runtime", config=Config(retries={"total_max_attempts": 1}))
    account.guard.attach(client)
    account.bedrock.set_faults([throttle(), throttle()])
    tries = []

    def with_retry(call: Callable[[], object]) -> object:
        for _ in range(5):
            tries.append(1)
            try:
                return call()
            except ClientError:
                continue
        raise RuntimeError("gave up")

    with_retry(lambda: client.invoke_model(modelId=TITAN, body=amazon()))
    assert (len(tries), account.cents) == (3, (1, 1))
    account.guard.ledger.define("b", budget("0.01").limit_usd, "lifetime")  # type: ignore[arg-type]
    with pytest.raises(BudgetExceeded):
        with_retry(lambda: client.invoke_model(modelId=TITAN, body=amazon()))
    assert len(tries) == 4


def _read_into(body: Any) -> bytes:  # noqa: ANN401
    buffer = bytearray(1_000_000)
    size = body.readinto(buffer)
    return bytes(buffer[:size])


def _in_a_with(body: Any) -> bytes:  # noqa: ANN401
    with body as stream:
        return bytes(stream.read())


def _closing(body: Any) -> bytes:  # noqa: ANN401
    with closing(body) as stream:
        return bytes(stream.read())


def _copied(body: Any) -> bytes:  # noqa: ANN401
    target = io.BytesIO()
    shutil.copyfileobj(body, target)
    return target.getvalue()


def _patiently(body: Any) -> bytes:  # noqa: ANN401
    body.set_socket_timeout(30)
    return bytes(body.read())


READERS: dict[str, Callable[[Any], bytes]] = {
    "read": methodcaller("read"),
    "read in parts": lambda body: b"".join(iter(lambda: body.read(1000), b"")),
    "iter_chunks": lambda body: b"".join(body.iter_chunks(512)),
    "iterate": b"".join,
    "next": lambda body: next(body) + body.read(),
    "iter_lines": lambda body: b"\n".join(body.iter_lines()),
    "readlines": lambda body: b"".join(body.readlines()),
    "readinto": _read_into,
    "with": _in_a_with,
    "closing": _closing,
    "json.load": lambda body: json.dumps(json.load(body), separators=(",", ":")).encode(),
    "copyfileobj": _copied,
    "set_socket_timeout": _patiently,
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_body_reads_as_it_always_did(account: Account, reader: Callable[[Any], bytes]) -> None:
    """Byte for byte what an unguarded client gets."""
    bare, watched = boto3.client("bedrock-runtime"), boto3.client("bedrock-runtime")
    account.guard.attach(watched)
    bodies = [client.invoke_model(modelId=TITAN, body=amazon(seed=3))["body"] for client in (bare, watched)]
    assert [type(body) for body in bodies] == [StreamingBody, StreamingBody]
    one, other = map(reader, bodies)
    assert one == other
    assert len(json.loads(one)["images"]) == 1


def test_a_botocore_session(account: Account) -> None:
    """Without boto3."""
    session = get_session()
    account.guard.attach(session)
    response = session.create_client("bedrock-runtime").invoke_model(modelId=TITAN, body=amazon())
    assert json.loads(response["body"].read())["images"]
    assert account.cents == (1, 1)


def test_a_default_session_that_exists_already(account: Account) -> None:
    """boto3.client() made the session before the guard came; clients made of it later are guarded."""
    boto3.client("bedrock-runtime")
    account.guard.attach_default()
    boto3.client("bedrock-runtime").invoke_model(modelId=TITAN, body=amazon())["body"].read()
    assert account.cents == (1, 1)


def test_a_session_and_its_client_attached_count_once(account: Account) -> None:
    """And so does the default on top of both."""
    session = boto3.Session()
    account.guard.attach_default()
    account.guard.attach(session)
    client = session.client("bedrock-runtime")
    account.guard.attach(client, tags={"app": "studio"})
    client.invoke_model(modelId=TITAN, body=amazon())["body"].read()
    assert account.cents == (1, 1)


def test_a_stubbed_client() -> None:
    """The stub answers, no request goes out; the guard holds, settles and refuses as it would in production."""
    with guarded(budget("0.08")) as setting:
        with Stubber(setting.client) as stubber:
            for _ in range(3):
                content = json.dumps({"seeds": [1], "finish_reasons": [None], "images": ["AAAA"]}).encode()
                answer = {
                    "body": StreamingBody(io.BytesIO(content), len(content)),
                    "contentType": "application/json",
                }
                stubber.add_response("invoke_model", answer, {"modelId": CORE, "body": stability()})
            for _ in range(2):
                response = setting.invoke()
                assert json.loads(response["body"].read())["images"] == ["AAAA"]
                assert response["ResponseMetadata"]["Bursar"]["billed_usd"] == "0.04"
            with pytest.raises(BudgetExceeded):
                setting.invoke()
        assert not setting.bedrock.requests
        assert setting.spent() == (80_000, 0)


def test_a_stub_that_answers_with_an_error_and_one_with_a_plain_stream() -> None:
    """A stubbed error costs nothing; a body of another kind is counted and left as it was."""
    with guarded() as setting, Stubber(setting.client) as stubber:
        stubber.add_client_error("invoke_model", "ThrottlingException", "slow down", 429)
        with pytest.raises(ClientError, match="slow down"):
            setting.invoke()
        plain = io.BytesIO(b'{"images": ["AAAA"]}')
        stubber.add_response("invoke_model", {"body": plain, "contentType": "application/json"})
        assert setting.invoke()["body"] is plain
        assert plain.read() == b'{"images": ["AAAA"]}'
        assert setting.spent() == (40_000, 0)


def test_a_mocked_account() -> None:
    """moto answers an empty object for any model: as nothing says otherwise, what was asked counts as billed."""
    with mock_aws(), Guard.from_policy([budget()], ledger="memory://") as guard:
        client = boto3.client("bedrock-runtime", region_name="us-west-2")
        guard.attach(client)
        response = client.invoke_model(modelId=CORE, body=stability())
        assert json.loads(response["body"].read()) == {}
        assert response["ResponseMetadata"]["Bursar"]["billed_usd"] == "0.04"


def test_a_thread_pool() -> None:
    """A thread does not inherit tags: wrapped functions carry them, others are refused rather than miscounted."""
    with guarded(budget(tags={"tenant": "acme"})) as setting, ThreadPoolExecutor(4) as pool:
        with tags(tenant="acme"):
            carried = tags.wrap(setting.said)
            bare = pool.submit(setting.said)
        assert [pool.submit(carried).result()["budgets"] for _ in range(3)] == [["b"]] * 3
        assert "no budget counts" in str(bare.exception())
        assert setting.images_billed == 3


def test_a_tagged_coroutine_keeps_its_tags() -> None:
    """Wrapped before a loop runs it elsewhere."""

    async def seen() -> dict[str, str]:
        await asyncio.sleep(0)
        return dict(tags.current())

    with tags(tenant="acme", batch=7):
        carried = tags.wrap(seen)
    assert asyncio.run(carried()) == {"tenant": "acme", "batch": "7"}
    assert asyncio.run(seen()) == {}


def test_nothing_else_of_a_client_changes(account: Account) -> None:
    """Exceptions, paginators, metadata: all as before."""
    client = boto3.client("bedrock-runtime")
    before = (client.can_paginate("list_async_invokes"), client.waiter_names, client.meta.region_name)
    account.guard.attach(client)
    assert (client.can_paginate("list_async_invokes"), client.waiter_names, client.meta.region_name) == before
    with pytest.raises(client.exceptions.ValidationException):
        client.invoke_model(modelId="anthropic.claude-v9", body="{}")
