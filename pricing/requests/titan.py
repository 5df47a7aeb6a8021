"""Titan Image Generator G1, versions 1 and 2.

Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-image.html, read 2026-11-22.
"""

from pricing.cards import ModelCard
from pricing.requests.amazon import (
    SEED_MAX,
    Dialect,
    Task,
    Terms,
    background_removal,
    color_guided,
    image_variation,
    inpainting,
    outpainting,
    read_amazon,
    text_image,
)
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest
from pricing.sizes import Size, SizeLimits

_INPUTS = SizeLimits(max_side=1408)


def read(card: ModelCard, fields: Fields) -> ImageRequest:
    return read_amazon(card, fields, DIALECT)


def _text_image(params: Fields, terms: Terms) -> None:
    text_image(params, terms)
    for name in ("controlMode", "controlStrength"):
        if params.has(name) and not params.has("conditionImage"):
            raise params.refused(
                name, "is given without conditionImage", "add the image or leave it out", "conflict"
            )


DIALECT = Dialect(
    tasks={
        "TEXT_IMAGE": Task("textToImageParams", _text_image),
        "INPAINTING": Task("inPaintingParams", inpainting),
        "OUTPAINTING": Task("outPaintingParams", outpainting),
        "IMAGE_VARIATION": Task("imageVariationParams", image_variation),
        "COLOR_GUIDED_GENERATION": Task("colorGuidedGenerationParams", color_guided),
        "BACKGROUND_REMOVAL": Task("backgroundRemovalParams", background_removal, takes_config=False),
    },
    default_size=Size(1408, 1408),
    inputs=lambda card: _INPUTS,
    least_negative_chars=0,
    edits_may_resize=False,
    certain_seed_max=SEED_MAX,
)
