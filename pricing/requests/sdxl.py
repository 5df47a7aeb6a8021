"""Stable Diffusion XL: priced by steps, where the other models have a quality.

Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-1-0-text-image.html and
model-parameters-diffusion-1-0-image-image.html; the range and default of steps from copies of them in public
code; read 2026-11-22.
"""

from pricing.cards import ModelCard
from pricing.nearest import nearest_size
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest, image_request
from pricing.sizes import Size

SEED_MAX = 4_294_967_295
MIN_STEPS, MAX_STEPS, DEFAULT_STEPS = 10, 150, 30
_MASKED_BY_IMAGE = ("MASK_IMAGE_WHITE", "MASK_IMAGE_BLACK")
_MASK_SOURCES = (*_MASKED_BY_IMAGE, "INIT_IMAGE_ALPHA")


def read(card: ModelCard, fields: Fields) -> ImageRequest:
    """What an SDXL body would be billed; raises `RequestRefused` for one AWS would reject."""
    _check_prompts(card, fields)
    fields.number("cfg_scale", 0, 35)
    fields.whole("seed", 0, SEED_MAX)
    images = fields.whole("samples", 1, card.images_per_request) or 1
    size, task = _asked_size(card, fields), "TEXT_IMAGE"
    if fields.has("init_image") or fields.has("mask_source"):
        size, task = _started_from_image(fields)
    return image_request(
        card, task, fields.assumptions, images=images, size=size, quality=_quality(card, fields)
    )


def _check_prompts(card: ModelCard, fields: Fields) -> None:
    for number, prompt in enumerate(fields.items("text_prompts", 1, 1_000)):
        name = f"text_prompts[{number}]"
        if not isinstance(prompt, dict):
            raise fields.refused(name, "is not an object", 'write {"text": "..."}', "wrong-type")
        entry = Fields(prompt, fields.assumptions, name)
        entry.need_text("text", most=card.prompt_chars)
        entry.number("weight", -1_000, 1_000)


def _started_from_image(fields: Fields) -> tuple[Size, str]:
    """The size of the initial image; a mask makes the task INPAINTING."""
    size = fields.need_image("init_image").size
    fields.choice("init_image_mode", ("IMAGE_STRENGTH", "STEP_SCHEDULE"))
    fields.number("image_strength", 0, 1)
    mask_source = fields.choice("mask_source", _MASK_SOURCES)
    if mask_source in _MASKED_BY_IMAGE:
        fields.need_image("mask_image")
    return size, "IMAGE_TO_IMAGE" if mask_source is None else "INPAINTING"


def _quality(card: ModelCard, fields: Fields) -> str | None:
    steps = fields.whole("steps", MIN_STEPS, MAX_STEPS)
    if steps is None:
        steps = DEFAULT_STEPS
        fields.assumptions.append(f"steps is absent: {DEFAULT_STEPS}, the default AWS documented")
    for step in card.quality_steps:
        if step.max_steps is None or steps <= step.max_steps:
            return step.quality
    return card.qualities[-1] if card.qualities else None


def _asked_size(card: ModelCard, fields: Fields) -> Size | None:
    """The size the request names or the model's default; None, the dearest class, where neither is known."""
    width, height = fields.whole("width", 1, 65_535), fields.whole("height", 1, 65_535)
    if width is None and height is None:
        default = card.default_size or "not known: the dearest size class"
        fields.assumptions.append(f"width and height are absent: {default}")
        return card.default_size
    if width is None or height is None:
        fields.assumptions.append("one of width and height is absent: the dearest size class")
        return None
    size = Size(width, height)
    reasons = list(card.size_limits.violations(size))
    if reasons:
        remedy = (
            nearest_size(size, card.size_limits.listed)
            if card.size_limits.listed
            else "choose a size within its limits"
        )
        raise fields.refused(
            "width, height", f"are {size}, which {' and '.join(reasons)}", remedy, "size-refused"
        )
    return size
