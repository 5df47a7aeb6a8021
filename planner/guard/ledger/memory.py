"""A ledger in this process's memory, for tests and rehearsals: no other process sees it."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from planner.guard.errors import LedgerUnavailable, LedgerUrlError, UnknownHold
from planner.guard.ledger import Change, Clock, Entry, Hold, Lapse, Line, Mismatch, Status, Stopped
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.store import MICROSECONDS, STATES, Draft, Look, Record, Store
from planner.guard.ledger.urls import shown_url
from planner.guard.ledger.windows import Per
from pricing.money import Micros

T = TypeVar("T")


def open_memory(place: str, *, clock: Clock, lapse: Lapse) -> "MemoryLedger":
    if place:
        raise LedgerUrlError(
            f"memory:// takes nothing after it; write that alone, not {shown_url(f'memory://{place}')}"
        )
    return MemoryLedger(clock, lapse)


class MemoryLedger(EngineLedger):
    """One dictionary of everything behind one lock."""

    def __init__(self, clock: Clock, lapse: Lapse) -> None:
        super().__init__(clock, lapse)
        self._lock = threading.Lock()
        self._store: MemoryStore | None = MemoryStore()
        survive_forks(self)

    def close(self) -> None:
        with self._lock:
            self._store = None

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """The child goes on with a copy of its own."""
        self._lock = threading.Lock()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> T:
        with self._lock:
            return rule(self._open())

    def _read(self, query: Callable[[Reader], T]) -> T:
        with self._lock:
            return query(self._open())

    def _open(self) -> "MemoryStore":
        if self._store is None:
            raise LedgerUnavailable("the ledger is closed")
        return self._store


@dataclass(slots=True)
class _Counters:
    settled: int = 0
    held: int = 0
    assumed: int = 0
    overrun: int = 0


@dataclass(slots=True)
class MemoryStore:
    """The rows, and both ways to use them."""

    _budgets: dict[str, tuple[Micros, Per]] = field(default_factory=dict)
    _counters: dict[Line, _Counters] = field(default_factory=dict)
    _numbers: dict[tuple[Line, ...], int] = field(default_factory=dict)
    _bookings: list[tuple[Line, ...]] = field(default_factory=list)
    _records: dict[str, tuple[Record, int]] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)
    _entries: list[Draft] = field(default_factory=list)
    _claims: set[tuple[Line, str]] = field(default_factory=set)
    _stopped: Stopped | None = None

    def per(self, budget: str) -> Per | None:
        known = self._budgets.get(budget)
        return known[1] if known else None

    def limit(self, budget: str) -> Micros:
        return self._budgets[budget][0]

    def put_budget(self, budget: str, limit: Micros, per: Per) -> None:
        self._budgets[budget] = (limit, per)

    def booking(self, lines: tuple[Line, ...]) -> int:
        if lines not in self._numbers:
            self._numbers[lines] = len(self._bookings)
            self._bookings.append(lines)
        return self._numbers[lines]

    def statuses(self, booking: int) -> list[Status]:
        return [self.status(line) for line in self._bookings[booking]]

    def look(self, key: str, at: int) -> Look:
        return Look(self.record(key), any(lease <= at for lease in self._open.values()), self._stopped)

    def record(self, key: str) -> Record | None:
        known = self._records.get(key)
        return known[0] if known else None

    def overdue(self, at: int, most: int) -> list[Record]:
        due = sorted((lease, key) for key, lease in self._open.items() if lease <= at)
        return [self._records[key][0] for _, key in due[:most]]

    def append(self, draft: Draft) -> int:
        for line in self._lines(draft.booking):
            counters = self._counters.setdefault(line, _Counters())
            counters.settled += draft.change.settled
            counters.held += draft.change.held
            counters.assumed += draft.change.assumed
            counters.overrun += draft.change.overrun
        self._entries.append(draft)
        return len(self._entries)

    def add(self, record: Record, seq: int) -> None:
        self._records[record.key] = (record, seq)
        self._track(record)

    def replace(self, record: Record) -> None:
        self._records[record.key] = (record, self._records[record.key][1])
        self._track(record)

    def switch(self, stopped: Stopped | None) -> None:
        self._stopped = stopped

    def stopped(self) -> Stopped | None:
        return self._stopped

    def claim(self, line: Line, threshold: str) -> bool:
        fresh = (line, threshold) not in self._claims
        self._claims.add((line, threshold))
        return fresh

    def budgets(self) -> tuple[str, ...]:
        return tuple(sorted(self._budgets))

    def status(self, line: Line) -> Status:
        limit, per = self._budgets[line.budget]
        now = self._counters.get(line, _Counters())
        counted = (Micros(now.settled), Micros(now.held), Micros(now.assumed), Micros(now.overrun))
        return Status(line.budget, line.period, per, limit, *counted)

    def entries(self, after: int, most: int) -> list[Entry]:
        return [
            Entry(
                seq,
                draft.at / MICROSECONDS,
                draft.kind,
                draft.key,
                Micros(draft.amount),
                self._lines(draft.booking),
                draft.change,
                json.loads(draft.tags or "{}"),
            )
            for seq, draft in enumerate(self._entries[after : after + most], after + 1)
        ]

    def holds(self, state: Literal["open", "lapsed"]) -> tuple[Hold, ...]:
        records = [record for record, _ in self._records.values() if STATES[record.state] == state]
        records.sort(key=lambda record: (record.lease_until, record.key))
        return tuple(self.find(record.key) for record in records)

    def find(self, key: str) -> Hold:
        if key not in self._records:
            raise UnknownHold(key)
        record, seq = self._records[key]
        granted = self._entries[seq - 1]
        return Hold(
            key=key,
            state=STATES[record.state],
            amount=Micros(record.amount),
            offer=record.offer,
            attempts=record.attempts,
            billed=Micros(record.billed if record.state == "settled" else 0),
            assumed=Micros(record.billed if record.state == "assumed" else 0),
            held_at=granted.at / MICROSECONDS,
            lease_until=record.lease_until / MICROSECONDS,
            lines=self._lines(record.booking),
            tags=json.loads(granted.tags or "{}"),
        )

    def mismatches(self) -> tuple[Mismatch, ...]:
        recomputed: Counter[tuple[Line, str]] = Counter()
        for draft in self._entries:
            for line in self._lines(draft.booking):
                recomputed.update({(line, name): value for name, value in draft.change._asdict().items()})
        return tuple(
            Mismatch(f"{line.budget} {line.period} {name}", value, recomputed[line, name])
            for line, counters in self._counters.items()
            for name in Change._fields
            if (value := getattr(counters, name)) != recomputed[line, name]
        )

    def _lines(self, booking: int | None) -> tuple[Line, ...]:
        return () if booking is None else self._bookings[booking]

    def _track(self, record: Record) -> None:
        if record.state == "open":
            self._open[record.key] = record.lease_until
        else:
            self._open.pop(record.key, None)
