"""What Titan Image Generator and Nova Canvas requests share: a task type, its parameters, one configuration.

Sources: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-image.html and
docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html, read 2026-11-22.
"""

import re
from collections.abc import Callable, Mapping

from pricing.cards import ModelCard
from pricing.errors import RequestRefused
from pricing.nearest import nearest, nearest_size
from pricing.records import record
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest, image_request
from pricing.sizes import Size, SizeLimits

CONFIG = "imageGenerationConfig"
SEED_MAX = 2_147_483_646
LARGEST_SIDE = 65_535
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)


@record
class Task:
    """One task type: where its parameters are and how they are read."""

    params: str
    """The name of the object that holds them."""
    read: "Callable[[Fields, Terms], Size | None]"
    """Checks them; gives the size of the picture the task edits, None where the configuration decides."""
    takes_config: bool = True


@record
class Dialect:
    """How one family's requests differ from the other's."""

    tasks: Mapping[str, Task]
    default_size: Size
    inputs: Callable[[ModelCard], SizeLimits]
    """What AWS takes as an input picture."""
    least_negative_chars: int
    edits_may_resize: bool
    """True where nothing says that an edit ignores a width and height in the configuration."""
    certain_seed_max: int
    """The largest seed on which all sources agree."""


@record
class Terms:
    """What the parameters of one request must keep to."""

    card: ModelCard
    dialect: Dialect

    @property
    def inputs(self) -> SizeLimits:
        return self.dialect.inputs(self.card)


def read_amazon(card: ModelCard, fields: Fields, dialect: Dialect) -> ImageRequest:
    """What a Titan or Nova Canvas body would be billed; raises `RequestRefused` for one AWS would reject."""
    name = _task_name(card, fields, dialect)
    task = dialect.tasks[name]
    edited = task.read(fields.need_within(task.params), Terms(card, dialect))
    config = fields.within(CONFIG)
    if not task.takes_config and (config is None or not config.names()):
        return _without_config(card, fields, name, edited)
    if not task.takes_config:
        fields.assumptions.append(f"{name} takes no {CONFIG}: priced as if AWS followed the one given")
    config = config or Fields({}, fields.assumptions, CONFIG)
    images, quality = _images(card, config), _quality(card, config)
    _check_guidance(config, dialect)
    size = (
        _asked_size(card, config, dialect)
        if edited is None
        else _edited_size(card, config, dialect, name, edited)
    )
    return image_request(card, name, fields.assumptions, images=images, size=size, quality=quality)


def read_text(params: Fields, terms: Terms, *, required: bool = True) -> None:
    """The prompt and what must not show."""
    most = terms.card.prompt_chars
    if required:
        params.need_text("text", most=most, least=1)
    else:
        params.text("text", most=most)
    params.text("negativeText", most=most, least=terms.dialect.least_negative_chars)


def text_image(params: Fields, terms: Terms) -> None:
    read_text(params, terms)
    params.image("conditionImage")
    params.choice("controlMode", ("CANNY_EDGE", "SEGMENTATION"))
    params.number("controlStrength", 0, 1)


def color_guided(params: Fields, terms: Terms) -> None:
    read_text(params, terms)
    params.image("referenceImage", terms.inputs)
    for number, color in enumerate(params.items("colors", 1, 10)):
        if not isinstance(color, str) or _COLOR.fullmatch(color) is None:
            raise params.refused(
                f"colors[{number}]", "is not a colour", "write it as #RRGGBB", "unknown-value"
            )


def image_variation(params: Fields, terms: Terms) -> None:
    read_text(params, terms, required=False)
    params.number("similarityStrength", 0.2, 1)
    for number, image in enumerate(params.items("images", 1, 5)):
        params.picture(f"images[{number}]", image, terms.inputs)


def inpainting(params: Fields, terms: Terms) -> Size:
    """Without a prompt, what the mask covers is removed."""
    read_text(params, terms, required=False)
    return _masked(params, terms)


def outpainting(params: Fields, terms: Terms) -> Size:
    read_text(params, terms)
    params.choice("outPaintingMode", ("DEFAULT", "PRECISE"))
    return _masked(params, terms)


def background_removal(params: Fields, terms: Terms) -> Size:
    return params.need_image("image").size


def check_mask(params: Fields, name: str, size: Size) -> None:
    """A mask image must have the size of the picture it masks."""
    mask = params.image(name)
    if mask is not None and mask.size != size:
        raise params.refused(
            name, f"is {mask.size}, the image {size}", "make the mask as large as the image", "image-size"
        )


def _masked(params: Fields, terms: Terms) -> Size:
    size = params.need_image("image", terms.inputs).size
    params.flag("returnMask")
    prompted = bool(params.text("maskPrompt"))
    if prompted and params.has("maskImage"):
        raise params.refused(
            "maskPrompt", "and maskImage are both given", "AWS takes one of them", "conflict"
        )
    if not prompted and not params.has("maskImage"):
        raise params.missing("maskPrompt or maskImage", "one of them")
    check_mask(params, "maskImage", size)
    return size


