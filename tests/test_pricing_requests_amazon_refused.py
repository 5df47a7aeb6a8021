"""Titan Image Generator and Nova Canvas bodies that AWS would reject are refused, each with its remedy."""

import pytest

from pricing.errors import RequestRefused
from tests import pictures
from tests.bodies import (
    LARGE,
    NOVA,
    PICTURE,
    TITAN,
    TITAN_1,
    Body,
    amazon,
    inpainting,
    read,
    text_image,
    try_on,
)

BOTH = pytest.mark.parametrize("model_id", [TITAN, NOVA])


def _changed(body: Body, **changes: object) -> Body:
    return {name: value for name, value in (body | changes).items() if value is not ...}


REFUSED_BY_BOTH = [
    ({}, "missing-field", "taskType is missing"),
    ({"taskType": 7}, "wrong-type", "taskType is 7; AWS takes text there"),
    (
        _changed(text_image(), taskType="TEXT_TO_IMAGE"),
        "unknown-task",
        "which .* does not know; did you mean TEXT_IMAGE",
    ),
    (_changed(text_image(), taskType="text_image"), "unknown-task", "taskType is 'text_image'"),
    ({"taskType": "TEXT_IMAGE"}, "missing-field", "textToImageParams is missing"),
    (
        _changed(text_image(), textToImageParams="a cat"),
        "wrong-type",
        "textToImageParams is 'a cat'; AWS takes an object",
    ),
    (_changed(text_image(), imageGenerationConfig=[1]), "wrong-type", "imageGenerationConfig is a list"),
    (amazon("TEXT_IMAGE", {}), "missing-field", "textToImageParams.text is missing"),
    (text_image(""), "text-length", "textToImageParams.text is empty"),
    (text_image("a" * 1_025), "text-length", "text has 1,025 characters; AWS takes at most"),
    (
        amazon("TEXT_IMAGE", {"text": "a", "negativeText": "b" * 1_025}),
        "text-length",
        "negativeText has 1,025 characters",
    ),
    (amazon("TEXT_IMAGE", {"text": ["a"]}), "wrong-type", "text is a list; AWS takes text there"),
    (
        text_image(numberOfImages=6),
        "out-of-range",
        "imageGenerationConfig.numberOfImages is 6; AWS takes 1 to 5",
    ),
    (text_image(numberOfImages=0), "out-of-range", "numberOfImages is 0"),
    (text_image(numberOfImages=-1), "out-of-range", "numberOfImages is -1"),
    (text_image(numberOfImages=2.5), "wrong-type", "numberOfImages is 2.5; AWS takes a whole number there"),
    (text_image(numberOfImages=1.0), "wrong-type", "numberOfImages is 1.0"),
    (text_image(numberOfImages=True), "wrong-type", "numberOfImages is true; AWS takes a whole number there"),
    (text_image(numberOfImages="3"), "wrong-type", "numberOfImages is '3'"),
    (
        text_image(numberOfImages=10**400),
        "out-of-range",
        "numberOfImages is a number with more than 18 digits",
    ),
    (text_image(quality="ultra"), "unknown-quality", "quality is 'ultra'; AWS takes standard, premium"),
    (text_image(quality="Premium"), "unknown-quality", "quality is 'Premium'"),
    (text_image(quality=1), "wrong-type", "quality is 1"),
    (text_image(width=100, height=100), "size-refused", "does not make 100x100"),
    (text_image(width=0, height=1024), "out-of-range", "width is 0"),
    (text_image(width="1024", height=1024), "wrong-type", "width is '1024'"),
    (text_image(width=1023), "size-refused", "does not make 1023x"),
    (text_image(cfgScale=11), "out-of-range", "cfgScale is 11; AWS takes 1.1 to 10"),
    (text_image(cfgScale=True), "wrong-type", "cfgScale is true; AWS takes a number there"),
    (text_image(cfgScale="8"), "wrong-type", "cfgScale is '8'"),
    (text_image(seed=-1), "out-of-range", "seed is -1"),
    (text_image(seed=2_147_483_647), "out-of-range", "seed is 2147483647"),
    (
        amazon("TEXT_IMAGE", {"text": "a", "conditionImage": "cat.png"}),
        "bad-image",
        "textToImageParams.conditionImage",
    ),
    (
        amazon("TEXT_IMAGE", {"text": "a", "conditionImage": PICTURE, "controlMode": "DEPTH"}),
        "unknown-value",
        "controlMode",
    ),
    (amazon("INPAINTING", {"maskPrompt": "sky"}), "missing-image", "inPaintingParams.image is missing"),
    (amazon("INPAINTING", {"image": PICTURE}), "missing-field", "maskPrompt or maskImage is missing"),
    (
        amazon("INPAINTING", {"image": PICTURE, "maskPrompt": "a", "maskImage": PICTURE}),
        "conflict",
        "are both given",
    ),
    (
        amazon("INPAINTING", {"image": PICTURE, "maskImage": LARGE}),
        "image-size",
        "maskImage is 1280x768, the image 512x384",
    ),
    (amazon("INPAINTING", {"image": 7, "maskPrompt": "a"}), "wrong-type", "inPaintingParams.image is 7"),
    (
        amazon("INPAINTING", {"image": "@@@@", "maskPrompt": "a"}),
        "bad-image",
        "inPaintingParams.image is not base64",
    ),
    (
        amazon("OUTPAINTING", {"image": PICTURE, "maskPrompt": "a"}),
        "missing-field",
        "outPaintingParams.text is missing",
    ),
    (
        amazon("OUTPAINTING", {"image": PICTURE, "maskPrompt": "a", "text": "b", "outPaintingMode": "FAST"}),
        "unknown-value",
        "outPaintingMode is 'FAST'; AWS takes DEFAULT, PRECISE",
    ),
    (amazon("IMAGE_VARIATION", {"text": "a"}), "missing-field", "imageVariationParams.images is missing"),
    (amazon("IMAGE_VARIATION", {"images": []}), "out-of-range", "images has 0 entries; AWS takes 1 to 5"),
    (amazon("IMAGE_VARIATION", {"images": [PICTURE] * 6}), "out-of-range", "images has 6 entries"),
    (amazon("IMAGE_VARIATION", {"images": PICTURE}), "wrong-type", "AWS takes a list there"),
    (amazon("IMAGE_VARIATION", {"images": [PICTURE, {}]}), "wrong-type", r"images\[1\] is an object"),
    (
        amazon("IMAGE_VARIATION", {"images": [PICTURE], "similarityStrength": 0.1}),
        "out-of-range",
        "AWS takes 0.2 to 1",
    ),
    (amazon("COLOR_GUIDED_GENERATION", {"text": "a"}), "missing-field", "colors is missing"),
    (amazon("COLOR_GUIDED_GENERATION", {"text": "a", "colors": []}), "out-of-range", "colors has 0 entries"),
    (
        amazon("COLOR_GUIDED_GENERATION", {"text": "a", "colors": ["#000000"] * 11}),
        "out-of-range",
        "colors has 11 entries",
    ),
    (
        amazon("COLOR_GUIDED_GENERATION", {"text": "a", "colors": ["red"]}),
        "unknown-value",
        r"colors\[0\] is not a colour",
    ),
    (amazon("COLOR_GUIDED_GENERATION", {"colors": ["#000000"]}), "missing-field", "text is missing"),
    (amazon("BACKGROUND_REMOVAL", {}), "missing-image", "backgroundRemovalParams.image is missing"),
]


