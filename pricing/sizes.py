"""Pixels to size classes: the rule is data in a price book, because the sources disagree."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pricing.records import record

_SIZE = re.compile(r"([1-9]\d{0,4})\s*[x×]\s*([1-9]\d{0,4})", re.ASCII | re.IGNORECASE)


class Size(NamedTuple):
    """Width and height of a picture, in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Reads `1024x768`; raises `ValueError` otherwise."""
        match = _SIZE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text[:40]!r} is not a size such as 1024x1024")
        return cls(int(match.group(1)), int(match.group(2)))


@record
class Flat:
    """One price whatever the size."""

    size_class: str = "any"

    def class_of(self, size: Size | None) -> str:
        return self.size_class

    def classes(self) -> tuple[str, ...]:
        return (self.size_class,)


@record
class Step:
    """A class that holds up to and including `limit` (pixels of the longest side, or of the area)."""

    limit: int | None
    """None for the last step: everything above the one before."""
    size_class: str


@record
class LongestSide:
    """The class is chosen by the longer side, in pixels."""

    steps: tuple[Step, ...]

    def class_of(self, size: Size | None) -> str:
        return _first_step(self.steps, None if size is None else max(size))

    def classes(self) -> tuple[str, ...]:
        return tuple(step.size_class for step in self.steps)


@record
class Area:
    """The class is chosen by width x height, in pixels."""

    steps: tuple[Step, ...]

    def class_of(self, size: Size | None) -> str:
        return _first_step(self.steps, None if size is None else size.pixels)

    def classes(self) -> tuple[str, ...]:
        return tuple(step.size_class for step in self.steps)


@record
class Listed:
    """Each listed size has its class; `other` classes the sizes of edited input images, which can be any."""

    sizes: Mapping[Size, str]
    other: LongestSide | Area

    def class_of(self, size: Size | None) -> str:
        """The class of any size, listed or not; an unknown size gets the dearest class."""
        return (
            self.other.class_of(None) if size is None else self.sizes.get(size) or self.other.class_of(size)
        )

    def classes(self) -> tuple[str, ...]:
        return self.other.classes()


SizeRule = Flat | LongestSide | Area | Listed


@record
class SizeLimits:
    """What AWS accepts as an output size; None where it sets no limit."""

    listed: tuple[Size, ...] | None = None
    """The complete list of sizes, where AWS takes no other."""
    min_side: int | None = None
    max_side: int | None = None
    multiple_of: int | None = None
    max_ratio: int | None = None
    """The longer side is at most this many times the shorter."""
    max_pixels: int | None = None

    def violations(self, size: Size) -> Iterator[str]:
        """Each reason AWS would reject the size, as words that follow "1280x720 ..."."""
        if self.listed is not None and size not in self.listed:
            yield "is not one of the sizes it makes"
        if self.min_side is not None and min(size) < self.min_side:
            yield f"has a side under {self.min_side} px"
        if self.max_side is not None and max(size) > self.max_side:
            yield f"has a side over {self.max_side} px"
        if self.multiple_of is not None and (size.width % self.multiple_of or size.height % self.multiple_of):
            yield f"has a side that is not a multiple of {self.multiple_of}"
        if self.max_ratio is not None and max(size) > self.max_ratio * min(size):
            yield f"is longer than {self.max_ratio}:1"
        if self.max_pixels is not None and size.pixels > self.max_pixels:
            yield f"has more than {self.max_pixels:,} pixels"


def _first_step(steps: tuple[Step, ...], measure: int | None) -> str:
    if measure is not None:
        for step in steps:
            if step.limit is None or measure <= step.limit:
                return step.size_class
    return steps[-1].size_class
