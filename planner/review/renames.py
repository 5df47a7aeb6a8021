"""Files that were moved by hand, before git knows of it: told by how many of their lines they share."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

Read = Callable[[str], bytes | None]

ALIKE = Fraction(1, 2)
"""The share of lines two files have in common to be one file that moved, as git itself draws the line."""
_MOST_COMPARED = 400
"""Pairs; beyond that nothing is guessed."""


def paired(
    gone: Sequence[str], fresh: Sequence[str], read_gone: Read, read_fresh: Read
) -> Iterator[tuple[str, str]]:
    """Each removed file with the new one most like it, the closest pairs first; no file is in two pairs."""
    if not gone or not fresh or len(gone) * len(fresh) > _MOST_COMPARED:
        return
    before = {path: _lines(read_gone(path)) for path in gone}
    now = {path: _lines(read_fresh(path)) for path in fresh}
    alike = ((_likeness(before[old], now[new]), old, new) for old in gone for new in fresh)
    taken: set[str] = set()
    for likeness, old, new in sorted(alike, key=lambda pair: (-pair[0], pair[1:])):
        if likeness < ALIKE:
            return
        if old not in taken and new not in taken:
            taken.update((old, new))
            yield old, new


def _lines(content: bytes | None) -> Counter[bytes]:
    return Counter(line.strip() for line in (content or b"").splitlines() if line.strip())


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> Fraction:
    whole = one.total() + other.total()
    return Fraction(2 * (one & other).total(), whole) if whole else Fraction(0)
