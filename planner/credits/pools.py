"""AWS credit pools and the charges they may pay: their fields, who covers what, and the order of payment."""

import math
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, get_args

from planner.months import Month, first_day, last_day, parse_month
from pricing.money import Micros, format_usd
from pricing.records import record

Entity = Literal["aws", "marketplace"]
ENTITIES = frozenset(("aws", "marketplace"))
Coverage = Literal["yes", "no", "unknown"]
Application = Literal["before", "after"]
Status = Literal["active", "paused"]
Expiry = Literal["usage_dated", "whole_month"]
Start = Literal["billing_cycle", "start_date"]
ApplicationRule = Literal["honour", "ignore"]
UnknownCoverage = Literal["conservative", "optimistic"]


class CreditError(ValueError):
    """A pool, charge, month or policy word that makes no sense; the message says what to write instead."""


@record
class Charge:
    """A priced line of one month's bill, spread evenly over its days."""

    month: Month
    product: str
    """The product as AWS names it on the bill."""
    amount: Micros
    entity: Entity = "aws"
    """Who sells it: `marketplace` for models AWS bills through AWS Marketplace."""
    account: str = "A"
    kind: str = "usage"
    """`usage`, or a kind no credit pays: support, tax, upfront, ..."""
    first_day: date | None = None
    """None for the first day of the month."""
    last_day: date | None = None
    """Inclusive; None for the last day of the month."""
    bedrock_third_party: bool = True
    """False for a Marketplace line that is not a Bedrock model: no credit pays it."""

    def __post_init__(self) -> None:
        bounds = _bounds(self.month)
        if self.first_day is not None or self.last_day is not None:
            self._check_days(*bounds)
        if not isinstance(self.amount, int) or self.amount < 0:
            raise CreditError(
                f"{self}: amount {self.amount!r} is not a whole number of micro-dollars, zero or more"
            )
        if self.entity not in ENTITIES:
            raise CreditError(f"{self}: entity {self.entity!r} is not one of aws, marketplace")

    def __str__(self) -> str:
        return f"charge {self.product!r} of {self.month}"

    @property
    def days(self) -> tuple[int, int]:
        """The first and last day of the month it is spread over."""
        month_start, month_end = _bounds(self.month)
        return (self.first_day or month_start).day, (self.last_day or month_end).day

    def _check_days(self, month_start: date, month_end: date) -> None:
        first, last = self.first_day or month_start, self.last_day or month_end
        if not (_is_day(first) and _is_day(last)):
            raise CreditError(f"{self}: first_day and last_day must be dates without a time")
        if not month_start <= first <= last <= month_end:
            raise CreditError(
                f"{self}: its days {first} to {last} do not lie in order within {month_start} to {month_end}"
            )


@record
class CreditPool:
    """One AWS credit: a balance, when it can pay, and what for."""

    id: str
    balance: Micros
    starts: date | None
    """The day of issue; None when it was issued before anything planned."""
    expires: date | None
    """The last day it can pay, inclusive; None when it never expires."""
    products: tuple[str, ...] = ("*",)
    """AWS-billed products it pays, as AWS names them; `*` for every product."""
    product_count: int | None = None
    """How many products AWS lists for it, where `products` names only some; None to count `products`."""
    bedrock_third_party: Coverage = "unknown"
    """Whether it pays Marketplace-billed Bedrock models, whatever `products` lists."""
    application_type: Application | None = None
    """Whether AWS applies it before or after discounts; None, not known, sorts like after."""
    status: Status = "active"
    owner_account: str = "A"
    shared: bool = True
    """Whether other accounts of the organisation may use it."""

    def __post_init__(self) -> None:
        if not isinstance(self.balance, int) or self.balance < 0:
            raise CreditError(
                f"{self}: balance {self.balance!r} is not a whole number of micro-dollars, zero or more"
            )
        if not all(day is None or _is_day(day) for day in (self.starts, self.expires)):
            raise CreditError(f"{self}: starts and expires must be dates without a time, or None")
        if self.starts and self.expires and self.starts > self.expires:
            raise CreditError(
                f"{self}: it expires on {self.expires}, before it starts on {self.starts}; correct the dates"
            )
        if isinstance(self.products, str):
            raise CreditError(
                f'{self}: products is a text; write a tuple of names such as ("Amazon Bedrock",)'
            )
        if self.product_count is not None and self.product_count < 0:
            raise CreditError(
                f"{self}: product_count {self.product_count} is negative; leave it out to count products"
            )
        check_word(f"{self}: bedrock_third_party", self.bedrock_third_party, get_args(Coverage))
        check_word(f"{self}: application_type", self.application_type, (*get_args(Application), None))
        check_word(f"{self}: status", self.status, get_args(Status))

    def __str__(self) -> str:
        return f"credit pool {self.id!r}"


