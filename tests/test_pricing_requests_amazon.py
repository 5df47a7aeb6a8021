"""What Titan Image Generator and Nova Canvas bodies would be billed, and which AWS would reject."""

import pytest

from pricing.errors import RequestRefused
from pricing.requests import ImageRequest
from pricing.sizes import Size
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


@BOTH
def test_a_request_that_says_everything_assumes_nothing(model_id: str) -> None:
    body = text_image(width=1024, height=1024, quality="premium", numberOfImages=3, cfgScale=8.0, seed=7)
    expected = ImageRequest(model_id, "TEXT_IMAGE", 3, Size(1024, 1024), "1024", "premium", ())
    assert read(model_id, body) == expected


def test_titan_defaults_are_named_and_its_odd_default_size_is_the_dearer_class() -> None:
    """AWS documents 1408x1408, which its own list lacks."""
    request = read(TITAN, text_image())
    assert request == ImageRequest(
        TITAN,
        "TEXT_IMAGE",
        1,
        Size(1408, 1408),
        "1024",
        "standard",
        (
            "numberOfImages is absent: 1",
            "quality is absent: standard",
            "width and height are absent: 1408x1408, AWS's default although not listed; size class 1024",
        ),
    )


def test_nova_defaults_are_named() -> None:
    request = read(NOVA, text_image())
    assert (request.size, request.size_class, request.quality, request.images) == (
        Size(1024, 1024),
        "1024",
        "standard",
        1,
    )
    assert request.assumptions == (
        "numberOfImages is absent: 1",
        "quality is absent: standard",
        "width and height are absent: 1024x1024",
    )


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        ((768, 768), "512"),
        ((512, 512), "512"),
        ((704, 320), "512"),
        ((1152, 640), "1024"),
        ((1173, 640), "1024"),
    ],
)
def test_titan_sizes_follow_the_table_of_aws(size: tuple[int, int], size_class: str) -> None:
    """768x768 is the cheap class."""
    assert read(TITAN, text_image(width=size[0], height=size[1])).size_class == size_class


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        ((1024, 1024), "1024"),
        ((1280, 720), "2048"),
        ((320, 1040), "2048"),
        ((2048, 2048), "2048"),
        ((4096, 1024), "2048"),
    ],
)
def test_nova_sizes_are_classed_by_their_longer_side(size: tuple[int, int], size_class: str) -> None:
    assert read(NOVA, text_image(width=size[0], height=size[1])).size_class == size_class


def test_one_absent_side_takes_its_default() -> None:
    assert read(NOVA, text_image(width=2048)).size == Size(2048, 1024)
    assert read(TITAN, text_image(width=768)).size == Size(768, 1408)


def test_a_side_whose_default_makes_no_listed_size_is_priced_in_the_dearest_class() -> None:
    """Titan's default height is doubtful, so 512 px of width may still be the dear class."""
    request = read(TITAN, text_image(width=512))
    assert (request.size, request.size_class) == (None, "1024")
    assert request.assumptions[-1] == (
        "height is absent and its default makes 512x1408, which is not listed: the dearest size class"
    )


@pytest.mark.parametrize(
    ("model_id", "body", "size", "size_class"),
    [
        (TITAN, inpainting(PICTURE), Size(512, 384), "512"),
        (TITAN, inpainting(LARGE), Size(1280, 768), "1024"),
        (
            TITAN,
            amazon("OUTPAINTING", {"image": LARGE, "maskPrompt": "a", "text": "b"}),
            Size(1280, 768),
            "1024",
        ),
        (TITAN, amazon("BACKGROUND_REMOVAL", {"image": PICTURE}), Size(512, 384), "512"),
        (NOVA, inpainting(PICTURE), Size(512, 384), "1024"),
        (NOVA, inpainting(LARGE), Size(1280, 768), "2048"),
        (NOVA, amazon("BACKGROUND_REMOVAL", {"image": LARGE}), Size(1280, 768), "2048"),
        (NOVA, try_on(sourceImage=LARGE), Size(1280, 768), "2048"),
        (NOVA, try_on(referenceImage=LARGE), Size(512, 384), "1024"),
    ],
)
def test_an_edit_has_the_size_of_its_picture(model_id: str, body: Body, size: Size, size_class: str) -> None:
    request = read(model_id, body)
    assert (request.size, request.size_class) == (size, size_class)


