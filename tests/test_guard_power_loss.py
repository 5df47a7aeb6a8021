"""The power goes at any moment: the ledger is whole afterwards, and with FULL nothing acknowledged is missing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from planner.guard.errors import LedgerError
from planner.guard.ledger import open_ledger
from tests.ledger_engines import quick_place, usd
from tests.power_loss import BUDGETS, Disk, Event, Settled, can_record, record

PAIRS = 220
"""Enough to fill the write-ahead log and begin it anew."""
CUTS = 120

pytestmark = pytest.mark.skipif(not can_record(), reason="strace is not there, or may not look at processes")


@pytest.fixture
def place() -> Iterator[Path]:
    with quick_place() as place:
        yield place


def ends(place: Path, level: str) -> tuple[int, int]:
    """How many of the cuts left a damaged ledger, and the most acknowledged settlements that one of them lost."""
    url = f"sqlite:///{place}/guard.db?synchronous={'NORMAL' if level == 'OFF' else level}"
    with open_ledger(url) as ledger:
        ledger.define("month", usd("1000"), "month")
        ledger.define("day", usd("1000"), "day")
    made = (place / "guard.db").read_bytes()
    events = record(url, PAIRS, level, place)
    assert sum(isinstance(event, Settled) for event in events) == PAIRS
    damaged, lost, chance = 0, 0, Random(level)
    moments = sorted(chance.sample(range(len(events)), CUTS))
    disk, done = Disk({"guard.db": made}), list[str]()
    for number, event in enumerate(events):
        if moments and number == moments[0]:
            moments.pop(0)
            missing = _missing(disk.after_cut(chance), place / "after", done)
            damaged += missing is None
            lost = max(lost, missing or 0)
        disk.take(event)
        if isinstance(event, Settled):
            done.append(event.key)
    return damaged, lost


def _missing(files: dict[str, bytes], place: Path, done: list[str]) -> int | None:
    """How many acknowledged settlements are not there when the machine is back; None for a damaged ledger."""
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    for name in ("guard.db", "guard.db-wal"):
        if name in files:
            (place / name).write_bytes(files[name])
    try:
        with open_ledger(f"sqlite:///{place}/guard.db?synchronous=NORMAL") as ledger:
            if ledger.verify() or ledger.status(BUDGETS[0]).held > usd("0.04"):
                return None
            settled = {entry.key for entry in ledger.entries() if entry.kind == "settle"}
    except LedgerError:
        return None
    return len(set(done) - settled) if _whole(place / "guard.db") else None


def _whole(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def test_with_full_nothing_acknowledged_is_lost(place: Path) -> None:
    assert ends(place, "FULL") == (0, 0)


def test_with_normal_the_ledger_is_whole_though_the_last_moments_may_be_missing(place: Path) -> None:
    damaged, lost = ends(place, "NORMAL")
    assert damaged == 0
    assert 0 < lost < PAIRS


def test_without_syncs_a_cut_does_harm(place: Path) -> None:
    """What the two others rule out can be seen here: the search would find it."""
    damaged, _ = ends(place, "OFF")
    assert damaged > 0


def _kinds(events: list[Event]) -> set[str]:
    return {type(event).__name__ for event in events}


def test_a_recording_has_writes_syncs_and_settlements(place: Path) -> None:
    url = f"sqlite:///{place}/guard.db"
    with open_ledger(url) as ledger:
        for name in BUDGETS:
            ledger.define(name, usd("1"), "lifetime")
    assert _kinds(record(url, 2, "FULL", place)) == {"Write", "Sync", "Settled"}
