"""A file as it is laid out: the nodes of the loader with the comments and blank lines that belong to each.

A comment above a key or item belongs to it, and so does one beside it. A comment that is indented deeper than what
follows closes the list or mapping it is indented as. What stands between a key and its value goes above the key.
"""

import re
from typing import NamedTuple

from planner.formatting.comments import Comment, Source
from pricing.reading.nodes import Mapping, Node, Scalar, Sequence
from pricing.reading.scalars import Shape

_DIRECTIVE = re.compile(r"#\s*bursar\s*:", re.IGNORECASE)
BLANK = ""
"""A line without anything, among the lines above an entry."""


class Entry:
    """A key with its value, or an item of a list."""

    def __init__(self, key: Scalar | None, column: int, *, in_flow: bool) -> None:
        self.key = key
        self.column = column
        """Where it begins in the file as written."""
        self.in_flow = in_flow
        """Whether it stands in brackets as written."""
        self.above: list[str] = []
        """Comments and blank lines, as they stand before it."""
        self.beside: str | None = None
        self.beside_column: int | None = None
        """Where the comment beside it begins in the file as written, if that aligns it; None for one space before it."""
        self.value: Scalar | Group
        self.shape: Shape[object] | None = None
        """What the value must look like, by which it is spelled."""
        self.key_shape: Shape[object] | None = None
        """The same for a key that is data; None for known keys."""
        self.folded = False
        """Whether the value is text written over several lines."""


class Group:
    """A list or mapping."""

    def __init__(self, node: Mapping | Sequence, *, flow: bool, spread: bool) -> None:
        self.is_list = isinstance(node, Sequence)
        self.flow = flow
        """Whether it is written in brackets or braces, which only one without comments can stay."""
        self.spread = spread
        """Whether the brackets are on different lines."""
        self.entries: list[Entry] = []
        self.tail: list[str] = []
        """Comments and blank lines after the last entry."""


class _Next(NamedTuple):
    """Where what follows begins."""

    at: int
    column: int


def tree_of(source: Source, root: Mapping) -> tuple[list[str], Group]:
    """The comments that head the file, and its tree."""
    return _Builder(source).build(root)


