"""What the content filter does to each family: what the client is told, and what is billed."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
)

from planner.guard.local_bedrock import (
    Filter,
    LocalBedrock,
)
from planner.guard.local_bedrock.faults import Filtered
from tests.bodies import SDXL, TITAN, ULTRA, Body, text_image
from tests.endpoint import ONCE, Client, invoke

PROMPT: Body = {"prompt": "a"}
DREAM: Body = {"text_prompts": [{"text": "a"}]}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[LocalBedrock]:
    with LocalBedrock() as local:
        yield local


@pytest.fixture
def local(endpoint: LocalBedrock) -> LocalBedrock:
    endpoint.set_faults(latency_s=0)
    endpoint.reset()
    return endpoint


@pytest.fixture(scope="module")
def once(endpoint: LocalBedrock) -> Client:
    return endpoint.client(config=ONCE)


@pytest.mark.parametrize(
    ("what", "images", "error"),
    [
        ("some", 3, "Some of the generated images have been blocked by our content filters."),
        ("all", 0, "All of the generated images have been blocked by our content filters."),
    ],
)
def test_amazon_says_in_the_body_which_images_it_blocked(
    local: LocalBedrock, once: Client, what: Filtered, images: int, error: str
) -> None:
    """Of five images; all five count as billed."""
    local.set_faults([Filter(what)])
    answer = invoke(once, TITAN, text_image(width=1024, height=1024, numberOfImages=5))
    assert (len(answer["images"]), answer["error"]) == (images, error)
    assert (local.billed.images, local.billed.micros) == (5, 50_000)
    assert local.requests == {"filtered": 1}


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("prompt", "ValidationException", "adjust your text prompt to submit a new request"),
        ("input_image", "ValidationException", "adjust your input image to submit a new request"),
        ("inference_error", "ModelErrorException", "error while processing the model"),
    ],
)
def test_amazon_refuses_blocked_input_and_bills_nothing(
    local: LocalBedrock, once: Client, what: Filtered, code: str, said: str
) -> None:
    local.set_faults([Filter(what)])
    with pytest.raises(ClientError, match=f"{code}.*{said}"):
        invoke(once, TITAN, text_image())
    assert local.billed.images == 0


@pytest.mark.parametrize(
    ("what", "reason", "micros"),
    [
        ("all", "Filter reason: output image", 140_000),
        ("some", "Filter reason: output image", 140_000),
        ("prompt", "Filter reason: prompt", 0),
        ("input_image", "Filter reason: input image", 0),
        ("inference_error", "Inference error", 0),
    ],
)
def test_stability_answers_with_a_finish_reason_and_no_images(
    local: LocalBedrock, once: Client, what: Filtered, reason: str, micros: int
) -> None:
    local.set_faults([Filter(what)])
    assert invoke(once, ULTRA, PROMPT) == {"finish_reasons": [reason]}
    assert local.billed.micros == micros


@pytest.mark.parametrize(
    ("what", "reason", "micros"),
    [("all", "CONTENT_FILTERED", 40_000), ("prompt", "CONTENT_FILTERED", 0), ("inference_error", "ERROR", 0)],
)
def test_sdxl_answers_with_a_finish_reason_per_artifact(
    local: LocalBedrock, once: Client, what: Filtered, reason: str, micros: int
) -> None:
    local.set_faults([Filter(what)])
    answer = invoke(once, SDXL, DREAM)
    assert [artifact["finishReason"] for artifact in answer["artifacts"]] == [reason]
    assert local.billed.micros == micros
