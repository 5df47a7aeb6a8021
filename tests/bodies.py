"""Valid InvokeModel bodies, one of each task of each model, as the AWS user guide has them."""

import json
from collections.abc import Iterator
from typing import Any

from pricing.book import PriceBook
from pricing.cards import ModelCard
from pricing.load import load_book
from pricing.requests import ImageRequest, read_request
from pricing.requests.rewrite import NotPossible, Rewritten
from tests import pictures

Body = dict[str, Any]

BOOK: PriceBook = load_book()
TITAN_1, TITAN = "amazon.titan-image-generator-v1", "amazon.titan-image-generator-v2:0"
NOVA = "amazon.nova-canvas-v1:0"
SDXL, SDXL_0 = "stability.stable-diffusion-xl-v1", "stability.stable-diffusion-xl-v0"
CORE, SD35 = "stability.stable-image-core-v1:1", "stability.sd3-5-large-v1:0"
ULTRA = "stability.stable-image-ultra-v1:1"

PICTURE = pictures.text(pictures.png(512, 384))
"""512x384 pixels: Titan's and Nova's cheap class, within every service's limits."""
LARGE = pictures.text(pictures.png_header(1_280, 768))


def card(model_id: str) -> ModelCard:
    return BOOK.card(model_id)


def read(model_id: str, body: object) -> ImageRequest:
    """What a body, given as a value, would be billed."""
    return read_request(card(model_id), json.dumps(body))


def amazon(task: str, params: Body, **config: object) -> Body:
    """A Titan or Nova Canvas body; without configuration when none is given."""
    names = {
        "TEXT_IMAGE": "textToImageParams",
        "INPAINTING": "inPaintingParams",
        "OUTPAINTING": "outPaintingParams",
        "IMAGE_VARIATION": "imageVariationParams",
        "COLOR_GUIDED_GENERATION": "colorGuidedGenerationParams",
        "BACKGROUND_REMOVAL": "backgroundRemovalParams",
        "VIRTUAL_TRY_ON": "virtualTryOnParams",
    }
    body = {"taskType": task, names[task]: params}
    return body | {"imageGenerationConfig": config} if config else body


def text_image(text: str = "a red bicycle", **config: object) -> Body:
    return amazon("TEXT_IMAGE", {"text": text}, **config)


def inpainting(image: str = PICTURE, **config: object) -> Body:
    return amazon("INPAINTING", {"image": image, "maskPrompt": "the sky", "text": "stars"}, **config)


def try_on(**changes: object) -> Body:
    params = {
        "sourceImage": PICTURE,
        "referenceImage": PICTURE,
        "maskType": "GARMENT",
        "garmentBasedMask": {"garmentClass": "UPPER_BODY"},
    }
    return amazon(
        "VIRTUAL_TRY_ON", {name: value for name, value in (params | changes).items() if value is not None}
    )


