"""The thirteen Stability image services: one operation, one result, one price each.

Source: docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html, read 2026-11-22.
"""

from collections.abc import Mapping

from pricing.cards import ModelCard
from pricing.records import EMPTY, record
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest, image_request
from pricing.requests.stability_text import ASPECT_RATIOS
from pricing.sizes import Size

SEED_MAX = 4_294_967_294
FORMATS = ("jpeg", "png", "webp")
MARGIN_MAX = 2_000
_SIDES = ("left", "right", "up", "down")
_MEGAPIXEL = 1_048_576


@record
class InputLimits:
    """What a service takes as its input picture."""

    min_side: int = 64
    max_side: int | None = None
    min_pixels: int = 0
    max_pixels: int = 9_437_184
    max_ratio: tuple[int, int] | None = (5, 2)
    """The longer side is at most this ratio of the shorter; None for no bound."""

    def violation(self, size: Size) -> str | None:
        """Why AWS would reject the picture, as words that follow "64x64, which ..."."""
        if min(size) < self.min_side:
            return f"has a side under {self.min_side} px"
        if self.max_side is not None and max(size) > self.max_side:
            return f"has a side over {self.max_side} px"
        if size.pixels < self.min_pixels:
            return f"has fewer than {self.min_pixels:,} pixels"
        if size.pixels > self.max_pixels:
            return f"has more than {self.max_pixels:,} pixels"
        if self.max_ratio is not None and max(size) * self.max_ratio[1] > min(size) * self.max_ratio[0]:
            return f"is longer than {self.max_ratio[0]}:{self.max_ratio[1]}"
        return None


@record
class Service:
    """What one service needs and takes."""

    images: tuple[str, ...] = ("image",)
    """Required pictures; the first is the one it works on."""
    texts: tuple[str, ...] = ("prompt",)
    """Required texts."""
    numbers: Mapping[str, tuple[float, float]] = EMPTY
    """Optional numbers and their bounds."""
    takes_mask: bool = False
    inputs: InputLimits = InputLimits()


_GROW = {"grow_mask": (0, 20)}
_CONTROL = {"control_strength": (0, 1)}

SERVICES = {
    "stable-creative-upscale": Service(
        numbers={"creativity": (0.1, 0.5)},
        inputs=InputLimits(min_pixels=4_096, max_pixels=_MEGAPIXEL, max_ratio=None),
    ),
    "stable-conservative-upscale": Service(numbers={"creativity": (0.1, 0.5)}),
    "stable-fast-upscale": Service(
        texts=(),
        inputs=InputLimits(
            min_side=32, max_side=1_536, min_pixels=1_024, max_pixels=_MEGAPIXEL, max_ratio=None
        ),
    ),
    "stable-image-inpaint": Service(numbers=_GROW, takes_mask=True),
    "stable-outpaint": Service(texts=(), numbers={"creativity": (0.1, 1)}),
    "stable-image-search-recolor": Service(texts=("prompt", "select_prompt"), numbers=_GROW),
    "stable-image-search-replace": Service(texts=("prompt", "search_prompt"), numbers=_GROW),
    "stable-image-erase-object": Service(texts=(), numbers=_GROW, takes_mask=True),
    "stable-image-remove-background": Service(texts=()),
    "stable-image-control-sketch": Service(numbers=_CONTROL),
    "stable-image-control-structure": Service(numbers=_CONTROL),
    "stable-image-style-guide": Service(numbers={"fidelity": (0, 1)}),
    "stable-style-transfer": Service(
        images=("init_image", "style_image"),
        texts=(),
        numbers={"composition_fidelity": (0, 1), "style_strength": (0, 1), "change_strength": (0.1, 1)},
    ),
}


def read(card: ModelCard, fields: Fields) -> ImageRequest:
    """What the body would be billed; raises `RequestRefused` for one AWS would reject."""
    name = service_name(card)
    service = SERVICES.get(name)
    if service is None:
        fields.assumptions.append(f"the fields {card.model_id} takes are not known: not checked")
        return image_request(card, card.tasks[0], fields.assumptions)
    for text in service.texts:
        fields.need_text(text, most=card.prompt_chars)
    for text in ("prompt", "negative_prompt"):
        fields.text(text, most=card.prompt_chars)
    for number, bounds in service.numbers.items():
        fields.number(number, *bounds)
    sizes = [_input(fields, image, service.inputs) for image in service.images]
    if service.takes_mask:
        fields.image("mask")
    fields.choice("output_format", FORMATS, any_case=True)
    fields.choice("aspect_ratio", ASPECT_RATIOS)
    fields.whole("seed", 0, SEED_MAX)
    size = _with_margins(fields, sizes[0]) if name == "stable-outpaint" else None
    return image_request(card, card.tasks[0], fields.assumptions, size=size)


def service_name(card: ModelCard) -> str:
    """`stable-outpaint` of `stability.stable-outpaint-v1:0`."""
    return card.model_id.removeprefix("stability.").rpartition("-v")[0]


def _input(fields: Fields, name: str, limits: InputLimits) -> Size:
    size = fields.need_image(name).size
    violation = limits.violation(size)
    if violation is not None:
        raise fields.refused(
            name, f"is {size}, which {violation}", "send it in a size AWS takes", "image-size"
        )
    return size


def _with_margins(fields: Fields, size: Size) -> Size:
    """Outpainting adds its margins to the input; at least one must be more than zero."""
    left, right, up, down = (fields.whole(side, 0, MARGIN_MAX) or 0 for side in _SIDES)
    if left + right + up + down == 0:
        raise fields.missing("left, right, up or down", "at least one margin above 0")
    return Size(size.width + left + right, size.height + up + down)