@pytest.mark.parametrize(
    ("body", "code", "said"), REFUSED_BY_BOTH, ids=[said for _, _, said in REFUSED_BY_BOTH]
)
@BOTH
def test_a_body_aws_would_reject_is_refused(model_id: str, body: Body, code: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read(model_id, body)
    assert refused.value.code == code
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("model_id", "body", "code", "said"),
    [
        (TITAN, text_image("a" * 513), "text-length", "AWS takes at most 512"),
        (
            TITAN,
            text_image(width=1280, height=720),
            "size-refused",
            "does not make 1280x720: .*the nearest it makes is 1280x768",
        ),
        (
            TITAN,
            inpainting(pictures.text(pictures.png_header(1409, 64))),
            "image-size",
            "has a side over 1408 px",
        ),
        (
            TITAN,
            amazon("TEXT_IMAGE", {"text": "a", "controlMode": "CANNY_EDGE"}),
            "conflict",
            "without conditionImage",
        ),
        (TITAN, try_on(), "unknown-task", "does not know"),
        (
            TITAN_1,
            amazon("BACKGROUND_REMOVAL", {"image": PICTURE}),
            "unknown-task",
            "v1 does not do BACKGROUND_REMOVAL; it does",
        ),
        (NOVA, text_image(width=1000, height=1000), "size-refused", "a side that is not a multiple of 16"),
        (NOVA, text_image(width=4096, height=1008), "size-refused", "is longer than 4:1"),
        (NOVA, text_image(width=2064, height=2048), "size-refused", "has more than 4,194,304 pixels"),
        (NOVA, text_image(width=304, height=512), "size-refused", "has a side under 320 px"),
        (
            NOVA,
            inpainting(pictures.text(pictures.png_header(319, 512))),
            "image-size",
            "has a side under 320 px",
        ),
        (
            NOVA,
            inpainting(pictures.text(pictures.png_header(2_500, 2_500))),
            "image-size",
            "has more than 4,194,304 pixels",
        ),
        (
            NOVA,
            amazon("TEXT_IMAGE", {"text": "a", "negativeText": ""}),
            "text-length",
            "negativeText is empty",
        ),
        (NOVA, amazon("TEXT_IMAGE", {"text": "a", "style": "CUBISM"}), "unknown-value", "style is 'CUBISM'"),
        (NOVA, try_on(referenceImage=None), "missing-image", "virtualTryOnParams.referenceImage is missing"),
        (NOVA, try_on(sourceImage=None), "missing-image", "virtualTryOnParams.sourceImage is missing"),
        (NOVA, try_on(maskType=None), "missing-field", "virtualTryOnParams.maskType is missing"),
        (NOVA, try_on(maskType="AUTO"), "unknown-value", "AWS takes IMAGE, GARMENT, PROMPT"),
        (NOVA, try_on(garmentBasedMask=None), "missing-field", "garmentBasedMask is missing"),
        (NOVA, try_on(garmentBasedMask={}), "missing-field", "garmentBasedMask.garmentClass is missing"),
        (
            NOVA,
            try_on(garmentBasedMask={"garmentClass": "SOCKS"}),
            "unknown-value",
            "garmentClass is 'SOCKS'",
        ),
        (NOVA, try_on(maskType="PROMPT"), "missing-field", "promptBasedMask is missing"),
        (
            NOVA,
            try_on(maskType="IMAGE", imageBasedMask={}),
            "missing-image",
            "imageBasedMask.maskImage is missing",
        ),
        (
            NOVA,
            try_on(maskType="IMAGE", imageBasedMask={"maskImage": LARGE}),
            "image-size",
            "maskImage is 1280x768",
        ),
        (NOVA, try_on(mergeStyle="SOFT"), "unknown-value", "mergeStyle is 'SOFT'"),
        (
            NOVA,
            try_on(maskExclusions={"preserveFace": "YES"}),
            "unknown-value",
            "maskExclusions.preserveFace is 'YES'",
        ),
        (NOVA, try_on(returnMask="no"), "wrong-type", "returnMask is 'no'; AWS takes true or false there"),
    ],
)
def test_what_one_of_them_rejects_is_refused(model_id: str, body: Body, code: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read(model_id, body)
    assert refused.value.code == code
