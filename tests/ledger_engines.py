"""The engines every ledger test runs on, a clock that stands still, and what any history of a ledger must obey."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from planner.guard.ledger import Entry, Lapse, Ledger, Line, open_ledger
from pricing.money import Micros, parse_usd
from tests import dynamodb_local, postgres_server


@dataclass(frozen=True)
class Engine:
    """A kind of ledger under test."""

    name: str
    url: Callable[[Path], str]
    """The URL of a new ledger that may keep files in the directory."""
    shared: bool
    """Whether two open ledgers of one URL, in any processes, are the same ledger."""
    examples: int = 40
    """How many random histories to try; a slow engine tries fewer."""


ENGINES = (
    Engine("memory", lambda _: "memory://", shared=False),
    Engine("sqlite", lambda place: f"sqlite:///{place}/guard.db?synchronous=NORMAL", shared=True),
    Engine("postgres", lambda _: postgres_server.new_ledger(), shared=True),
    Engine("dynamodb", lambda _: f"{dynamodb_local.new_table()}&deadline_s=120", shared=True, examples=10),
)
"""Another engine joins here."""
SPLIT = Engine(
    "dynamodb-shards",
    lambda _: f"{dynamodb_local.new_table()}&deadline_s=120&shards=3",
    shared=True,
    examples=4,
)
"""Over shards a limit is several entries, entries of one moment have no order, and a hold sweeps its own shard first."""
SHARED = tuple(engine for engine in ENGINES if engine.shared)


class Clock:
    """A clock the test moves."""

    def __init__(self, text: str = "2026-12-05 12:00:00") -> None:
        self.now = moment(text)

    def __call__(self) -> float:
        return self.now

    def set(self, text: str) -> None:
        self.now = moment(text)

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Desk:
    """A new ledger's URL and clock, and how to open it."""

    engine: Engine
    url: str
    clock: Clock

    def open(self, *, lapse: Lapse = "assume_billed") -> Ledger:
        return open_ledger(self.url, clock=self.clock, lapse=lapse)


@contextmanager
def quick_place() -> Iterator[Path]:
    """A directory in memory where the system has one: what a killed process wrote survives there as on a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as place:
        yield Path(place)


def new_desk(engine: Engine, place: Path) -> Desk:
    return Desk(engine, engine.url(place), Clock())


def usd(text: str) -> Micros:
    return parse_usd(text)


def moment(text: str) -> float:
    """POSIX seconds of a UTC time such as `2026-12-05 12:00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def counters(ledger: Ledger, budget: str, period: str | None = None) -> tuple[int, int, int, int]:
    """Settled, held, assumed, overrun."""
    status = ledger.status(budget, period=period)
    return status.settled, status.held, status.assumed, status.overrun


def check_history(ledger: Ledger) -> None:
    """Replay all entries: no budget was ever over, no key was resolved twice, and the counters are their sum."""
    limits: dict[str, int] = {}
    totals: dict[Line, Counter[str]] = {}
    resolved: Counter[str | None] = Counter()
    for seq, entry in enumerate(ledger.entries(), 1):
        assert entry.seq == seq
        for line in entry.lines:
            total = totals.setdefault(line, Counter())
            total.update(entry.change._asdict())
            if entry.kind == "define":
                limits[line.budget] = entry.amount
            _check_entry(entry, total, limits[line.budget])
        resolved[entry.key] += entry.kind in {"settle", "void"}
    assert max(resolved.values(), default=0) <= 1
    for line, total in totals.items():
        recorded = counters(ledger, line.budget, line.period)
        assert recorded == (total["settled"], total["held"], total["assumed"], total["overrun"]), line
    assert ledger.verify() == ()


def _check_entry(entry: Entry, total: Counter[str], limit: int) -> None:
    assert min(total.values()) >= 0, entry
    if entry.kind in {"hold", "extend"} and entry.change.held > 0:
        assert total["settled"] + total["held"] <= limit, entry
    if entry.change.settled + entry.change.held > 0:
        assert (
            entry.kind in {"hold", "extend"}
            or entry.change.overrun == entry.change.settled + entry.change.held
        )
