"""What Stability's text models and image services would be billed: one image, one price."""

import pytest

from pricing.errors import RequestRefused
from pricing.records import replace
from pricing.requests import ImageRequest, read_request
from pricing.sizes import Size
from tests import pictures
from tests.bodies import CORE, LARGE, PICTURE, SD35, SERVICES, ULTRA, Body, card, read

CAT: Body = {"prompt": "a cat"}
TASKS = {
    "stability.stable-creative-upscale-v1:0": "CREATIVE_UPSCALE",
    "stability.stable-conservative-upscale-v1:0": "CONSERVATIVE_UPSCALE",
    "stability.stable-fast-upscale-v1:0": "FAST_UPSCALE",
    "stability.stable-image-inpaint-v1:0": "INPAINTING",
    "stability.stable-outpaint-v1:0": "OUTPAINTING",
    "stability.stable-image-search-recolor-v1:0": "SEARCH_RECOLOR",
    "stability.stable-image-search-replace-v1:0": "SEARCH_REPLACE",
    "stability.stable-image-erase-object-v1:0": "ERASE_OBJECT",
    "stability.stable-image-remove-background-v1:0": "BACKGROUND_REMOVAL",
    "stability.stable-image-control-sketch-v1:0": "CONTROL_SKETCH",
    "stability.stable-image-control-structure-v1:0": "CONTROL_STRUCTURE",
    "stability.stable-image-style-guide-v1:0": "STYLE_GUIDE",
    "stability.stable-style-transfer-v1:0": "STYLE_TRANSFER",
}


def of_size(width: int, height: int) -> str:
    return pictures.text(pictures.png_header(width, height))


@pytest.mark.parametrize("model_id", [CORE, SD35, ULTRA])
def test_a_prompt_makes_one_image(model_id: str) -> None:
    assert read(model_id, CAT) == ImageRequest(model_id, "TEXT_IMAGE", 1, None, "any", None, ())


@pytest.mark.parametrize(
    ("model_id", "body", "task", "assumptions"),
    [
        (ULTRA, CAT | {"image": PICTURE}, "IMAGE_TO_IMAGE", ()),
        (ULTRA, CAT | {"image": PICTURE, "strength": 0.35}, "IMAGE_TO_IMAGE", ()),
        (SD35, CAT | {"mode": "image-to-image", "image": PICTURE, "strength": 0}, "IMAGE_TO_IMAGE", ()),
        (SD35, CAT | {"mode": "text-to-image", "image": PICTURE, "strength": 0}, "TEXT_IMAGE", ()),
        (
            SD35,
            CAT | {"image": PICTURE, "strength": 0.7},
            "IMAGE_TO_IMAGE",
            ("mode is absent although an image is given: taken as image-to-image, as in AWS's own sample",),
        ),
        (
            CORE,
            CAT | {"image": PICTURE},
            "TEXT_IMAGE",
            ("image is not a field of this model: taken as ignored",),
        ),
    ],
)
def test_an_input_image_makes_it_image_to_image(
    model_id: str, body: Body, task: str, assumptions: tuple[str, ...]
) -> None:
    request = read(model_id, body)
    assert (request.task, request.assumptions) == (task, assumptions)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "jpeg", "png"])
@pytest.mark.parametrize("model_id", [CORE, SD35, ULTRA])
def test_formats_are_taken_in_either_case(model_id: str, format_: str) -> None:
    """AWS writes them in capitals on one page and small on the other."""
    assert read(model_id, CAT | {"output_format": format_}).images == 1


