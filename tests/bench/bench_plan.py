"""How long planning takes, as ratios within one run: `python -m tests.bench.bench_plan`.

* process: CPU time of `bursar plan` on the 18-month sample over `python -c pass`; allowed 12
* projection: 36 months x 5 pools x 12 charges a month, waterfall and month table; allowed 2 ms
* long plan: 10 years, 20 pipelines, 10 pools, demand to projection; allowed 150 ms
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Literal

from planner.charges import ChargeLine
from planner.demand import MonthDemand
from planner.months import months_from
from planner.plan import make_plan
from planner.projection import project
from planner.scenario import Credit
from planner.scenario_file import read_scenario
from pricing.load import load_book
from pricing.money import Micros

SAMPLE = "scenarios/marketplace-catalogue.yaml"
RUNS = 21


def main() -> None:
    bare = cpu_of([sys.executable, "-c", "pass"])
    plan = cpu_of([sys.executable, "-m", "planner", "plan", SAMPLE])
    print(
        f"process     {plan * 1e3:7.1f} ms over bare python {bare * 1e3:5.1f} ms = {plan / bare:5.2f}x  (allowed 12x)"
    )
    seconds = best_of(small_projection())
    print(f"projection  {seconds * 1e3:7.2f} ms for 36 months x 5 pools x 12 charges  (allowed 2 ms)")
    seconds = best_of(long_plan(), runs=7)
    print(f"long plan   {seconds * 1e3:7.1f} ms for 120 months, 20 pipelines, 10 pools  (allowed 150 ms)")


def cpu_of(command: list[str]) -> float:
    """Median CPU seconds of a process, user and system, with compiled bytecode allowed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    spent = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(spent)


def best_of(work: Callable[[], object], runs: int = 101) -> float:
    """The quickest of many runs, in seconds: what the work takes when nothing else runs."""
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


def small_projection() -> Callable[[], object]:
    months = list(months_from("2026-12", 36))
    demands = [MonthDemand(month, Fraction(1000), (), {}) for month in months]
    charges = [tuple(_line(month, number) for number in range(12)) for month in months]
    credits = [
        Credit(
            f"pool {number}",
            Micros((number + 1) * 40_000_000_000),
            date(2026, 11, 1),
            date(2027 + number // 2, 11 - number, 28),
            bedrock_third_party="yes",
        )
        for number in range(5)
    ]
    return lambda: project(demands, charges, credits)


def _line(month: str, number: int) -> ChargeLine:
    cost = Micros((number + 1) * 700_000_000)
    entity: Literal["aws", "marketplace"] = "marketplace" if number % 3 else "aws"
    return ChargeLine(
        month, f"product {number}", entity, "usage", "", Fraction(1), "month", cost, 1, cost, cost
    )


def long_plan() -> Callable[[], object]:
    models = (
        "stability.stable-image-core-v1:1",
        "stability.sd3-5-large-v1:0",
        "stability.stable-image-ultra-v1:1",
    )
    stages = "\n".join(
        f"      - {{name: s{index}, model: {model}, candidates: {index + 1}}}"
        for index, model in enumerate(models)
    )
    pipelines = "\n".join(
        f"  - name: p{number}\n    assets_per_month: {1000 + number}\n    growth_pct_per_month: 1.{number}\n    stages:\n{stages}\n"
        "    supporting: {storage_mb: 4, deliveries: 20, delivery_mb: 6, compute_gb_s: 3, moderated_images: 1}"
        for number in range(20)
    )
    credits = "\n".join(
        f"  - {{name: c{number}, balance_usd: {100_000 * (number + 1)}, starts: 2026-12-{number + 1:02d}, expires: {2027 + number}-06-{number + 10}, bedrock_third_party: yes}}"
        for number in range(10)
    )
    text = f"name: long\nstart: 2026-12\nmonths: 120\nregion: us-west-2\npipelines:\n{pipelines}\ncredits:\n{credits}\n"
    file, book = read_scenario(text, "long.yaml"), load_book()
    return lambda: make_plan(file, book, as_of=date(2026, 11, 22))


if __name__ == "__main__":
    main()
