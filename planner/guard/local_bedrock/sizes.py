"""How large a picture comes out where the price does not hang on it: Stability's models and services.

AWS documents aspect ratios and "about one megapixel" rather than sizes; these are the customary ones.
"""

from collections.abc import Mapping
from math import sqrt

from pricing.cards import ModelCard
from pricing.errors import RequestRefused
from pricing.requests.image_header import read_header
from pricing.sizes import Size

SQUARE = Size(1024, 1024)
BY_RATIO: Mapping[str, Size] = {
    "1:1": SQUARE,
    "16:9": Size(1344, 768),
    "21:9": Size(1536, 640),
    "2:3": Size(832, 1216),
    "3:2": Size(1216, 832),
    "4:5": Size(896, 1088),
    "5:4": Size(1088, 896),
    "9:16": Size(768, 1344),
    "9:21": Size(640, 1536),
}
UPSCALED_PIXELS = 3_840 * 2_160
"""What the creative and conservative upscalers make: "4K"."""
_PICTURES = ("image", "init_image")


def output_size(card: ModelCard, fields: Mapping[str, object]) -> Size:
    """The size a body's picture comes out at: its ratio, its input's size, or that size scaled up."""
    ratio = fields.get("aspect_ratio")
    if isinstance(ratio, str):
        return BY_RATIO.get(ratio, SQUARE)
    given = next((fields[name] for name in _PICTURES if isinstance(fields.get(name), str)), None)
    size = _measured(given) if isinstance(given, str) else card.default_size or SQUARE
    if "fast-upscale" in card.model_id:
        return Size(size.width * 4, size.height * 4)
    return _enlarged(size) if "upscale" in card.model_id else size


def _measured(text: str) -> Size:
    try:
        return read_header(text).size
    except RequestRefused:
        return SQUARE


def _enlarged(size: Size) -> Size:
    factor = max(1.0, sqrt(UPSCALED_PIXELS / size.pixels))
    return Size(round(size.width * factor), round(size.height * factor))
