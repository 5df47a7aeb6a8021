"""What one InvokeModel request would be billed."""

from pricing.cards import ModelCard
from pricing.records import record
from pricing.sizes import Size


@record
class ImageRequest:
    """A request read as its price sees it: how many images, of which size class and quality."""

    model_id: str
    """The foundation model id, without geography or ARN."""
    task: str
    images: int
    """The most images the request can make."""
    size: Size | None
    """The output size in pixels; None where the request does not say it or the price does not hang on it."""
    size_class: str
    quality: str | None
    """None where the model has no qualities."""
    assumptions: tuple[str, ...]
    """Everything taken for granted on the way, in words."""


def image_request(
    card: ModelCard,
    task: str,
    assumptions: list[str],
    *,
    images: int = 1,
    size: Size | None = None,
    quality: str | None = None,
) -> ImageRequest:
    """The request with its size class; an unknown size falls in the dearest class."""
    return ImageRequest(
        card.model_id, task, images, size, card.sizes.class_of(size), quality, tuple(assumptions)
    )
