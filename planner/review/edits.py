"""What an edit changed in a scenario: the two documents compared by meaning, value by value.

Comments, order of keys, quotes, spacing and the spelling of a number are no edits. List items are matched by name
where they have one, so that a stage put in front of the others is one edit; items without a name are matched in order.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import Final, Literal

from planner.review.matching import is_reordered, matched, meaning
from planner.review.reviewed import ChangedLine
from pricing.reading.nodes import Mapping, Node, Scalar, child_path
from pricing.reading.nodes import Sequence as ListNode
from pricing.records import record

Step = str | int
TEXTS: Final = frozenset(("name", "product", "products", "tags", "models"))
"""Keys whose values are names, where `1.0` and `1.00` are two."""


@record
class Edit:
    """One value that was added, taken out, replaced, or a list whose items have another order."""

    kind: Literal["added", "removed", "replaced", "moved"]
    steps: tuple[Step, ...]
    """From the root of the document before: keys and indexes; the last one may be new."""
    where: str
    """Its dotted path: in the document now, for a removed value in the one before."""
    at: Node
    """Where its line is."""
    old: Node | None
    new: Node | None
    key: Scalar | None = None
    """The key of an entry that is added."""

    @property
    def top(self) -> str:
        """The key at the top of the file that it lies under."""
        return str(self.steps[0]) if self.steps else ""

    def line(self, before: Sequence[str], now: Sequence[str]) -> ChangedLine:
        """The line of it, out of the lines of either side."""
        lines = before if self.kind == "removed" else now
        number = self.at.start.line + 1
        return ChangedLine(
            line=number,
            side="before" if self.kind == "removed" else "after",
            text=lines[number - 1] if number <= len(lines) else "",
            where=self.where,
            old=self.old.text if isinstance(self.old, Scalar) else None,
            new=self.new.text if isinstance(self.new, Scalar) else None,
        )

    def applied(self, root: Node) -> Node:
        """The document before with this edit alone; the nodes of `root` stay as they are."""
        return _applied(self, root, self.steps)


def edits(before: Node, now: Node) -> Iterator[Edit]:
    """Every difference, those under one key together; nothing where both say the same."""
    return _compared(before, now, _Spot((), "", "", False))


@record
class _Spot:
    """Where both documents are being read."""

    steps: tuple[Step, ...]
    was: str
    now: str
    textual: bool

    def entry(self, key: str) -> "_Spot":
        return _Spot(
            (*self.steps, key),
            child_path(self.was, key),
            child_path(self.now, key),
            self.textual or key in TEXTS,
        )

    def item(self, index: int, now: int) -> "_Spot":
        return _Spot((*self.steps, index), f"{self.was}[{index}]", f"{self.now}[{now}]", self.textual)


def _compared(old: Node, new: Node, spot: _Spot) -> Iterator[Edit]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _entries(old, new, spot)
    elif isinstance(old, ListNode) and isinstance(new, ListNode):
        yield from _items(old, new, spot)
    elif _said(old, spot) != _said(new, spot):
        yield Edit("replaced", spot.steps, spot.now, new, old, new)


def _said(node: Node, spot: _Spot) -> Hashable:
    return meaning(node, textual=spot.textual)


def _entries(old: Mapping, new: Mapping, spot: _Spot) -> Iterator[Edit]:
    for text, (key, value) in new.entries.items():
        inner, before = spot.entry(text), old.get(text)
        if before is None:
            yield Edit("added", inner.steps, inner.now, key, None, value, key)
        else:
            yield from _compared(before, value, inner)
    for text, (key, value) in old.entries.items():
        if text not in new.entries:
            inner = spot.entry(text)
            yield Edit("removed", inner.steps, inner.was, key, value, None)


def _items(old: ListNode, new: ListNode, spot: _Spot) -> Iterator[Edit]:
    pairs = matched(old.items, new.items, textual=spot.textual)
    for index, now in pairs:
        if index is not None and now is not None:
            yield from _compared(old.items[index], new.items[now], spot.item(index, now))
        elif now is not None:
            inner, item = spot.item(now, now), new.items[now]
            yield Edit("added", inner.steps, inner.now, item, None, item)
        elif index is not None:
            inner, item = spot.item(index, index), old.items[index]
            yield Edit("removed", inner.steps, inner.was, item, item, None)
    if is_reordered(pairs):
        yield Edit("moved", spot.steps, spot.now, *_reordered(old, new, pairs))


def _reordered(
    old: ListNode, new: ListNode, pairs: Sequence[tuple[int | None, int | None]]
) -> tuple[Node, None, Node]:
    """The line of the first item that stands elsewhere, and the old items in their new order."""
    order = [(now, index) for index, now in pairs if index is not None and now is not None]
    by_now = [index for _, index in sorted(order)]
    made = ListNode(old.start)
    kept = frozenset(by_now)
    stay = [item for index, item in enumerate(old.items) if index not in kept]
    made.items = [*(old.items[index] for index in by_now), *stay]
    straight = zip(sorted(order), sorted(by_now), strict=True)
    first = next(now for (now, index), expected in straight if index != expected)
    return new.items[first], None, made


def _applied(edit: Edit, node: Node, steps: tuple[Step, ...]) -> Node:
    if not steps:
        return edit.new if edit.new is not None else node
    step, rest = steps[0], steps[1:]
    if isinstance(node, Mapping):
        return _with_entry(edit, node, str(step), rest)
    if isinstance(node, ListNode) and isinstance(step, int):
        return _with_item(edit, node, step, rest)
    return node


def _with_entry(edit: Edit, node: Mapping, key: str, rest: tuple[Step, ...]) -> Mapping:
    made = Mapping(node.start)
    made.entries = dict(node.entries)
    if rest or edit.kind in ("replaced", "moved"):
        scalar, value = node.entries[key]
        made.entries[key] = (scalar, _applied(edit, value, rest))
    elif edit.kind == "removed":
        del made.entries[key]
    elif edit.new is not None and edit.key is not None:
        made.entries[key] = (edit.key, edit.new)
    return made


def _with_item(edit: Edit, node: ListNode, index: int, rest: tuple[Step, ...]) -> ListNode:
    made = ListNode(node.start)
    made.items = list(node.items)
    if rest or edit.kind in ("replaced", "moved"):
        made.items[index] = _applied(edit, node.items[index], rest)
    elif edit.kind == "removed":
        del made.items[index]
    elif edit.new is not None:
        made.items.insert(index, edit.new)
    return made
