"""What Titan Image Generator and Nova Canvas bodies would be billed."""

import pytest

from pricing.requests import ImageRequest
from pricing.sizes import Size
from tests import pictures
from tests.bodies import (
    LARGE,
    NOVA,
    PICTURE,
    TITAN,
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


def test_titan_does_what_nova_would_not_and_the_other_way_round() -> None:
    """Sizes: Titan takes only its list, Nova any within limits; masks and prompts keep their own lengths."""
    assert read(NOVA, text_image("a" * 1_024)).images == 1
    assert read(TITAN, amazon("TEXT_IMAGE", {"text": "a" * 512, "negativeText": ""})).images == 1
    assert read(NOVA, text_image(width=1280, height=720)).size == Size(1280, 720)
    assert read(TITAN, inpainting(pictures.text(pictures.png_header(1408, 64)))).size == Size(1408, 64)
