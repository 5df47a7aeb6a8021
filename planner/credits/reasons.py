"""Why a pool paid a line, and why no credit paid one: a sentence each, worked out only when somebody asks."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from planner.credits.pools import (
    Charge,
    CreditError,
    CreditPool,
    CreditRules,
    covers,
    payment_order,
    product_count,
    reaches,
)
from planner.months import Month, month_of
from pricing.money import Micros, format_usd

if TYPE_CHECKING:
    from planner.credits.paid import WaterfallResult


def why_paid(result: "WaterfallResult", month: Month, pool_id: str, account: str, product: str) -> str:
    """Why this pool had its turn at the line, against the pool next to it in the order."""
    if not result.draw_lines.get(month, {}).get((pool_id, account, product)):
        raise CreditError(f"{pool_id} pays nothing of {product!r} of account {account} in {month}")
    charges = _of_line(result.charges, month, account, product)
    able = [
        pool for pool in result.pools if any(_absence(result, pool, charge) is None for charge in charges)
    ]
    place = [pool.id for pool in able].index(pool_id)
    if len(able) == 1:
        reason = f"{pool_id} pays: it is the only credit in {month} that covers {product}"
    elif place == 0:
        reason = f"{pool_id} pays first: {_precedence(able[0], able[1], result.rules)}"
    else:
        before = able[place - 1]
        reason = f"{pool_id} pays what {before.id} leaves: {_precedence(before, able[place], result.rules)}"
    return f"{reason}{_last_money(result, month, pool_id)}."


def why_unpaid(result: "WaterfallResult", month: Month, account: str, product: str) -> str:
    """What kept every pool from paying what this line costs in cash."""
    amount = result.out_of_pocket_lines.get(month, {}).get((account, product))
    if not amount:
        raise CreditError(f"{product!r} of account {account} costs no cash in {month}")
    charges = _of_line(result.unpaid[month], month, account, product)
    charges.sort(key=lambda charge: (charge.kind, charge.entity, charge.days))
    reasons = dict.fromkeys(reason for charge in charges for reason in _hindrances(result, charge))
    return f"{format_usd(amount)} of {product} is paid in cash: {'; '.join(reasons)}."


def _of_line(charges: Iterable[Charge], month: Month, account: str, product: str) -> list[Charge]:
    of_month = [charge for charge in charges if charge.month == month and charge.amount]
    return [charge for charge in of_month if charge.account == account and charge.product == product]


def _precedence(first: CreditPool, second: CreditPool, rules: CreditRules) -> str:
    """The first rule of AWS's order that tells the two pools apart."""
    ahead, behind = (payment_order(pool, rules.application_type) for pool in (first, second))
    rule = next(index for index, keys in enumerate(zip(ahead, behind, strict=True)) if len({*keys}) > 1)
    ours, theirs = first.id, second.id
    counts = f"{product_count(first):.0f}; {theirs} {_counted(second)}"
    return (
        f"{ours} is applied before discounts, {theirs} is not known to be",
        f"{ours} expires sooner ({first.expires}; {theirs} {second.expires or 'never'})",
        f"{ours} and {theirs} expire alike, and {ours} pays for fewer products ({counts})",
        f"{ours} and {theirs} expire alike, and {ours} is older ({first.starts or 'ever'}; {second.starts})",
        f"{ours} and {theirs} are alike in all that AWS looks at, so their names decide",
    )[rule]


def _counted(pool: CreditPool) -> str:
    count = product_count(pool)
    return "every product" if count == float("inf") else f"{count:.0f}"


def _last_money(result: "WaterfallResult", month: Month, pool_id: str) -> str:
    emptied = result.exhausted_on.get(pool_id)
    if emptied is None or month_of(emptied) != month:
        return ""
    return f"; it runs out on {emptied}, its own account and then the largest charges first"


def _hindrances(result: "WaterfallResult", charge: Charge) -> Iterator[str]:
    """What stood in the way of a charge being paid in full: of every pool, or pool by pool."""
    unknown = result.rules.unknown_coverage
    if charge.kind != "usage":
        yield f"no credit pays charges of kind {charge.kind}"
    elif charge.entity == "marketplace" and not charge.bedrock_third_party:
        yield "it is an AWS Marketplace charge and not a Bedrock model, which no credit pays"
    elif not result.pools:
        yield "there is no credit pool"
    elif not any(covers(pool, charge, unknown) for pool in result.pools):
        yield from _nobody_covers(result.pools, charge)
    else:
        for pool in result.pools:
            yield _absence(result, pool, charge) or _limit(result, pool, charge.month)


def _nobody_covers(pools: tuple[CreditPool, ...], charge: Charge) -> Iterator[str]:
    if charge.entity != "marketplace":
        yield f"no credit pool covers {charge.product}"
        return
    yield "no credit pool is known to pay models billed through AWS Marketplace"
    doubtful = [pool.id for pool in pools if pool.bedrock_third_party == "unknown"]
    if doubtful:
        yield f"not known of {', '.join(doubtful)}, taken as no"


def _absence(result: "WaterfallResult", pool: CreditPool, charge: Charge) -> str | None:
    """Why the pool has no turn at the charge; None when it has one."""
    return next(_absences(result, pool, charge), None)


def _absences(result: "WaterfallResult", pool: CreditPool, charge: Charge) -> Iterator[str]:
    if not covers(pool, charge, result.rules.unknown_coverage):
        doubtful = charge.entity == "marketplace" and pool.bedrock_third_party == "unknown"
        yield f"{pool.id} {'is not known to' if doubtful else 'does not'} cover {charge.product}"
    if not reaches(pool, charge.account):
        yield f"{pool.id} is not shared with account {charge.account}"
    if pool.status == "paused":
        yield f"{pool.id} is paused"
    if pool.starts and month_of(pool.starts) > charge.month:
        yield f"{pool.id} starts on {pool.starts}"
    if pool.expires and month_of(pool.expires) < charge.month:
        yield f"{pool.id} expired on {pool.expires}"
    if not _opening_balance(result, pool, charge.month):
        emptied = result.exhausted_on.get(pool.id)
        yield f"{pool.id} ran out on {emptied}" if emptied else f"{pool.id} is empty from the start"


def _limit(result: "WaterfallResult", pool: CreditPool, month: Month) -> str:
    """Why a pool that had its turn left something."""
    emptied = result.exhausted_on.get(pool.id)
    if emptied and month_of(emptied) == month:
        return f"{pool.id} runs out on {emptied}"
    days = []
    if result.rules.start == "start_date" and pool.starts and month_of(pool.starts) == month:
        days.append(f"from {pool.starts}")
    if result.rules.expiry == "usage_dated" and pool.expires and month_of(pool.expires) == month:
        days.append(f"to {pool.expires}")
    return f"{pool.id} pays only usage dated {' '.join(days)}"


def _opening_balance(result: "WaterfallResult", pool: CreditPool, month: Month) -> Micros:
    place = result.months.index(month)
    return result.balances[result.months[place - 1]][pool.id] if place else pool.balance
