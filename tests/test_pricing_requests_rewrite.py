"""A request rewritten to cost less asks for the same picture, or is not possible and says why."""

import json

import pytest

from pricing.requests.rewrite import (
    Rewritten,
    cheaper_quality,
    fewer_images,
    smaller_size,
)
from tests.bodies import (
    BOOK,
    CORE,
    LARGE,
    NOVA,
    SDXL,
    TITAN,
    ULTRA,
    Body,
    amazon,
    body_of,
    card,
    inpainting,
    text_image,
    why,
)


def test_a_cheaper_quality_changes_nothing_else() -> None:
    asked = text_image(
        "a cat", width=1024, height=1024, quality="premium", numberOfImages=3, cfgScale=8.0, seed=7
    )
    rewritten = cheaper_quality(card(TITAN), json.dumps(asked), "standard")
    expected = text_image(
        "a cat", width=1024, height=1024, quality="standard", numberOfImages=3, cfgScale=8.0, seed=7
    )
    assert body_of(rewritten) == expected
    assert isinstance(rewritten, Rewritten)
    assert rewritten.changed == ("quality: premium -> standard",)


def test_a_cheaper_quality_of_sdxl_is_fewer_steps() -> None:
    asked = {"text_prompts": [{"text": "a"}], "steps": 120, "seed": 3}
    rewritten = cheaper_quality(card(SDXL), json.dumps(asked), "steps<=50")
    assert body_of(rewritten) == asked | {"steps": 50}


@pytest.mark.parametrize(
    ("model_id", "asked", "quality", "reason"),
    [
        (TITAN, text_image(quality="standard"), "standard", "the request asks for standard already"),
        (TITAN, text_image(), "standard", "the request asks for standard already"),
        (TITAN, text_image(), "premium", "the request asks for standard already"),
        (
            TITAN,
            text_image(quality="premium"),
            "draft",
            "amazon.titan-image-generator-v2:0 has no quality 'draft'",
        ),
        (CORE, {"prompt": "a"}, "standard", "stability.stable-image-core-v1:1 has no quality 'standard'"),
        (
            SDXL,
            {"text_prompts": [{"text": "a"}], "steps": 20},
            "steps<=50",
            "the request asks for steps<=50 already",
        ),
        (TITAN, text_image(quality="best"), "standard", "quality is 'best'"),
        (TITAN, [], "standard", "not an object"),
    ],
)
def test_a_quality_that_is_not_lower_is_not_possible(
    model_id: str, asked: object, quality: str, reason: str
) -> None:
    assert reason in why(cheaper_quality(card(model_id), json.dumps(asked), quality))


def test_fewer_images() -> None:
    rewritten = fewer_images(card(NOVA), json.dumps(text_image(numberOfImages=5, seed=7)), 2)
    assert body_of(rewritten) == text_image(numberOfImages=2, seed=7)
    assert isinstance(rewritten, Rewritten)
    assert rewritten.changed == ("images: 5 -> 2",)


@pytest.mark.parametrize(
    ("model_id", "asked", "images"),
    [
        (NOVA, text_image(numberOfImages=2), 2),
        (NOVA, text_image(numberOfImages=2), 3),
        (NOVA, text_image(numberOfImages=2), 0),
        (NOVA, text_image(), 1),
        (ULTRA, {"prompt": "a"}, 1),
    ],
)
def test_a_number_that_is_not_fewer_is_not_possible(model_id: str, asked: Body, images: int) -> None:
    assert "already" in why(fewer_images(card(model_id), json.dumps(asked), images))


@pytest.mark.parametrize(
    ("model_id", "asked", "smaller"),
    [
        (TITAN, (1024, 1024), (768, 768)),
        (TITAN, (768, 1152), (384, 576)),
        (TITAN, (1408, 640), (704, 320)),
        (TITAN, (896, 1152), (448, 576)),
        (TITAN, (1152, 640), (704, 384)),
        (TITAN, (1173, 640), (704, 384)),
        (NOVA, (2048, 2048), (1024, 1024)),
        (NOVA, (1280, 720), (1024, 576)),
        (NOVA, (720, 1280), (576, 1024)),
        (NOVA, (1344, 768), (1008, 576)),
        (NOVA, (1360, 768), (1024, 576)),
        (NOVA, (1600, 1584), (1024, 1008)),
    ],
)
def test_the_next_smaller_class_keeps_the_shape(
    model_id: str, asked: tuple[int, int], smaller: tuple[int, int]
) -> None:
    """The same ratio where the model makes it, else the nearest."""
    body = text_image(width=asked[0], height=asked[1], seed=7)
    expected = text_image(width=smaller[0], height=smaller[1], seed=7)
    assert body_of(smaller_size(card(model_id), BOOK, json.dumps(body))) == expected


def test_a_default_size_is_made_smaller_by_writing_one() -> None:
    body = body_of(smaller_size(card(TITAN), BOOK, json.dumps(text_image())))
    assert body == text_image(width=768, height=768)


@pytest.mark.parametrize(
    ("model_id", "asked", "reason"),
    [
        (TITAN, text_image(width=512, height=512), "there is no smaller size class"),
        (NOVA, text_image(), "there is no smaller size class"),
        (
            NOVA,
            text_image(width=2048, height=512),
            "makes nothing in the shape of 2048x512 in size class 1024",
        ),
        (TITAN, text_image(width=512), "the request does not say its size"),
        (TITAN, inpainting(LARGE), "INPAINTING keeps the size of its image"),
        (
            NOVA,
            amazon("BACKGROUND_REMOVAL", {"image": LARGE}),
            "BACKGROUND_REMOVAL keeps the size of its image",
        ),
        (ULTRA, {"prompt": "a"}, "there is no smaller size class"),
        (SDXL, {"text_prompts": [{"text": "a"}]}, "there is no smaller size class"),
    ],
)
def test_a_size_that_cannot_be_smaller_is_not_possible(model_id: str, asked: Body, reason: str) -> None:
    assert reason in why(smaller_size(card(model_id), BOOK, json.dumps(asked)))


def test_a_number_too_large_to_write_back_is_not_possible() -> None:
    body = json.dumps(text_image(numberOfImages=2, extra=1)).replace('"extra": 1', '"extra": 1e999')
    assert "a number too large to write back" in why(fewer_images(card(TITAN), body, 1))
