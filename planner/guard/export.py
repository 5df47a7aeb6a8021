"""Calls as rows: in the columns of FOCUS 1.2, and in plain ones.

The specification is FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, version 1.2, at 04f8bb3d; its 21 mandatory columns
come first. Costs are list prices with the scenario's overrides applied, before any credit, as exact decimals.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from planner.guard.calls import PastCall
from pricing.money import decimal_usd
from pricing.printable import printable
from pricing.records import record

Cell = str | int | None
Row = dict[str, Cell]

MANDATORY = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
)
FOCUS = (
    *MANDATORY,
    "ChargeFrequency",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ListUnitPrice",
    "RegionId",
    "SkuId",
    "Tags",
    "x_ModelId",
    "x_SizeClass",
    "x_Quality",
    "x_HoldId",
    "x_HeldAt",
    "x_SettledAt",
    "x_Estimated",
    "x_DowngradedFrom",
    "x_Task",
    "x_Outcome",
    "x_Attempts",
    "x_Budgets",
)
PLAIN = (
    "hold_id",
    "state",
    "held_at",
    "settled_at",
    "billed_usd",
    "overrun_usd",
    "estimated",
    "images",
    "model_id",
    "size_class",
    "quality",
    "region",
    "task",
    "outcome",
    "attempts",
    "downgraded_from",
    "changes",
    "budgets",
    "tags",
    "who",
    "why",
)

_SOLD_BY = {"amazon": ("AWS", "AWS"), "stability": ("Stability AI", "AWS Marketplace")}
"""Publisher and invoice issuer of a model, by how its id begins."""


@record
class Account:
    """Whose bill it is: the ledger does not know, and FOCUS allows no blank."""

    id: str = "unknown"
    name: str = "unknown"


def focus_row(call: PastCall, account: Account) -> Row:
    """One charge of category Usage; the hour it was held in is its charge period."""
    cost, at = decimal_usd(call.billed), datetime.fromtimestamp(call.held_at, UTC)
    quantity, unit = (1, "Requests") if call.images is None else (call.images, "Images")
    publisher, issuer = _sold_by(call)
    values: Row = {
        **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
        "BillingAccountId": account.id,
        "BillingAccountName": account.name,
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": _description(call),
        "InvoiceIssuerName": issuer,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ProviderName": "AWS",
        "PublisherName": publisher,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Amazon Bedrock",
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": quantity,
        "ConsumedUnit": unit,
        "ListUnitPrice": _unit_price(call, quantity),
        "Tags": _json(call.tags),
        **_periods(at),
        **_extensions(call),
    }
    return {name: _visible(values[name]) for name in FOCUS}


def plain_record(call: PastCall) -> dict[str, object]:
    """The same call in Bursar's own words, as JSON has it."""
    sku = call.sku
    values: dict[str, object] = {
        "hold_id": call.key,
        "state": call.state,
        "held_at": _precise(call.held_at),
        "settled_at": _precise(call.ended_at),
        "billed_usd": decimal_usd(call.billed),
        "overrun_usd": decimal_usd(call.overrun),
        "estimated": call.estimated,
        "images": call.images,
        "model_id": sku.model_id if sku else None,
        "size_class": sku.size_class if sku else None,
        "quality": sku.quality if sku else None,
        "region": sku.region if sku else None,
        "task": call.task or None,
        "outcome": call.outcome or None,
        "attempts": call.attempts,
        "downgraded_from": call.downgraded_from or None,
        "changes": call.changes or None,
        "budgets": {line.budget: line.period for line in call.lines},
        "tags": dict(call.tags),
        "who": call.who or None,
        "why": call.why or None,
    }
    return {name: values[name] for name in PLAIN}


def plain_row(call: PastCall) -> Row:
    """The record as one row of text."""
    flat = plain_record(call) | {
        "estimated": _yes(call),
        "budgets": _budgets(call),
        "tags": _json(call.tags),
    }
    return {name: _visible(value) if isinstance(value, str | int) else None for name, value in flat.items()}


def _visible(cell: Cell) -> Cell:
    return printable(cell, len(cell) or 1) if isinstance(cell, str) else cell


def _periods(at: datetime) -> Row:
    """The calendar month of the bill and the hour of the charge; ends are exclusive."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    month = hour.replace(day=1, hour=0)
    following = (month + timedelta(days=31)).replace(day=1)
    return {
        "BillingPeriodStart": _iso(month),
        "BillingPeriodEnd": _iso(following),
        "ChargePeriodStart": _iso(hour),
        "ChargePeriodEnd": _iso(hour + timedelta(hours=1)),
    }


def _extensions(call: PastCall) -> Row:
    sku = call.sku
    return {
        "RegionId": sku.region if sku else None,
        "SkuId": str(sku) if sku else None,
        "x_ModelId": sku.model_id if sku else None,
        "x_SizeClass": sku.size_class if sku else None,
        "x_Quality": sku.quality if sku else None,
        "x_HoldId": call.key,
        "x_HeldAt": _precise(call.held_at),
        "x_SettledAt": _precise(call.ended_at),
        "x_Estimated": _yes(call),
        "x_DowngradedFrom": call.downgraded_from or None,
        "x_Task": call.task or None,
        "x_Outcome": call.outcome or None,
        "x_Attempts": call.attempts,
        "x_Budgets": _budgets(call),
    }


def _description(call: PastCall) -> str:
    images = "" if call.images is None else f"{call.images} image{'' if call.images == 1 else 's'}, "
    assumed = ", assumed billed" if call.estimated else ""
    return f"{images}{call.sku or 'model not known'}{assumed}"


def _unit_price(call: PastCall, quantity: int) -> str | None:
    """Left blank where it is no exact decimal: unit price x quantity is the list cost."""
    return decimal_usd(Fraction(call.billed, quantity)) if quantity and not call.billed % quantity else None


def _sold_by(call: PastCall) -> tuple[str, str]:
    family = call.sku.model_id.partition(".")[0] if call.sku else ""
    return _SOLD_BY.get(family, (family or "unknown", "AWS"))


def _budgets(call: PastCall) -> str:
    """Each budget that counts the call, and in which of its periods."""
    return _json({line.budget: line.period for line in call.lines})


def _yes(call: PastCall) -> str:
    return "true" if call.estimated else "false"


def _json(tags: Mapping[str, str]) -> str:
    """Readable, or in ASCII where something in it would hide or steer a terminal."""
    text = json.dumps(dict(tags), ensure_ascii=False, sort_keys=True)
    return text if printable(text, len(text)) == text else json.dumps(dict(tags), sort_keys=True)


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _precise(at: float | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
