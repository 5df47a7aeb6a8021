"""The tree of a YAML file: scalars kept as the text they were written with, and where each node stands."""

import re
from collections.abc import Iterator
from typing import Protocol

from pricing.printable import printable
from pricing.problems import Place, Problem
from pricing.records import record

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class Mark(Protocol):
    """A position as the parser counts it: from 0."""

    line: int
    column: int


class Scalar:
    """A value or key as text; numbers are never floats."""

    __slots__ = ("end", "plain", "start", "text")

    def __init__(self, text: str, plain: bool, start: Mark, end: Mark) -> None:
        self.text = text
        self.plain = plain
        self.start = start
        self.end = end

    @property
    def is_null(self) -> bool:
        """Whether YAML reads nothing here: no value at all, `~` or `null`."""
        return self.plain and self.text in _NULLS


class Sequence:
    """A list."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: Mark) -> None:
        self.items: list[Node] = []
        self.start = start
        self.end = start


class Mapping:
    """Keys and values in the order of the file; `entries` maps a key's text to its node and its value's."""

    __slots__ = ("end", "entries", "start")

    def __init__(self, start: Mark) -> None:
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.start = start
        self.end = start

    def get(self, key: str) -> "Node | None":
        """The value under a key; None when the key is not there."""
        entry = self.entries.get(key)
        return None if entry is None else entry[1]


class Unreadable:
    """Stands where a problem was already reported (a tag, an alias), so that nothing is reported twice."""

    __slots__ = ("end", "start")

    def __init__(self, start: Mark, end: Mark) -> None:
        self.start = start
        self.end = end


Node = Scalar | Sequence | Mapping | Unreadable


@record
class Document:
    """One parsed file."""

    file: str
    text: str
    root: Node | None
    """None when the file could not be parsed to its end; `problems` says why."""
    problems: tuple[Problem, ...]

    @property
    def lines(self) -> list[str]:
        return _LINE_BREAK.split(self.text)

    def place(self, where: str) -> Place | None:
        """The place of a dotted path such as `credits[0].expires`, or of its nearest parent that is there."""
        node = None if self.root is None else nearest_node(self.root, where)
        return None if node is None else place_of(node)


def place_of(node: Node) -> Place:
    """Where to underline: the whole of a one-line node, the first key of a longer one."""
    start, end = node.start, node.end
    length = end.column - start.column if end.line == start.line else 0
    if length <= 0 and isinstance(node, Mapping) and node.entries:
        key, _ = next(iter(node.entries.values()))
        length = key.end.column - key.start.column if key.start.line == start.line else 1
    elif length <= 0 and isinstance(node, Scalar):
        length = len(node.text.partition("\n")[0])
    return Place(start.line + 1, start.column + 1, max(1, length))


def nearest_node(root: Node, where: str) -> Node:
    """The node of a path, or the deepest one on the way to it."""
    node = root
    for quoted, index, word in _STEP.findall(where):
        child = _child(node, quoted or word, index)
        if child is None:
            break
        node = child
    return node


def paths(root: Node) -> Iterator[tuple[Node, str]]:
    """Every node with its dotted path; keys come with the path of their value."""
    waiting: list[tuple[Node, str]] = [(root, "")]
    while waiting:
        node, where = waiting.pop()
        yield node, where
        if node.__class__ is Mapping:
            for text, (key, value) in node.entries.items():
                below = child_path(where, text)
                yield key, below
                waiting.append((value, below))
        elif node.__class__ is Sequence:
            waiting.extend((item, f"{where}[{index}]") for index, item in enumerate(node.items))


def child_path(where: str, key: str) -> str:
    """`credits[0]` and `expires` make `credits[0].expires`; keys that are not words are quoted."""
    shown = key if _WORD.fullmatch(key) else '"' + printable(key, 60).replace('"', "'") + '"'
    return f"{where}.{shown}" if where else shown


_WORD = re.compile(r"[\w-]{1,60}")
_STEP = re.compile(r'"([^"]*)"|\[(\d{1,9})\]|([\w-]+)')


def _child(node: Node, key: str, index: str) -> Node | None:
    if index:
        items = node.items if isinstance(node, Sequence) else []
        return items[int(index)] if int(index) < len(items) else None
    return node.get(key) if isinstance(node, Mapping) else None
