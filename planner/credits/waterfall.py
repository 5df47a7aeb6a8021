"""The waterfall: who pays each month's charges, pool by pool in AWS's order, and what is left for cash.

It follows AWS's page on applying credits (see `payment_order`). Each month the pools in force pay one after
another: the owner's account first, then the account that owes most, in it the product that owes most, then
the larger line. A charge is spread evenly over its days, and a pool pays the earliest days first. What a pool
still holds on the day it expires is forfeited.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from planner.credits.paid import LineKey, WaterfallResult
from planner.credits.pools import (
    ApplicationRule,
    Charge,
    CreditError,
    CreditPool,
    CreditRules,
    Expiry,
    Start,
    UnknownCoverage,
    check_month,
    covers,
    payment_order,
    reaches,
)
from planner.credits.spread import PER_MICRO, Spread, Window, day_reached
from planner.months import Month, days_in, first_day, month_of, months_from
from pricing.money import Micros
from pricing.records import record

_WHOLE: Window = (1, 31)


def waterfall(
    pools: Iterable[CreditPool],
    charges: Iterable[Charge],
    *,
    expiry: Expiry = "usage_dated",
    start: Start = "billing_cycle",
    application_type: ApplicationRule = "honour",
    unknown_coverage: UnknownCoverage = "conservative",
    months: Iterable[Month] | None = None,
) -> WaterfallResult:
    """Who pays what in every month from the first to the last of `charges` and `months`.

    The order of pools and charges does not matter. Raises `CreditError` for pools that share an id, months
    that do not read `YYYY-MM` and unknown policy words.
    """
    rules = CreditRules(expiry, start, application_type, unknown_coverage)
    result = WaterfallResult(_ordered(pools, rules), rules, tuple(charges))
    lines = _lines_by_month(result)
    planned = _planned({*lines, *map(check_month, months or ())})
    run = _Run(result, planned[0] if planned else "0000-00")
    for month in planned:
        run.pay(month, list(lines.get(month, {}).values()))
        run.close(month)
    return result


class _Line:
    """One month's charges alike in everything but the amount, and what of them nobody has paid yet."""

    __slots__ = ("amount", "charge", "payers", "rest", "spread")

    def __init__(self, charge: Charge, payers: frozenset[str]) -> None:
        self.charge = charge
        self.amount = self.rest = charge.amount
        self.payers = payers
        """The pools that pay such a charge, dates and balances aside."""
        self.spread: Spread | None = None
        """Only once its days matter."""

    def add(self, amount: Micros) -> None:
        self.amount = self.rest = Micros(self.amount + amount)

    def by_day(self) -> Spread:
        if self.spread is None:
            self.spread = Spread(self.amount, self.charge.days)
        return self.spread


@record
class _Payer:
    """A pool that can pay in the months `opens` to `closes`, in some only within a window of days."""

    pool: CreditPool
    opens: Month
    closes: Month
    windows: Mapping[Month, Window]


class _Run:
    """Fills the result month by month; `ending_balance` is what the pools hold so far."""

    def __init__(self, result: WaterfallResult, first_month: Month) -> None:
        self.result = result
        self.payers = [_payer(pool, result.rules) for pool in result.pools if pool.status == "active"]
        self.expiring: defaultdict[Month, list[tuple[str, date]]] = defaultdict(list)
        for pool in result.pools:
            result.ending_balance[pool.id] = pool.balance
            if pool.expires is not None:
                self.expiring[month_of(pool.expires)].append((pool.id, pool.expires))
        for month in self.expiring:
            if month < first_month:
                self._lose(month, result.expired_before)

    def pay(self, month: Month, lines: list[_Line]) -> None:
        """Lets every pool in force pay in turn; what remains is out of pocket."""
        self.result.draws[month], self.result.draw_lines[month] = {}, {}
        for payer in self.payers:
            if lines and payer.opens <= month <= payer.closes and self.result.ending_balance[payer.pool.id]:
                self._pay_from(payer, month, [line for line in lines if payer.pool.id in line.payers])
                lines = [line for line in lines if line.rest]
        self._pay_cash(month, lines)

    def _pay_from(self, payer: _Payer, month: Month, lines: list[_Line]) -> None:
        pool_id, draw_lines, drawn = payer.pool.id, self.result.draw_lines[month], 0
        for line, micros in self._draw(payer, month, lines):
            if micros:
                key = (pool_id, line.charge.account, line.charge.product)
                draw_lines[key] = Micros(draw_lines.get(key, 0) + micros)
                line.rest = Micros(line.rest - micros)
                drawn += micros
        if drawn:
            self.result.draws[month][pool_id] = Micros(drawn)
            self.result.ending_balance[pool_id] = Micros(self.result.ending_balance[pool_id] - drawn)

    def _draw(self, payer: _Payer, month: Month, lines: list[_Line]) -> list[tuple[_Line, Micros]]:
        """What the pool pays of each line; days and order matter only where it cannot pay all of them."""
        balance, window = self.result.ending_balance[payer.pool.id], payer.windows.get(month, _WHOLE)
        if window == _WHOLE and sum([line.rest for line in lines]) < balance:
            return [(line, line.rest) for line in lines]
        emptied = day_reached([line.by_day() for line in lines], window, balance * PER_MICRO)
        draws: list[tuple[_Line, Micros]] = []
        left = balance
        for line in _in_order(lines, window, payer.pool.owner_account):
            micros = line.by_day().pay(window, left * PER_MICRO)
            left = Micros(left - micros)
            draws.append((line, micros))
        if not left:
            self.result.exhausted_on[payer.pool.id] = first_day(month).replace(day=emptied)
        return draws

    def _pay_cash(self, month: Month, lines: list[_Line]) -> None:
        unpaid = self.result.out_of_pocket_lines[month] = {}
        for line in lines:
            key = (line.charge.account, line.charge.product)
            unpaid[key] = Micros(unpaid.get(key, 0) + line.rest)
        self.result.unpaid[month] = [line.charge for line in lines]
        self.result.out_of_pocket[month] = Micros(sum(unpaid.values()))

    def close(self, month: Month) -> None:
        """Pools that expire in the month lose what they still hold, paused or not."""
        if month in self.expiring:
            self._lose(month, self.result.forfeited)
        self.result.balances[month] = self.result.ending_balance.copy()

    def _lose(self, month: Month, lost: dict[str, tuple[date, Micros]]) -> None:
        balances = self.result.ending_balance
        for pool_id, expires in self.expiring[month]:
            if balances[pool_id]:
                lost[pool_id], balances[pool_id] = (expires, balances[pool_id]), Micros(0)