class _Builder:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.waiting = source.comments[::-1]
        """Comments not placed yet, the next one last."""

    def build(self, root: Mapping) -> tuple[list[str], Group]:
        header = self._header(root)
        end = _Next(len(self.source.text) + 1, -1)
        group = self._group(root, end, -1 if self._is_flow(root) else 0, flow=self._is_flow(root))
        group.flow = False
        group.tail += self._before(end.at)
        return header, group

    def _header(self, root: Mapping) -> list[str]:
        """The comments before the first key, without those that a blank line or their own words give to the key."""
        first = self.source.index(root.start)
        found = [comment for comment in self.waiting if comment.index < first][::-1]
        cut = len(found)
        key_line = self.source.line(first)
        begin = max((at for at in range(len(found)) if self.source.blank_above(found[at].line)), default=0)
        if not self.source.blank_above(key_line):
            cut = begin or next((at for at in range(len(found)) if is_directive(found[at].text)), len(found))
        header = [line for comment in found[:cut] for line in self._lines(comment)]
        del self.waiting[len(self.waiting) - cut :]
        return header[1:] if header[:1] == [BLANK] else header

    def _group(self, node: Mapping | Sequence, after: _Next, column: int, *, flow: bool) -> Group:
        """`column` is how far in a comment must stand to close the group rather than open what follows."""
        group = Group(node, flow=flow, spread=node.start.line != node.end.line)
        members = self._members(node, flow=flow)
        for number, (start, key, value) in enumerate(members):
            entry = Entry(key, node.start.column, in_flow=flow)
            entry.above = self._before(start, blank_before_it=not flow)
            following = (
                _Next(members[number + 1][0], node.start.column) if number + 1 < len(members) else after
            )
            entry.value = self._value(entry, value, following)
            group.entries.append(entry)
        while self.waiting and _closes(self.waiting[-1], after, column):
            group.tail += self._lines(self.waiting.pop())
        return group

    def _members(self, node: Mapping | Sequence, *, flow: bool) -> list[tuple[int, Scalar | None, Node]]:
        """Where each entry begins, its key and its value."""
        index = self.source.index
        if isinstance(node, Mapping):
            return [(index(key.start), key, value) for key, value in node.entries.values()]
        column = node.start.column
        return [
            (index(item.start) if flow else self.source.dash(column, index(item.start)), None, item)
            for item in node.items
        ]

    def _value(self, entry: Entry, node: Node, following: _Next) -> Scalar | Group:
        if isinstance(node, Mapping | Sequence):
            return self._collection(entry, node, following)
        assert isinstance(node, Scalar)  # noqa: S101 - a valid file has nothing unreadable
        entry.above += self._before(self.source.index(node.start))
        entry.folded = node.end.line > node.start.line
        entry.beside = self.source.block_comment(node)
        self._take_beside(entry, node, following)
        return node

    def _collection(self, entry: Entry, node: Mapping | Sequence, following: _Next) -> Group:
        start, end = self.source.index(node.start), self.source.index(node.end)
        if not (entry.in_flow or self._is_flow(node)):
            self._take_opening(entry, start)
            shared = isinstance(node, Sequence) and node.start.column == entry.column
            return self._group(node, following, node.start.column + shared, flow=False)
        if not self._has_comment(start, end):
            entry.above += self._before(start)
            group = self._group(node, _Next(start, 0), 0, flow=True)
            self._take_beside(entry, node, following)
            return group
        return self._with_comments_inside(entry, node, following)

    def _has_comment(self, start: int, end: int) -> bool:
        for comment in reversed(self.waiting):
            if comment.index > start:
                return comment.index < end
        return False

    def _with_comments_inside(self, entry: Entry, node: Mapping | Sequence, following: _Next) -> Group:
        """Brackets with comments between them: each entry gets a line of its own, so each comment keeps its entry."""
        end = self.source.index(node.end)
        members = self._members(node, flow=True)
        self._take_opening(entry, members[0][0] if members else end)
        entry.beside_column = None
        group = self._group(node, _Next(end, -1), -1, flow=True)
        if not group.entries:
            entry.above += group.tail
            group.tail = []
            self._take_beside(entry, node, following)
            return group
        group.flow = False
        group.tail += self._before(end)
        if self.waiting and _is_beside(self.waiting[-1], node, following):
            group.tail.append(self.waiting.pop().text)
        return group

    def _take_opening(self, entry: Entry, first: int) -> None:
        """The comment on the line of the key, before the lines of the value."""
        if self.waiting and self.waiting[-1].index < first and not self.waiting[-1].own_line:
            comment = self.waiting.pop()
            if entry.key is None:
                entry.above.append(comment.text)
            else:
                entry.beside, entry.beside_column = comment.text, self._aligned(comment)

    def _take_beside(self, entry: Entry, node: Node, following: _Next) -> None:
        if not self.waiting or not _is_beside(self.waiting[-1], node, following):
            return
        comment = self.waiting.pop()
        if entry.beside is None:
            entry.beside, entry.beside_column = comment.text, self._aligned(comment)
        else:
            entry.above.append(comment.text)

    def _aligned(self, comment: Comment) -> int | None:
        """The column of a comment that someone moved away from what it stands beside; None for one space."""
        spaced = self.source.text[comment.index - 2 : comment.index].isspace()
        return comment.column if spaced else None

    def _before(self, index: int, *, blank_before_it: bool = False) -> list[str]:
        """The comments before an index that no other entry has taken, and the blank lines among them."""
        lines: list[str] = []
        while self.waiting and self.waiting[-1].index < index:
            lines += self._lines(self.waiting.pop())
        if blank_before_it and self.source.blank_above(self.source.line(index)):
            lines.append(BLANK)
        return lines

    def _lines(self, comment: Comment) -> list[str]:
        blank = comment.own_line and self.source.blank_above(comment.line)
        return [BLANK, comment.text] if blank else [comment.text]

    def _is_flow(self, node: Mapping | Sequence) -> bool:
        return self.source.text[self.source.index(node.start)] in "{["


def is_directive(comment: str) -> bool:
    """Whether a comment speaks to Bursar about the line it stands at."""
    return _DIRECTIVE.search(comment) is not None


def _is_beside(comment: Comment, node: Node, following: _Next) -> bool:
    return not comment.own_line and comment.line == node.end.line and comment.index < following.at


def _closes(comment: Comment, after: _Next, column: int) -> bool:
    return comment.own_line and comment.index < after.at and comment.column > max(after.column, column - 1)
