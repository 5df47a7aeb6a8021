"""The size of a picture is read from the first bytes of its base64 text."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import RequestRefused
from pricing.requests.image_header import read_header
from pricing.sizes import Size
from tests import pictures
from tests.pictures import segment

EXIF_AND_ICC = (
    segment(0xE1, b"Exif\x00\x00" + bytes(65_000)) + segment(0xE2, b"ICC_PROFILE\x00" + bytes(60_000)) * 4
)


@pytest.mark.parametrize(
    ("picture", "format_"),
    [
        (pictures.png(640, 480), "PNG"),
        (pictures.jpeg(640, 480), "JPEG"),
        (pictures.jpeg(640, 480, frame=0xC2), "JPEG"),
        (pictures.jpeg(640, 480, before=EXIF_AND_ICC), "JPEG"),
        (pictures.jpeg(640, 480, before=b"\xff\xff\xff"), "JPEG"),
        (pictures.webp_lossy(640, 480), "WebP"),
        (pictures.webp_lossless(640, 480), "WebP"),
        (pictures.webp_extended(640, 480), "WebP"),
    ],
    ids=[
        "png",
        "jpeg",
        "jpeg-progressive",
        "jpeg-260kB-ahead",
        "jpeg-fill",
        "webp-lossy",
        "webp-lossless",
        "webp-extended",
    ],
)
@pytest.mark.parametrize(
    "encode",
    [
        lambda data: base64.b64encode(data).decode(),
        lambda data: base64.encodebytes(data).decode(),
        lambda data: base64.encodebytes(data).decode().replace("\n", "\r\n"),
        lambda data: "data:image/png;base64," + base64.b64encode(data).decode(),
        lambda data: base64.b64encode(data).decode().rstrip("="),
    ],
    ids=["plain", "lines", "crlf", "data-url", "unpadded"],
)
def test_every_format_and_spelling_of_base64_gives_its_size(
    picture: bytes, format_: str, encode: Callable[[bytes], str]
) -> None:
    """640x480, however it is written."""
    header = read_header(encode(picture))
    assert (header.format, header.size) == (format_, Size(640, 480))


def test_a_data_prefix_is_reported() -> None:
    assert read_header("data:image/png;base64," + pictures.text(pictures.png(2, 3))).data_url
    assert not read_header(pictures.text(pictures.png(2, 3))).data_url


def test_only_the_first_bytes_are_decoded() -> None:
    """What follows the header may be anything at all."""
    assert read_header(pictures.text(pictures.png_header(7, 9)) + "A" * 4_000 + "!!!").size == Size(7, 9)


@given(width=st.integers(1, 2**31 - 1), height=st.integers(1, 2**31 - 1))
@settings(deadline=None)
def test_png_sizes_come_back_as_written(width: int, height: int) -> None:
    assert read_header(pictures.text(pictures.png_header(width, height))).size == Size(width, height)


@given(
    width=st.integers(1, 16_383),
    height=st.integers(1, 16_383),
    ahead=st.integers(0, 3),
    size=st.integers(0, 9_000),
)
@settings(deadline=None)
def test_jpeg_and_webp_sizes_come_back_as_written(width: int, height: int, ahead: int, size: int) -> None:
    before = segment(0xE1, bytes(size)) * ahead
    assert read_header(pictures.text(pictures.jpeg(width, height, before=before))).size == Size(width, height)
    for webp in (pictures.webp_lossy, pictures.webp_lossless, pictures.webp_extended):
        assert read_header(pictures.text(webp(width, height))).size == Size(width, height)


def _broken_checksum() -> bytes:
    return pictures.png(64, 64).replace(b"\x00\x00\x00\x40", b"\x00\x00\x04\x00", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the image is empty"),
        ("    ", "the image is empty"),
        ("https://example.com/cat.png", "is not base64"),
        ("./cat.png", "is not base64"),
        ("naïve", "is not base64"),
        (pictures.text(b"GIF89a" + bytes(60)), "is not a PNG, JPEG or WebP file"),
        ("Y2F0", "is not a PNG, JPEG or WebP file"),
        (pictures.text(pictures.png(64, 64)[:30]), "ends before it says its size"),
        (pictures.text(_broken_checksum()), "is a PNG file with a broken header"),
        (
            pictures.text(pictures.png_of(b"\x00\x00\x00\x0dIDAT" + bytes(40))),
            "is a PNG file with a broken header",
        ),
        (pictures.text(pictures.png_header(0, 64)), "says it is 0x64"),
        (pictures.text(pictures.jpeg(64, 0)), "says it is 64x0"),
        (
            pictures.text(b"\xff\xd8" + segment(0xE0, bytes(50)) + b"no marker here at all"),
            "JPEG file with a broken header",
        ),
        (pictures.text(b"\xff\xd8" + segment(0xDA, bytes(90))), "JPEG file that never says its size"),
        (pictures.text(b"\xff\xd8\xff\xe0\x00\x00" + bytes(90)), "JPEG file that never says its size"),
        (pictures.text(b"\xff\xd8" + segment(0xE1, bytes(60_000))[:50_000]), "ends before it says its size"),
        (pictures.text(b"\xff\xd8" + b"\xff" * 50_000), "JPEG file that never says its size"),
        (pictures.text(b"RIFF\x00\x00\x00\x00WEBPJUNK" + bytes(40)), "WebP file with a broken header"),
        (pictures.text(b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(40)), "WebP file with a broken header"),
        (pictures.text(pictures.webp_extended(64, 64)[:29]), "ends before it says its size"),
        ("data:image/png,notbase64", "is not base64"),
        ("iVBO=Rw0KGgo" * 40, "is not base64"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        read_header(text)
    assert refused.value.code == "bad-image"
    assert refused.value.remedy


@given(st.text() | st.binary().map(pictures.text))
@settings(deadline=None)
def test_any_text_is_a_size_or_refused(text: str) -> None:
    try:
        assert min(read_header(text).size) > 0
    except RequestRefused as refused:
        assert str(refused).startswith("the image ")


@given(st.data())
@settings(deadline=None)
def test_any_damage_to_a_picture_is_a_size_or_refused(data: st.DataObject) -> None:
    picture = bytearray(
        data.draw(
            st.sampled_from(
                [
                    pictures.png(9, 9),
                    pictures.jpeg(9, 9),
                    pictures.webp_lossy(9, 9),
                    pictures.webp_extended(9, 9),
                ]
            )
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(picture)))
    try:
        assert min(read_header(pictures.text(bytes(picture[:cut]))).size) > 0
    except RequestRefused as refused:
        assert refused.code == "bad-image"
