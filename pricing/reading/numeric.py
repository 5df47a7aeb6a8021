"""Shapes of numbers and money: exact, whatever YAML would make of them."""

import re
from fractions import Fraction
from typing import Literal

from pricing.money import (
    LARGEST,
    MICROS_PER_USD,
    Micros,
    MoneyError,
    decimal_usd,
    parse_decimal,
    parse_price,
    parse_usd,
)
from pricing.reading.misfit import Unbound, found, refuse, wrong
from pricing.reading.nodes import Node, Scalar
from pricing.reading.sink import Sink
from pricing.records import record

JsonSchema = dict[str, object]
_NOTHING = Micros(0)


@record
class Integer:
    """A whole number; `min` and `max` are part of the range."""

    min: int
    max: int

    @property
    def expected(self) -> str:
        return f"a whole number between {self.min:_} and {self.max:_}"

    def bind(self, node: Node, sink: Sink) -> int | Literal[Unbound.UNBOUND]:
        if node.__class__ is Scalar and len(node.text) < 4300 and _WHOLE.fullmatch(node.text):
            value = int(node.text)
            return (
                value
                if self.min <= value <= self.max
                else out_of_range(node, _range(self.min, self.max), sink)
            )
        return wrong_number(node, self.expected, sink)

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.min, "maximum": self.max}


_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*(?:_\d+)*)", re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0[\d_]+(?:\.\d*)?", re.ASCII)


@record
class Decimal:
    """An exact decimal number; `min` and `max` belong to the range unless `above` or `below` is set."""

    min: int
    max: int
    above: bool = False
    """Whether the value must be greater than `min`."""
    below: bool = False
    """Whether the value must be less than `max`."""

    @property
    def expected(self) -> str:
        return f"a number {_range(self.min, self.max, above=self.above, below=self.below)}"

    def bind(self, node: Node, sink: Sink) -> Fraction | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar:
            return wrong_number(node, self.expected, sink)
        value = number(node.text)
        if value is None:
            return wrong_number(node, self.expected, sink)
        low, high = (
            value.numerator - self.min * value.denominator,
            self.max * value.denominator - value.numerator,
        )
        if low < self.above or high < self.below:
            return out_of_range(node, _range(self.min, self.max, above=self.above, below=self.below), sink)
        return value

    def json_schema(self) -> JsonSchema:
        return number_schema(self.min, self.max, above=self.above, below=self.below)


@record
class Usd:
    """US dollars, to the millionth."""

    min: Micros = _NOTHING
    max: Micros = LARGEST

    @property
    def expected(self) -> str:
        return f"an amount in US dollars {_range(*self._dollars)}"

    @property
    def _dollars(self) -> tuple[Fraction, Fraction]:
        return _dollars(self.min), _dollars(self.max)

    def bind(self, node: Node, sink: Sink) -> Micros | Literal[Unbound.UNBOUND]:
        if node.__class__ is not Scalar or number(node.text) is None:
            return wrong_number(node, self.expected, sink)
        try:
            value = parse_usd(node.text)
        except MoneyError as error:
            return refuse("not-an-amount", node, str(error), "", sink)
        if self.min <= value <= self.max:
            return value
        return out_of_range(node, _range(*self._dollars), sink)

    def json_schema(self) -> JsonSchema:
        return number_schema(*self._dollars)


@record
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
        return out_of_range(node, _range(0, _dollars(self.max), above=True), sink)

    def json_schema(self) -> JsonSchema:
        return number_schema(0, _dollars(self.max), above=True)


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


def number_schema(
    least: Fraction | int, most: Fraction | int, *, above: bool = False, below: bool = False
) -> JsonSchema:
    """A number, or the text that editors (YAML 1.2) make of one with underscores, such as `25_000`."""
    sign = "" if least >= 0 else "-?"
    return {
        "type": ["number", "string"],
        "exclusiveMinimum" if above else "minimum": _json_number(least),
        "exclusiveMaximum" if below else "maximum": _json_number(most),
        "pattern": rf"^{sign}(0|[1-9][0-9]*(_[0-9]+)*)(\.[0-9]+)?$",
    }


def wrong_number(node: Node, expected: str, sink: Sink) -> Literal[Unbound.UNBOUND]:
    """As `wrong`, with how to write the number."""
    return wrong(node, expected, sink, _number_remedy(node.text) if isinstance(node, Scalar) else "")


def out_of_range(node: Node, span: str, sink: Sink) -> Literal[Unbound.UNBOUND]:
    """The number is well written but outside its range; `span` names both ends."""
    return refuse("out-of-range", node, f"must be {span}, got {found(node)}", "", sink)


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
    bare = text.strip("$€£% ")
    if bare != text and bare.replace(".", "").isdigit():
        return "write the number alone, without a sign or unit"
    return ""


def _range(least: Fraction | int, most: Fraction | int, *, above: bool = False, below: bool = False) -> str:
    if not above and not below:
        return f"between {_figure(least)} and {_figure(most)}"
    low = f"above {_figure(least)}" if above else f"at least {_figure(least)}"
    return f"{low} and {'below' if below else 'at most'} {_figure(most)}"


def _figure(value: Fraction | int) -> str:
    exact = Fraction(value)
    return f"{exact.numerator:_}" if exact.denominator == 1 else decimal_usd(exact * MICROS_PER_USD)


def _dollars(value: Micros) -> Fraction:
    return Fraction(value, MICROS_PER_USD)


def _json_number(value: Fraction | int) -> int | float:
    return int(value) if Fraction(value).denominator == 1 else float(value)