@record
class CreditRules:
    """How to read what AWS leaves open. The defaults are what the evidence supports, or the careful end."""

    expiry: Expiry = "usage_dated"
    """In the month of expiry, pay only usage dated up to `expires`, or the whole month."""
    start: Start = "billing_cycle"
    """In the month of issue, pay from the 1st, or from the day of issue."""
    application_type: ApplicationRule = "honour"
    """Whether credits applied before discounts pay before all others."""
    unknown_coverage: UnknownCoverage = "conservative"
    """Whether a pool of unknown coverage pays Marketplace-billed models: conservative no, optimistic yes."""

    def __post_init__(self) -> None:
        check_word("expiry", self.expiry, get_args(Expiry))
        check_word("start", self.start, get_args(Start))
        check_word("application_type", self.application_type, get_args(ApplicationRule))
        check_word("unknown_coverage", self.unknown_coverage, get_args(UnknownCoverage))


def covers(pool: CreditPool, charge: Charge, unknown_coverage: UnknownCoverage = "conservative") -> bool:
    """Whether the pool pays for such a charge at all, leaving aside dates, balance, status and accounts.

    Credits pay only usage. The general Promotional Credit Terms exclude AWS Marketplace; the Activate Terms
    (section 1.2, updated 2026-01-22) carve third-party Bedrock models back in. So each pool says so itself.
    """
    if charge.kind != "usage":
        return False
    if charge.entity == "marketplace":
        return charge.bedrock_third_party and _pays_third_party(pool, unknown_coverage)
    return "*" in pool.products or charge.product in pool.products


def reaches(pool: CreditPool, account: str) -> bool:
    """Whether the account may use the pool: its owner always, others when it is shared."""
    return pool.shared or account == pool.owner_account


def payment_order(pool: CreditPool, rule: ApplicationRule = "honour") -> tuple[bool, date, float, date, str]:
    """Sorts pools as AWS uses them: soonest to expire, fewest products, oldest; the id settles the rest.

    AWS Billing user guide, "Applying AWS credits", read 2026-11-22:
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-credits.html
    That credits applied before discounts come first is observed, not documented.
    """
    late = rule == "ignore" or pool.application_type != "before"
    return late, pool.expires or date.max, product_count(pool), pool.starts or date.min, pool.id


def product_count(pool: CreditPool) -> float:
    """How many products the pool pays: infinitely many for `*` unless AWS's own count is given."""
    if pool.product_count is not None:
        return pool.product_count
    return math.inf if "*" in pool.products else len(set(pool.products))


def topup(previously_received: Micros, approved_package: Micros) -> Micros:
    """The balance of the new pool when a larger Activate package is approved: AWS grants only the difference.

    Raises `CreditError` when the package is not larger than what was received: AWS declines it.
    """
    if previously_received < 0:
        raise CreditError(f"credits received before cannot be negative: {format_usd(previously_received)}")
    if approved_package <= previously_received:
        raise CreditError(
            f"a package of {format_usd(approved_package)} is no larger than what was received before"
            f" ({format_usd(previously_received)}), so AWS declines it; ask for a larger one"
        )
    return Micros(approved_package - previously_received)


def check_word(name: str, word: str | None, known: tuple[str | None, ...]) -> None:
    """Raises `CreditError` unless the word is one of those known."""
    if word not in known:
        raise CreditError(f"{name}: {word!r} is not one of {', '.join(str(each) for each in known)}")


def check_month(text: str) -> Month:
    """The month itself; raises `CreditError` unless it reads `YYYY-MM`."""
    try:
        return parse_month(text)
    except (ValueError, TypeError):
        raise CreditError(f"{text!r} is not a month; write it as YYYY-MM, such as 2026-12") from None


@lru_cache(maxsize=1024)
def _bounds(month: Month) -> tuple[date, date]:
    check_month(month)
    return first_day(month), last_day(month)


def _is_day(day: date) -> bool:
    return isinstance(day, date) and not isinstance(day, datetime)


def _pays_third_party(pool: CreditPool, unknown_coverage: UnknownCoverage) -> bool:
    if pool.bedrock_third_party == "unknown":
        return unknown_coverage == "optimistic"
    return pool.bedrock_third_party == "yes"
