"""The size of a picture from the first bytes of its base64 text, without decoding the rest.

PNG says it in the IHDR chunk, JPEG in the first start-of-frame segment after any amount of EXIF and ICC data,
WebP in the first chunk. `data:` prefixes and line breaks are tolerated.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, crc32
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pricing.errors import RequestRefused
from pricing.sizes import Size

ImageFormat = Literal["PNG", "JPEG", "WebP"]

_FIRST_WINDOW, _GROWTH = 256, 4
"""Characters of base64 looked at first, and how much more each time the header goes on."""
_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_IHDR_END = 33
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""JPEG markers of a start of frame; C4, C8 and CC mean other things."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""
_MOST_SEGMENTS = 10_000
"""More than any camera or editor writes before the frame; a scan of a hostile file stops here."""
_WEBP_SIZES_END = 30


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the first bytes of a picture say."""

    format: ImageFormat
    size: Size
    data_url: bool
    """True when the text began with a `data:` prefix, which AWS's documentation does not mention."""


def read_header(text: str, where: str = "the image") -> ImageHeader:
    """Format and size; raises `RequestRefused`, which begins with `where`, for text that is no such picture."""
    prefix = _DATA_URL.match(text) if text[:5].lower() == "data:" else None
    start = prefix.end() if prefix else 0
    chars = _FIRST_WINDOW
    try:
        while True:
            first = _decoded(text, start, chars)
            kind, measure = _reader(first)
            size = measure(first)
            if size is not None:
                return ImageHeader(kind, _checked(size), prefix is not None)
            if start + chars >= len(text):
                raise _Unreadable("ends before it says its size", "send the whole file")
            chars *= _GROWTH
    except _Unreadable as error:
        raise RequestRefused(f"{where} {error.what}", error.remedy, code="bad-image") from error


class _Unreadable(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy


def _decoded(text: str, start: int, chars: int) -> bytes:
    """The bytes of a window of base64; what follows the last whole group of four characters is left out."""
    window = text[start : start + chars]
    try:
        return a2b_base64(window[: len(window) & ~3], strict_mode=True)
    except (Base64Error, ValueError):
        return _decoded_lines("".join(window.split()))


def _decoded_lines(window: str) -> bytes:
    try:
        return a2b_base64(window[: len(window) & ~3], strict_mode=True)
    except (Base64Error, ValueError) as error:
        raise _Unreadable("is not base64", "send the file's bytes as base64 text") from error


def _reader(first: bytes) -> tuple[ImageFormat, Callable[[bytes], Size | None]]:
    if first.startswith(_PNG):
        return "PNG", _png_size
    if first.startswith(b"\xff\xd8\xff"):
        return "JPEG", _jpeg_size
    if first.startswith(b"RIFF") and first[8:12] == b"WEBP":
        return "WebP", _webp_size
    if not first:
        raise _Unreadable("is empty", "send the file's bytes as base64 text")
    raise _Unreadable("is not a PNG, JPEG or WebP file", "convert it to PNG")


def _png_size(data: bytes) -> Size | None:
    if len(data) < _IHDR_END:
        return None
    header = data[12:29]
    if data[8:16] != b"\x00\x00\x00\rIHDR" or crc32(header) != int.from_bytes(data[29:33], "big"):
        raise _Unreadable("is a PNG file with a broken header", "save it again as PNG")
    return Size(int.from_bytes(header[4:8], "big"), int.from_bytes(header[8:12], "big"))


def _jpeg_size(data: bytes) -> Size | None:
    """Steps from segment to segment; None when the frame lies beyond the bytes at hand."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(data):
            return None
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise _Unreadable("is a JPEG file with a broken header", "save it again as JPEG")
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        elif marker in _FRAMES:
            frame = data[at + 5 : at + 9]
            return (
                Size(int.from_bytes(frame[2:], "big"), int.from_bytes(frame[:2], "big"))
                if len(frame) == 4
                else None
            )
        else:
            at += 2 + _segment_length(marker, data[at + 2 : at + 4])
    raise _Unreadable("is a JPEG file that never says its size", "save it again as JPEG")


def _segment_length(marker: int, length: bytes) -> int:
    """Raises where the picture's data or its end comes before any frame."""
    if marker in (0x00, 0xD9, 0xDA) or length < b"\x00\x02":
        raise _Unreadable("is a JPEG file that never says its size", "save it again as JPEG")
    return int.from_bytes(length, "big")


def _webp_size(data: bytes) -> Size | None:
    if len(data) < _WEBP_SIZES_END:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return Size(int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return Size(
            int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
        )
    raise _Unreadable("is a WebP file with a broken header", "save it again as WebP")


def _checked(size: Size) -> Size:
    if 0 in size:
        raise _Unreadable(f"says it is {size}", "save it again")
    return size
