"""A request asked of another model keeps what it asks for, or is not possible and says why."""

import json

import pytest

from pricing.requests.rewrite import Rewritten, to_model
from tests import pictures
from tests.bodies import (
    CORE,
    NOVA,
    PICTURE,
    SD35,
    SDXL,
    SERVICES,
    TITAN,
    TITAN_1,
    ULTRA,
    Body,
    amazon,
    body_of,
    card,
    inpainting,
    text_image,
    try_on,
    why,
)

STABILITY = [
    (ULTRA, SD35, {"prompt": "a", "negative_prompt": "b", "seed": 9, "aspect_ratio": "16:9"}, {}),
    (ULTRA, CORE, {"prompt": "a", "seed": 4_294_967_295}, {}),
    (SD35, CORE, {"prompt": "a", "mode": "text-to-image", "aspect_ratio": "9:21"}, {}),
    (SD35, CORE, {"prompt": "a", "output_format": "jpeg"}, {"output_format": "JPEG"}),
    (ULTRA, SD35, {"prompt": "a", "output_format": "PNG"}, {"output_format": "png"}),
    (ULTRA, SD35, {"prompt": "a", "strength": 0.5}, {"strength": None}),
    (ULTRA, SD35, {"prompt": "a", "image": PICTURE}, {"mode": "image-to-image", "strength": 0.35}),
    (ULTRA, SD35, {"prompt": "a", "image": PICTURE, "strength": 0.8}, {"mode": "image-to-image"}),
    (
        ULTRA,
        SD35,
        {"prompt": "a", "image": PICTURE, "strength": 0.8, "aspect_ratio": "1:1", "mode": "text-to-image"},
        {"mode": "image-to-image", "aspect_ratio": None},
    ),
    (
        SD35,
        ULTRA,
        {"prompt": "a", "mode": "image-to-image", "image": PICTURE, "strength": 0.2},
        {"mode": None},
    ),
]


@pytest.mark.parametrize(("source", "target", "asked", "changes"), STABILITY)
def test_a_stability_text_model_gives_way_to_another(
    source: str, target: str, asked: Body, changes: Body
) -> None:
    expected = {name: value for name, value in (asked | changes).items() if value is not None}
    assert body_of(to_model(card(source), card(target), json.dumps(asked))) == expected


@pytest.mark.parametrize(
    ("source", "target", "asked", "reason"),
    [
        (ULTRA, CORE, {"prompt": "a", "image": PICTURE}, "stability.stable-image-core-v1:1 takes no image"),
        (SD35, CORE, {"prompt": "a", "image": PICTURE, "strength": 1}, "takes no image"),
        (SD35, CORE, {"prompt": "a", "output_format": "webp"}, "does not write webp"),
        (ULTRA, SD35, {"prompt": "a", "seed": 4_294_967_295}, "seed is 4294967295"),
        (
            ULTRA,
            SD35,
            {"prompt": "a", "image": pictures.text(pictures.png(32, 900))},
            "has a side under 64 px",
        ),
        (
            ULTRA,
            SD35,
            {"prompt": "a", "style_preset": "anime"},
            "has no 'style_preset', and it may change the picture",
        ),
        (SD35, ULTRA, {"prompt": "a", "image": PICTURE}, "does not say the strength of its image"),
        (
            SD35,
            ULTRA,
            {"prompt": "a", "image": PICTURE, "mode": "text-to-image"},
            "does not use the image given",
        ),
        (ULTRA, ULTRA, {"prompt": "a"}, "is the model asked for"),
        (ULTRA, TITAN, {"prompt": "a"}, "does not take the requests"),
        (SDXL, CORE, {"text_prompts": [{"text": "a"}]}, "does not take the requests"),
        (ULTRA, SD35, {}, "prompt is missing"),
    ],
)
def test_what_another_stability_model_cannot_do_is_not_possible(
    source: str, target: str, asked: Body, reason: str
) -> None:
    assert reason in why(to_model(card(source), card(target), json.dumps(asked)))


def test_a_service_has_no_other_model() -> None:
    upscale, fast = "stability.stable-creative-upscale-v1:0", "stability.stable-fast-upscale-v1:0"
    assert "does not take the requests" in why(
        to_model(card(upscale), card(fast), json.dumps(SERVICES[upscale]))
    )


