"""One spelling for every value: digits grouped with `_` from a thousand on, quotes only where something needs them."""

import re

from pricing.reading.nodes import Scalar
from pricing.reading.numeric import Decimal, Integer, Price, Usd
from pricing.reading.scalars import Choice, Parsed, Shape, Text
from pricing.reading.yaml11 import reading
from pricing.sizes import Size

_NUMBERS = (Integer, Decimal, Usd, Price)
_FIGURE = re.compile(r"([+-]?)([0-9][0-9_]*)((?:\.[0-9]+)?)", re.ASCII)
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=~<](?:[^\s:#]|:(?=\S)|(?<=[^\s])#| (?=[^\s#]))*")
_NULLS = frozenset(("null", "Null", "NULL"))
_FLOW_SIGNS = re.compile(r"[,\[\]{}]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def spelled(scalar: Scalar, shape: Shape[object] | None, *, in_flow: bool) -> str:
    """A value or key as the formatter writes it; the loader reads the same from it."""
    text = scalar.text
    if isinstance(shape, _NUMBERS):
        return _number(text)
    if isinstance(shape, Choice):
        return _syntactic(shape.also.get(text, text), in_flow=in_flow)
    if isinstance(shape, Parsed):
        value = shape.parse(text)
        return _syntactic(str(value) if isinstance(value, Size) else text, in_flow=in_flow)
    dated = isinstance(shape, Text) and shape.dated
    if text in _NULLS or (not dated and reading(text)):
        return _quoted(text)
    return _syntactic(text, in_flow=in_flow)


def folded(text: str, width: int) -> list[str]:
    """The lines below `>-` that read as the text; none where its spaces cannot be told apart from line ends."""
    words = text.split(" ")
    if "" in words or not text.isprintable():
        return []
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _number(text: str) -> str:
    match = _FIGURE.fullmatch(text)
    if match is None:
        return text
    sign, whole, decimals = match.groups()
    return f"{'-' if sign == '-' else ''}{int(whole.replace('_', '')):_}{decimals}"


def _syntactic(text: str, *, in_flow: bool) -> str:
    """Plain where YAML reads the same text, else quoted."""
    plain = _PLAIN.fullmatch(text) is not None and not (in_flow and _FLOW_SIGNS.search(text))
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_ESCAPES.get(each, each) for each in text) + '"'
