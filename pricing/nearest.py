"""Did you mean: the nearest thing that exists, for the remedy of a miss."""

from collections.abc import Collection
from math import log

from pricing.sizes import Size

MOST_COMPARED = 300
"""Known words a wanted one is compared with; each takes some 50 microseconds."""


def nearest(wanted: str, known: Collection[str], otherwise: str = "") -> str:
    """A remedy that names the nearest known word, or all of them when there are few."""
    from difflib import get_close_matches  # only a miss pays for it

    close = get_close_matches(wanted[:200], list(known)[:MOST_COMPARED], n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if 0 < len(known) <= 6:
        return f"known: {', '.join(sorted(known))}"
    return otherwise


def nearest_size(wanted: Size, known: Collection[Size]) -> str:
    """A remedy that names the size closest in shape, then in area."""
    best = min(known, key=lambda size: (_distance(wanted, size), size))
    return f"the nearest it makes is {best}"


def _distance(one: Size, other: Size) -> float:
    """How far apart two sizes look: a change of shape counts twice as much as a change of area."""
    width, height = log(one.width / other.width), log(one.height / other.height)
    return abs(width - height) + abs(width + height) / 2
