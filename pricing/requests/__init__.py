"""InvokeModel bodies read as prices see them; one small module per model family.

`read_request` says what a body would be billed. A body that AWS would certainly reject is refused with the
remedy. Where AWS's documentation is silent or contradicts itself the body is accepted, priced at the most it
can cost, and the assumption is named.
"""

from collections.abc import Callable, Mapping

from pricing.cards import ModelCard
from pricing.errors import RequestRefused
from pricing.requests import nova_canvas, sdxl, stability_service, stability_text, titan
from pricing.requests.body import parse_body
from pricing.requests.fields import Fields
from pricing.requests.image_request import ImageRequest

__all__ = ["FAMILIES", "ImageRequest", "read_fields", "read_request"]

FAMILIES: Mapping[str, Callable[[ModelCard, Fields], ImageRequest]] = {
    "titan": titan.read,
    "nova_canvas": nova_canvas.read,
    "sdxl": sdxl.read,
    "stability_text": stability_text.read,
    "stability_service": stability_service.read,
}
"""The `family` of a model card to the reader of its bodies."""


def read_request(card: ModelCard, body: bytes | str) -> ImageRequest:
    """What the body would be billed; raises `RequestRefused` for one that AWS would reject."""
    return read_fields(card, parse_body(body))


def read_fields(card: ModelCard, values: dict[str, object]) -> ImageRequest:
    """The same for a body already parsed."""
    reader = FAMILIES.get(card.family)
    if reader is None:
        raise RequestRefused(
            f"{card.model_id} speaks the request format {card.family!r}, which is not known",
            f"a price book may name {', '.join(FAMILIES)}",
            code="unknown-family",
        )
    return reader(card, Fields(values, []))
