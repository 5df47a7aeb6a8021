"""What the credit tests share: pools and charges written in dollars and ISO days."""

from datetime import date
from typing import TypedDict, Unpack

from planner.credits import Charge, CreditPool
from planner.credits.pools import Application, Coverage, Entity, Status
from pricing.money import Micros, parse_usd


class PoolFields(TypedDict, total=False):
    products: tuple[str, ...]
    product_count: int
    bedrock_third_party: Coverage
    application_type: Application | None
    status: Status
    owner_account: str
    shared: bool


class ChargeFields(TypedDict, total=False):
    entity: Entity
    account: str
    kind: str
    bedrock_third_party: bool


def pool(
    pool_id: str,
    balance: str,
    starts: str = "2026-01-01",
    expires: str | None = "2027-12-31",
    **fields: Unpack[PoolFields],
) -> CreditPool:
    first, last = date.fromisoformat(starts), date.fromisoformat(expires) if expires else None
    return CreditPool(id=pool_id, balance=parse_usd(balance), starts=first, expires=last, **fields)


def charge(
    month: str, amount: str, product: str = "Amazon Bedrock", **fields: Unpack[ChargeFields]
) -> Charge:
    return Charge(month=month, product=product, amount=parse_usd(amount), **fields)


def on_days(
    first: str, last: str, amount: str, product: str = "Amazon Bedrock", **fields: Unpack[ChargeFields]
) -> Charge:
    """A charge of the days `first` to `last` of one month."""
    return Charge(
        month=first[:7],
        product=product,
        amount=parse_usd(amount),
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last),
        **fields,
    )


def usd(**amounts: str) -> dict[str, Micros]:
    """Pool to dollars, as `draws` and `balances` state them."""
    return {name: parse_usd(amount) for name, amount in amounts.items()}
