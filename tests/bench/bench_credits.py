"""The waterfall on 36 months x 5 pools x 12 charges a month, against the naive day-by-day loop.

Run with `python -m tests.bench.bench_credits`. The aim: at most 2 ms a run.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import date
from statistics import median
from time import perf_counter

from planner.credits import Charge, CreditPool, waterfall
from planner.months import months_from
from pricing.money import Micros, parse_usd
from tests.naive_waterfall import naive_waterfall

AIM_MS = 2.0
PRODUCTS = ("Amazon Bedrock", "Amazon Simple Storage Service", "Amazon CloudFront", "AWS Lambda")
MODELS = tuple(f"Model {number} (Amazon Bedrock Edition)" for number in range(8))


def portfolio(funding: int) -> tuple[list[CreditPool], list[Charge]]:
    """Five pools of different coverage, four of which cut a month; `funding` says how long they last."""

    def pool(
        pool_id: str, usd: int, starts: date, expires: date | None, *products: str, models: bool = False
    ) -> CreditPool:
        return CreditPool(
            id=pool_id,
            balance=Micros(usd * 1_000_000 * funding),
            starts=starts,
            expires=expires,
            products=products,
            bedrock_third_party="yes" if models else "no",
        )

    pools = [
        pool("poc", 25_000, date(2026, 11, 20), date(2027, 11, 14), PRODUCTS[0], models=True),
        pool("free", 200, date(2026, 12, 3), date(2027, 12, 3), *PRODUCTS),
        pool("founders", 5_000, date(2027, 3, 9), date(2028, 3, 9), *PRODUCTS[1:]),
        pool("activate", 100_000, date(2026, 6, 1), date(2028, 6, 17), "*", models=True),
        pool("accelerator", 60_000, date(2028, 1, 11), None, "*", models=True),
    ]
    charges = [
        Charge(
            month=month,
            product=product,
            amount=Micros(parse_usd("310.07") * (place + 1) // 3),
            entity="marketplace" if product in MODELS else "aws",
        )
        for month in months_from("2026-12", 36)
        for place, product in enumerate((*PRODUCTS, *MODELS))
    ]
    return pools, charges


def milliseconds(run: Callable[[], object], times: int) -> Sequence[float]:
    taken = []
    for _ in range(times):
        begin = perf_counter()
        run()
        taken.append((perf_counter() - begin) * 1000)
    return taken


def main() -> int:
    """Prints a line for each funding; answers 1 when the fastest run misses the aim."""
    missed = False
    for funding in (1, 3, 100):
        pools, charges = portfolio(funding)
        ours = milliseconds(lambda p=pools, c=charges: waterfall(p, c, start="start_date"), 200)  # type: ignore[misc]
        naive = milliseconds(lambda p=pools, c=charges: naive_waterfall(p, c, start="start_date"), 3)  # type: ignore[misc]
        missed |= min(ours) > AIM_MS
        print(
            f"funding x{funding:<4} waterfall {min(ours):.2f} ms (median {median(ours):.2f});"
            f" naive loop {min(naive):.0f} ms; {min(naive) / min(ours):.0f}x faster; aim {AIM_MS:.0f} ms"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