SAME: Body = {"stands for": "the body unchanged"}
AMAZON = [
    (NOVA, TITAN, text_image(), text_image(width=1024, height=1024)),
    (TITAN, NOVA, text_image(), text_image(width=1024, height=1024)),
    (NOVA, TITAN, text_image(width=768, seed=5), None),
    (TITAN, NOVA, text_image(width=768, seed=5), text_image(width=768, seed=5, height=1408)),
    (NOVA, TITAN, inpainting(numberOfImages=2), inpainting(numberOfImages=2)),
    (NOVA, TITAN, inpainting(width=2048, height=2048, seed=3), inpainting(seed=3)),
    (NOVA, TITAN, amazon("INPAINTING", {"image": PICTURE, "maskImage": PICTURE}), SAME),
    (
        TITAN,
        NOVA,
        amazon("INPAINTING", {"image": PICTURE, "maskPrompt": "a", "returnMask": False, "negativeText": ""}),
        amazon("INPAINTING", {"image": PICTURE, "maskPrompt": "a"}),
    ),
    (
        NOVA,
        TITAN,
        amazon("BACKGROUND_REMOVAL", {"image": PICTURE}, quality="standard"),
        amazon("BACKGROUND_REMOVAL", {"image": PICTURE}),
    ),
    (
        NOVA,
        TITAN,
        amazon(
            "IMAGE_VARIATION",
            {"images": [PICTURE], "text": "b"},
            width=512,
            height=512,
            quality="premium",
            seed=0,
        ),
        SAME,
    ),
    (
        NOVA,
        TITAN,
        amazon("COLOR_GUIDED_GENERATION", {"text": "a", "colors": ["#000000"]}, width=640, height=384),
        SAME,
    ),
    (TITAN, TITAN_1, text_image(width=512), text_image(width=512)),
]


@pytest.mark.parametrize(("source", "target", "asked", "expected"), AMAZON)
def test_titan_and_nova_canvas_give_way_to_each_other(
    source: str, target: str, asked: Body, expected: Body | None
) -> None:
    rewritten = to_model(card(source), card(target), json.dumps(asked))
    if expected is None:
        assert "does not make 768x1024" in why(rewritten)
    else:
        assert body_of(rewritten) == (asked if expected is SAME else expected)


def test_every_change_to_another_model_is_said() -> None:
    rewritten = to_model(card(NOVA), card(TITAN), json.dumps(text_image(quality="premium")))
    assert isinstance(rewritten, Rewritten)
    assert rewritten.changed == (
        "model: amazon.nova-canvas-v1:0 -> amazon.titan-image-generator-v2:0",
        "size: 1024x1024 written out, as the default differs",
        "cfgScale: absent, so 8.0 in place of 6.5",
        "seed: absent, so 42 in place of 12",
    )


@pytest.mark.parametrize(
    ("source", "target", "asked", "reason"),
    [
        (NOVA, TITAN, text_image("a" * 513), "text has 513 characters; AWS takes at most 512"),
        (
            NOVA,
            TITAN,
            amazon("TEXT_IMAGE", {"text": "a", "style": "MAXIMALISM"}),
            "has no 'style', and it may change",
        ),
        (NOVA, TITAN, text_image(width=1280, height=720), "does not make 1280x720"),
        (NOVA, TITAN, try_on(), "does not do VIRTUAL_TRY_ON"),
        (
            NOVA,
            TITAN,
            inpainting(pictures.text(pictures.png_header(1_600, 1_600))),
            "has a side over 1408 px",
        ),
        (NOVA, TITAN_1, amazon("BACKGROUND_REMOVAL", {"image": PICTURE}), "does not do BACKGROUND_REMOVAL"),
        (
            NOVA,
            TITAN_1,
            amazon("TEXT_IMAGE", {"text": "a", "conditionImage": PICTURE}),
            "takes no conditionImage",
        ),
        (NOVA, TITAN, text_image() | {"trace": 1}, "has no 'trace'"),
        (NOVA, TITAN, text_image(sampler="fast"), "has no 'sampler'"),
        (TITAN, NOVA, text_image(seed=2_000_000_000), "seed 2000000000 is over 858993459"),
        (TITAN, NOVA, text_image(width=1173, height=640), "does not make 1173x640"),
        (TITAN, NOVA, text_image(width=512), "the request does not say its size"),
        (
            TITAN,
            NOVA,
            amazon("INPAINTING", {"image": PICTURE, "maskPrompt": "a", "returnMask": True}),
            "has no 'returnMask'",
        ),
        (TITAN, NOVA, inpainting(pictures.text(pictures.png(64, 400))), "has a side under 320 px"),
    ],
)
def test_what_the_other_amazon_model_cannot_do_is_not_possible(
    source: str, target: str, asked: Body, reason: str
) -> None:
    assert reason in why(to_model(card(source), card(target), json.dumps(asked)))
