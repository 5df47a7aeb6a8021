"""The local endpoint refuses what Bedrock refuses, with its errors, and bills nothing for it."""

from collections.abc import Iterator
from datetime import date

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from planner.guard.local_bedrock import LocalBedrock
from tests.bodies import (
    CORE,
    NOVA,
    PICTURE,
    SDXL,
    TITAN,
    Body,
    text_image,
)
from tests.endpoint import ONCE, Client, invoke

INPAINT = "us.stability.stable-image-inpaint-v1:0"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[LocalBedrock]:
    with LocalBedrock() as local:
        yield local


@pytest.fixture(scope="module")
def client(endpoint: LocalBedrock) -> Client:
    return endpoint.client(config=ONCE)


@pytest.fixture
def west(endpoint: LocalBedrock) -> LocalBedrock:
    endpoint.reset()
    return endpoint


def refusal(client: Client, model_id: str, body: Body) -> tuple[str, int, str]:
    """Code, HTTP status and message of the error."""
    with pytest.raises(ClientError) as caught:
        invoke(client, model_id, body)
    error, meta = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    assert meta["RequestId"]
    return error["Code"], meta["HTTPStatusCode"], error["Message"]


@pytest.mark.parametrize(
    ("model_id", "said"),
    [
        ("stability.nothing-v1:0", "The provided model identifier is invalid"),
        (NOVA, "The provided model identifier is invalid"),
        (f"us.{CORE}", "The provided model identifier is invalid"),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{CORE}", "The provided model identifier is invalid"),
        (INPAINT.removeprefix("us."), "with on-demand throughput isn't supported"),
    ],
)
def test_an_id_that_does_not_answer_is_refused_as_aws_refuses_it(
    west: LocalBedrock, client: Client, model_id: str, said: str
) -> None:
    """Unknown; of another region; without that profile; another region's ARN; only through a profile."""
    code, status, message = refusal(client, model_id, {"prompt": "a", "image": PICTURE})
    assert (code, status) == ("ValidationException", 400)
    assert said in message
    assert (west.billed.images, west.requests) == (0, {"ValidationException": 1})


def test_an_arn_that_does_not_say_which_model_answers_is_not_found(client: Client) -> None:
    opaque = "arn:aws:bedrock:us-west-2:123456789012:provisioned-model/abc"
    code, status, _ = refusal(client, opaque, {"prompt": "a"})
    assert (code, status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    ("model_id", "body"),
    [
        (TITAN, text_image(width=1000, height=1000)),
        (TITAN, text_image(numberOfImages=6)),
        (TITAN, {"taskType": "PAINT"}),
        (CORE, {}),
        (CORE, {"prompt": 5}),
        (INPAINT, {"prompt": "a", "image": "not a picture"}),
        (SDXL, {"text_prompts": [{"text": "a"}], "width": 100, "height": 100}),
    ],
)
def test_a_body_aws_would_reject_is_a_validation_error(
    west: LocalBedrock, client: Client, model_id: str, body: Body
) -> None:
    code, status, message = refusal(client, model_id, body)
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith("Malformed input request: ")
    assert west.billed.images == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"prompt": NaN}'])
def test_a_body_that_is_no_json_object_is_a_validation_error(client: Client, content: bytes) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        client.invoke_model(modelId=CORE, body=content)


def test_models_past_their_end_of_life_answer_only_while_no_day_is_played() -> None:
    """Nova Canvas ended on 2026-09-30."""
    for day, alive in ((date(2026, 9, 29), True), (date(2026, 9, 30), False), (None, True)):
        with LocalBedrock(region="us-east-1", as_of=day) as local:
            client = local.client(config=ONCE)
            if alive:
                assert invoke(client, NOVA, text_image())["images"]
                continue
            code, status, message = refusal(client, NOVA, text_image())
            assert (code, status) == ("ResourceNotFoundException", 404)
            assert message.startswith("This model version has reached the end of its life.")


def test_a_model_the_book_has_no_price_for_there_is_refused_not_free() -> None:
    """AWS offered Nova Canvas in eu-west-1, and no book knows its price there."""
    with LocalBedrock(region="eu-west-1") as local:
        code, _, message = refusal(local.client(config=ONCE), NOVA, text_image())
        assert code == "ValidationException"
        assert "has no price for amazon.nova-canvas-v1:0 in eu-west-1" in message


def test_operations_that_make_no_image_are_refused(west: LocalBedrock, client: Client) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*supported text or chat model"):
        client.converse(modelId=CORE, messages=[{"role": "user", "content": [{"text": "hello"}]}])
    with pytest.raises(ClientError, match=r"ValidationException.*unsupported for streaming"):
        client.invoke_model_with_response_stream(modelId=CORE, body=b"{}")
    with pytest.raises(ClientError, match="UnknownOperationException"):
        client.apply_guardrail(guardrailIdentifier="a", guardrailVersion="1", source="INPUT", content=[])
    assert west.billed.images == 0
