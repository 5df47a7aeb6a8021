"""AWS promotional credits: the one door to pools, charges and the waterfall that says who pays what."""

from planner.credits.paid import WaterfallResult
from planner.credits.pools import (
    Charge,
    CreditError,
    CreditPool,
    CreditRules,
    covers,
    payment_order,
    reaches,
    topup,
)
from planner.credits.waterfall import waterfall

__all__ = [
    "Charge",
    "CreditError",
    "CreditPool",
    "CreditRules",
    "WaterfallResult",
    "covers",
    "payment_order",
    "reaches",
    "topup",
    "waterfall",
]