@pytest.mark.parametrize(
    "picture",
    [pictures.jpeg(1_280, 768), pictures.webp_extended(1_280, 768), pictures.webp_lossy(1_280, 768)],
)
@BOTH
def test_the_picture_may_be_jpeg_or_webp(model_id: str, picture: bytes) -> None:
    assert read(model_id, inpainting(pictures.text(picture))).size == Size(1280, 768)


def test_titan_edits_ignore_a_size_in_the_configuration() -> None:
    """AWS says the output is as large as the input, and its own samples send a size all the same."""
    request = read(TITAN, inpainting(PICTURE, width=1024, height=1024))
    assert (request.size, request.size_class) == (Size(512, 384), "512")
    assert (
        "width and height do not count: INPAINTING keeps the size of its image, 512x384"
        in request.assumptions
    )


@pytest.mark.parametrize(
    ("image", "config", "dearer"),
    [(PICTURE, (2048, 2048), Size(2048, 2048)), (LARGE, (512, 512), Size(1280, 768))],
)
def test_nova_edits_with_a_size_cost_the_dearer_of_the_two(
    image: str, config: tuple[int, int], dearer: Size
) -> None:
    request = read(NOVA, inpainting(image, width=config[0], height=config[1]))
    assert (request.size, request.size_class) == (dearer, "2048")
    assert request.assumptions[-1].endswith(f"priced as the dearer, {dearer}")


@BOTH
def test_background_removal_makes_one_standard_image_without_configuration(model_id: str) -> None:
    request = read(model_id, amazon("BACKGROUND_REMOVAL", {"image": PICTURE}))
    assert (request.images, request.quality) == (1, "standard")
    assert request.assumptions == (
        "BACKGROUND_REMOVAL takes no imageGenerationConfig: one image of standard quality",
    )


@BOTH
def test_a_configuration_with_background_removal_counts_in_full(model_id: str) -> None:
    """AWS may ignore or reject it; the price is the most it can cost."""
    body = amazon("BACKGROUND_REMOVAL", {"image": PICTURE}, numberOfImages=4, quality="premium")
    request = read(model_id, body)
    assert (request.images, request.quality) == (4, "premium")
    assert (
        "BACKGROUND_REMOVAL takes no imageGenerationConfig: priced as if AWS followed the one given"
        in request.assumptions
    )


def test_a_seed_on_which_aws_pages_disagree_is_accepted_and_said() -> None:
    request = read(
        NOVA, text_image(width=512, height=512, quality="standard", numberOfImages=1, seed=2_147_483_646)
    )
    assert request.assumptions == (
        "seed is over 858,993,459, where some of AWS's pages stop: taken as accepted",
    )


def test_a_data_prefix_is_accepted_and_said() -> None:
    request = read(TITAN, inpainting("data:image/png;base64," + PICTURE))
    assert request.size == Size(512, 384)
    assert (
        "inPaintingParams.image begins with data:, which AWS does not document: taken as accepted"
        in request.assumptions
    )


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


def test_titan_does_what_nova_would_not_and_the_other_way_round() -> None:
    """Sizes: Titan takes only its list, Nova any within limits; masks and prompts keep their own lengths."""
    assert read(NOVA, text_image("a" * 1_024)).images == 1
    assert read(TITAN, amazon("TEXT_IMAGE", {"text": "a" * 512, "negativeText": ""})).images == 1
    assert read(NOVA, text_image(width=1280, height=720)).size == Size(1280, 720)
    assert read(TITAN, inpainting(pictures.text(pictures.png_header(1408, 64)))).size == Size(1408, 64)