@pytest.mark.parametrize(
    ("model_id", "body", "code", "said"),
    [
        (CORE, {}, "missing-field", "prompt is missing"),
        (CORE, {"text_prompts": [{"text": "a"}]}, "missing-field", "prompt is missing"),
        (CORE, {"prompt": 7}, "wrong-type", "prompt is 7"),
        (
            CORE,
            {"prompt": "a" * 10_001},
            "text-length",
            "prompt has 10,001 characters; AWS takes at most 10,000",
        ),
        (ULTRA, CAT | {"negative_prompt": "a" * 10_001}, "text-length", "negative_prompt has 10,001"),
        (ULTRA, CAT | {"aspect_ratio": "4:3"}, "unknown-value", "aspect_ratio is '4:3'; AWS takes 16:9, 1:1"),
        (CORE, CAT | {"output_format": "webp"}, "unknown-value", "AWS takes JPEG, PNG"),
        (SD35, CAT | {"output_format": "gif"}, "unknown-value", "AWS takes jpeg, png, webp"),
        (SD35, CAT | {"seed": 4_294_967_295}, "out-of-range", "seed is 4294967295"),
        (CORE, CAT | {"seed": 4_294_967_296}, "out-of-range", "seed is 4294967296"),
        (CORE, CAT | {"mode": "image-to-image"}, "unknown-value", "AWS takes text-to-image"),
        (SD35, CAT | {"mode": "upscale"}, "unknown-value", "AWS takes text-to-image, image-to-image"),
        (SD35, CAT | {"mode": "image-to-image", "strength": 1}, "missing-image", "image is missing"),
        (SD35, CAT | {"mode": "image-to-image", "image": PICTURE}, "missing-field", "strength is missing"),
        (
            SD35,
            CAT | {"mode": "image-to-image", "image": PICTURE, "strength": 1.1},
            "out-of-range",
            "strength is 1.1",
        ),
        (
            SD35,
            CAT | {"image": of_size(63, 900), "strength": 1},
            "image-size",
            "is 63x900, which has a side under 64 px",
        ),
        (ULTRA, CAT | {"image": "a cat"}, "bad-image", "image is not"),
    ],
)
def test_a_text_model_body_aws_would_reject_is_refused(
    model_id: str, body: Body, code: str, said: str
) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read(model_id, body)
    assert refused.value.code == code


def test_an_empty_prompt_is_a_prompt() -> None:
    assert read(ULTRA, {"prompt": ""}).images == 1


@pytest.mark.parametrize("model_id", SERVICES)
def test_each_service_makes_one_result(model_id: str) -> None:
    request = read(model_id, SERVICES[model_id])
    size = Size(1024, 584) if "outpaint" in model_id else None
    assert request == ImageRequest(model_id, TASKS[model_id], 1, size, "any", None, ())


@pytest.mark.parametrize("model_id", SERVICES)
def test_a_service_without_its_picture_is_refused(model_id: str) -> None:
    name = "init_image" if "style-transfer" in model_id else "image"
    with pytest.raises(RequestRefused, match=f"{name} is missing; AWS needs a picture as base64 text there"):
        read(model_id, {field: value for field, value in SERVICES[model_id].items() if field != name})


@pytest.mark.parametrize("model_id", SERVICES)
def test_a_service_without_a_required_text_is_refused(model_id: str) -> None:
    optional = {
        "stable-fast-upscale",
        "stable-outpaint",
        "stable-image-erase-object",
        "stable-style-transfer",
    }
    needs_prompt = model_id.split(".")[1].removesuffix("-v1:0") not in {
        *optional,
        "stable-image-remove-background",
    }
    body = {field: value for field, value in SERVICES[model_id].items() if not field.endswith("prompt")}
    if needs_prompt:
        with pytest.raises(RequestRefused, match="prompt is missing"):
            read(model_id, body)
    else:
        assert read(model_id, body).images == 1


UPSCALE, FAST, SAFE = (
    f"stability.stable-{name}-upscale-v1:0" for name in ("creative", "fast", "conservative")
)
OUTPAINT, INPAINT = "stability.stable-outpaint-v1:0", "stability.stable-image-inpaint-v1:0"
REPLACE, RECOLOR = (f"stability.stable-image-search-{name}-v1:0" for name in ("replace", "recolor"))
TRANSFER, SKETCH = "stability.stable-style-transfer-v1:0", "stability.stable-image-control-sketch-v1:0"


