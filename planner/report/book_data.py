"""One price book as CSV and JSON: every rate and everything else it records, exact decimals in USD."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from planner.report.book_show import Shown, yes
from planner.report.tables import csv_table
from pricing.book import PriceBook, Rate, Service
from pricing.money import decimal_usd

_CSV = (
    "kind",
    "name",
    "size_class",
    "quality",
    "region",
    "usd",
    "low_usd",
    "unit",
    "up_to",
    "valid_from",
    "valid_until",
    "verified",
    "source",
    "read_on",
    "note",
)


def show_csv(shown: Shown) -> str:
    """One row per rate, then one per tier of a service, allowance and other price."""
    rows = [_rate_row(rate) for rate in shown.rates]
    return csv_table(_CSV, [*rows, *(_reference_rows(shown.book) if shown.whole else ())])


def show_json(shown: Shown) -> dict[str, Any]:
    """The book as data; amounts are decimal strings in USD."""
    book = shown.book
    models = {rate.sku.model_id for rate in shown.rates}
    head = {
        "version": book.version,
        "title": book.title,
        "published": str(book.published),
        "representative": book.representative,
        "path": book.path,
        "rows": book.row_count,
        "models": [_model_json(book, model_id) for model_id in book.cards if model_id in models],
        "rates": [_rate_json(rate) for rate in shown.rates],
    }
    return head | (_reference_json(book) if shown.whole else {})


def _rate_row(rate: Rate) -> list[str | int | None]:
    sku = rate.sku
    return [
        "image",
        sku.model_id,
        sku.size_class,
        sku.quality,
        sku.region,
        decimal_usd(rate.unit_price),
        _low(rate),
        "image",
        None,
        str(rate.valid_from),
        _day(rate.valid_until),
        yes(rate.verified),
        rate.source,
        str(rate.read_on),
        rate.note,
    ]


def _reference_rows(book: PriceBook) -> Iterator[list[str | int | None]]:
    for service in book.services.values():
        for tier in service.tiers:
            price = decimal_usd(Fraction(tier.price, tier.per))
            yield [
                "service", service.key, None, None, service.region, price, None, service.unit, tier.up_to,
                None, None, yes(service.verified), service.source, str(service.read_on), service.note,
            ]  # fmt: skip
    for free in book.allowances:
        yield [
            "allowance", free.key, None, None, None, None, None, free.unit, free.quantity,
            None, None, yes(free.verified), free.source, str(free.read_on), free.note,
        ]  # fmt: skip
    for other in book.other_prices:
        yield [
            "other", other.item, None, None, None, decimal_usd(other.unit_price), None, other.unit, None,
            None, None, yes(other.verified), other.source, str(other.read_on), other.note,
        ]  # fmt: skip


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {
        "model_id": rate.sku.model_id,
        "size_class": rate.sku.size_class,
        "quality": rate.sku.quality,
        "region": rate.sku.region,
        "usd_per_image": decimal_usd(rate.unit_price),
        "low_usd_per_image": _low(rate),
        "valid_from": str(rate.valid_from),
        "valid_until": _day(rate.valid_until),
        "verified": rate.verified,
        "source": rate.source,
        "read_on": str(rate.read_on),
        "note": rate.note,
    }


def _model_json(book: PriceBook, model_id: str) -> dict[str, Any]:
    card = book.cards[model_id]
    return {
        "model_id": model_id,
        "name": card.name,
        "provider": card.provider,
        "product": card.product,
        "billed_by": card.billed_by,
        "regions": list(card.regions),
        "geographies": list(card.geographies),
        "tasks": list(card.tasks),
        "qualities": list(card.qualities),
        "size_classes": list(card.sizes.classes()),
        "images_per_request": card.images_per_request,
        "legacy_from": _day(card.lifecycle.legacy_from),
        "end_of_life": _day(card.lifecycle.end_of_life),
        "replacement": card.lifecycle.replacement,
        "basis": card.lifecycle.basis,
        "note": card.note,
    }


def _reference_json(book: PriceBook) -> dict[str, Any]:
    return {
        "services": [_service_json(service) for service in book.services.values()],
        "allowances": [
            {"key": free.key, "product": free.product, "unit": free.unit, "quantity": free.quantity}
            | _sourced(free.verified, free.source, free.read_on, free.note)
            for free in book.allowances
        ],
        "other_prices": [
            {"item": other.item, "unit": other.unit, "usd": decimal_usd(other.unit_price)}
            | _sourced(other.verified, other.source, other.read_on, other.note)
            for other in book.other_prices
        ],
        "sources": [
            {"name": source.name, "what": source.what, "where": source.where, "read_on": str(source.read_on)}
            for source in book.sources
        ],
    }


def _service_json(service: Service) -> dict[str, Any]:
    tiers = [
        {"usd": decimal_usd(Fraction(tier.price, tier.per)), "up_to": tier.up_to} for tier in service.tiers
    ]
    head = {
        "key": service.key,
        "product": service.product,
        "unit": service.unit,
        "region": service.region,
        "tiers": tiers,
    }
    return head | _sourced(service.verified, service.source, service.read_on, service.note)


def _sourced(verified: bool, source: str, read_on: date, note: str) -> dict[str, Any]:
    return {"verified": verified, "source": source, "read_on": str(read_on), "note": note}


def _low(rate: Rate) -> str | None:
    return None if rate.low_price is None else decimal_usd(Fraction(rate.low_price, rate.per))


def _day(value: date | None) -> str | None:
    return None if value is None else str(value)
