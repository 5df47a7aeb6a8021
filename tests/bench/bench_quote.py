"""How long a quote takes, as ratios within one run: `python -m tests.bench.bench_quote`.

* small: a text-to-image body quoted over `json.loads` of it; allowed 8
* large: an 8 MB inpainting body quoted over `json.loads` of it; allowed 1.2
* header: the size of a picture from its first bytes over decoding all of its base64; allowed 0.01
"""

import base64
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

from pricing.quote import quote
from pricing.requests.image_header import read_header
from tests import pictures
from tests.bodies import BOOK, NOVA, TITAN, inpainting, text_image

ON = date(2026, 3, 1)
LARGE_CHARACTERS = 8_000_000


def main() -> int:
    return max(_small(), _large(), _header("png", pictures.png_header(1024, 1024)), _header("jpeg", _jpeg()))


def _small() -> int:
    body = json.dumps(text_image(width=1024, height=1024, quality="premium", numberOfImages=3, seed=7))
    ours, theirs = in_turns(
        lambda: quote(BOOK, TITAN, body, region="us-east-1", on=ON), lambda: json.loads(body), runs=4_001
    )
    return report("small", ours, theirs, "json.loads", allowed=8)


def _large() -> int:
    body = json.dumps(inpainting(_padded(pictures.png_header(1024, 1024)))).encode()
    ours, theirs = in_turns(lambda: quote(BOOK, NOVA, body, on=ON), lambda: json.loads(body), runs=31)
    return report("large", ours, theirs, "json.loads", allowed=1.2)


def _header(kind: str, picture: bytes) -> int:
    text = _padded(picture)
    ours, theirs = in_turns(lambda: read_header(text), lambda: base64.b64decode(text), runs=31)
    return report(kind, ours, theirs, "a full decode", allowed=0.01)


def _jpeg() -> bytes:
    """A photograph with 65 kB of EXIF ahead of its frame."""
    return pictures.jpeg(1024, 1024, before=pictures.segment(0xE1, bytes(65_000)))


def _padded(picture: bytes) -> str:
    """Base64 text of a picture of 8 million characters."""
    return pictures.text(picture + bytes(LARGE_CHARACTERS * 3 // 4 - len(picture)))


def report(title: str, ours: float, theirs: float, other: str, *, allowed: float) -> int:
    ratio = ours / theirs
    times = f"{ours * 1e6:10.1f} us over {other} {theirs * 1e6:10.1f} us"
    print(f"{title:8}{times} = {ratio:.4f}x  (allowed {allowed}x)")
    return ratio > allowed


def in_turns(ours: Callable[[], object], theirs: Callable[[], object], *, runs: int) -> tuple[float, float]:
    """Median seconds of both, each measured right after the other: a noisy machine disturbs both alike."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for work, times in zip((ours, theirs), spent, strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return median(spent[0]), median(spent[1])


if __name__ == "__main__":
    sys.exit(main())
