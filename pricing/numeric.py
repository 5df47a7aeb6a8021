"""Shapes of numbers and money: exact, whatever YAML would make of them."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pricing.misfit import Unbound, found, refuse, wrong
from pricing.money import LARGEST, Micros, MoneyError, decimal_usd, parse_decimal, parse_price, parse_usd
from pricing.sink import Sink
from pricing.yaml_nodes import Node, Scalar

JsonSchema = dict[str, object]
_NOTHING = Micros(0)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number; `min` and `max` are part of the range."""

    min: int
    max: int

    @property
    def expected(self) -> str:
        return f"a whole number between {self.min:,} and {self.max:,}"

    def bind(self, node: Node, sink: Sink) -> int | Literal[Unbound.UNBOUND]:
        if node.__class__ is Scalar and len(node.text) < 4300 and _WHOLE.fullmatch(node.text):
            value = int(node.text)
            return value if self.min <= value <= self.max else out_of_range(node, self.min, self.max, sink)
        return wrong_number(node, self.expected, sink)

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.min, "maximum": self.max}


_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*(?:_\d+)*)", re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0[\d_]+(?:\.\d*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Decimal:
    """An exact decimal number; `min` and `max` are part of the range unless `above` says otherwise."""

    min: Fraction
    max: Fraction
    above: bool = False
    """Whether the value must be greater than `min`."""

    @property
    def expected(self) -> str:
        low = f"above {_figure(self.min)} and at most" if self.above else f"between {_figure(self.min)} and"
        return f"a number {low} {_figure(self.max)}"

    def bind(self, node: Node, sink: Sink) -> Fraction | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar:
            return wrong_number(node, self.expected, sink)
        value = number(node.text)
        if value is None:
            return wrong_number(node, self.expected, sink)
        if self.min < value <= self.max or (value == self.min and not self.above):
            return value
        return out_of_range(node, self.min, self.max, sink, above=self.above)

    def json_schema(self) -> JsonSchema:
        return number_schema(self.min, self.max, above=self.above)


@dataclass(frozen=True, slots=True)
class Usd:
    """US dollars, to the millionth."""

    min: Micros = _NOTHING
    max: Micros = LARGEST

    @property
    def expected(self) -> str:
        return f"an amount in US dollars between {_dollars(self.min)} and {_dollars(self.max)}"

    def bind(self, node: Node, sink: Sink) -> Micros | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar or number(node.text) is None:
            return wrong_number(node, self.expected, sink)
        try:
            value = parse_usd(node.text)
        except MoneyError as error:
            return refuse("not-an-amount", node, str(error), "", sink)
        if self.min <= value <= self.max:
            return value
        return out_of_range(node, Fraction(self.min, 1_000_000), Fraction(self.max, 1_000_000), sink)

    def json_schema(self) -> JsonSchema:
        return number_schema(Fraction(self.min, 1_000_000), Fraction(self.max, 1_000_000))


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit, above zero, as `(micros, per)`: exact however fine the price."""

    max: Micros = LARGEST

    @property
    def expected(self) -> str:
        return "a price in US dollars above 0"

    def bind(self, node: Node, sink: Sink) -> tuple[Micros, int] | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar or number(node.text) is None:
            return wrong_number(node, self.expected, sink)
        try:
            price, per = parse_price(node.text)
        except MoneyError as error:
            return refuse("not-an-amount", node, str(error), "", sink)
        if 0 < price <= self.max * per:
            return price, per
        return out_of_range(node, Fraction(0), Fraction(self.max, 1_000_000), sink, above=True)

    def json_schema(self) -> JsonSchema:
        return number_schema(Fraction(0), Fraction(self.max, 1_000_000), above=True)


def number(text: str) -> Fraction | None:
    """The exact value of a plain decimal; None for anything else, a leading zero included."""
    if text.isdigit() and text.isascii() and len(text) < 20 and (text[0] != "0" or text == "0"):
        return Fraction(int(text))
    if _LEADING_ZERO.fullmatch(text):
        return None
    try:
        return parse_decimal(text)
    except MoneyError:
        return None


def number_schema(least: Fraction, most: Fraction, *, above: bool = False) -> JsonSchema:
    """A number, or the text that editors (YAML 1.2) make of one with underscores, such as `25_000`."""
    sign = "" if least >= 0 else "-?"
    return {
        "type": ["number", "string"],
        "exclusiveMinimum" if above else "minimum": _json_number(least),
        "maximum": _json_number(most),
        "pattern": rf"^{sign}(0|[1-9]\d*(_\d+)*)(\.\d+)?$",
    }


def wrong_number(node: Node, expected: str, sink: Sink) -> Literal[Unbound.UNBOUND]:
    """As `wrong`, with how to write the number."""
    return wrong(node, expected, sink, _number_remedy(node.text) if isinstance(node, Scalar) else "")


def out_of_range(
    node: Node, least: Fraction | int, most: Fraction | int, sink: Sink, *, above: bool = False
) -> Literal[Unbound.UNBOUND]:
    """The number is well written but outside its range; names both ends."""
    low = f"above {_figure(least)} and at most" if above else f"between {_figure(least)} and"
    return refuse("out-of-range", node, f"must be {low} {_figure(most)}, got {found(node)}", "", sink)


_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d+", re.ASCII)


def _number_remedy(text: str) -> str:
    """How to write what looks like a number."""
    if _LEADING_ZERO.fullmatch(text):
        return "write it without the leading zero, which means octal to some tools"
    if _EXPONENT.fullmatch(text):
        return "write it out without an exponent"
    if text[:2].lower() in {"0x", "0o", "0b"}:
        return "write it in decimal"
    if "," in text:
        return "group digits with _ and begin decimals with . : 1_000.50"
    if text.strip("$€£% ").replace(".", "").isdigit():
        return "write the number alone, without a sign or unit"
    return ""


def _figure(value: Fraction | int) -> str:
    text = f"{int(value):,}" if Fraction(value).denominator == 1 else decimal_usd(Fraction(value) * 1_000_000)
    return text.replace(",", "_")


def _dollars(value: Micros) -> str:
    return _figure(Fraction(value, 1_000_000))


def _json_number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
