"""A request rewritten to cost less asks for the same picture, or is not possible and says why."""

import json

import pytest

from pricing.requests.rewrite import (
    NotPossible,
    Rewritten,
    cheaper_quality,
    fewer_images,
    smaller_size,
    to_model,
)
from tests import pictures
from tests.bodies import (
    BOOK,
    CORE,
    LARGE,
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
    card,
    inpainting,
    text_image,
    try_on,
)


def body_of(rewritten: Rewritten | NotPossible) -> Body:
    assert isinstance(rewritten, Rewritten), rewritten
    body: Body = json.loads(rewritten.body)
    return body


def why(rewritten: Rewritten | NotPossible) -> str:
    assert isinstance(rewritten, NotPossible), rewritten
    return rewritten.why


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


def test_a_number_too_large_to_write_back_is_not_possible() -> None:
    body = json.dumps(text_image(numberOfImages=2, extra=1)).replace('"extra": 1', '"extra": 1e999')
    assert "a number too large to write back" in why(fewer_images(card(TITAN), body, 1))
