"""What holds for every portfolio of pools and charges, and agreement with a naive day-by-day waterfall."""

from datetime import date, timedelta
from fractions import Fraction
from math import lcm
from random import Random
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.credits import Charge, CreditPool, WaterfallResult, covers, reaches, waterfall
from pricing.money import Micros
from pricing.records import replace
from tests.naive_waterfall import naive_waterfall

MONTHS = ("2026-12", "2027-02")
"""With a month between that has no charges."""
PRODUCTS = ("Amazon Bedrock", "Amazon S3", "AWS Lambda")
BALANCES = st.integers(0, 200) | st.integers(0, 30_000_000)
AMOUNTS = st.integers(1, 60) | st.integers(0, 5_000_000) | st.sampled_from([31, 28, 1_000_000])
FIGURES = (
    "draws",
    "draw_lines",
    "out_of_pocket",
    "out_of_pocket_lines",
    "balances",
    "forfeited",
    "exhausted_on",
)
EVENLY = lcm(*range(1, 32))
"""Divides into a whole number of micro-dollars for every number of days, so that nothing is rounded."""

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""

Rules = dict[str, str]
Portfolio = tuple[list[CreditPool], list[Charge], Rules]


@st.composite
def charges(draw: st.DrawFn, unit: int = 1) -> Charge:
    start = date.fromisoformat(draw(st.sampled_from(MONTHS)) + "-01")
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = draw(st.none() | st.dates(start, end))
    return Charge(
        month=f"{start:%Y-%m}",
        product=draw(st.sampled_from(PRODUCTS)),
        amount=Micros(draw(AMOUNTS) * unit),
        entity=draw(st.sampled_from(("aws", "aws", "aws", "marketplace"))),
        account=draw(st.sampled_from("AABC")),
        kind=draw(st.sampled_from(("usage",) * 6 + ("tax",))),
        first_day=first,
        last_day=draw(st.none() | st.dates(first or start, end)),
        bedrock_third_party=draw(st.sampled_from((True,) * 4 + (False,))),
    )


@st.composite
def credit_pools(draw: st.DrawFn, pool_id: str, unit: int = 1) -> CreditPool:
    starts = draw(st.none() | st.dates(date(2026, 11, 25), date(2027, 2, 20)))
    soon = st.dates(starts or date(2026, 11, 25), date(2027, 3, 5))
    late = st.dates(max(starts or date.min, date(2027, 2, 1)), date(2027, 3, 5))
    return CreditPool(
        id=pool_id,
        balance=Micros(draw(BALANCES) * unit),
        starts=starts,
        expires=draw(st.none() | soon | late | late),
        products=draw(
            st.just(("*",)) | st.just(("*",)) | st.lists(st.sampled_from(PRODUCTS), unique=True).map(tuple)
        ),
        product_count=draw(st.none() | st.none() | st.integers(0, 3)),
        bedrock_third_party=draw(st.sampled_from(("yes", "no", "unknown"))),
        application_type=draw(st.sampled_from((None, None, "before", "after"))),
        status=draw(st.sampled_from(("active",) * 6 + ("paused",))),
        owner_account=draw(st.sampled_from("AAB")),
        shared=draw(st.sampled_from((True, True, False))),
    )


@st.composite
def portfolios(draw: st.DrawFn, most_pools: int = 4, unit: int = 1) -> Portfolio:
    count = draw(st.sampled_from((most_pools, *range(most_pools + 1))))
    return (
        [draw(credit_pools(f"pool-{number}", unit)) for number in range(count)],
        draw(st.lists(charges(unit), min_size=4, max_size=10)),
        {
            "expiry": draw(st.sampled_from(("usage_dated", "whole_month"))),
            "start": draw(st.sampled_from(("billing_cycle", "start_date"))),
            "application_type": draw(st.sampled_from(("honour", "ignore"))),
            "unknown_coverage": draw(st.sampled_from(("conservative", "optimistic"))),
        },
    )


def run(portfolio: Portfolio) -> WaterfallResult:
    pools, lines, rules = portfolio
    return waterfall(pools, lines, **rules)  # type: ignore[arg-type]


@settings(PATIENT, max_examples=300)
@given(portfolios())
def test_the_waterfall_agrees_with_the_day_by_day_loop(portfolio: Portfolio) -> None:
    """To the micro-dollar in every figure: the loop rounds by the same rule, so nothing is tolerated."""
    pools, lines, rules = portfolio
    result, expected = run(portfolio), naive_waterfall(pools, lines, **rules)
    for figure in FIGURES:
        assert getattr(result, figure) == getattr(expected, figure), figure


@PATIENT
@given(portfolios())
def test_each_line_of_each_month_is_paid_once_by_credits_or_cash(portfolio: Portfolio) -> None:
    """Draws and cash of an account's product sum to its charges, and the month to all of its charges."""
    result = run(portfolio)
    for month in result.months:
        sums: dict[tuple[str, str], int] = {}
        for (_, account, product), micros in result.draw_lines[month].items():
            sums[account, product] = sums.get((account, product), 0) + micros
        for line, micros in result.out_of_pocket_lines[month].items():
            sums[line] = sums.get(line, 0) + micros
        charged: dict[tuple[str, str], int] = {}
        for charge in portfolio[1]:
            if charge.month == month and charge.amount:
                key = (charge.account, charge.product)
                charged[key] = charged.get(key, 0) + charge.amount
        assert sums == charged
        assert sum(result.draws[month].values()) + result.out_of_pocket[month] == sum(charged.values())


