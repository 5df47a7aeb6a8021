"""The largest size of a cheaper size class that keeps the shape of a picture."""

from collections.abc import Iterator
from math import isqrt, log

from pricing.cards import ModelCard
from pricing.sizes import Area, LongestSide, Size

LARGEST_CHANGE = 0.05
"""A shape may change by at most this share; a picture further off is another picture."""


def smaller_of_same_shape(card: ModelCard, size: Size, size_class: str) -> Size | None:
    """The largest size of the class with the same ratio, else the nearest one; None when none comes near."""
    candidates = [made for made in _sizes_of_class(card, size, size_class) if made.pixels < size.pixels]
    exact = [made for made in candidates if made.width * size.height == made.height * size.width]
    if exact:
        return max(exact, key=lambda made: made.pixels)
    near = [made for made in candidates if _change(made, size) <= log(1 + LARGEST_CHANGE)]
    if card.size_limits.listed is None:
        return max(near, key=lambda made: (max(made), -_change(made, size)), default=None)
    return min(near, key=lambda made: (_change(made, size), -made.pixels), default=None)


def _sizes_of_class(card: ModelCard, size: Size, size_class: str) -> Iterator[Size]:
    """The sizes the model makes in the class; where it takes any size, those along the picture's shape."""
    listed = card.size_limits.listed
    for made in _along_shape(card, size, size_class) if listed is None else listed:
        if card.sizes.class_of(made) == size_class and not any(card.size_limits.violations(made)):
            yield made


def _along_shape(card: ModelCard, size: Size, size_class: str) -> Iterator[Size]:
    """From the longest side the class allows downwards, the shorter side rounded both ways."""
    step = card.size_limits.multiple_of or 1
    longer, shorter = max(size), min(size)
    for long in range(_longest_side(card, size, size_class) // step * step, 0, -step):
        below = long * shorter // longer // step * step
        for short in (below, below + step):
            if short > 0:
                yield Size(long, short) if size.width >= size.height else Size(short, long)


def _longest_side(card: ModelCard, size: Size, size_class: str) -> int:
    """The longest side a picture of this shape can have in the class; 0 where the class has no bound."""
    if not isinstance(card.sizes, LongestSide | Area):
        return 0
    limit = next((step.limit for step in card.sizes.steps if step.size_class == size_class), None) or 0
    if isinstance(card.sizes, LongestSide):
        return limit
    return isqrt(limit * max(size) // min(size))


def _change(one: Size, other: Size) -> float:
    return abs(log(one.width / one.height) - log(other.width / other.height))
