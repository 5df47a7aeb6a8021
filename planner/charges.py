"""Demand x price book: the priced lines of each month, named as FOCUS and the AWS bill name them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from planner.credits import Charge as CreditCharge
from planner.demand import MonthDemand
from planner.months import Month, first_day, last_day
from planner.scenario import BackgroundSpend
from planner.stages import PricedStage
from pricing.book import PriceBook, Rate, Service, Sku
from pricing.cards import ModelCard
from pricing.money import Micros, round_half_even, split
from pricing.records import record

BEDROCK_EDITION = "(Amazon Bedrock Edition)"
"""How AWS Marketplace names a third-party model that it sells through Bedrock."""


@record
class ChargeLine:
    """One priced line of a month's bill: a SKU, a supporting service, or another charge on the account."""

    month: Month
    product: str
    """The product name on the AWS bill (FOCUS ServiceName)."""
    entity: Literal["aws", "marketplace"]
    kind: str
    """`usage`, or a kind that no credit pays."""
    description: str
    quantity: Fraction
    """Units bought (FOCUS PricingQuantity)."""
    unit: str
    """`image`, `GB-month`, `request`, ... (FOCUS PricingUnit)."""
    price: Micros
    """Micro-dollars for `per` units."""
    per: int
    list_cost: Micros
    """Price x quantity, rounded half even to the micro-dollar, before credits."""
    low_cost: Micros
    """The same at the low end of the price where the book has a range; otherwise `list_cost`."""
    sku: Sku | None = None
    service: str | None = None
    override: str | None = None
    """Which price override set the price; None for the book's own."""
    background: bool = False
    """True for spend that is not part of making assets."""

    @property
    def unit_price(self) -> Fraction:
        """Micro-dollars for one unit, exactly."""
        return Fraction(self.price, self.per)

    def credit_charge(self, *, low: bool = False) -> CreditCharge:
        """The line as the credit waterfall sees it."""
        amount = self.low_cost if low else self.list_cost
        bedrock = self.sku is not None or self.entity == "aws" or BEDROCK_EDITION in self.product
        return CreditCharge(
            self.month, self.product, amount, self.entity, kind=self.kind, bedrock_third_party=bedrock
        )


def charge_lines(
    demand: MonthDemand, book: PriceBook, background: Iterable[BackgroundSpend]
) -> tuple[ChargeLine, ...]:
    """Every priced line of the month: images by SKU, supporting services by tier, background spend."""
    return (
        *_image_lines(demand),
        *_service_lines(demand, book),
        *(_background_line(demand.month, spend) for spend in background),
    )


def _image_lines(demand: MonthDemand) -> Iterator[ChargeLine]:
    images: dict[Sku, int] = {}
    bought: dict[Sku, PricedStage] = {}
    for use in demand.image_uses:
        images[use.stage.sku] = images.get(use.stage.sku, 0) + use.images
        bought[use.stage.sku] = use.stage
    for sku, quantity in images.items():
        for rate, part in by_rate(bought[sku].rates, demand.month, quantity):
            yield _image_line(demand.month, bought[sku].card, rate, part)


def by_rate(rates: Sequence[Rate], month: Month, images: int) -> Iterator[tuple[Rate, int]]:
    """A month's images under each rate that prices some of its days, in proportion to the days."""
    first, end = first_day(month), last_day(month) + timedelta(days=1)
    days = [(min(rate.valid_until or end, end) - max(rate.valid_from, first)).days for rate in rates]
    for rate, part in zip(rates, split(Micros(images), [max(0, count) for count in days]), strict=True):
        if part:
            yield rate, part


def _image_line(month: Month, card: ModelCard, rate: Rate, images: int) -> ChargeLine:
    cost = _cost(rate.price, rate.per, images)
    return ChargeLine(
        month=month,
        product=card.product,
        entity=card.billed_by,
        kind="usage",
        description=" ".join(
            part for part in (card.name, rate.sku.size_class, rate.sku.quality) if part and part != "any"
        ),
        quantity=Fraction(images),
        unit="image",
        price=rate.price,
        per=rate.per,
        list_cost=cost,
        low_cost=cost if rate.low_price is None else _cost(rate.low_price, rate.per, images),
        sku=rate.sku,
        override=rate.override,
    )


def _service_lines(demand: MonthDemand, book: PriceBook) -> Iterator[ChargeLine]:
    for key, quantity in demand.service_units.items():
        service = book.service(key)
        for price, per, part in _tiers(service, quantity):
            cost = _cost(price, per, part)
            yield ChargeLine(
                month=demand.month,
                product=service.product,
                entity="aws",
                kind="usage",
                description=key,
                quantity=part,
                unit=service.unit,
                price=price,
                per=per,
                list_cost=cost,
                low_cost=cost,
                service=key,
            )


def _tiers(service: Service, quantity: Fraction) -> Iterator[tuple[Micros, int, Fraction]]:
    """The quantity cut at the tier limits; what lies beyond the last known tier is priced at that tier."""
    below = Fraction(0)
    for tier in service.tiers:
        last = tier is service.tiers[-1] or tier.up_to is None
        part = quantity - below if last else min(quantity, Fraction(tier.up_to or 0)) - below
        if part > 0:
            yield tier.price, tier.per, part
            below += part


def beyond_known_tiers(demands: Sequence[MonthDemand], book: PriceBook) -> dict[str, Month]:
    """Services used beyond the last tier the book knows, with the first month it happens."""
    found: dict[str, Month] = {}
    for month in demands:
        for key, quantity in month.service_units.items():
            limit = book.service(key).tiers[-1].up_to
            if limit is not None and quantity > limit:
                found.setdefault(key, month.month)
    return found


def _background_line(month: Month, spend: BackgroundSpend) -> ChargeLine:
    return ChargeLine(
        month=month,
        product=spend.product,
        entity=spend.entity,
        kind=spend.kind,
        description="background spend",
        quantity=Fraction(1),
        unit="month",
        price=spend.usd_per_month,
        per=1,
        list_cost=spend.usd_per_month,
        low_cost=spend.usd_per_month,
        background=True,
    )


def _cost(price: Micros, per: int, quantity: Fraction | int) -> Micros:
    return Micros(round_half_even(price * quantity.numerator, per * quantity.denominator))