COMMON_AMAZON = [
    text_image(),
    text_image(width=1024, height=1024, quality="premium", numberOfImages=3, cfgScale=8.0, seed=7),
    amazon(
        "TEXT_IMAGE",
        {"text": "a", "conditionImage": PICTURE, "controlMode": "SEGMENTATION", "controlStrength": 0.5},
    ),
    inpainting(),
    inpainting(numberOfImages=2, quality="premium"),
    amazon("INPAINTING", {"image": PICTURE, "maskImage": PICTURE}),
    amazon(
        "OUTPAINTING",
        {"image": PICTURE, "maskImage": PICTURE, "text": "a beach", "outPaintingMode": "PRECISE"},
    ),
    amazon(
        "IMAGE_VARIATION", {"images": [PICTURE, LARGE], "similarityStrength": 0.4}, width=768, height=1152
    ),
    amazon(
        "COLOR_GUIDED_GENERATION",
        {"text": "a jar", "colors": ["#FF9800", "#00ff00"], "referenceImage": PICTURE},
    ),
    amazon("BACKGROUND_REMOVAL", {"image": PICTURE}),
]
SERVICES: dict[str, Body] = {
    "stability.stable-creative-upscale-v1:0": {"prompt": "a house", "image": PICTURE, "creativity": 0.3},
    "stability.stable-conservative-upscale-v1:0": {"prompt": "a house", "image": PICTURE, "creativity": 0.35},
    "stability.stable-fast-upscale-v1:0": {"image": PICTURE},
    "stability.stable-image-inpaint-v1:0": {
        "prompt": "a hat",
        "image": PICTURE,
        "mask": PICTURE,
        "grow_mask": 5,
    },
    "stability.stable-outpaint-v1:0": {"image": PICTURE, "left": 512, "up": 200},
    "stability.stable-image-search-recolor-v1:0": {
        "prompt": "pink jacket",
        "image": PICTURE,
        "select_prompt": "jacket",
    },
    "stability.stable-image-search-replace-v1:0": {
        "prompt": "jacket",
        "image": PICTURE,
        "search_prompt": "sweater",
    },
    "stability.stable-image-erase-object-v1:0": {"image": PICTURE, "mask": PICTURE},
    "stability.stable-image-remove-background-v1:0": {"image": PICTURE, "output_format": "webp"},
    "stability.stable-image-control-sketch-v1:0": {
        "prompt": "a house",
        "image": PICTURE,
        "control_strength": 0.7,
    },
    "stability.stable-image-control-structure-v1:0": {"prompt": "a house", "image": PICTURE},
    "stability.stable-image-style-guide-v1:0": {
        "prompt": "a city",
        "image": PICTURE,
        "aspect_ratio": "16:9",
        "fidelity": 1,
    },
    "stability.stable-style-transfer-v1:0": {
        "init_image": PICTURE,
        "style_image": LARGE,
        "change_strength": 0.9,
    },
}
VALID: dict[str, list[Body]] = {
    TITAN_1: [
        body
        for body in COMMON_AMAZON
        if body["taskType"] not in ("COLOR_GUIDED_GENERATION", "BACKGROUND_REMOVAL")
    ],
    TITAN: COMMON_AMAZON,
    NOVA: [
        *COMMON_AMAZON,
        text_image(width=2048, height=2048, seed=12),
        amazon("TEXT_IMAGE", {"text": "a", "style": "DESIGN_SKETCH"}),
        try_on(),
        try_on(
            maskType="IMAGE",
            garmentBasedMask=None,
            imageBasedMask={"maskImage": PICTURE},
            mergeStyle="SEAMLESS",
        ),
        try_on(
            maskType="PROMPT",
            garmentBasedMask=None,
            promptBasedMask={"maskPrompt": "shirt", "maskShape": "CONTOUR"},
        ),
    ],
    SDXL: [
        {
            "text_prompts": [{"text": "a cat", "weight": 1}, {"text": "blurry", "weight": -1}],
            "steps": 50,
            "samples": 1,
        },
        {
            "text_prompts": [{"text": "a cat"}],
            "width": 1216,
            "height": 832,
            "steps": 51,
            "cfg_scale": 10,
            "seed": 5,
        },
        {"text_prompts": [{"text": "a cat"}], "init_image": PICTURE, "image_strength": 0.5},
        {
            "text_prompts": [{"text": "a"}],
            "init_image": PICTURE,
            "mask_source": "MASK_IMAGE_WHITE",
            "mask_image": PICTURE,
        },
    ],
    SDXL_0: [{"text_prompts": [{"text": "a cat"}], "cfg_scale": 10, "seed": 0, "steps": 70}],
    CORE: [
        {"prompt": "a cat"},
        {
            "prompt": "a cat",
            "aspect_ratio": "16:9",
            "output_format": "JPEG",
            "seed": 4_294_967_295,
            "negative_prompt": "dogs",
        },
    ],
    SD35: [
        {"prompt": "a cat", "mode": "text-to-image", "output_format": "webp"},
        {"prompt": "a cat", "mode": "image-to-image", "image": PICTURE, "strength": 0.7},
        {"prompt": "a cat", "image": PICTURE, "strength": 0.7},
    ],
    ULTRA: [
        {"prompt": "a cat", "aspect_ratio": "9:21", "output_format": "png"},
        {"prompt": "a cat", "image": PICTURE, "strength": 0.2},
        {"prompt": "a cat", "image": PICTURE},
    ],
    **{model_id: [body] for model_id, body in SERVICES.items()},
}


def body_of(rewritten: Rewritten | NotPossible) -> Body:
    assert isinstance(rewritten, Rewritten), rewritten
    body: Body = json.loads(rewritten.body)
    return body


def why(rewritten: Rewritten | NotPossible) -> str:
    assert isinstance(rewritten, NotPossible), rewritten
    return rewritten.why


def every_valid() -> Iterator[tuple[str, Body]]:
    for model_id, bodies in VALID.items():
        for body in bodies:
            yield model_id, body
