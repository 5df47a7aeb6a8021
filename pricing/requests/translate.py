"""One model's request in another model's words.

A field the other model lacks is dropped only when it does not change what is asked for; otherwise there is no
translation. A default the two models do not share is written out, or said where it only steers the guidance.
"""

from pricing.cards import ModelCard
from pricing.families import SIZED_BY_CONFIG, takes_requests_of
from pricing.requests import nova_canvas, titan
from pricing.requests.amazon import CONFIG, Dialect
from pricing.requests.image_request import ImageRequest
from pricing.requests.stability_text import FROM_IMAGE, variant

Values = dict[str, object]

_AMAZON: dict[str, Dialect] = {"titan": titan.DIALECT, "nova_canvas": nova_canvas.DIALECT}
_SHARED = {
    "TEXT_IMAGE": {"text", "negativeText", "conditionImage", "controlMode", "controlStrength"},
    "INPAINTING": {"image", "text", "negativeText", "maskPrompt", "maskImage"},
    "OUTPAINTING": {"image", "text", "negativeText", "maskPrompt", "maskImage", "outPaintingMode"},
    "IMAGE_VARIATION": {"images", "text", "negativeText", "similarityStrength"},
    "COLOR_GUIDED_GENERATION": {"text", "negativeText", "referenceImage", "colors"},
    "BACKGROUND_REMOVAL": {"image"},
}
"""Task to the parameters that Titan and Nova Canvas understand alike."""
_CONFIG_FIELDS = {"quality", "numberOfImages", "cfgScale", "seed", "width", "height"}
_DEFAULTS = {"titan": {"cfgScale": "8.0", "seed": "42"}, "nova_canvas": {"cfgScale": "6.5", "seed": "12"}}
"""What each family takes for a field that is absent, where they differ and the price does not hang on it."""
_COMMON_SIZE = 1024
_STABILITY_FIELDS = {
    "prompt",
    "negative_prompt",
    "aspect_ratio",
    "seed",
    "output_format",
    "mode",
    "image",
    "strength",
}


class ImpossibleError(Exception):
    """The request cannot be asked for in other words."""


def translate(from_card: ModelCard, to_card: ModelCard, values: Values, request: ImageRequest) -> list[str]:
    """Changes `values` in place and says what changed.

    Raises `ImpossibleError`; `values` are then of no further use.
    """
    if from_card.model_id == to_card.model_id:
        raise ImpossibleError(f"{to_card.model_id} is the model asked for")
    if not takes_requests_of(from_card, to_card):
        raise ImpossibleError(f"{to_card.model_id} does not take the requests {from_card.model_id} takes")
    changed = [f"model: {from_card.model_id} -> {to_card.model_id}"]
    if from_card.family in _AMAZON:
        return changed + _between_amazon(from_card, to_card, values, request)
    return changed + _within_stability(from_card, to_card, values, request)


def _between_amazon(
    from_card: ModelCard, to_card: ModelCard, values: Values, request: ImageRequest
) -> list[str]:
    if request.task not in to_card.tasks or request.task not in _SHARED:
        raise ImpossibleError(f"{to_card.model_id} does not do {request.task}")
    task = _AMAZON[to_card.family].tasks[request.task]
    _only({"taskType", task.params, CONFIG}, values, to_card)
    params = _object(values, task.params)
    if "conditionImage" in params and "COLOR_GUIDED_GENERATION" not in to_card.tasks:
        raise ImpossibleError(
            f"{to_card.model_id} takes no conditionImage"
        )  # it came with Titan V2, as did colour guidance
    if from_card.family == to_card.family:
        return []
    changed = _drop_harmless(params, to_card)
    _only(_SHARED[request.task], params, to_card)
    config = _object(values, CONFIG)
    _only(_CONFIG_FIELDS, config, to_card)
    changed += _config_changes(from_card, to_card, config, request)
    if not task.takes_config or not config:
        del values[CONFIG]
    return changed


def _drop_harmless(params: Values, to_card: ModelCard) -> list[str]:
    """Fields at a value that means their absence."""
    changed = []
    if params.get("returnMask") is False:
        changed.append("returnMask: false dropped, as it is the default")
        del params["returnMask"]
    if params.get("negativeText") == "":
        changed.append("negativeText: dropped, as it is empty")
        del params["negativeText"]
    return changed