@pytest.mark.parametrize(
    ("model_id", "changes", "code", "said"),
    [
        (OUTPAINT, {"left": 0, "up": 0}, "missing-field", "left, right, up or down is missing"),
        (OUTPAINT, {"left": 2_001}, "out-of-range", "left is 2001; AWS takes 0 to 2,000"),
        (OUTPAINT, {"left": -1}, "out-of-range", "left is -1"),
        (OUTPAINT, {"left": 1.5}, "wrong-type", "left is 1.5"),
        (OUTPAINT, {"creativity": 0}, "out-of-range", "creativity is 0; AWS takes 0.1 to 1"),
        (UPSCALE, {"creativity": 0.6}, "out-of-range", "AWS takes 0.1 to 0.5"),
        (UPSCALE, {"image": of_size(1_025, 1_024)}, "image-size", "has more than 1,048,576 pixels"),
        (UPSCALE, {"image": of_size(63, 900)}, "image-size", "has a side under 64 px"),
        (SAFE, {"image": of_size(3_073, 3_072)}, "image-size", "has more than 9,437,184 pixels"),
        (SAFE, {"image": of_size(251, 100)}, "image-size", "is longer than 5:2"),
        (FAST, {"image": of_size(1_537, 100)}, "image-size", "has a side over 1536 px"),
        (FAST, {"image": of_size(31, 100)}, "image-size", "has a side under 32 px"),
        (INPAINT, {"grow_mask": 21}, "out-of-range", "grow_mask is 21"),
        (INPAINT, {"mask": "white"}, "bad-image", "mask is not"),
        (INPAINT, {"image": ["AAAA"]}, "wrong-type", "image is a list; AWS takes text there"),
        (INPAINT, {"output_format": "bmp"}, "unknown-value", "output_format is 'bmp'"),
        (INPAINT, {"seed": 4_294_967_295}, "out-of-range", "seed is 4294967295"),
        (REPLACE, {"search_prompt": None}, "missing-field", "search_prompt is missing"),
        (RECOLOR, {"select_prompt": None}, "missing-field", "select_prompt is missing"),
        (TRANSFER, {"style_image": None}, "missing-image", "style_image is missing"),
        (TRANSFER, {"change_strength": 0.05}, "out-of-range", "change_strength is 0.05; AWS takes 0.1 to 1"),
        (SKETCH, {"control_strength": 1.5}, "out-of-range", "control_strength is 1.5"),
    ],
)
def test_a_service_body_aws_would_reject_is_refused(
    model_id: str, changes: Body, code: str, said: str
) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read(model_id, SERVICES[model_id] | changes)
    assert refused.value.code == code


def test_limits_themselves_are_accepted() -> None:
    assert read(UPSCALE, SERVICES[UPSCALE] | {"image": of_size(1_024, 1_024)}).images == 1
    assert read(SAFE, SERVICES[SAFE] | {"image": of_size(250, 100)}).images == 1
    assert read(FAST, {"image": of_size(1_536, 32)}).images == 1
    assert read(OUTPAINT, {"image": LARGE, "down": 2_000}).size == Size(1280, 2768)


def test_a_service_nobody_knows_is_priced_unchecked_and_said() -> None:
    """A team's own book may price a service that came later."""
    later = replace(card(INPAINT), model_id="stability.stable-relight-v1:0", tasks=("RELIGHT",))
    request = read_request(later, "{}")
    assert (request.task, request.size_class) == ("RELIGHT", "any")
    assert request.assumptions == (
        "the fields stability.stable-relight-v1:0 takes are not known: not checked",
    )


def test_an_unknown_request_format_is_refused() -> None:
    with pytest.raises(RequestRefused, match="speaks the request format 'flux', which is not known"):
        read_request(replace(card(CORE), family="flux"), "{}")
