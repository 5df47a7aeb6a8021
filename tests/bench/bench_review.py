"""How long a review takes, as a ratio within one run: `python -m tests.bench.bench_review`.

Whole processes, CPU time of both: `bursar review` of 50 scenarios, ten copies of each sample, over `bursar plan` of
one of them. Allowed 20.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.bench_plan import SAMPLE, cpu_of

SCENARIOS = 50
ALLOWED = 20


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        write_scenarios(Path(folder), SCENARIOS)
        review = cpu_of([sys.executable, "-m", "planner", "review", folder])
    plan = cpu_of([sys.executable, "-m", "planner", "plan", SAMPLE])
    ratio = review / plan
    print(
        f"review      {review * 1e3:7.1f} ms for {SCENARIOS} scenarios over plan {plan * 1e3:6.1f} ms"
        f" = {ratio:5.2f}x  (allowed {ALLOWED}x)"
    )
    return ratio > ALLOWED


def write_scenarios(folder: Path, count: int) -> None:
    """Copies of the samples, each with a name of its own."""
    samples = sorted(Path("scenarios").glob("*.yaml"))
    for number in range(count):
        sample = samples[number % len(samples)]
        text = sample.read_text("utf-8").replace("name: ", f"name: {number} ", 1)
        (folder / f"{sample.stem}-{number:03}.yaml").write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
