"""What a million entries cost the Guard screen: opening, going to both ends, memory and idle CPU, against an empty ledger.

Run it with `python -m tests.bench.bench_tui_ledger [--entries 1000000] [--rounds 5]`. Each opening is a fresh process,
the two ledgers in turns; opened is when the newest entry, or the sentence that there is none, is on the screen.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from planner.tui.app import BursarApp
from planner.tui.workspace import Workspace
from tests.bench.bench_ledger import _grown, _new_ledger
from tests.tui_ledger import text_of

SIZE = (160, 48)
IDLE_S = 10.0
Measured = dict[str, float]


def main() -> None:
    options = _options()
    if options.open:
        print(json.dumps(asyncio.run(_measure(options.open, options.expect))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-tui-") as folder:
        place = Path(folder)
        empty = _new_ledger(place / "empty.db", "NORMAL")
        large = _grown(place / "large.db", options.entries, "time-ordered")
        newest = "settle"
        rounds = [(_run(empty, "define"), _run(large, newest)) for _ in range(options.rounds)]
    _print(options.entries, [pair[0] for pair in rounds], [pair[1] for pair in rounds])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how large the large ledger is")
    parser.add_argument("--rounds", type=int, default=5, help="openings of each ledger")
    parser.add_argument("--open", help=argparse.SUPPRESS)
    parser.add_argument("--expect", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(url: str, expect: str) -> Measured:
    command = [sys.executable, "-m", "tests.bench.bench_tui_ledger", "--open", url, "--expect", expect]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: Measured = json.loads(done.stdout)
    return found


def _print(entries: int, empty: list[Measured], large: list[Measured]) -> None:
    for name, words, scale in (
        ("open_s", "opened after", 1e3),
        ("ends_s", "to the first entry and back", 1e3),
        ("idle", "CPU while nothing happens, % of a core", 1e2),
        ("rss_mb", "resident memory, MB", 1.0),
    ):
        small, big = (sorted(each[name] for each in side)[len(side) // 2] * scale for side in (empty, large))
        unit = " ms" if name.endswith("_s") else ""
        print(
            f"{words}: {small:,.1f}{unit} empty, {big:,.1f}{unit} with {entries:,} entries (x{big / small:.2f})"
        )


async def _measure(url: str, expect: str) -> Measured:
    BursarApp.DEFAULT_MODE = "guard"
    app = BursarApp(Workspace(folder=Path("scenarios"), as_of=date(2026, 11, 22), ledger=url))
    app.animation_level = "none"
    began = time.perf_counter()
    async with app.run_test(size=SIZE) as pilot:
        await _until(app, expect)
        opened = time.perf_counter() - began
        began = time.perf_counter()
        await pilot.press("g")
        await _until(app, "define")
        await pilot.press("G")
        await _until(app, expect)
        ends = time.perf_counter() - began
        await asyncio.sleep(2)
        cpu = time.process_time()
        await asyncio.sleep(IDLE_S)
        idle = (time.process_time() - cpu) / IDLE_S
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"open_s": opened, "ends_s": ends, "idle": idle, "rss_mb": rss}


async def _until(app: BursarApp, words: str) -> None:
    """Looks at the screen as often as the loop lets it."""
    while not any(words in line and "…" not in line[:8] for line in text_of(app).splitlines()[4:-1]):
        await asyncio.sleep(0.001)


if __name__ == "__main__":
    main()
