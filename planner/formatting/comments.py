"""The comments of a YAML file: what stands between its scalars, so that nothing of it can be lost unseen."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from pricing.reading.nodes import Mark, Node, Scalar, paths
from pricing.records import record

_BETWEEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<marker>^(?:---|\.\.\.)(?=\s|$))|(?P<directive>^%[^\n#]*)|(?P<dash>-)|[\s,:?{}\[\]]+",
    re.MULTILINE,
)
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(#[^\n]*)?")


@record
class Comment:
    """One comment, from its `#` to the end of its line."""

    index: int
    """Characters from the start of the file."""
    line: int
    """From 0, like `column`."""
    column: int
    text: str
    own_line: bool
    """Whether nothing stands before it on its line."""


class Source:
    """The text of a file with the places of its comments, list dashes and blank lines."""

    def __init__(self, text: str, root: Node) -> None:
        """`text` has line feeds alone; raises `ValueError` where something is neither value nor comment."""
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.comments: list[Comment] = []
        self.dashes: dict[int, list[int]] = {}
        self._read(root)

    def index(self, mark: Mark) -> int:
        return self.starts[mark.line] + mark.column

    def line(self, index: int) -> int:
        return bisect_right(self.starts, index) - 1

    def blank_above(self, line: int) -> bool:
        return line > 0 and not self.lines[line - 1].strip()

    def dash(self, column: int, before: int) -> int:
        """The index of the last dash in a column that stands before an index, where a list item begins."""
        dashes = self.dashes[column]
        return dashes[bisect_left(dashes, before) - 1]

    def block_comment(self, scalar: Scalar) -> str | None:
        """The comment beside the `|` or `>` of a scalar; None where there is none."""
        if not self.is_block(scalar):
            return None
        match = _BLOCK_HEADER.match(self.text, self.index(scalar.start))
        return match.group(1) if match else None

    def is_block(self, scalar: Scalar) -> bool:
        """Whether a scalar is written below `|` or `>`."""
        return not scalar.plain and self.text[self.index(scalar.start)] in "|>"

    def _read(self, root: Node) -> None:
        at = 0
        for scalar in _scalars(root):
            self._read_between(at, self.index(scalar.start))
            at = self.index(scalar.end)
        self._read_between(at, len(self.text))

    def _read_between(self, at: int, end: int) -> None:
        while at < end:
            match = _BETWEEN.match(self.text, at, end)
            if match is None:
                raise ValueError(f"{self.text[at : at + 20]!r} on line {self.line(at) + 1} is not understood")
            if match.lastgroup == "comment":
                self._add(at, match.group())
            elif match.lastgroup == "dash":
                self.dashes.setdefault(at - self.starts[self.line(at)], []).append(at)
            at = match.end()

    def _add(self, index: int, text: str) -> None:
        line = self.line(index)
        start = self.starts[line]
        own_line = not self.text[start:index].strip()
        self.comments.append(Comment(index, line, index - start, text.rstrip(), own_line))


def comment_texts(source: Source, root: Node) -> list[str]:
    """Every comment of the file, those beside block scalars too, in alphabetical order."""
    beside = (source.block_comment(scalar) for scalar in _scalars(root))
    return sorted(
        [*(comment.text for comment in source.comments), *(text.rstrip() for text in beside if text)]
    )


def _scalars(root: Node) -> Iterator[Scalar]:
    found = [node for node, _ in paths(root) if isinstance(node, Scalar)]
    return iter(sorted(found, key=lambda scalar: (scalar.start.line, scalar.start.column)))
