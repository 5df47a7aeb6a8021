"""The keys of a tree in the order of their shape, and the blank lines between the sections of a file."""

from itertools import pairwise

from planner.formatting.tree import BLANK, Entry, Group, is_directive
from pricing.reading.nodes import Scalar
from pricing.reading.scalars import Shape
from pricing.reading.shape import ListOf, MapOf, OneOf, Record


def arrange(group: Group, shape: Shape[object] | None) -> None:
    """Orders the keys of every record, and gives every value the shape it is spelled by. Lists keep their order."""
    if isinstance(shape, OneOf):
        shape = next((kind for key, kind in shape.kinds.items() if key in _keys(group)), None)
    if isinstance(shape, Record):
        _order(group, [field.key for field in shape.fields])
    for entry in group.entries:
        entry.shape, entry.key_shape = _shapes(shape, entry.key)
        if isinstance(entry.value, Group):
            if group.is_list:
                _arrange_item(entry, entry.value)
            else:
                arrange(entry.value, entry.shape)


def space(root: Group) -> None:
    """One blank line around each list and mapping at the top; elsewhere blank lines stay where they were written."""
    for before, entry in pairwise(root.entries):
        if not _is_block(before) and not _is_block(entry):
            continue
        if entry.above[:1] != [BLANK]:
            entry.above.insert(0, BLANK)


def _order(group: Group, keys: list[str]) -> None:
    written = group.entries
    before = dict(zip(written[1:], written, strict=False))
    rank = {key: number for number, key in enumerate(keys)}
    group.entries = sorted(written, key=lambda entry: rank[entry.key.text] if entry.key else 0)
    for previous, entry in zip([None, *group.entries], group.entries, strict=False):
        if before.get(entry) is not previous:
            del entry.above[: _leading_blanks(entry.above)]


def _arrange_item(entry: Entry, value: Group) -> None:
    """An item's first key shares its line: what speaks about that line goes where the key goes."""
    first = value.entries[0] if value.entries else None
    arrange(value, entry.shape)
    if first is None or value.flow or value.is_list or value.entries[0] is first:
        return
    cut = len(entry.above)
    while cut and is_directive(entry.above[cut - 1]):
        cut -= 1
    first.above = [*entry.above[cut:], *first.above]
    del entry.above[cut:]


def _shapes(
    shape: Shape[object] | None, key: Scalar | None
) -> tuple[Shape[object] | None, Shape[object] | None]:
    """The shape of a value, and of its key where that is data."""
    if isinstance(shape, ListOf):
        return shape.item, None
    if isinstance(shape, MapOf):
        return shape.value, shape.key
    if isinstance(shape, Record) and key is not None:
        return next((field.shape for field in shape.fields if field.key == key.text), None), None
    return None, None


def _keys(group: Group) -> set[str]:
    return {entry.key.text for entry in group.entries if entry.key is not None}


def _is_block(entry: Entry) -> bool:
    return isinstance(entry.value, Group) and not entry.value.flow and bool(entry.value.entries)


def _leading_blanks(lines: list[str]) -> int:
    return next((count for count, line in enumerate(lines) if line), len(lines))