def _config_changes(
    from_card: ModelCard, to_card: ModelCard, config: Values, request: ImageRequest
) -> list[str]:
    if not _AMAZON[to_card.family].tasks[request.task].takes_config:
        return [f"{CONFIG}: dropped, as {request.task} takes none"] if config else []
    if request.task in SIZED_BY_CONFIG:
        changed = _explicit_size(config, request)
    else:
        changed = [
            f"{name}: dropped, as {request.task} keeps the size of its image"
            for name in ("width", "height")
            if name in config
        ]
        config.pop("width", None)
        config.pop("height", None)
    _check_seed(to_card, config)
    for name, default in _DEFAULTS[to_card.family].items():
        if name not in config:
            changed.append(f"{name}: absent, so {default} in place of {_DEFAULTS[from_card.family][name]}")
    return changed


def _explicit_size(config: Values, request: ImageRequest) -> list[str]:
    """The two families have different default sizes, so the size is written out."""
    if "width" in config and "height" in config:
        return []
    if request.size is None:
        raise ImpossibleError("the request does not say its size")
    if "width" not in config and "height" not in config:
        config["width"] = config["height"] = _COMMON_SIZE
    else:
        config["width"], config["height"] = request.size
    return [f"size: {config['width']}x{config['height']} written out, as the default differs"]


def _check_seed(to_card: ModelCard, config: Values) -> None:
    seed, most = config.get("seed"), _AMAZON[to_card.family].certain_seed_max
    if isinstance(seed, int) and seed > most:
        raise ImpossibleError(
            f"seed {seed} is over {most}, the largest {to_card.model_id} is certain to take"
        )


def _within_stability(
    from_card: ModelCard, to_card: ModelCard, values: Values, request: ImageRequest
) -> list[str]:
    _only(_STABILITY_FIELDS, values, to_card)
    changed = _format_changes(to_card, values)
    if request.task == "IMAGE_TO_IMAGE":
        return changed + _image_changes(from_card, to_card, values)
    if "image" in values:
        raise ImpossibleError(f"{from_card.model_id} does not use the image given, {to_card.model_id} might")
    if values.pop("strength", None) is not None:
        changed.append("strength: dropped, as there is no image")
    return changed


def _format_changes(to_card: ModelCard, values: Values) -> list[str]:
    asked = values.get("output_format")
    if not isinstance(asked, str):
        return []
    formats = {word.lower(): word for word in variant(to_card).formats}
    if asked.lower() not in formats:
        raise ImpossibleError(f"{to_card.model_id} does not write {asked}")
    values["output_format"] = formats[asked.lower()]
    return (
        [] if asked == values["output_format"] else [f"output_format: {asked} -> {values['output_format']}"]
    )


def _image_changes(from_card: ModelCard, to_card: ModelCard, values: Values) -> list[str]:
    """An input image needs its mode and strength in the words of the other model."""
    source, target = variant(from_card), variant(to_card)
    if not target.takes_image:
        raise ImpossibleError(f"{to_card.model_id} takes no image")
    changed = []
    if "strength" not in values and source.default_strength != target.default_strength:
        if source.default_strength is None:
            raise ImpossibleError("the request does not say the strength of its image")
        values["strength"] = float(source.default_strength)
        changed.append(f"strength: {source.default_strength} written out, as there is no default")
    if values.pop("aspect_ratio", None) is not None:
        changed.append("aspect_ratio: dropped, as it does not count with an image")
    if FROM_IMAGE in target.modes and values.get("mode") != FROM_IMAGE:
        values["mode"] = FROM_IMAGE
        changed.append(f"mode: {FROM_IMAGE}")
    elif FROM_IMAGE not in target.modes and values.pop("mode", None) is not None:
        changed.append("mode: dropped, as the image says it")
    return changed


def _only(known: set[str], values: Values, to_card: ModelCard) -> None:
    """Removes nulls; raises for a field whose meaning for the other model is not known."""
    for name in [name for name, value in values.items() if value is None]:
        del values[name]
    for name in values:
        if name not in known:
            raise ImpossibleError(f"{to_card.model_id} has no {name[:60]!a}, and it may change the picture")


def _object(values: Values, name: str) -> Values:
    """An object of the body; an absent one is made, to be filled."""
    found = values.get(name)
    if not isinstance(found, dict):
        found = values[name] = {}
    return found
