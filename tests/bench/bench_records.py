"""What a record costs to define and to make, over a frozen slotted dataclass: `python -m tests.bench.bench_records`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from pricing.records import record

FIELDS = {"a": int, "b": str, "c": int, "d": str, "e": int, "f": int}


def main() -> None:
    for title, work in (("define", _define), ("make", _make)):
        ours, theirs = seconds(work(record)), seconds(work(dataclass(frozen=True, slots=True)))
        print(
            f"{title:7} record {ours * 1e6:7.1f} us, dataclass {theirs * 1e6:7.1f} us: {ours / theirs:.2f}x"
        )


def _define(decorate: Callable[[type], type]) -> Callable[[], object]:
    return lambda: decorate(type("Sample", (), {"__annotations__": FIELDS, "__doc__": "A sample."}))


def _make(decorate: Callable[[type], type]) -> Callable[[], object]:
    made = decorate(type("Sample", (), {"__annotations__": FIELDS, "__doc__": "A sample."}))
    return lambda: made(1, "b", 3, "d", 5, 6)


def seconds(work: Callable[[], object], runs: int = 301) -> float:
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return median(spent)


if __name__ == "__main__":
    main()
