"""The waterfall as an obvious loop over months, pools, lines and days in fractions: slow, for comparison.

It shares only the records with the code it checks. It rounds in one place, as the waterfall does: what a line
has been paid so far is stated in micro-dollars, rounded half up. So a comparison needs no tolerance.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from planner.credits import Charge, CreditPool

FOREVER = date(9999, 12, 31)
DayAmounts = dict[date, Fraction]
Identity = tuple[str, str, str, bool, date, date]
"""Account, product, entity, whether it can be covered, first and last day."""


@dataclass
class Naive:
    draws: dict[str, dict[str, int]] = field(default_factory=dict)
    draw_lines: dict[str, dict[tuple[str, str, str], int]] = field(default_factory=dict)
    out_of_pocket: dict[str, int] = field(default_factory=dict)
    out_of_pocket_lines: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    balances: dict[str, dict[str, int]] = field(default_factory=dict)
    forfeited: dict[str, tuple[date, int]] = field(default_factory=dict)
    exhausted_on: dict[str, date] = field(default_factory=dict)


def naive_waterfall(
    pools: Sequence[CreditPool],
    charges: Sequence[Charge],
    *,
    expiry: str = "usage_dated",
    start: str = "billing_cycle",
    application_type: str = "honour",
    unknown_coverage: str = "conservative",
) -> Naive:
    """The result figure by figure; the words are those of `waterfall`."""
    result = Naive()
    balance = {pool.id: int(pool.balance) for pool in pools}
    for days in all_months(charges):
        month = f"{days[0]:%Y-%m}"
        owed = spread_by_day(charges, month, days)
        amounts = {line: total(by_day.values()) for line, by_day in owed.items()}
        paid: defaultdict[Identity, Fraction] = defaultdict(Fraction)
        draw_lines: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for pool in sorted(pools, key=lambda pool: aws_order(pool, application_type)):
            if pool.status != "active" or balance[pool.id] == 0:
                continue
            first, last = (pool.starts or date.min), (pool.expires or FOREVER)
            if start == "billing_cycle":
                first = first.replace(day=1)
            if expiry == "whole_month":
                last = max(last, days[-1]) if f"{last:%Y-%m}" == month else last
            window = [day for day in days if first <= day <= last]
            eligible = [line for line in owed if pays_for(pool, line, unknown_coverage)]
            owing = {line: total(owed[line].get(day, Fraction(0)) for day in window) for line in eligible}
            goal = min(Fraction(balance[pool.id]), total(owing.values()))
            emptying_day = first_day_reaching(goal, [owed[line] for line in eligible], window)
            for line in sorted((line for line in eligible if owing[line]), key=by_largest(owing, pool)):
                before = floor(paid[line] + Fraction(1, 2))
                paid[line] += pay_days(owed[line], window, Fraction(balance[pool.id]))
                micros = floor(paid[line] + Fraction(1, 2)) - before
                balance[pool.id] -= micros
                draw_lines[pool.id, line[0], line[1]] += micros
            if balance[pool.id] == 0 and emptying_day:
                result.exhausted_on[pool.id] = emptying_day
        cash: defaultdict[tuple[str, str], int] = defaultdict(int)
        for line, amount in amounts.items():
            cash[line[0], line[1]] += int(amount) - floor(paid[line] + Fraction(1, 2))
        lose_expired(result, pools, balance, days)
        result.draw_lines[month] = {key: micros for key, micros in draw_lines.items() if micros}
        result.draws[month] = by_pool(result.draw_lines[month])
        result.out_of_pocket_lines[month] = {key: micros for key, micros in cash.items() if micros}
        result.out_of_pocket[month] = sum(cash.values())
        result.balances[month] = dict(balance)
    return result


def pay_days(owed: DayAmounts, window: Sequence[date], purse: Fraction) -> Fraction:
    """Takes from the days of the window, earliest first, until the purse is empty; returns what was taken."""
    taken = Fraction(0)
    for day in window:
        part = min(owed.get(day, Fraction(0)), purse - taken)
        owed[day] = owed.get(day, Fraction(0)) - part
        taken += part
    return taken


def lose_expired(
    result: Naive, pools: Sequence[CreditPool], balance: dict[str, int], days: list[date]
) -> None:
    """What is left on a day of expiry within the month is a forfeit; before it, gone without one."""
    for pool in pools:
        if pool.expires and days[0] <= pool.expires <= days[-1] and balance[pool.id]:
            result.forfeited[pool.id] = (pool.expires, balance[pool.id])
        if pool.expires and pool.expires <= days[-1]:
            balance[pool.id] = 0


def by_pool(draw_lines: dict[tuple[str, str, str], int]) -> dict[str, int]:
    draws: dict[str, int] = {}
    for (pool_id, _, _), micros in draw_lines.items():
        draws[pool_id] = draws.get(pool_id, 0) + micros
    return draws


def all_months(charges: Sequence[Charge]) -> list[list[date]]:
    """The days of each month from the first charge to the last."""
    if not charges:
        return []
    day = date.fromisoformat(min(charge.month for charge in charges) + "-01")
    last = max(charge.month for charge in charges)
    months: list[list[date]] = []
    while f"{day:%Y-%m}" <= last:
        if day.day == 1:
            months.append([])
        months[-1].append(day)
        day += timedelta(days=1)
    return months


def spread_by_day(charges: Sequence[Charge], month: str, days: list[date]) -> dict[Identity, DayAmounts]:
    owed: dict[Identity, DayAmounts] = {}
    for charge in charges:
        if charge.month == month:
            first, last = charge.first_day or days[0], charge.last_day or days[-1]
            payable = charge.kind == "usage" and (charge.entity == "aws" or charge.bedrock_third_party)
            line = (charge.account, charge.product, charge.entity, payable, first, last)
            of_line = owed.setdefault(line, {})
            length = (last - first).days + 1
            for day in (day for day in days if first <= day <= last):
                of_line[day] = of_line.get(day, Fraction(0)) + Fraction(charge.amount, length)
    return owed


def aws_order(pool: CreditPool, application_type: str) -> tuple[int, date, float, date, str]:
    before = application_type == "honour" and pool.application_type == "before"
    count = float("inf") if "*" in pool.products else float(len(pool.products))
    if pool.product_count is not None:
        count = pool.product_count
    return 0 if before else 1, pool.expires or FOREVER, count, pool.starts or date.min, pool.id


def pays_for(pool: CreditPool, line: Identity, unknown_coverage: str) -> bool:
    account, product, entity, payable, _, _ = line
    if not payable or not (pool.shared or account == pool.owner_account):
        return False
    if entity == "aws":
        return "*" in pool.products or product in pool.products
    optimistic = pool.bedrock_third_party == "unknown" and unknown_coverage == "optimistic"
    return pool.bedrock_third_party == "yes" or optimistic


class by_largest:  # noqa: N801 - reads as a sort key
    """AWS's order of charges for one pool, over what each still owes in the pool's window."""

    def __init__(self, owing: dict[Identity, Fraction], pool: CreditPool) -> None:
        self.owing, self.pool = owing, pool

    def __call__(
        self, line: Identity
    ) -> tuple[bool, Fraction, str, Fraction, str, Fraction, str, date, date]:
        account, product, entity, _, first, last = line
        of_account = total(owed for other, owed in self.owing.items() if other[0] == account)
        of_product = total(owed for other, owed in self.owing.items() if other[:2] == (account, product))
        service = (account != self.pool.owner_account, -of_account, account, -of_product, product)
        return *service, -self.owing[line], entity, first, last


def first_day_reaching(goal: Fraction, lines: Sequence[DayAmounts], window: Sequence[date]) -> date | None:
    so_far = Fraction(0)
    for day in window:
        so_far += total(line.get(day, Fraction(0)) for line in lines)
        if so_far >= goal:
            return day
    return None


def total(parts: Iterable[Fraction]) -> Fraction:
    return sum(parts, Fraction(0))
