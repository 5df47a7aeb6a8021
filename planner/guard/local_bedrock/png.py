"""Pictures of any size in microseconds: valid PNG in one colour, the seed written inside, as base64."""

import zlib
from base64 import b64encode
from functools import lru_cache
from random import Random
from struct import pack

from pricing.sizes import Size

LARGEST_SIDE = 4_096
"""Pixels. Only an input image that claims to be larger asks for more; the output is cut to this."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _RGBA = 2, 6
_OPAQUE, _CLEAR = bytes((88, 129, 150)), bytes(4)
_ROWS = 64
"""Rows compressed once and repeated, since all are alike."""
_PADDING = b"buRs"
"""An ancillary, private chunk: every reader skips it."""


def picture(size: Size, seed: int, *, transparent: bool = False, least_bytes: int = 0) -> bytes:
    """A PNG file as base64, at least `least_bytes` long before encoding; its `Seed` text is ten digits."""
    head, tail = _frame(*(min(side, LARGEST_SIDE) for side in size), transparent, least_bytes)
    return head + b64encode(_chunk(b"tEXt", b"Seed\0%010d" % seed)) + tail


@lru_cache(maxsize=64)
def _frame(width: int, height: int, transparent: bool, least_bytes: int) -> tuple[bytes, bytes]:
    """What stands before and after the seed; both parts before the tail are whole groups of three bytes."""
    colour, kind = (_CLEAR, _RGBA) if transparent else (_OPAQUE, _RGB)
    head = _SIGNATURE + _chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
    tail = _chunk(b"IDAT", _pixels(b"\0" + colour * width, height)) + _chunk(b"IEND", b"")
    lacking = least_bytes - len(head) - len(tail)
    padding = _chunk(_PADDING, Random(0).randbytes(lacking)) if lacking > 0 else b""  # noqa: S311
    return b64encode(head), b64encode(padding + tail)


def _pixels(row: bytes, height: int) -> bytes:
    """A zlib stream of equal rows: a full flush ends a block that stands for itself and can be repeated."""
    block = row * _ROWS
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    blocks, rest = divmod(height, _ROWS)
    checksum = 1
    for _ in range(blocks):
        checksum = zlib.adler32(block, checksum)
    last = row * rest
    end = deflate.compress(last) + deflate.flush()
    return b"\x78\xda" + packed * blocks + end + pack(">I", zlib.adler32(last, checksum))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))
