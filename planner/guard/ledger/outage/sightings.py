"""What the processes of a machine last saw of each budget, in a small file beside the journal.

An answer of the ledger is kept when its question was asked after the one kept had been answered. Of two that were under
way at once nobody knows which is the newer one, so the one with more taken is kept: what is left is never
overestimated. The file is a note, not money: it is never synced, and one that cannot be read is begun anew.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from planner.guard.ledger import Status
from planner.guard.ledger.windows import Per
from pricing.money import Micros
from pricing.records import record, replace


@record
class Sighting:
    """A budget as an answer of the ledger showed it; times by this machine's clock."""

    status: Status
    asked_at: float
    answered_at: float


class Sightings:
    """Share it between threads; processes share it through the file."""

    def __init__(self, path: Path, place: str, now: Callable[[], float] = time.time) -> None:
        """`place` tells whose budgets they are: what the file says of another ledger's does not count."""
        self._path = path
        self._place = place
        self.now = now
        self._known: dict[str, Sighting] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """In a fork's child, too: locks of files are not inherited, those of threads must not be."""
        self._lock = threading.Lock()

    def saw(self, statuses: Iterable[Status], asked_at: float) -> None:
        answered_at = self.now()
        seen = {status.budget: Sighting(status, asked_at, answered_at) for status in statuses}
        if seen:
            self._put(lambda known: {name: newer(known.get(name), each) for name, each in seen.items()})

    def limited(self, budget: str, limit: Micros) -> None:
        """The budget has another limit from now on."""

        def change(known: Mapping[str, Sighting]) -> dict[str, Sighting]:
            each = known.get(budget)
            if each is None or each.status.limit == limit:
                return {}
            return {budget: replace(each, status=replace(each.status, limit=limit))}

        self._put(change)

    def more(self, budgets: Iterable[str], amount: int) -> None:
        """So much was billed above what was held."""

        def change(known: Mapping[str, Sighting]) -> dict[str, Sighting]:
            found = {name: known[name] for name in budgets if name in known}
            return {name: replace(each, status=_with(each.status, amount)) for name, each in found.items()}

        self._put(change)

    def all(self) -> Mapping[str, Sighting]:
        """Of every budget, the file looked at."""
        with self._lock, self._file() as descriptor:
            self._learn(descriptor)
            return dict(self._known)

    def of(self, budget: str) -> Sighting | None:
        return self.all().get(budget)

    def _put(self, change: Callable[[Mapping[str, Sighting]], dict[str, Sighting]]) -> None:
        with self._lock, self._file(write=True) as descriptor:
            self._learn(descriptor)
            changed = change(self._known)
            self._known |= changed
            if changed and descriptor is not None:
                with suppress(OSError):
                    text = json.dumps({"place": self._place, "seen": _rows(self._known)}).encode()
                    os.pwrite(descriptor, text, 0)
                    os.ftruncate(descriptor, len(text))

    @contextmanager
    def _file(self, *, write: bool = False) -> Iterator[int | None]:
        """None when it cannot be had: this process's own knowledge has to do."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield None
            return
        try:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            yield descriptor
        finally:
            os.close(descriptor)

    def _learn(self, descriptor: int | None) -> None:
        if descriptor is None:
            return
        try:
            said = json.loads(os.pread(descriptor, 1 << 20, 0) or b"{}")
            theirs = _read(said["seen"]) if said.get("place") == self._place else {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return
        for name, each in theirs.items():
            if each != self._known.get(name):
                self._known[name] = newer(self._known.get(name), each)


def seen_file(journal: Path) -> Path:
    """Beside the journal."""
    return journal.with_name(f"{journal.name}.seen")


def newer(old: Sighting | None, new: Sighting) -> Sighting:
    """Which of two to go by."""
    if old is None or new.asked_at > old.answered_at:
        return new
    if old.asked_at > new.answered_at:
        return old
    if old.status.period != new.status.period:
        return max(old, new, key=lambda each: each.status.period)
    return new if new.status.exposure > old.status.exposure else old


def _with(status: Status, amount: int) -> Status:
    return replace(status, settled=Micros(status.settled + amount))


def _rows(known: Mapping[str, Sighting]) -> dict[str, list[object]]:
    return {
        name: [
            each.asked_at,
            each.answered_at,
            each.status.period,
            each.status.per,
            each.status.limit,
            each.status.settled,
            each.status.held,
            each.status.assumed,
            each.status.overrun,
        ]
        for name, each in known.items()
    }


def _read(rows: Mapping[str, list[object]]) -> dict[str, Sighting]:
    """Raises `ValueError` for anything that `_rows` has not written."""
    return {name: _sighting(name, *row) for name, row in rows.items()}


def _sighting(
    name: str, asked: object, answered: object, period: object, per: object, *counts: object
) -> Sighting:
    if not isinstance(asked, float) or not isinstance(answered, float) or not isinstance(period, str):
        raise ValueError(name)
    limit, settled, held, assumed, overrun = (_count(count) for count in counts)
    return Sighting(Status(name, period, _per(per), limit, settled, held, assumed, overrun), asked, answered)


def _count(value: object) -> Micros:
    if type(value) is not int:
        raise ValueError(value)
    return Micros(value)


def _per(value: object) -> Per:
    match value:
        case "day" | "month" | "lifetime":
            return value
    raise ValueError(value)
