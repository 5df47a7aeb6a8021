"""What a price book file may say about sizes: how they become size classes, and which ones AWS takes."""

import re
from collections.abc import Mapping as Map
from typing import Final, Literal

from pricing.cards import StepQuality
from pricing.reading.misfit import Unbound
from pricing.reading.nodes import Node
from pricing.reading.numeric import Integer
from pricing.reading.scalars import JsonSchema, Parsed, Shape, Text
from pricing.reading.shape import Field, ListOf, MapOf, OneOf, Record
from pricing.reading.sink import Sink
from pricing.records import record
from pricing.sizes import Area, Flat, Listed, LongestSide, Size, SizeLimits, SizeRule, Step

ABOVE: Final = "above"
"""Stands for no bound in the last step of a size or quality rule."""


def _bound(text: str) -> int | None:
    """A step's limit: a whole number of pixels or diffusion steps, or `above`."""
    if text == ABOVE:
        return None
    if not _LIMIT.fullmatch(text):
        raise ValueError(f"{text!r} is not a limit")
    return int(text)


_LIMIT = re.compile(r"[1-9]\d{0,2}(?:_?\d{3}){0,3}|[1-9]\d{0,11}", re.ASCII)

_WORDS = Text(longest=60, dated=True)
SIZE: Final = Parsed(Size.parse, "a size such as 1024x1024", {"type": "string"})
_STEP_LIMIT = Parsed(_bound, f"a whole number, or {ABOVE}", {"type": ["integer", "string"]})
_PIXELS = Integer(1, 100_000)


def _steps(written: Map[str, int | None]) -> tuple[Step, ...]:
    """The steps of a size rule; raises `ValueError` unless they rise and the last one is open."""
    steps = tuple(Step(limit, name) for name, limit in written.items())
    limits = [step.limit for step in steps[:-1] if step.limit is not None]
    if steps[-1].limit is not None or len(limits) < len(steps) - 1 or limits != sorted(set(limits)):
        raise ValueError(
            f"limits must rise, and the last one must be {ABOVE}: sizes beyond the others need a class"
        )
    return steps


def _longest_side(longest_side: Map[str, int | None]) -> LongestSide:
    return LongestSide(_steps(longest_side))


def _area(area: Map[str, int | None]) -> Area:
    return Area(_steps(area))


def _listed(listed: Map[str, tuple[Size, ...]], other: LongestSide | Area) -> Listed:
    sizes: dict[Size, str] = {}
    for name, members in listed.items():
        for size in members:
            if sizes.setdefault(size, name) != name:
                raise ValueError(f"{size} is listed in two size classes")
    if set(listed) != set(other.classes()):
        raise ValueError("listed and other must name the same size classes")
    return Listed(sizes, other)


def _quality_steps(written: Map[str, int | None]) -> tuple[StepQuality, ...]:
    return tuple(StepQuality(step.limit, step.size_class) for step in _steps(written))


@record
class _QualitySteps:
    """A quality for each range of diffusion steps."""

    expected: str = "a mapping of qualities to steps"

    def bind(self, node: Node, sink: Sink) -> tuple[StepQuality, ...] | Literal[Unbound.UNBOUND]:
        written = _STEPS.bind(node, sink)
        if written is Unbound.UNBOUND:
            return written
        try:
            return _quality_steps(written)
        except ValueError as error:
            sink.error("wrong-value", node, str(error))
            return Unbound.UNBOUND

    def json_schema(self) -> JsonSchema:
        return _STEPS.json_schema()


_STEPS = MapOf(_WORDS, _STEP_LIMIT, "a mapping of names to limits", least=1)
_LONGEST_SIDE = Record(
    _longest_side,
    [Field("longest_side", _STEPS, "Size class to the longest side it holds, in pixels", required=True)],
    "a size rule",
)
_AREA = Record(
    _area, [Field("area", _STEPS, "Size class to the area it holds, in pixels", required=True)], "a size rule"
)
_MEASURES: dict[str, Shape[LongestSide | Area]] = {"longest_side": _LONGEST_SIDE, "area": _AREA}
_OTHER: OneOf[LongestSide | Area] = OneOf(_MEASURES, "longest_side or area")
_LISTED = Record(
    _listed,
    [
        Field(
            "listed", MapOf(_WORDS, ListOf(SIZE, least=1), least=1), "Size class to its sizes", required=True
        ),
        Field("other", _OTHER, "The rule for sizes off the list, which only edits have", required=True),
    ],
    "a size rule",
)
_FLAT = Record(
    Flat, [Field("flat", _WORDS, "The one size class", required=True, name="size_class")], "a size rule"
)
_RULES: dict[str, Shape[SizeRule]] = {
    "flat": _FLAT,
    "longest_side": _LONGEST_SIDE,
    "area": _AREA,
    "listed": _LISTED,
}
SIZES: OneOf[SizeRule] = OneOf(_RULES, "a size rule: flat, longest_side, area or listed")
LIMITS: Final = Record(
    SizeLimits,
    [
        Field("sizes", ListOf(SIZE, least=1), "The complete list of sizes", name="listed"),
        Field("min_side", _PIXELS, "Least width and height"),
        Field("max_side", _PIXELS, "Greatest width and height"),
        Field("multiple_of", _PIXELS, "Width and height are multiples of this"),
        Field("max_ratio", Integer(1, 1_000), "The longer side is at most this many times the shorter"),
        Field("max_pixels", Integer(1, 10**10), "Greatest width x height"),
    ],
    "size limits",
)
QUALITY_STEPS: Final = _QualitySteps()
