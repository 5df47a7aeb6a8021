"""Nova Canvas.

Source: docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html and image-gen-access.html,
read 2026-11-22.
"""

from pricing.cards import ModelCard
from pricing.requests.amazon import (
    Dialect,
    Task,
    Terms,
    background_removal,
    check_mask,
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

CERTAIN_SEED_MAX = 858_993_459
"""AWS's own samples stop here; its user guide goes to 2,147,483,646."""
STYLES = (
    "3D_ANIMATED_FAMILY_FILM",
    "DESIGN_SKETCH",
    "FLAT_VECTOR_ILLUSTRATION",
    "GRAPHIC_NOVEL_ILLUSTRATION",
    "MAXIMALISM",
    "MIDCENTURY_RETRO",
    "PHOTOREALISM",
    "SOFT_DIGITAL_PAINTING",
)
_GARMENTS = (
    "UPPER_BODY",
    "LOWER_BODY",
    "FULL_BODY",
    "FOOTWEAR",
    "LONG_SLEEVE_SHIRT",
    "SHORT_SLEEVE_SHIRT",
    "NO_SLEEVE_SHIRT",
    "OTHER_UPPER_BODY",
    "LONG_PANTS",
    "SHORT_PANTS",
    "OTHER_LOWER_BODY",
    "LONG_DRESS",
    "SHORT_DRESS",
    "FULL_BODY_OUTFIT",
    "OTHER_FULL_BODY",
    "SHOES",
    "BOOTS",
    "OTHER_FOOTWEAR",
)
_SHAPES = ("CONTOUR", "BOUNDING_BOX", "DEFAULT")


def read(card: ModelCard, fields: Fields) -> ImageRequest:
    return read_amazon(card, fields, DIALECT)


def _inputs(card: ModelCard) -> SizeLimits:
    """The limits of outputs, but sides need not be multiples of anything."""
    limits = card.size_limits
    return SizeLimits(
        min_side=limits.min_side,
        max_side=limits.max_side,
        max_ratio=limits.max_ratio,
        max_pixels=limits.max_pixels,
    )


def _text_image(params: Fields, terms: Terms) -> None:
    text_image(params, terms)
    params.choice("style", STYLES)


def _virtual_try_on(params: Fields, terms: Terms) -> Size:
    size = params.need_image("sourceImage", terms.inputs).size
    params.need_image("referenceImage", terms.inputs)
    _read_mask[params.need_choice("maskType", tuple(_read_mask))](params, size)
    params.choice("mergeStyle", ("BALANCED", "SEAMLESS", "DETAILED"))
    params.flag("returnMask")
    exclusions = params.within("maskExclusions")
    for name in ("preserveBodyPose", "preserveHands", "preserveFace"):
        if exclusions is not None:
            exclusions.choice(name, ("ON", "OFF", "DEFAULT"))
    return size


def _image_mask(params: Fields, size: Size) -> None:
    mask = params.need_within("imageBasedMask")
    mask.need_image("maskImage")
    check_mask(mask, "maskImage", size)


def _garment_mask(params: Fields, size: Size) -> None:
    mask = params.need_within("garmentBasedMask")
    mask.need_choice("garmentClass", _GARMENTS)
    mask.choice("maskShape", _SHAPES)
    mask.within("garmentStyling")


def _prompt_mask(params: Fields, size: Size) -> None:
    mask = params.need_within("promptBasedMask")
    mask.need_text("maskPrompt", least=1)
    mask.choice("maskShape", _SHAPES)


_read_mask = {"IMAGE": _image_mask, "GARMENT": _garment_mask, "PROMPT": _prompt_mask}

DIALECT = Dialect(
    tasks={
        "TEXT_IMAGE": Task("textToImageParams", _text_image),
        "INPAINTING": Task("inPaintingParams", inpainting),
        "OUTPAINTING": Task("outPaintingParams", outpainting),
        "IMAGE_VARIATION": Task("imageVariationParams", image_variation),
        "COLOR_GUIDED_GENERATION": Task("colorGuidedGenerationParams", color_guided),
        "BACKGROUND_REMOVAL": Task("backgroundRemovalParams", background_removal, takes_config=False),
        "VIRTUAL_TRY_ON": Task("virtualTryOnParams", _virtual_try_on),
    },
    default_size=Size(1024, 1024),
    inputs=_inputs,
    least_negative_chars=1,
    edits_may_resize=True,
    certain_seed_max=CERTAIN_SEED_MAX,
)
