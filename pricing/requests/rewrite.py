"""A body turned into a cheaper one that still asks for the same picture.

Task, prompt, seed, masks and input images are never touched, and no quality, size or count is ever raised:
a rewrite that cannot keep to that is `NotPossible`, and says why. Whether the result is cheaper is for the
caller to price.
"""

from collections.abc import Callable

from pricing.book import PriceBook
from pricing.cards import ModelCard
from pricing.errors import PriceError, RequestRefused
from pricing.families import SIZED_BY_CONFIG
from pricing.records import record
from pricing.requests import read_fields
from pricing.requests.amazon import CONFIG
from pricing.requests.body import parse_body, write_body
from pricing.requests.image_request import ImageRequest
from pricing.requests.shapes import smaller_of_same_shape
from pricing.requests.translate import ImpossibleError, translate
from pricing.sizes import Size

Values = dict[str, object]


@record
class Rewritten:
    """The cheaper body, and in words what is different about it."""

    body: bytes
    changed: tuple[str, ...]


@record
class NotPossible:
    """No such body exists that asks for the same picture."""

    why: str


def cheaper_quality(card: ModelCard, body: bytes | str, quality: str) -> Rewritten | NotPossible:
    """Asks for a lower quality; for SDXL, whose qualities are steps, for fewer steps."""

    def change(values: Values, request: ImageRequest) -> list[str]:
        if quality not in card.qualities or request.quality not in card.qualities:
            raise ImpossibleError(f"{card.model_id} has no quality {quality[:60]!a}")
        if card.qualities.index(quality) >= card.qualities.index(request.quality):
            raise ImpossibleError(f"the request asks for {request.quality} already")
        if card.quality_steps:
            return _fewer_steps(card, values, quality)
        _config(values)["quality"] = quality
        return [f"quality: {request.quality} -> {quality}"]

    return _rewritten(card, card, body, change)


def fewer_images(card: ModelCard, body: bytes | str, images: int) -> Rewritten | NotPossible:
    """Asks for at most this many images."""

    def change(values: Values, request: ImageRequest) -> list[str]:
        if not 1 <= images < request.images:
            raise ImpossibleError(f"the request asks for {request.images} already")
        if card.family == "sdxl":
            values["samples"] = images
        else:
            _config(values)["numberOfImages"] = images
        return [f"images: {request.images} -> {images}"]

    return _rewritten(card, card, body, change)


def smaller_size(card: ModelCard, book: PriceBook, body: bytes | str) -> Rewritten | NotPossible:
    """Asks for the next smaller size class in the same shape; edits keep the size of their picture."""

    def change(values: Values, request: ImageRequest) -> list[str]:
        size = _smaller(card, request)
        book.size_class(card.model_id, size)
        target = values if card.family == "sdxl" else _config(values)
        target["width"], target["height"] = size
        return [f"size: {request.size} -> {size}"]

    return _rewritten(card, card, body, change)


def to_model(from_card: ModelCard, to_card: ModelCard, body: bytes | str) -> Rewritten | NotPossible:
    """The same request for another model, within Stability's text models or between Titan and Nova Canvas."""
    return _rewritten(
        from_card, to_card, body, lambda values, request: translate(from_card, to_card, values, request)
    )


def _rewritten(
    card: ModelCard, target: ModelCard, body: bytes | str, change: Callable[[Values, ImageRequest], list[str]]
) -> Rewritten | NotPossible:
    """Reads the body, changes it, and reads it again as the target model will."""
    try:
        values = parse_body(body)
        before = read_fields(card, values)
        changed = change(values, before)
        after = read_fields(target, values)
        if after.task != before.task or after.images > before.images:
            raise ImpossibleError(f"{target.model_id} would take it for another request")
        return Rewritten(write_body(values), tuple(changed))
    except RequestRefused as error:
        return NotPossible(f"{target.model_id}: {error}")
    except (PriceError, ImpossibleError) as error:
        return NotPossible(str(error))


def _fewer_steps(card: ModelCard, values: Values, quality: str) -> list[str]:
    steps = next((step.max_steps for step in card.quality_steps if step.quality == quality), None)
    if steps is None:
        raise ImpossibleError(f"{quality} has no upper number of steps")
    before, values["steps"] = values.get("steps"), steps
    return [f"steps: {before} -> {steps}"]


def _smaller(card: ModelCard, request: ImageRequest) -> Size:
    if request.task not in SIZED_BY_CONFIG:
        raise ImpossibleError(f"{request.task} keeps the size of its image")
    classes = card.sizes.classes()
    rank = classes.index(request.size_class)
    if rank == 0 or request.size is None:
        raise ImpossibleError(
            "there is no smaller size class" if rank == 0 else "the request does not say its size"
        )
    size = smaller_of_same_shape(card, request.size, classes[rank - 1])
    if size is None:
        raise ImpossibleError(
            f"{card.model_id} makes nothing in the shape of {request.size} in size class {classes[rank - 1]}"
        )
    return size


def _config(values: Values) -> Values:
    """The shared configuration, made when absent."""
    config = values.get(CONFIG)
    if not isinstance(config, dict):
        config = values[CONFIG] = {}
    return config
