"""The size of a picture from a few bytes of its base64 text, without decoding the rest.

PNG says it in the IHDR chunk, JPEG in the first start-of-frame segment after any amount of EXIF and ICC data,
WebP in the first chunk. `data:` prefixes and line breaks are tolerated.
"""

import re
from binascii import a2b_base64, crc32
from typing import Literal

from pricing.errors import RequestRefused
from pricing.records import record
from pricing.sizes import Size

ImageFormat = Literal["PNG", "JPEG", "WebP"]

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""JPEG markers of a start of frame; C4, C8 and CC mean other things."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""
_MOST_SEGMENTS = 10_000
"""More than any camera or editor writes before the frame; a walk through a hostile file stops here."""


@record
class ImageHeader:
    """What the first bytes of a picture say."""

    format: ImageFormat
    size: Size
    data_url: bool
    """True when the text began with a `data:` prefix, which AWS's documentation does not mention."""


def read_header(text: str, where: str = "the image") -> ImageHeader:
    """Format and size; raises `RequestRefused`, beginning with `where`, for text that is no such picture."""
    prefix = _DATA_URL.match(text) if text[:5].lower() == "data:" else None
    picture = _Picture(text, prefix.end() if prefix else 0)
    try:
        kind, size = _measured(picture)
        if 0 in size:
            raise _UnreadableError(f"says it is {size}", "save it again")
    except _UnreadableError as error:
        raise RequestRefused(f"{where} {error.what}", error.remedy, code="bad-image") from error
    return ImageHeader(kind, size, prefix is not None)


class _UnreadableError(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy


class _Picture:
    """The bytes of a picture, decoded where they are asked for."""

    __slots__ = ("_clean_until", "_start", "_text")

    def __init__(self, text: str, start: int) -> None:
        self._text, self._start, self._clean_until = text, start, start

    def read(self, at: int, count: int) -> bytes:
        """Exactly `count` bytes; raises when the picture ends before them."""
        found = self.read_some(at, count)
        if len(found) < count:
            raise _UnreadableError("ends before it says its size", "send the whole file")
        return found

    def read_some(self, at: int, count: int) -> bytes:
        """At most `count` bytes: fewer at the end of the picture."""
        first, last = at // 3 * 4, (at + count + 2) // 3 * 4
        self._clean(self._start + last)
        groups = self._text[self._start + first : self._start + last]
        try:
            decoded = a2b_base64(groups + "=" * (-len(groups) % 4), strict_mode=True)
        except ValueError as error:
            raise _UnreadableError("is not base64", "send the file's bytes as base64 text") from error
        return decoded[at % 3 : at % 3 + count]

    def _clean(self, until: int) -> None:
        """Positions count only in text without white space, which is taken out where it is met."""
        for space in "\n\r\t ":
            if self._text.find(space, self._clean_until, until) >= 0:
                self._text, self._start = "".join(self._text[self._start :].split()), 0
                break
        self._clean_until = until


def _measured(picture: _Picture) -> tuple[ImageFormat, Size]:
    first = picture.read_some(0, 12)
    if first.startswith(_PNG):
        return "PNG", _png_size(picture)
    if first.startswith(b"\xff\xd8\xff"):
        return "JPEG", _jpeg_size(picture)
    if first.startswith(b"RIFF") and first.endswith(b"WEBP"):
        return "WebP", _webp_size(picture)
    if not first:
        raise _UnreadableError("is empty", "send the file's bytes as base64 text")
    raise _UnreadableError("is not a PNG, JPEG or WebP file", "convert it to PNG")


def _png_size(picture: _Picture) -> Size:
    chunk = picture.read(8, 25)
    header, checksum = chunk[4:21], chunk[21:]
    if chunk[:8] != b"\x00\x00\x00\rIHDR" or crc32(header) != int.from_bytes(checksum, "big"):
        raise _UnreadableError("is a PNG file with a broken header", "save it again as PNG")
    return Size(int.from_bytes(header[4:8], "big"), int.from_bytes(header[8:12], "big"))


def _jpeg_size(picture: _Picture) -> Size:
    """Steps from segment to segment up to the frame."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        head = picture.read(at, 4)
        marker = head[1]
        if head[0] != 0xFF:
            raise _UnreadableError("is a JPEG file with a broken header", "save it again as JPEG")
        if marker in _FRAMES:
            frame = picture.read(at + 5, 4)
            return Size(int.from_bytes(frame[2:], "big"), int.from_bytes(frame[:2], "big"))
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + _segment_length(marker, head[2:])
    raise _UnreadableError("is a JPEG file that never says its size", "save it again as JPEG")


def _segment_length(marker: int, length: bytes) -> int:
    """Raises where the picture's data or its end comes before any frame."""
    if marker in (0x00, 0xD9, 0xDA) or length < b"\x00\x02":
        raise _UnreadableError("is a JPEG file that never says its size", "save it again as JPEG")
    return int.from_bytes(length, "big")


def _webp_size(picture: _Picture) -> Size:
    kind = picture.read(12, 4)
    if kind == b"VP8X":
        canvas = picture.read(24, 6)
        return Size(int.from_bytes(canvas[:3], "little") + 1, int.from_bytes(canvas[3:], "little") + 1)
    if kind == b"VP8L" and picture.read(20, 1) == b"\x2f":
        bits = int.from_bytes(picture.read(21, 4), "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and picture.read(23, 3) == b"\x9d\x01\x2a":
        frame = picture.read(26, 4)
        return Size(
            int.from_bytes(frame[:2], "little") & 0x3FFF, int.from_bytes(frame[2:], "little") & 0x3FFF
        )
    raise _UnreadableError("is a WebP file with a broken header", "save it again as WebP")
