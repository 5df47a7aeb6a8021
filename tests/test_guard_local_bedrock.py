"""The local endpoint answers every image model as Bedrock does, and counts what it makes."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from planner.guard.local_bedrock import LocalBedrock, Served, SkuTotal, throttle
from pricing.book import Sku
from pricing.load import load_book
from pricing.money import Micros
from pricing.overrides import Override, with_overrides
from tests.bodies import (
    BOOK,
    CORE,
    NOVA,
    PICTURE,
    SD35,
    SDXL,
    TITAN,
    ULTRA,
    VALID,
    Body,
    amazon,
    every_valid,
    inpainting,
    text_image,
)
from tests.endpoint import ONCE, Client, callable_id, invoke, png, region_of

INPAINT = "us.stability.stable-image-inpaint-v1:0"
CUSTOM_TITAN = "amazon.titan-image-generator-v1/custom"


@pytest.fixture(scope="module")
def endpoints() -> Iterator[dict[str, LocalBedrock]]:
    """One endpoint per region, with a client."""
    regions = ("us-east-1", "us-west-2")
    started = {region: LocalBedrock(region=region).start() for region in regions}
    yield started
    for endpoint in started.values():
        endpoint.close()


@pytest.fixture(scope="module")
def clients(endpoints: dict[str, LocalBedrock]) -> dict[str, Client]:
    return {region: endpoint.client(config=ONCE) for region, endpoint in endpoints.items()}


@pytest.fixture
def west(endpoints: dict[str, LocalBedrock]) -> LocalBedrock:
    endpoints["us-west-2"].reset()
    return endpoints["us-west-2"]


@pytest.fixture
def east(endpoints: dict[str, LocalBedrock]) -> LocalBedrock:
    endpoints["us-east-1"].reset()
    return endpoints["us-east-1"]


def pictures_of(answer: dict[str, Any]) -> list[str]:
    if "artifacts" in answer:
        return [artifact["base64"] for artifact in answer["artifacts"]]
    return list(answer["images"])


def test_every_valid_body_of_every_model_is_answered(
    endpoints: dict[str, LocalBedrock], clients: dict[str, Client]
) -> None:
    """Each answer has the images asked for, as PNG files."""
    for model_id, body in every_valid():
        answer = invoke(clients[region_of(model_id)], callable_id(model_id), body)
        asked = body.get("imageGenerationConfig", {}).get("numberOfImages", 1)
        pictures = [png(picture) for picture in pictures_of(answer)]
        assert len(pictures) == asked, model_id


def test_every_model_of_every_book_has_a_price_and_an_answer() -> None:
    """No model of a shipped book is forgotten; a customised Titan answers as its base model does."""
    bodies = VALID | {CUSTOM_TITAN: [text_image(width=1024, height=1024)]}
    older = {
        CORE.replace(":1", ":0"): CORE,
        ULTRA.replace(":1", ":0"): ULTRA,
        "stability.sd3-large-v1:0": SD35,
    }
    for version in ("2026-07-24", "2025-02-28", "2026-representative"):
        book = load_book(version)
        for region in {rate.sku.region for rate in book.rates}:
            priced = {rate.sku.model_id for rate in book.rates if rate.sku.region == region}
            with LocalBedrock(book, region) as local:
                client = local.client(config=ONCE)
                for model_id in sorted(priced):
                    invoke(client, callable_id(model_id), bodies[older.get(model_id, model_id)][0])
                assert local.requests == {"ok": len(priced)}


@pytest.mark.parametrize(
    ("body", "images", "size"),
    [
        (text_image(width=512, height=512), 1, (512, 512)),
        (text_image(width=768, height=1152, numberOfImages=3), 3, (768, 1152)),
        (amazon("INPAINTING", {"image": PICTURE, "maskPrompt": "sky"}), 1, (512, 384)),
        (text_image(), 1, (1024, 1024)),
    ],
)
def test_amazon_answers_with_images_and_error(
    east: LocalBedrock, clients: dict[str, Client], body: Body, images: int, size: tuple[int, int]
) -> None:
    answer = invoke(clients["us-east-1"], NOVA, body)
    assert list(answer) == ["images", "error"]
    assert answer["error"] is None
    assert [png(picture).size for picture in answer["images"]] == [size] * images


def test_a_mask_is_returned_when_asked_for(clients: dict[str, Client]) -> None:
    body = inpainting()
    body["inPaintingParams"]["returnMask"] = True
    answer = invoke(clients["us-west-2"], TITAN, body)
    assert png(answer["maskImage"]).size == (512, 384)


def test_a_removed_background_is_transparent(clients: dict[str, Client]) -> None:
    titan = invoke(clients["us-west-2"], TITAN, amazon("BACKGROUND_REMOVAL", {"image": PICTURE}))
    service = invoke(
        clients["us-west-2"], "us.stability.stable-image-remove-background-v1:0", {"image": PICTURE}
    )
    assert png(titan["images"][0]).transparent
    assert png(service["images"][0]).transparent
    assert not png(invoke(clients["us-west-2"], TITAN, text_image())["images"][0]).transparent


@pytest.mark.parametrize(
    ("model_id", "body", "size"),
    [
        (CORE, {"prompt": "a cat"}, (1024, 1024)),
        (CORE, {"prompt": "a cat", "aspect_ratio": "16:9"}, (1344, 768)),
        (ULTRA, {"prompt": "a cat", "aspect_ratio": "9:21", "output_format": "JPEG"}, (640, 1536)),
        (SD35, {"prompt": "a", "mode": "image-to-image", "image": PICTURE, "strength": 0.7}, (512, 384)),
        (INPAINT, {"prompt": "a hat", "image": PICTURE, "mask": PICTURE}, (512, 384)),
        ("us.stability.stable-outpaint-v1:0", {"image": PICTURE, "left": 512, "up": 200}, (1024, 584)),
        ("us.stability.stable-fast-upscale-v1:0", {"image": PICTURE}, (2048, 1536)),
        ("us.stability.stable-creative-upscale-v1:0", {"prompt": "a", "image": PICTURE}, (3326, 2494)),
        (
            "us.stability.stable-image-style-guide-v1:0",
            {"prompt": "a", "image": PICTURE, "aspect_ratio": "2:3"},
            (832, 1216),
        ),
        (
            "us.stability.stable-style-transfer-v1:0",
            {"init_image": PICTURE, "style_image": PICTURE},
            (512, 384),
        ),
    ],
)
def test_stability_answers_with_seeds_and_finish_reasons(
    clients: dict[str, Client], model_id: str, body: Body, size: tuple[int, int]
) -> None:
    answer = invoke(clients["us-west-2"], model_id, body | {"seed": 99})
    assert list(answer) == ["seeds", "finish_reasons", "images"]
    assert (answer["seeds"], answer["finish_reasons"]) == ([99], [None])
    assert [png(picture).size for picture in answer["images"]] == [size]


def test_sdxl_answers_with_artifacts(clients: dict[str, Client]) -> None:
    body = {"text_prompts": [{"text": "a cat"}], "width": 1216, "height": 832, "seed": 5}
    answer = invoke(clients["us-west-2"], SDXL, body)
    assert answer["result"] == "success"
    assert [(each["seed"], each["finishReason"]) for each in answer["artifacts"]] == [(5, "SUCCESS")]
    assert png(answer["artifacts"][0]["base64"]).size == (1216, 832)


def test_each_picture_carries_its_seed(clients: dict[str, Client]) -> None:
    """Amazon's models count up from the request's seed, or their own: 42 for Titan, 12 for Nova Canvas."""
    asked = invoke(clients["us-west-2"], TITAN, text_image(numberOfImages=2, seed=700))
    titan = invoke(clients["us-west-2"], TITAN, text_image(numberOfImages=2))
    nova = invoke(clients["us-east-1"], NOVA, text_image())
    assert [png(picture).seed for answer in (asked, titan, nova) for picture in answer["images"]] == [
        700,
        701,
        42,
        43,
        12,
    ]


def test_stability_draws_a_seed_when_none_is_given_or_it_is_zero(clients: dict[str, Client]) -> None:
    seeds = [
        invoke(clients["us-west-2"], CORE, body)["seeds"][0]
        for body in ({"prompt": "a"}, {"prompt": "a", "seed": 0})
    ]
    assert 0 not in seeds
    assert len(set(seeds)) == 2


def test_money_is_counted_by_sku(west: LocalBedrock, clients: dict[str, Client]) -> None:
    """Two standard Titan images at $0.010, three premium ones at $0.012, one Core at $0.04."""
    client = clients["us-west-2"]
    invoke(client, TITAN, text_image(width=1024, height=1024, numberOfImages=2))
    invoke(client, TITAN, text_image(width=1024, height=1024, numberOfImages=3, quality="premium"))
    invoke(client, CORE, {"prompt": "a"})
    assert west.billed.images == 6
    assert west.billed.micros == 96_000
    assert west.billed.by_sku == {
        Sku(TITAN, "1024", "standard", "us-west-2"): SkuTotal(2, Micros(20_000)),
        Sku(TITAN, "1024", "premium", "us-west-2"): SkuTotal(3, Micros(36_000)),
        Sku(CORE, "any", None, "us-west-2"): SkuTotal(1, Micros(40_000)),
    }
    assert west.requests == {"ok": 3}


def test_a_price_finer_than_a_micro_dollar_is_rounded_up_once_per_request() -> None:
    """Three images at $0.0000125 are 37.5 micro-dollars."""
    book = with_overrides(BOOK, (Override("amazon.*", usd_per_image=Micros(125), per=10),))
    with LocalBedrock(book) as local:
        invoke(local.client(), TITAN, text_image(numberOfImages=3))
        assert local.billed.micros == 38


@pytest.mark.parametrize(
    "model_id",
    [
        CORE,
        f"arn:aws:bedrock:us-west-2::foundation-model/{CORE}",
        INPAINT,
        f"arn:aws:bedrock:us-west-2:123456789012:inference-profile/{INPAINT}",
    ],
)
def test_a_model_answers_to_every_spelling_of_its_id(
    west: LocalBedrock, clients: dict[str, Client], model_id: str
) -> None:
    invoke(clients["us-west-2"], model_id, {"prompt": "a", "image": PICTURE})
    assert west.billed.images == 1


def test_every_attempt_is_told_as_it_is_counted() -> None:
    seen: list[Served] = []
    with LocalBedrock(faults=[throttle()], on_request=seen.append) as local:
        client = local.client(config=ONCE)
        for model_id in (CORE, CORE, "x.y"):
            with suppress(ClientError):
                invoke(client, model_id, {"prompt": "a"})
    sku = Sku(CORE, "any", None, "us-west-2")
    assert seen == [
        Served(CORE, "ThrottlingException", "TEXT_IMAGE", 0, Micros(0), sku),
        Served(CORE, "ok", "TEXT_IMAGE", 1, Micros(40_000), sku),
        Served("x.y", "ValidationException"),
    ]


def test_pictures_can_be_as_large_as_real_ones() -> None:
    with LocalBedrock(image_bytes=1_000_000) as local:
        picture = png(invoke(local.client(), TITAN, text_image(numberOfImages=1))["images"][0])
    assert picture.size == (1408, 1408)
    assert 1_000_000 <= picture.length < 1_001_000
