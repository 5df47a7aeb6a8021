"""The histories of several shards under one numbering, given as entries are found.

Nobody counts the entries of all shards, so whoever looks numbers them: those that were there when it first looked by
their time, from whichever end is asked for, and later ones as they are found. The numbers have no gaps and stay as
they are for as long as the object lives; another one may number entries of the same moments otherwise. An entry costs
a byte of memory: which shard it is in.
"""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from planner.guard.ledger import Entry
from pricing.records import replace

_AHEAD = 200
"""Entries of a shard that are read at a time while they are put in order."""
_UNKNOWN = 255


class History(Protocol):
    """A shard's, read by its own numbers."""

    def entries(self, after: int, most: int) -> list[Entry]: ...


class MergedHistory:
    """Share it between threads."""

    def __init__(self, histories: Sequence[History]) -> None:
        self._histories = histories
        self._lock = threading.RLock()
        self._order: bytearray | None = None
        """The shard of each entry, `_UNKNOWN` from `_front` to `_back`."""
        self._front = self._back = 0
        self._first: list[int] = []
        """How many entries of each shard are before `_front`."""
        self._last: list[int] = []
        """Up to which entry each shard is before `_back`."""
        self._counts: list[int] = []
        """How many of each shard have a number."""
        self._ahead: list[deque[Entry]] = [deque() for _ in histories]
        self._behind: list[deque[Entry]] = [deque() for _ in histories]
        self._page: tuple[int, list[Entry]] = 0, []
        """What was put in order last, so that it is not read again: the number before it, and the entries."""

    def entries(self, after: int, most: int, counts: Sequence[int]) -> list[Entry]:
        """Up to `most` entries from the one that follows `after`; the shards have `counts` by now."""
        with self._lock:
            order = self._begun(counts)
            if after >= len(order):
                self._append(order, counts)
            upto = min(after + most, len(order))
            if after >= upto:
                return []
            self._know(order, after, upto)
            begun, page = self._page
            if begun <= after and upto <= begun + len(page):
                return page[after - begun : upto - begun]
            return self._read(order, after, upto)

    def _begun(self, counts: Sequence[int]) -> bytearray:
        if self._order is None:
            self._order = bytearray([_UNKNOWN]) * sum(counts)
            self._back = len(self._order)
            self._first, self._last, self._counts = [0] * len(counts), list(counts), list(counts)
        return self._order

    def _know(self, order: bytearray, first: int, last: int) -> None:
        """Put entries in order from the nearer end until those from `first` to `last` are."""
        if last <= self._front or first >= self._back or self._front >= self._back:
            return
        found: deque[Entry] = deque()
        if last - self._front <= self._back - first:
            while self._front < min(last, self._back):
                entry = self._take_first(order)
                if entry.seq > first:
                    found.append(entry)
        else:
            while self._back > max(first, self._front):
                entry = self._take_last(order)
                if entry.seq <= last:
                    found.appendleft(entry)
        self._page = (found[0].seq - 1 if found else 0), list(found)

    def _take_first(self, order: bytearray) -> Entry:
        """The earliest of what has no number yet."""
        for shard, ahead in enumerate(self._ahead):
            left = self._last[shard] - self._first[shard]
            if left and not ahead:
                ahead.extend(self._histories[shard].entries(self._first[shard], min(_AHEAD, left)))
        shard = min(
            (each for each in range(len(self._ahead)) if self._last[each] > self._first[each]),
            key=lambda each: (self._ahead[each][0].at, each),
        )
        entry = self._ahead[shard].popleft()
        self._first[shard] += 1
        order[self._front] = shard
        self._front += 1
        return replace(entry, seq=self._front)

    def _take_last(self, order: bytearray) -> Entry:
        """The latest of what has no number yet."""
        for shard, behind in enumerate(self._behind):
            left = self._last[shard] - self._first[shard]
            if left and not behind:
                size = min(_AHEAD, left)
                behind.extend(_exactly(self._histories[shard], self._last[shard] - size, size))
        shard = max(
            (each for each in range(len(self._behind)) if self._last[each] > self._first[each]),
            key=lambda each: (self._behind[each][-1].at, each),
        )
        entry = self._behind[shard].pop()
        self._last[shard] -= 1
        self._back -= 1
        order[self._back] = shard
        return replace(entry, seq=self._back + 1)

    def _append(self, order: bytearray, counts: Sequence[int]) -> None:
        """Number what was written since, a page of each shard at most."""
        new: list[tuple[float, int, int, Entry]] = []
        for shard, count in enumerate(counts):
            known = self._counts[shard]
            if count > known:
                page = self._histories[shard].entries(known, min(_AHEAD, count - known))
                new += [(entry.at, shard, entry.seq, entry) for entry in page]
        begun = len(order)
        found = [(shard, entry) for _, shard, _, entry in _in_turn(new)]
        for shard, _ in found:
            order.append(shard)
            self._counts[shard] += 1
        if self._front >= self._back:
            self._front = self._back = len(order)
        self._page = begun, [replace(entry, seq=begun + place) for place, (_, entry) in enumerate(found, 1)]

    def _read(self, order: bytearray, first: int, last: int) -> list[Entry]:
        """Entries that have their numbers already."""
        asked = order[first:last]
        pages = []
        for shard, history in enumerate(self._histories):
            most = asked.count(shard)
            before = (
                order.count(shard, 0, first)
                if last <= self._front
                else self._counts[shard] - order.count(shard, first)
            )
            pages.append(iter(_exactly(history, before, most)))
        return [replace(next(pages[shard]), seq=first + place) for place, shard in enumerate(asked, 1)]


def _in_turn(new: list[tuple[float, int, int, Entry]]) -> list[tuple[float, int, int, Entry]]:
    """By time, though never against a shard's own order, whatever its clocks said."""
    latest: dict[int, float] = {}
    keyed = []
    for at, shard, seq, entry in new:
        latest[shard] = max(at, latest.get(shard, at))
        keyed.append((latest[shard], shard, seq, entry))
    return sorted(keyed, key=lambda each: each[:3])


def _exactly(history: History, after: int, most: int) -> list[Entry]:
    found: list[Entry] = []
    while len(found) < most:
        page = history.entries(after + len(found), most - len(found))
        if not page:
            raise AssertionError("an entry that was numbered is gone")
        found += page
    return found
