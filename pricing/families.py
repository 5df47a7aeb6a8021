"""What the families of request formats can do, for those who read no request: the readers are not loaded."""

from typing import Final

from pricing.cards import ModelCard

SIZED_BY_CONFIG: Final = frozenset({"TEXT_IMAGE", "IMAGE_VARIATION", "COLOR_GUIDED_GENERATION"})
"""Tasks of Titan and Nova Canvas that make a picture of the size asked for; the others keep the size of the one they edit."""
_AMAZON: Final = frozenset({"titan", "nova_canvas"})


def takes_requests_of(from_card: ModelCard, to_card: ModelCard) -> bool:
    """Whether a request for one model can be put in the words of the other at all."""
    if from_card.family in _AMAZON:
        return to_card.family in _AMAZON
    return from_card.family == to_card.family == "stability_text"
