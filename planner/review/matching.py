"""Which item of a list became which: by name where they have one, otherwise by what they say and their order."""

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from pricing.money import MoneyError, parse_decimal
from pricing.reading.nodes import Mapping, Node, Scalar
from pricing.reading.nodes import Sequence as ListNode

Pair = tuple[int | None, int | None]
"""An item's index before and now; None where it is not there."""

IDENTITIES: Final = ("name", "product", "model", "at_pct")
"""Keys that tell the items of a list apart, where every item has one of its own."""
_MOST_ALIGNED: Final = 250_000
_MOST_COMPARED: Final = 400
"""Pairs of items looked at; longer lists are matched by their places."""
_ALIKE: Final = Fraction(1, 2)


def matched(before: Sequence[Node], now: Sequence[Node], *, textual: bool = False) -> list[Pair]:
    """Every item of both lists in one pair: those of `now` in their order, then those that are gone."""
    for key in IDENTITIES:
        names, others = _names(before, key), _names(now, key)
        if names is not None and others is not None:
            return _by_name(before, now, names, others)
    return _in_order(before, now, textual)


def is_reordered(pairs: Sequence[Pair]) -> bool:
    """Whether items that both lists have stand in another order."""
    kept = [index for index, now in pairs if index is not None and now is not None]
    return kept != sorted(kept)


def meaning(node: Node, *, textual: bool = False) -> Hashable:
    """What a node says, however it is written; equal meanings are no edit. `textual` keeps `1.0` and `1.00` apart."""
    if isinstance(node, Scalar):
        return None if node.is_null else node.text if textual else _number(node.text)
    if isinstance(node, ListNode):
        return tuple(meaning(item, textual=textual) for item in node.items)
    if isinstance(node, Mapping):
        return frozenset((key, meaning(value, textual=textual)) for key, (_, value) in node.entries.items())
    return id(node)


def _number(text: str) -> Hashable:
    if not text[:1].isdigit() and text[:1] not in ("+", "-"):
        return text
    try:
        return parse_decimal(text)
    except MoneyError:
        return text


def _names(items: Sequence[Node], key: str) -> list[str] | None:
    """The items' names; None when one has none, or two share one."""
    names = []
    for item in items:
        value = item.get(key) if isinstance(item, Mapping) else None
        if not isinstance(value, Scalar):
            return None
        names.append(value.text)
    return names if len(set(names)) == len(names) else None


def _by_name(
    before: Sequence[Node], now: Sequence[Node], names: Sequence[str], others: Sequence[str]
) -> list[Pair]:
    place, kept = {name: index for index, name in enumerate(names)}, frozenset(others)
    found = {index: place[name] for index, name in enumerate(others) if name in place}
    gone = [index for index, name in enumerate(names) if name not in kept]
    fresh = [index for index in range(len(others)) if index not in found]
    found.update(_renamed(before, now, gone, fresh))
    taken = frozenset(found.values())
    left = [(index, None) for index in gone if index not in taken]
    return [*((found.get(index), index) for index in range(len(now))), *left]


def _renamed(
    before: Sequence[Node], now: Sequence[Node], gone: Sequence[int], fresh: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Items that say much the same under another name: the index now, and the one before."""
    if len(gone) * len(fresh) > _MOST_COMPARED:
        return
    was, is_now = {old: meaning(before[old]) for old in gone}, {new: meaning(now[new]) for new in fresh}
    alike = ((_likeness(was[old], is_now[new]), old, new) for old in gone for new in fresh)
    taken_old, taken_new = set(), set()
    for likeness, old, new in sorted(alike, key=lambda pair: (-pair[0], pair[1:])):
        if likeness >= _ALIKE and old not in taken_old and new not in taken_new:
            taken_old.add(old)
            taken_new.add(new)
            yield new, old


def _likeness(first: Hashable, second: Hashable) -> Fraction:
    if not isinstance(first, frozenset) or not isinstance(second, frozenset):
        return Fraction(0)
    whole = max(len(first), len(second)) - 1  # the name itself differs
    return Fraction(len(first & second), whole) if whole > 0 else Fraction(0)


def _in_order(before: Sequence[Node], now: Sequence[Node], textual: bool) -> list[Pair]:
    was = [meaning(item, textual=textual) for item in before]
    is_now = [meaning(item, textual=textual) for item in now]
    if was == is_now or len(was) * len(is_now) > _MOST_ALIGNED:
        blocks = [(0, len(was), 0, len(is_now))]
    else:
        from difflib import SequenceMatcher  # only lists without names pay for it

        codes = SequenceMatcher(None, was, is_now, autojunk=False).get_opcodes()
        blocks = [code[1:] for code in codes]
    pairs: list[Pair] = []
    for begin, end, start, stop in blocks:
        both = min(end - begin, stop - start)
        pairs += zip(range(begin, begin + both), range(start, start + both), strict=True)
        pairs += ((None, index) for index in range(start + both, stop))
        pairs += ((index, None) for index in range(begin + both, end))
    return sorted(pairs, key=_now_first)


def _now_first(pair: Pair) -> tuple[bool, int]:
    index, now = pair
    return (now is None, now if now is not None else index or 0)
