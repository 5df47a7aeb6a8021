"""Pixels to size classes, and the sizes AWS takes."""

import pytest

from pricing.nearest import nearest_size
from pricing.sizes import Area, Flat, Listed, LongestSide, Size, SizeLimits, Step


@pytest.mark.parametrize("text", ["1024x768", " 1024x768 ", "1024 x 768", "1024×768", "1024X768"])
def test_a_size_reads_as_people_write_it(text: str) -> None:
    """Small and capital x, the multiplication sign, spaces around it."""
    assert Size.parse(text) == Size(1024, 768)


@pytest.mark.parametrize(
    "text", ["", "1024", "1024x", "0x512", "-1x5", "1024x768x3", "100000x1", "٣x٣", "1024.0x768"]
)
def test_anything_else_is_not_a_size(text: str) -> None:
    """The message shows the form that is."""
    with pytest.raises(ValueError, match="is not a size such as 1024x1024"):
        Size.parse(text)


def test_a_flat_rule_has_one_class() -> None:
    """Size does not matter, known or not."""
    assert [Flat().class_of(None), Flat().class_of(Size(9, 9)), *Flat("one").classes()] == [
        "any",
        "any",
        "one",
    ]


LONGEST = LongestSide((Step(1024, "1024"), Step(None, "2048")))


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        (Size(1024, 1024), "1024"),
        (Size(320, 1024), "1024"),
        (Size(1040, 320), "2048"),
        (Size(2048, 2048), "2048"),
    ],
)
def test_the_longer_side_chooses_the_class(size: Size, size_class: str) -> None:
    """Up to and including the step's limit; 1040x320 has few pixels but a long side."""
    assert LONGEST.class_of(size) == size_class


def test_an_unknown_size_is_in_the_last_class() -> None:
    """What is not known is taken to be the dearest."""
    assert LONGEST.class_of(None) == "2048"


TITAN = Listed(
    {Size(768, 768): "512", Size(384, 704): "512", Size(1024, 1024): "1024"},
    Area((Step(512 * 512, "512"), Step(None, "1024"))),
)


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        (Size(768, 768), "512"),
        (Size(384, 704), "512"),
        (Size(1024, 1024), "1024"),
        (Size(512, 512), "512"),
        (Size(513, 512), "1024"),
        (Size(700, 700), "1024"),
    ],
)
def test_a_listed_size_has_its_own_class_and_the_rest_go_by_area(size: Size, size_class: str) -> None:
    """768x768 is listed as small although its area is above the boundary for other sizes."""
    assert TITAN.class_of(size) == size_class


def test_an_unknown_size_of_a_listed_rule_is_in_the_dearest_class() -> None:
    """An edit whose input could not be read is never priced low."""
    assert TITAN.class_of(None) == "1024"
    assert TITAN.classes() == ("512", "1024")


NOVA = SizeLimits(min_side=320, max_side=4096, multiple_of=16, max_ratio=4, max_pixels=4_194_304)


@pytest.mark.parametrize("size", [Size(1024, 1024), Size(320, 1280), Size(2048, 2048), Size(4096, 1024)])
def test_a_size_within_the_limits_has_no_violation(size: Size) -> None:
    """The bounds themselves are allowed."""
    assert list(NOVA.violations(size)) == []


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (Size(304, 320), "has a side under 320 px"),
        (Size(4112, 1040), "has a side over 4096 px"),
        (Size(1000, 1024), "has a side that is not a multiple of 16"),
        (Size(320, 1296), "is longer than 4:1"),
        (Size(2064, 2048), "has more than 4,194,304 pixels"),
    ],
)
def test_each_limit_says_why_it_refuses(size: Size, reason: str) -> None:
    """The words follow the size in a sentence."""
    assert reason in list(NOVA.violations(size))


def test_a_size_off_the_list_is_refused() -> None:
    """Where AWS makes listed sizes only, all others are errors there."""
    assert list(SizeLimits(listed=(Size(512, 512),)).violations(Size(1280, 720))) == [
        "is not one of the sizes it makes"
    ]


LISTED = [
    Size(512, 512),
    Size(1024, 1024),
    Size(1280, 768),
    Size(768, 1280),
    Size(1408, 768),
    Size(1408, 640),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Size(1280, 720), "1280x768"),
        (Size(720, 1280), "768x1280"),
        (Size(2048, 2048), "1024x1024"),
        (Size(500, 500), "512x512"),
        (Size(1408, 1408), "1024x1024"),
    ],
)
def test_the_nearest_size_keeps_the_shape(wanted: Size, found: str) -> None:
    """A square stays a square, a portrait a portrait."""
    assert nearest_size(wanted, LISTED) == f"the nearest it makes is {found}"
