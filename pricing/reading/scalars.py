"""Shapes of single values that are not numbers: text, days, choices."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Generic, Literal, Protocol, TypeVar

from pricing.reading.misfit import Unbound, refuse, wrong
from pricing.reading.nodes import Node, Scalar
from pricing.reading.sink import Sink
from pricing.reading.yaml11 import SUSPECT, reading
from pricing.records import EMPTY, record

_BREAKS = re.compile(r"[\t\n\r]")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
JsonSchema = dict[str, object]


class Shape(Protocol[T_co]):
    """What a node must look like, and the value it then is."""

    @property
    def expected(self) -> str:
        """In words, for messages: `a whole number between 1 and 120`."""

    def bind(self, node: Node, sink: Sink) -> T_co | Literal[Unbound.UNBOUND]:
        """The checked value, or `UNBOUND` after telling the sink."""

    def json_schema(self) -> JsonSchema:
        """The same rule for editors."""


@record
class Text:
    """One line of text."""

    longest: int = 200
    pattern: re.Pattern[str] | None = None
    expected: str = "text"
    lines: bool = False
    """Whether line breaks are allowed."""
    dated: bool = False
    """Whether text that YAML 1.1 tools take for a number or date is usual here, and not worth a warning."""

    def bind(self, node: Node, sink: Sink) -> str | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar:
            return wrong(node, self.expected, sink)
        text = node.text
        if not self.lines and not text.isprintable() and _BREAKS.search(text):
            return refuse(
                "control-character", node, "must be one line", "take line breaks and tabs out", sink
            )
        if not self._fits(text) or node.is_null:
            return self._misfit(node, sink)
        if node.plain and not self.dated and text[0] in SUSPECT:
            _warn_of_other_readings(node, sink)
        return text

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return schema | ({"pattern": f"^(?:{self.pattern.pattern})$"} if self.pattern else {})

    def _fits(self, text: str) -> bool:
        if not text or len(text) > self.longest or text.isspace():
            return False
        return self.pattern is None or self.pattern.fullmatch(text) is not None

    def _misfit(self, node: Scalar, sink: Sink) -> Literal[Unbound.UNBOUND]:
        length = len(node.text)
        if length > self.longest:
            message = f"is {length:,} characters long, more than {self.longest:,}"
            return refuse("too-long", node, message, "shorten it", sink)
        return wrong(node, self.expected, sink)


@record
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    also: Mapping[str, str] = EMPTY
    """Other spellings of a word, such as what YAML 1.1 tools write for it."""

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.words) if len(self.words) > 1 else self.words[0]

    def bind(self, node: Node, sink: Sink) -> str | Literal[Unbound.UNBOUND]:
        if node.__class__ is Scalar:
            text: str = node.text
            if text in self.words:
                return text
            if text in self.also:
                return self.also[text]
        return _wrong_word(node, self, sink)

    def json_schema(self) -> JsonSchema:
        truth: list[object] = [text == "true" for text in self.also if text in {"true", "false"}]
        return {"enum": [*self.words, *truth]}


@record
class Flag:
    """`true` or `false`."""

    expected: str = "true or false"

    def bind(self, node: Node, sink: Sink) -> bool | Literal[Unbound.UNBOUND]:
        if node.__class__ is Scalar and node.text in {"true", "false"}:
            return node.text == "true"
        return wrong(node, self.expected, sink)

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


@record
class Parsed(Generic[T]):
    """Text read by a function that raises `ValueError` for what it does not understand."""

    parse: Callable[[str], T]
    expected: str
    schema: Mapping[str, object]

    def bind(self, node: Node, sink: Sink) -> T | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar:
            return wrong(node, self.expected, sink)
        try:
            return self.parse(node.text)
        except ValueError:
            return wrong(node, self.expected, sink)

    def json_schema(self) -> JsonSchema:
        return dict(self.schema)


def parse_day(text: str) -> date:
    """A calendar day written `2026-11-30`; raises `ValueError` for any other spelling."""
    if len(text) != 10 or not text.isascii() or text[4] != "-":
        raise ValueError(f"{text[:40]!r} is not a day such as 2026-11-30")
    return date.fromisoformat(text)


DAY_SCHEMA: Final[JsonSchema] = {
    "type": "string",
    "format": "date",
    "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
}
DAY: Final = Parsed(parse_day, "a day such as 2026-11-30", DAY_SCHEMA)


def _warn_of_other_readings(node: Scalar, sink: Sink) -> None:
    other = reading(node.text)
    if other:
        message = f"{node.text} is text here but {other} to other YAML tools"
        sink.warn("yaml-1.1", node, message, f'quote it: "{node.text}"')


def _wrong_word(node: Node, choice: Choice, sink: Sink) -> Literal[Unbound.UNBOUND]:
    from pricing.nearest import nearest  # only a miss pays for it

    close = nearest(node.text, choice.words) if isinstance(node, Scalar) and not sink.full else ""
    return wrong(node, choice.expected, sink, close if close.startswith("did") else "")
