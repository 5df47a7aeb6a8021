"""Stable Image Core and Ultra, Stable Diffusion 3 and 3.5: one image for one price, whatever is asked.

Sources, pages of docs.aws.amazon.com/bedrock/latest/userguide read 2026-11-22:
model-parameters-diffusion-stable-ultra-text-image-request-response.html,
model-parameters-diffusion-stable-image-core-text-image-request-response.html,
model-parameters-diffusion-3-5-large.html.
"""

from pricing.cards import ModelCard
from pricing.records import record
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest, image_request
from pricing.sizes import SizeLimits

TEXT, FROM_IMAGE = "text-to-image", "image-to-image"
ASPECT_RATIOS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
_IMAGE_LIMITS = SizeLimits(min_side=64)


@record
class Variant:
    """What one of these models takes besides a prompt, negative prompt, aspect ratio and seed."""

    modes: tuple[str, ...]
    """The values of `mode`; the first is its default."""
    formats: tuple[str, ...]
    seed_max: int
    takes_image: bool
    default_strength: str | None = None
    """The `strength` of the input image when absent; None where an image needs one."""


CORE = Variant((TEXT,), ("JPEG", "PNG"), 4_294_967_295, takes_image=False)
ULTRA = Variant((TEXT,), ("JPEG", "PNG"), 4_294_967_295, takes_image=True, default_strength="0.35")
SD3 = Variant((TEXT, FROM_IMAGE), ("jpeg", "png", "webp"), 4_294_967_294, takes_image=True)


def variant(card: ModelCard) -> Variant:
    """Which request format a model speaks, from its id; an unknown one is read as the most permissive."""
    if "image-core" in card.model_id:
        return CORE
    return ULTRA if "image-ultra" in card.model_id else SD3


def read(card: ModelCard, fields: Fields) -> ImageRequest:
    """What the body would be billed; raises `RequestRefused` for one AWS would reject."""
    known = variant(card)
    fields.need_text("prompt", most=card.prompt_chars)
    fields.text("negative_prompt", most=card.prompt_chars)
    fields.choice("aspect_ratio", ASPECT_RATIOS)
    fields.choice("output_format", known.formats, any_case=True)
    fields.whole("seed", 0, known.seed_max)
    from_image = starts_from_image(known, fields)
    return image_request(card, "IMAGE_TO_IMAGE" if from_image else "TEXT_IMAGE", fields.assumptions)


def starts_from_image(known: Variant, fields: Fields) -> bool:
    """Checks `mode`, `image` and `strength` against each other."""
    mode = fields.choice("mode", known.modes)
    image = fields.image("image", _IMAGE_LIMITS)
    strength = fields.number("strength", 0, 1)
    if not known.takes_image:
        if image is not None:
            fields.assumptions.append("image is not a field of this model: taken as ignored")
        return False
    if mode == FROM_IMAGE:
        fields.need_image("image")
        if strength is None:
            raise fields.missing("strength", "a number from 0 to 1 with mode image-to-image")
    if image is not None and mode is None and FROM_IMAGE in known.modes:
        fields.assumptions.append(
            "mode is absent although an image is given: taken as image-to-image, as in AWS's own sample"
        )
    return image is not None and (mode == FROM_IMAGE or mode is None or FROM_IMAGE not in known.modes)
