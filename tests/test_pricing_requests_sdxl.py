"""What Stable Diffusion XL bodies would be billed: by steps."""

import pytest

from pricing.errors import RequestRefused
from pricing.requests import ImageRequest
from pricing.sizes import Size
from tests.bodies import PICTURE, SDXL, SDXL_0, Body, read

CAT: Body = {"text_prompts": [{"text": "a cat"}]}


@pytest.mark.parametrize(
    ("steps", "quality"), [(10, "steps<=50"), (50, "steps<=50"), (51, "steps>50"), (150, "steps>50")]
)
def test_the_number_of_steps_is_the_quality(steps: int, quality: str) -> None:
    request = read(SDXL, CAT | {"steps": steps, "width": 1216, "height": 832})
    assert request == ImageRequest(SDXL, "TEXT_IMAGE", 1, Size(1216, 832), "<=1024x1024", quality, ())


def test_defaults_are_named() -> None:
    request = read(SDXL, CAT)
    assert (request.size, request.quality) == (Size(1024, 1024), "steps<=50")
    assert request.assumptions == (
        "width and height are absent: 1024x1024",
        "steps is absent: 30, the default AWS documented",
    )


def test_an_unknown_size_is_the_dearest_class() -> None:
    """SDXL 0.8 is priced by area, and no source says what it makes when nothing is asked."""
    request = read(SDXL_0, CAT | {"steps": 70})
    assert (request.size, request.size_class, request.quality) == (None, ">512x512", "steps>50")
    assert request.assumptions == ("width and height are absent: not known: the dearest size class",)
    assert read(SDXL_0, CAT | {"steps": 70, "width": 512, "height": 512}).size_class == "<=512x512"
    assert read(SDXL_0, CAT | {"steps": 70, "width": 512}).size_class == ">512x512"


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ({"init_image": PICTURE, "image_strength": 0.4}, "IMAGE_TO_IMAGE"),
        ({"init_image": PICTURE, "mask_source": "INIT_IMAGE_ALPHA"}, "INPAINTING"),
        ({"init_image": PICTURE, "mask_source": "MASK_IMAGE_BLACK", "mask_image": PICTURE}, "INPAINTING"),
    ],
)
def test_an_initial_image_decides_task_and_size(body: Body, task: str) -> None:
    request = read(SDXL_0, CAT | body)
    assert (request.task, request.size, request.size_class) == (task, Size(512, 384), "<=512x512")


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, "missing-field", "text_prompts is missing"),
        ({"text_prompts": []}, "out-of-range", "text_prompts has 0 entries"),
        ({"text_prompts": "a cat"}, "wrong-type", "text_prompts is 'a cat'"),
        ({"text_prompts": ["a cat"]}, "wrong-type", r"text_prompts\[0\] is not an object"),
        ({"text_prompts": [{}]}, "missing-field", r"text_prompts\[0\].text is missing"),
        ({"text_prompts": [{"text": "a" * 2_001}]}, "text-length", "has 2,001 characters"),
        ({"text_prompts": [{"text": "a", "weight": "1"}]}, "wrong-type", "weight is '1'"),
        (CAT | {"steps": 9}, "out-of-range", "steps is 9; AWS takes 10 to 150"),
        (CAT | {"steps": 151}, "out-of-range", "steps is 151"),
        (CAT | {"steps": 50.5}, "wrong-type", "steps is 50.5"),
        (CAT | {"samples": 2}, "out-of-range", "samples is 2; AWS takes only 1"),
        (CAT | {"samples": 0}, "out-of-range", "samples is 0"),
        (CAT | {"cfg_scale": 36}, "out-of-range", "cfg_scale is 36"),
        (CAT | {"seed": 4_294_967_296}, "out-of-range", "seed is 4294967296"),
        (
            CAT | {"width": 1000, "height": 1000},
            "size-refused",
            "are 1000x1000, .*the nearest it makes is 1024x1024",
        ),
        (
            CAT | {"mask_source": "MASK_IMAGE_WHITE", "mask_image": PICTURE},
            "missing-image",
            "init_image is missing",
        ),
        (
            CAT | {"init_image": PICTURE, "mask_source": "MASK_IMAGE_WHITE"},
            "missing-image",
            "mask_image is missing",
        ),
        (CAT | {"init_image": PICTURE, "image_strength": 2}, "out-of-range", "image_strength is 2"),
        (CAT | {"init_image": "cat.png"}, "bad-image", "init_image is not base64"),
    ],
)
def test_a_body_aws_would_reject_is_refused(body: Body, code: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read(SDXL, body)
    assert refused.value.code == code
