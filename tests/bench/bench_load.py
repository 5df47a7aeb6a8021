"""How long a scenario of one megabyte takes to load: `python -m tests.bench.bench_load`.

The same text through `load_scenario` (places, duplicate keys, exact values, checks) and through PyYAML's
`CSafeLoader`, in turns within one run; the medians' ratio may be 1.0 at most.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml

from planner.scenario_file import load_scenario
from pricing.reading.text import LARGEST_FILE

ALLOWED = 1.0
RUNS = 9
_HEAD = "name: large\nstart: 2026-12\nmonths: 18\nregion: us-west-2\npipelines:\n"
_PIPELINE = """\
  - name: catalogue {number}          # one of many
    assets_per_month: 3000
    growth_pct_per_month: 8
    seasonality: {{11: 1.6, 12: 1.8}}
    stages:
      - {{name: cut out, task: BACKGROUND_REMOVAL, model: stability.stable-image-remove-background-v1:0}}
      - {{name: draft, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1, candidates: 4}}
      - name: final
        task: TEXT_IMAGE
        model: stability.stable-image-ultra-v1:1
    rework_pct: 10
    supporting:
      storage_mb: 4
      deliveries: 200
      compute_gb_s: 3.5
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        path.write_text(large_scenario(), encoding="utf-8")
        ours, theirs = _in_turns(lambda: load_scenario(path), lambda: _safe_load(path))
        size = path.stat().st_size
    ratio = ours / theirs
    print(
        f"load        {ours * 1e3:7.1f} ms for {size:,} bytes over CSafeLoader {theirs * 1e3:7.1f} ms "
        f"= {ratio:5.2f}x  (allowed {ALLOWED}x)"
    )
    return ratio > ALLOWED


def large_scenario() -> str:
    """As many pipelines as fit in the largest file."""
    parts, room, number = [_HEAD], LARGEST_FILE - len(_HEAD), 0
    while room >= len(part := _PIPELINE.format(number=number)):
        parts.append(part)
        room -= len(part)
        number += 1
    return "".join(parts)


def _safe_load(path: Path) -> object:
    with path.open("rb") as stream:
        return yaml.load(stream, yaml.CSafeLoader)


def _in_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median CPU seconds of each."""
    spent: tuple[list[float], list[float]] = [], []
    for _ in range(RUNS):
        for work, times in zip((first, second), spent, strict=True):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return median(spent[0]), median(spent[1])


if __name__ == "__main__":
    sys.exit(main())
