"""A YAML file as nodes, every problem with its place: from libyaml's event stream, without recursion.

YAML 1.2, the dialect of editors: `no`, `12:30` and `010` are the text they are written as. One file holds
one document of lists, text and text keys. Anchors, aliases, merge keys and tags are refused, so each line
of a file means one thing in one place, and no short file can unfold into a long one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

import yaml
from yaml import events

from pricing.problems import Place, Problem
from pricing.reading.collector import collector_paused
from pricing.reading.nodes import Document, Mapping, Mark, Node, Scalar, Sequence, Unreadable
from pricing.reading.sink import Sink
from pricing.reading.syntax import syntax_problem
from pricing.reading.text import HIDDEN_IN_FILES, checked_text, file_text, hidden_characters, text_of

DEEPEST = 50
"""Lists and mappings inside one another; a scenario needs six."""
MOST_EVENTS = 120_000
"""What the parser may tell of one file: a key, a value, a bracket. A scenario of a megabyte as people write one comes to
100,000; a megabyte of `a,a,a` to 500,000, which takes seconds and hundreds of megabytes to build."""


def read_document(path: str | Path) -> Document:
    """Parses a file; what YAML refuses is in the document's problems.

    Raises `Invalid` when there is no text to parse: no such file, too large, not UTF-8.
    """
    return _parsed(file_text(path), str(path))


def parse_document(source: str | bytes, file: str) -> Document:
    """Parses text, or the bytes of a UTF-8 file; `file` is its name in messages."""
    return _parsed(text_of(source, file) if isinstance(source, bytes) else checked_text(source, file), file)


def _parsed(text: str, file: str) -> Document:
    hidden = hidden_characters(text)
    if hidden:
        return Document(file, text, None, hidden)
    with collector_paused():
        return _Composer(text).document(file)


class _Stop(Exception):
    """Parsing ends early; its one argument is the problem."""


class _Event(Protocol):
    """What the parser tells; which attributes there are depends on the kind."""

    start_mark: Mark
    end_mark: Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


_TOO_MUCH = "holds more keys and values than any plan: reading stops here"
_NOWHERE = yaml.Mark("", 0, 0, 0, None, 0)
_NO_KEY = Scalar("", False, _NOWHERE, _NOWHERE)
"""Stands for a key that was reported; its value is read and dropped."""


class _Composer:
    """Builds the tree event by event; a container joins its parent when it opens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sink = Sink()
        self.root: Node | None = None
        self.open: Node | None = None
        self.key: Scalar | None = None
        self.outer: list[tuple[Node | None, Scalar | None]] = []
        self.aliased = False

    def document(self, file: str) -> Document:
        stopped: tuple[Problem, ...] = ()
        try:
            self._compose()
        except yaml.YAMLError as error:
            stopped = (syntax_problem(error, self.text),)
        except _Stop as stop:
            stopped = stop.args
        problems = (*self.sink.problems(self.root), *stopped)
        if self.root is None and not problems:
            problems = (Problem("error", "empty-file", "", "the file is empty", "it needs at least a name"),)
        return Document(file, self.text, None if stopped else self.root, problems)

    def _compose(self) -> None:
        next_event = _event_source(self.text)
        handlers = self._handlers()
        scalar, scalar_event = self._scalar, events.ScalarEvent
        left = MOST_EVENTS
        while (event := next_event()) is not None:
            left -= 1
            if left < 0:
                raise _Stop(_at(event, "too-large", _TOO_MUCH, "split it into several scenarios"))
            kind: type[object] = event.__class__
            if kind is scalar_event:
                scalar(event)
            elif kind in handlers:
                handlers[kind](event)

    def _handlers(self) -> dict[type[events.Event], Callable[[_Event], None]]:
        return {
            events.SequenceStartEvent: self._start_sequence,
            events.MappingStartEvent: self._start_mapping,
            events.SequenceEndEvent: self._end,
            events.MappingEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._start_document,
        }

    def _scalar(self, event: _Event) -> None:
        node = Scalar(event.value, not event.style, event.start_mark, event.end_mark)
        parent, key = self.open, self.key
        if parent.__class__ is Mapping:
            if key is None:
                self._set_key(node)
            else:
                if key is not _NO_KEY:
                    parent.entries[key.text] = (key, node)
                self.key = None
        else:
            self._attach(node)
        if event.tag is not None or event.anchor is not None:
            self._refuse_decorations(event, node)
        if event.style == '"' and HIDDEN_IN_FILES.search(node.text):
            self.sink.error(
                "control-character", node, "has a control or invisible character", "take the escape out"
            )

    def _set_key(self, node: Scalar) -> None:
        """Takes the next key of the open mapping, unless it has none of that name to offer."""
        parent, self.key = self.open, node
        assert isinstance(parent, Mapping)  # noqa: S101 - only called inside one
        first = parent.entries.get(node.text)
        if first is not None:
            message = f"duplicate key, first on line {first[0].start.line + 1}"
            self._drop_key(
                "duplicate-key", node, message, "delete one: YAML tools keep only the last", node.text
            )
        elif node.text == "<<" and node.plain:
            self._drop_key("merge-key", node, "merge keys (<<) are not read", "write the keys out", "<<")

    def _drop_key(self, code: str, at: Node, message: str, remedy: str, key: str | None) -> None:
        assert self.open is not None  # noqa: S101 - a key stands in a mapping
        self.key = _NO_KEY
        self.sink.error(code, self.open, message, remedy, key=key, at=at)

    def _start_sequence(self, event: _Event) -> None:
        self._enter(event, Sequence(event.start_mark))

    def _start_mapping(self, event: _Event) -> None:
        self._enter(event, Mapping(event.start_mark))

    def _enter(self, event: _Event, node: Sequence | Mapping) -> None:
        if len(self.outer) >= DEEPEST:
            raise _Stop(_at(event, "too-deep", f"is nested more than {DEEPEST} deep", "flatten it"))
        self._attach(node)
        if event.tag is not None or event.anchor is not None:
            self._refuse_decorations(event, node)
        self.outer.append((self.open, self.key))
        self.open, self.key = node, None

    def _end(self, event: _Event) -> None:
        assert self.open is not None  # noqa: S101 - every end has its start
        self.open.end = event.end_mark
        self.open, self.key = self.outer.pop()

    def _attach(self, node: Node) -> None:
        """Puts a node where the open container expects one."""
        parent = self.open
        if parent is None:
            self.root = node
        elif isinstance(parent, Sequence):
            parent.items.append(node)
        elif self.key is None:
            self._drop_key(
                "key-not-text", node, f"a key must be text, not {_kind(node)}", "quote it if it is text", None
            )
        elif isinstance(parent, Mapping):
            key, self.key = self.key, None
            if key is not _NO_KEY:
                parent.entries[key.text] = (key, node)

    def _alias(self, event: _Event) -> None:
        node = Unreadable(event.start_mark, event.end_mark)
        self._attach(node)
        self._refuse_anchors(node)

    def _refuse_decorations(self, event: _Event, node: Node) -> None:
        if event.anchor is not None:
            self._refuse_anchors(node)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.sink.error(
                "tag", node, f"the tag {tag[:80]} is not read", "take it out: values need no tags"
            )

    def _refuse_anchors(self, node: Node) -> None:
        """Once for the whole file: what comes after repeats the first."""
        if not self.aliased:
            self.aliased = True
            self.sink.error(
                "alias",
                node,
                "anchors (&) and aliases (*) are not read",
                "write the value out where it applies",
            )

    def _start_document(self, event: _Event) -> None:
        if self.root is not None:
            raise _Stop(
                _at(event, "several-documents", "a second document begins here", "keep one in a file")
            )


def _event_source(text: str) -> Callable[[], _Event | None]:
    """Gives one event after another, then None: from libyaml, or from Python where PyYAML lacks it."""
    parser = yaml.CBaseLoader(text) if yaml.__with_libyaml__ else yaml.BaseLoader(text)
    return cast(Callable[[], _Event | None], parser.get_event)


def _at(event: _Event, code: str, message: str, remedy: str) -> Problem:
    return Problem(
        "error", code, "", message, remedy, Place(event.start_mark.line + 1, event.start_mark.column + 1)
    )


def _kind(node: Node) -> str:
    return (
        "a list" if isinstance(node, Sequence) else "a mapping" if isinstance(node, Mapping) else "an alias"
    )