def _ordered(pools: Iterable[CreditPool], rules: CreditRules) -> tuple[CreditPool, ...]:
    ordered = sorted(pools, key=lambda pool: payment_order(pool, rules.application_type))
    twice = [pool_id for pool_id, count in Counter(pool.id for pool in ordered).items() if count > 1]
    if twice:
        raise CreditError(f"two credit pools are called {twice[0]!r}; give each its own id")
    return tuple(ordered)


def _lines_by_month(result: WaterfallResult) -> Mapping[Month, Mapping[object, _Line]]:
    months: defaultdict[Month, dict[object, _Line]] = defaultdict(dict)
    payers: dict[object, frozenset[str]] = {}
    for charge in result.charges:
        lines, days = months[charge.month], _part_of_month(charge)
        bedrock = charge.entity == "aws" or charge.bedrock_third_party
        kind = (charge.account, charge.product, charge.entity, charge.kind, bedrock)
        line = lines.get((kind, days))
        if line is not None:
            line.add(charge.amount)
        elif charge.amount:
            if kind not in payers:
                payers[kind] = frozenset(_payers(result, charge))
            lines[kind, days] = _Line(charge, payers[kind])
    return months


def _part_of_month(charge: Charge) -> Window | None:
    """The days it is spread over; None for the whole month, however that is written."""
    if charge.first_day is None and charge.last_day is None:
        return None
    return None if charge.days == (1, days_in(charge.month)) else charge.days


def _payers(result: WaterfallResult, charge: Charge) -> Iterator[str]:
    for pool in result.pools:
        if covers(pool, charge, result.rules.unknown_coverage) and reaches(pool, charge.account):
            yield pool.id


def _planned(months: set[Month]) -> list[Month]:
    """Every month from the first to the last, gaps filled."""
    if not months:
        return []
    first, last = first_day(min(months)), first_day(max(months))
    return list(months_from(min(months), (last.year - first.year) * 12 + last.month - first.month + 1))


def _payer(pool: CreditPool, rules: CreditRules) -> _Payer:
    windows: dict[Month, Window] = {}
    opens = month_of(pool.starts) if pool.starts else "0000-00"
    closes = month_of(pool.expires) if pool.expires else "9999-99"
    if rules.start == "start_date" and pool.starts:
        windows[opens] = (pool.starts.day, 31)
    if rules.expiry == "usage_dated" and pool.expires:
        windows[closes] = (windows.get(closes, _WHOLE)[0], pool.expires.day)
    return _Payer(pool, opens, closes, windows)


def _in_order(lines: Iterable[_Line], window: Window, owner: str) -> list[_Line]:
    """The lines that owe something in the window, as AWS orders them; the last keys settle ties."""
    accounts: Counter[str] = Counter()
    products: Counter[LineKey] = Counter()
    owed = {line: units for line in lines if (units := line.by_day().owed(window))}
    for line, units in owed.items():
        accounts[line.charge.account] += units
        products[line.charge.account, line.charge.product] += units

    def order(line: _Line) -> tuple[bool, int, str, int, str, int, str, Window]:
        account, product = line.charge.account, line.charge.product
        service = (account != owner, -accounts[account], account, -products[account, product], product)
        return *service, -owed[line], line.charge.entity, line.charge.days

    return sorted(owed, key=order)
