"""Values changed in the text of a scenario: every other character of the file stays, comments and order with it.

The reader knows where each key and value stands, so an edit replaces that value and nothing else. A round trip through
a YAML library would lay the rest of the file out anew: ruamel.yaml 0.19 moves indented lists and writes `3_000.50` as
`03000.50`.
"""

import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Final

from planner.decimal_text import decimal_text
from planner.scenario_paths import Change, Value
from planner.schema.scenario import SCENARIO
from pricing.money import MICROS_PER_USD
from pricing.reading.nodes import Document, Mapping, Mark, Node, Scalar, Sequence, nearest_node
from pricing.reading.shape import ListOf, Record
from pricing.records import record

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_COMMA = re.compile(r"\s*,")
_PLAIN = re.compile(r"[1-9]\d*x\d+|[A-Za-z][\w ./()+-]*(?<! )|[A-Za-z][\w./:-]*[\w/]", re.ASCII)
_NOT_TEXT: Final = frozenset(("yes", "no", "on", "off", "y", "n", "true", "false", "null", "never"))
_LONG: Final = re.compile(r"\d{4}", re.ASCII)
_STEP: Final = re.compile(r"\w+", re.ASCII)


@record
class _Cut:
    """Characters from `start` to before `end` become `text`."""

    start: int
    end: int
    text: str


def edited(document: Document, changes: Iterable[Change]) -> str:
    """The document's text with the changes made.

    Keys that are not there are added beside their neighbours; a value of None takes its key out, but for `expires`,
    where it is `never`. Raises `ValueError` for a path whose mapping the document does not have.
    """
    writing = _Writing(document)
    cuts = [writing.cut(change) for change in sorted(changes, key=_rank, reverse=True)]
    text, behind = document.text, len(document.text)
    # From the end to the beginning; of two keys for one place the later one first, so that the other comes before it.
    for cut in sorted(cuts, key=lambda each: (each.start, each.end), reverse=True):
        text = text[: cut.start] + cut.text + text[min(cut.end, max(behind, cut.start)) :]
        behind = cut.start
    return text


def yaml_text(value: Value, *, money: bool = False, grouped: bool = False) -> str:
    """A value as a person writes it in a scenario: `25_000` where `grouped`, days as ISO dates, text quoted if need be."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Fraction):
        return decimal_text(Fraction(value, MICROS_PER_USD if money else 1), grouped=grouped)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Writing:
    """A document with the offset of every line."""

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.root = document.root
        self.lines = [0, *accumulate(len(line) for line in _LINE.findall(self.text))]
        self.line_end = "\r\n" if "\r\n" in self.text else "\n"

    def cut(self, change: Change) -> _Cut:
        parent_path, _, key = change.path.rpartition(".")
        parent = None if self.root is None else nearest_node(self.root, parent_path)
        if not isinstance(parent, Mapping):
            raise ValueError(f"the file has no {parent_path}")
        if change.value is None and key != "expires":
            return self._removed(parent, key)
        node = parent.get(key)
        if isinstance(node, Scalar):
            start, end = self._at(node.start), self._at(node.end)
            return _Cut(start, end, _value_text(change, key, grouped=_may_be_grouped(self.text[start:end])))
        if node is not None:
            raise ValueError(f"{change.path} is not a single value")
        return self._added(parent, parent_path, key, _value_text(change, key, grouped=True))

    def _added(self, parent: Mapping, parent_path: str, key: str, value: str) -> _Cut:
        anchor_key, anchor = _anchor(parent, parent_path, key)
        end = self._last(anchor).end
        if self._is_flow(parent):
            at = self._at(end)
            return _Cut(at, at, f", {key}: {value}")
        line = end.line + (1 if end.column or end.line == anchor_key.start.line else 0)
        at = self.lines[min(line, len(self.lines) - 1)]
        indent = " " * anchor_key.start.column
        before = "" if at == 0 or self.text[at - 1] in "\r\n" else self.line_end
        return _Cut(at, at, f"{before}{indent}{key}: {value}{self.line_end}")

    def _last(self, node: Node) -> Node:
        """The last node below it that ends where its text does: a list or mapping without brackets ends before the next one."""
        while isinstance(node, Mapping | Sequence) and self.text[self._at(node.start)] not in "{[":
            below = list(node.entries.values())[-1][1] if isinstance(node, Mapping) else node.items[-1]
            if isinstance(below, Scalar) and below.is_null and isinstance(node, Mapping):
                return list(node.entries.values())[-1][0]
            node = below
        return node

    def _removed(self, parent: Mapping, key: str) -> _Cut:
        names = list(parent.entries)
        if key not in names:
            return _Cut(0, 0, "")
        place = names.index(key)
        key_node, value = parent.entries[key]
        start, end = self._at(key_node.start), self._at(value.end)
        if place == 0:
            after = parent.entries[names[1]][0].start if len(names) > 1 else value.end
            return _Cut(start, self._at(after), "")
        if self._is_flow(parent):
            return self._removed_inline(self._at(parent.entries[names[place - 1]][1].end), start, end)
        return _Cut(self.lines[key_node.start.line], self.lines[value.end.line + 1], "")

    def _removed_inline(self, before: int, start: int, end: int) -> _Cut:
        """With the comma before it; a comment that stands there stays, and the comma behind goes."""
        if "#" not in self.text[before:start]:
            return _Cut(before, end, "")
        comma = _COMMA.match(self.text, end)
        return _Cut(start, comma.end() if comma else end, "")

    def _is_flow(self, parent: Mapping) -> bool:
        return self.text[self._at(parent.start)] == "{"

    def _at(self, mark: Mark) -> int:
        return self.lines[mark.line] + mark.column


def _anchor(parent: Mapping, parent_path: str, key: str) -> tuple[Scalar, Node]:
    """The entry a new key goes behind: the nearest before it in the order of the schema, else the first that has a value."""
    order = _order(parent_path)
    earlier = order[: order.index(key)] if key in order else ()
    valued = {
        name: entry
        for name, entry in parent.entries.items()
        if not (isinstance(entry[1], Scalar) and entry[1].is_null)
    }
    named = next((name for name in reversed(earlier) if name in valued), None) or next(iter(valued), None)
    if named is None:
        raise ValueError(f"{key} has no place to go")
    return valued[named]


def _rank(change: Change) -> int:
    parent_path, _, key = change.path.rpartition(".")
    order = _order(parent_path)
    return order.index(key) if key in order else len(order)


def _order(path: str) -> tuple[str, ...]:
    """The keys of the mapping at a path, in the order that `bursar fmt` keeps."""
    shape: object = SCENARIO
    for step in _STEP.findall(path):
        if isinstance(shape, Record):
            shape = next((field.shape for field in shape.fields if field.key == step), None)
        elif isinstance(shape, ListOf):
            shape = shape.item
    return tuple(field.key for field in shape.fields) if isinstance(shape, Record) else ()


def _may_be_grouped(was: str) -> bool:
    """Whether digits are grouped in threes, as far as a number tells: a short one says nothing."""
    return "_" in was or not _LONG.search(was)


def _value_text(change: Change, key: str, *, grouped: bool) -> str:
    if change.value is None:
        return "never"
    return yaml_text(change.value, money=key.endswith("_usd") or key.startswith("usd_"), grouped=grouped)