def _task_name(card: ModelCard, fields: Fields, dialect: Dialect) -> str:
    name = fields.need_text("taskType")
    if name not in dialect.tasks:
        raise RequestRefused(
            f"taskType is {name[:60]!a}, which {card.model_id} does not know",
            nearest(name.upper(), card.tasks, f"it does {', '.join(card.tasks)}"),
            code="unknown-task",
        )
    if name not in card.tasks:
        raise RequestRefused(
            f"{card.model_id} does not do {name}", f"it does {', '.join(card.tasks)}", code="unknown-task"
        )
    return name


def _without_config(card: ModelCard, fields: Fields, name: str, edited: Size | None) -> ImageRequest:
    quality = card.qualities[0] if card.qualities else None
    fields.assumptions.append(
        f"{name} takes no {CONFIG}: one image" + (f" of {quality} quality" if quality else "")
    )
    return image_request(card, name, fields.assumptions, size=edited, quality=quality)


def _images(card: ModelCard, config: Fields) -> int:
    images = config.whole("numberOfImages", 1, card.images_per_request)
    if images is None:
        config.assumptions.append("numberOfImages is absent: 1")
    return images or 1


def _quality(card: ModelCard, config: Fields) -> str | None:
    quality = config.choice("quality", card.qualities, code="unknown-quality") if card.qualities else None
    if quality is None and card.qualities:
        quality = card.qualities[0]
        config.assumptions.append(f"quality is absent: {quality}")
    return quality


def _check_guidance(config: Fields, dialect: Dialect) -> None:
    config.number("cfgScale", 1.1, 10)
    seed = config.whole("seed", 0, SEED_MAX)
    if seed is not None and seed > dialect.certain_seed_max:
        config.assumptions.append(
            f"seed is over {dialect.certain_seed_max:,}, where some of AWS's pages stop: taken as accepted"
        )


def _asked_size(card: ModelCard, config: Fields, dialect: Dialect) -> Size | None:
    """The size the configuration asks for; None where the default of an absent side makes none listed."""
    width, height = config.whole("width", 1, LARGEST_SIDE), config.whole("height", 1, LARGEST_SIDE)
    size = Size(width or dialect.default_size.width, height or dialect.default_size.height)
    if width is None and height is None:
        config.assumptions.append(_default_size_said(card, size))
        return size
    reasons = list(card.size_limits.violations(size))
    if width is None or height is None:
        return _half_asked_size(card, config, size, reasons)
    if reasons:
        raise _size_refused(card, size, reasons)
    return size


def _half_asked_size(card: ModelCard, config: Fields, size: Size, reasons: list[str]) -> Size | None:
    absent, given = ("height", "width") if config.has("width") else ("width", "height")
    listed = card.size_limits.listed
    if not reasons:
        config.assumptions.append(f"{absent} is absent: {getattr(size, absent)}")
        return size
    if listed is None or getattr(size, given) not in {getattr(known, given) for known in listed}:
        raise _size_refused(card, size, reasons)
    config.assumptions.append(
        f"{absent} is absent and its default makes {size}, which is not listed: the dearest size class"
    )
    return None


def _default_size_said(card: ModelCard, size: Size) -> str:
    said = f"width and height are absent: {size}"
    if any(card.size_limits.violations(size)):
        said += f", AWS's default although not listed; size class {card.sizes.class_of(size)}"
    return said


def _edited_size(card: ModelCard, config: Fields, dialect: Dialect, task: str, edited: Size) -> Size:
    """An edit keeps the size of its picture; where that is not certain, the dearer of two sizes counts."""
    width, height = config.whole("width", 1, LARGEST_SIDE), config.whole("height", 1, LARGEST_SIDE)
    if width is None and height is None:
        return edited
    if not dialect.edits_may_resize:
        config.assumptions.append(
            f"width and height do not count: {task} keeps the size of its image, {edited}"
        )
        return edited
    classes = card.sizes.classes()
    asked = Size(width or dialect.default_size.width, height or dialect.default_size.height)
    dearer = max(edited, asked, key=lambda size: (classes.index(card.sizes.class_of(size)), size.pixels))
    config.assumptions.append(
        f"{task} takes no width and height, yet they say {asked} and the image is {edited}: "
        f"priced as the dearer, {dearer}"
    )
    return dearer


def _size_refused(card: ModelCard, size: Size, reasons: list[str]) -> RequestRefused:
    listed = card.size_limits.listed
    remedy = nearest_size(size, listed) if listed else "choose a size within its limits"
    return RequestRefused(
        f"{card.model_id} does not make {size}: it {' and '.join(reasons)}", remedy, code="size-refused"
    )