@PATIENT
@given(portfolios())
def test_a_pool_ends_with_what_it_had_less_what_it_paid_and_lost(portfolio: Portfolio) -> None:
    """No balance is ever negative, and no micro-dollar of a pool disappears."""
    result = run(portfolio)
    for pool in portfolio[0]:
        assert all(result.balances[month][pool.id] >= 0 for month in result.months)
        drawn = sum(result.draws[month].get(pool.id, 0) for month in result.months)
        lost = sum(where.get(pool.id, (None, 0))[1] for where in (result.forfeited, result.expired_before))
        assert drawn + lost + result.ending_balance[pool.id] == pool.balance


@PATIENT
@given(portfolios(), st.randoms())
def test_the_order_of_pools_and_charges_does_not_matter(portfolio: Portfolio, random: Random) -> None:
    """Shuffled input gives the same figures, and the same sentences."""
    pools, lines, rules = portfolio
    shuffled = (random.sample(pools, len(pools)), random.sample(lines, len(lines)), rules)
    result, again = run(portfolio), run(shuffled)
    for figure in (*FIGURES, "ending_balance", "expired_before"):
        assert getattr(again, figure) == getattr(result, figure), figure
    for month in result.months:
        for account, product in result.out_of_pocket_lines[month]:
            assert again.why_unpaid(month, account, product) == result.why_unpaid(month, account, product)


@PATIENT
@given(portfolios(unit=EVENLY), st.integers(2, 1000))
def test_scaling_every_amount_scales_every_result(portfolio: Portfolio, factor: int) -> None:
    """Where days divide evenly, k times the money is k times every draw, balance, forfeit and cash."""
    pools, lines, rules = portfolio
    scaled = (
        [replace(pool, balance=Micros(pool.balance * factor)) for pool in pools],
        [replace(charge, amount=Micros(charge.amount * factor)) for charge in lines],
        rules,
    )
    small, large = run(portfolio), run(scaled)
    assert large.exhausted_on == small.exhausted_on
    for month in small.months:
        for figure in ("draws", "draw_lines", "out_of_pocket_lines", "balances"):
            grown = {key: micros * factor for key, micros in getattr(small, figure)[month].items()}
            assert getattr(large, figure)[month] == grown
    assert large.forfeited == {
        pool: (day, micros * factor) for pool, (day, micros) in small.forfeited.items()
    }


@PATIENT
@given(portfolios())
def test_a_pool_pays_only_what_it_covers_in_its_own_days(portfolio: Portfolio) -> None:
    """No draw exceeds, by more than half a micro-dollar a line, the covered usage in the pool's window."""
    pools, lines, rules = portfolio
    result = run(portfolio)
    for pool in pools:
        for month in result.months:
            payable = Fraction(0)
            for charge in lines:
                if charge.month == month:
                    payable += payable_part(pool, charge, rules)
            drawn = result.draws[month].get(pool.id, 0)
            assert drawn <= payable + Fraction(len(lines), 2)
            assert drawn == 0 or payable > 0


def payable_part(pool: CreditPool, charge: Charge, rules: Rules) -> Fraction:
    """The part of the charge in the pool's window, zero where it may not pay at all."""
    unknown: Literal["conservative", "optimistic"] = "conservative"
    if rules["unknown_coverage"] == "optimistic":
        unknown = "optimistic"
    if pool.status == "paused" or not covers(pool, charge, unknown) or not reaches(pool, charge.account):
        return Fraction(0)
    first, last = charge.days
    days = [date.fromisoformat(f"{charge.month}-{day:02d}") for day in range(first, last + 1)]
    return Fraction(charge.amount * sum(in_window(pool, day, rules) for day in days), len(days))


def in_window(pool: CreditPool, day: date, rules: Rules) -> bool:
    starts, expires = pool.starts or date.min, pool.expires or date.max
    by_month = f"{day:%Y-%m}"
    started = starts <= day or (rules["start"] == "billing_cycle" and f"{starts:%Y-%m}" <= by_month)
    alive = day <= expires or (rules["expiry"] == "whole_month" and by_month <= f"{expires:%Y-%m}")
    return started and alive


@PATIENT
@given(portfolios(most_pools=1))
def test_with_one_pool_the_careful_reading_never_costs_less_cash(portfolio: Portfolio) -> None:
    """Conservative out-of-pocket is at least the optimistic one; with several pools it need not be."""
    pools, lines, rules = portfolio
    careful = run((pools, lines, {**rules, "unknown_coverage": "conservative"}))
    hopeful = run((pools, lines, {**rules, "unknown_coverage": "optimistic"}))
    assert careful.total_out_of_pocket >= hopeful.total_out_of_pocket


@PATIENT
@given(portfolios())
def test_every_draw_and_every_cash_line_can_say_why(portfolio: Portfolio) -> None:
    """One sentence each, for every line of every result."""
    result = run(portfolio)
    for month in result.months:
        for pool_id, account, product in result.draw_lines[month]:
            assert result.why(month, pool_id, account, product).startswith(f"{pool_id} pays")
        for account, product in result.out_of_pocket_lines[month]:
            sentence = result.why_unpaid(month, account, product)
            assert sentence.startswith("$") and sentence.endswith(".") and "dated ." not in sentence
