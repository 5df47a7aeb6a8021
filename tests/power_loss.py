"""A power cut on paper: what a ledger wrote and synced, and the files a machine could find after losing power.

`python -m tests.power_loss URL PAIRS LEVEL` holds and settles, and tells of each settlement once it is acknowledged;
`record` runs it under strace. Until a file is synced, any of its writes may be missing after a cut, or be there in
part: disks write 512 bytes at once, in any order. What was synced is there.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from planner.guard.ledger import open_ledger
from planner.guard.ledger.sqlite import SqliteLedger
from pricing.money import Micros

ROOT = Path(__file__).parents[1]
SECTOR = 512
PRICE = Micros(40_000)
BUDGETS = ("day", "month")

_OPENED = re.compile(r'openat\(AT_FDCWD, "([^"]+)".*\) = (\d+)')
_WRITTEN = re.compile(r'pwrite64\((\d+), "([^"]*)", \d+, (\d+)\) = \d+')
_CALL = re.compile(r"(fsync|fdatasync|close)\((\d+)\) += 0")
_CUT_SHORT = re.compile(r"ftruncate\((\d+), (\d+)\) = 0")
_SAID = re.compile(r'write\(1, "([^"]*)", \d+\) = \d+')


@dataclass(frozen=True)
class Write:
    """Bytes put into a file; `content` None cuts it off at `at`."""

    file: str
    at: int
    content: bytes | None


@dataclass(frozen=True)
class Sync:
    file: str


@dataclass(frozen=True)
class Settled:
    """The caller of `settle` has its answer."""

    key: str


Event = Write | Sync | Settled


@dataclass
class Disk:
    """What is safe, and what is on its way to the platter."""

    safe: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, list[Write]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        match event:
            case Write(file):
                self.pending.setdefault(file, []).append(event)
            case Sync(file):
                self.safe[file] = _written(self.safe.get(file, b""), self.pending.pop(file, []))
            case Settled():
                pass

    def after_cut(self, chance: Random) -> dict[str, bytes]:
        """Every file as it could be found: of what was not synced nothing, all, or anything."""
        found = dict(self.safe)
        for file, writes in self.pending.items():
            share = chance.choice((0.0, 0.5, 0.9, 1.0))
            kept = [each for write in writes for each in _sectors(write) if chance.random() < share]
            found[file] = _written(self.safe.get(file, b""), kept)
        return found


def record(url: str, pairs: int, level: str, place: Path) -> list[Event]:
    """What a process did to the ledger's files while it held and settled so many times."""
    trace = place / "trace"
    calls = "trace=openat,close,pwrite64,ftruncate,fsync,fdatasync,write"
    command = [
        "strace",
        "-f",
        "-qq",
        "-xx",
        "-s",
        "65536",
        "-e",
        calls,
        "-e",
        "signal=none",
        "-o",
        str(trace),
    ]
    child = [sys.executable, "-m", "tests.power_loss", url, str(pairs), level]
    subprocess.run([*command, *child], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with trace.open(encoding="ascii") as lines:
        return list(_events(lines))


def can_record() -> bool:
    """Whether strace is there, and may look at other processes."""
    return (
        shutil.which("strace") is not None
        and subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0
    )


def _events(lines: Iterator[str]) -> Iterator[Event]:
    files: dict[str, str] = {}
    for line in lines:
        if opened := _OPENED.search(line):
            files[opened[2]] = Path(_bytes(opened[1]).decode()).name
        elif written := _WRITTEN.search(line):
            yield Write(files[written[1]], int(written[3]), _bytes(written[2]))
        elif cut := _CUT_SHORT.search(line):
            yield Write(files[cut[1]], int(cut[2]), None)
        elif said := _SAID.search(line):
            yield Settled(_bytes(said[1]).decode().strip())
        elif (called := _CALL.search(line)) and called[1] == "close":
            files.pop(called[2], None)
        elif called and called[2] in files:
            yield Sync(files[called[2]])


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _sectors(write: Write) -> Iterator[Write]:
    if write.content is None:
        yield write
        return
    at, end = write.at, write.at + len(write.content)
    while at < end:
        following = min(end, (at // SECTOR + 1) * SECTOR)
        yield Write(write.file, at, write.content[at - write.at : following - write.at])
        at = following


def _written(content: bytes, writes: Sequence[Write]) -> bytes:
    changed = bytearray(content)
    for write in writes:
        if write.content is None:
            del changed[write.at :]
            continue
        changed.extend(bytes(max(0, write.at - len(changed))))
        changed[write.at : write.at + len(write.content)] = write.content
    return bytes(changed)


def _spend(url: str, pairs: int, level: str) -> None:
    ledger = open_ledger(url)
    assert isinstance(ledger, SqliteLedger)
    assert ledger._writer is not None
    if level == "OFF":
        ledger._writer.connection.execute("PRAGMA synchronous = OFF")
    for number in range(pairs):
        key = f"{number:08}"
        ledger.hold(key, PRICE, BUDGETS)
        ledger.settle(key, PRICE)
        os.write(1, f"{key}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    _spend(sys.argv[1], int(sys.argv[2]), sys.argv[3])
