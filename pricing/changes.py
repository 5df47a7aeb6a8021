"""What changed between two price books: prices, days, models' ends and regions, services."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from pricing.book import PriceBook, Rate, Service, Sku
from pricing.cards import ModelCard
from pricing.money import decimal_usd
from pricing.records import record
from pricing.sizes import Size


@record
class RateChange:
    """A SKU whose newest rate, or whose days, differ. None on one side: only the other book prices it."""

    sku: Sku
    before: Rate | None
    after: Rate | None

    @property
    def percent(self) -> Fraction | None:
        """By how much the price moves; None where one book has no price."""
        if self.before is None or self.after is None:
            return None
        return percent(self.before.unit_price, self.after.unit_price)


@record
class SizeChange:
    """The same output sizes at another price, where the two books class sizes differently."""

    model_id: str
    sizes: tuple[Size, ...]
    quality: str | None
    region: str
    before: Fraction
    """Micro-dollars for one image."""
    after: Fraction

    @property
    def percent(self) -> Fraction:
        return percent(self.before, self.after)


@record
class CardChange:
    """A fact about a model, as text, that the two books state differently."""

    model_id: str
    fact: str
    before: str
    after: str


@record
class ServiceChange:
    """A supporting service's price; None on the side of a book that has none."""

    key: str
    before: Service | None
    after: Service | None


Change = RateChange | SizeChange | CardChange | ServiceChange


def changes(before: PriceBook, after: PriceBook) -> tuple[Change, ...]:
    """Every difference that can change a plan, models first, each in the order of the newer book."""
    return (
        *_rate_changes(before, after),
        *_card_changes(before, after),
        *_service_changes(before, after),
    )


def percent(before: Fraction, after: Fraction) -> Fraction:
    """The move from one price to another in per cent of the first."""
    return (after / before - 1) * 100


def _rate_changes(before: PriceBook, after: PriceBook) -> Iterator[RateChange | SizeChange]:
    old, new = _by_sku(before), _by_sku(after)
    reclassed = {place for place in _places(old) & _places(new) if _reclassed(before, after, place)}
    for place in sorted(reclassed):
        yield from _size_changes(before, after, place)
    for sku in dict.fromkeys((*new, *old)):
        if _place(sku) in reclassed or _days_and_prices(old.get(sku, [])) == _days_and_prices(
            new.get(sku, [])
        ):
            continue
        yield RateChange(sku, _newest(old.get(sku, [])), _newest(new.get(sku, [])))


def _by_sku(book: PriceBook) -> dict[Sku, list[Rate]]:
    found: dict[Sku, list[Rate]] = {}
    for rate in book.rates:
        found.setdefault(rate.sku, []).append(rate)
    return found


Place = tuple[str, str]
"""A model and a region."""


def _place(sku: Sku) -> Place:
    return (sku.model_id, sku.region)


def _places(rates: dict[Sku, list[Rate]]) -> set[Place]:
    return {_place(sku) for sku in rates}


def _reclassed(before: PriceBook, after: PriceBook, place: Place) -> bool:
    """Whether both books list the model's sizes and have no size class in common for it."""
    one, other = before.cards[place[0]], after.cards[place[0]]
    apart = set(one.sizes.classes()).isdisjoint(other.sizes.classes())
    return apart and one.size_limits.listed is not None and other.size_limits.listed is not None


def _size_changes(before: PriceBook, after: PriceBook, place: Place) -> Iterator[SizeChange]:
    """Sizes both books make, grouped by quality and by what happens to their price."""
    one, other = before.cards[place[0]], after.cards[place[0]]
    both = [size for size in one.size_limits.listed or () if size in (other.size_limits.listed or ())]
    old, new = _prices(before, place), _prices(after, place)
    for quality in one.qualities or (None,):
        groups: dict[tuple[Fraction, Fraction], list[Size]] = {}
        for size in both:
            was, now = (
                old.get((one.sizes.class_of(size), quality)),
                new.get((other.sizes.class_of(size), quality)),
            )
            if was is not None and now is not None and was != now:
                groups.setdefault((was, now), []).append(size)
        for (was, now), sizes in groups.items():
            yield SizeChange(place[0], tuple(sizes), quality, place[1], was, now)


def _prices(book: PriceBook, place: Place) -> dict[tuple[str, str | None], Fraction]:
    """The newest price of each size class and quality."""
    found = {sku: _newest(rates) for sku, rates in _by_sku(book).items() if _place(sku) == place}
    return {(sku.size_class, sku.quality): rate.unit_price for sku, rate in found.items() if rate is not None}


def _newest(rates: list[Rate]) -> Rate | None:
    return max(rates, key=lambda rate: rate.valid_from, default=None)


def _days_and_prices(rates: list[Rate]) -> list[tuple[object, ...]]:
    return sorted((rate.valid_from, str(rate.valid_until), rate.unit_price, _low(rate)) for rate in rates)


def _low(rate: Rate) -> Fraction:
    return rate.unit_price if rate.low_price is None else Fraction(rate.low_price, rate.per)


_FACTS: tuple[tuple[str, Callable[[ModelCard], str]], ...] = (
    ("Legacy from", lambda card: str(card.lifecycle.legacy_from or "")),
    ("end of life", lambda card: str(card.lifecycle.end_of_life or "")),
    ("replacement", lambda card: card.lifecycle.replacement or ""),
    ("regions", lambda card: ", ".join(card.regions)),
    ("geographies", lambda card: ", ".join(card.geographies)),
    ("tasks", lambda card: ", ".join(card.tasks)),
    ("product", lambda card: card.product),
    ("billed by", lambda card: card.billed_by),
    ("size classes", lambda card: ", ".join(card.sizes.classes())),
    ("qualities", lambda card: ", ".join(card.qualities)),
    ("images per request", lambda card: str(card.images_per_request)),
)


def _card_changes(before: PriceBook, after: PriceBook) -> Iterator[CardChange]:
    for model_id in after.cards:
        if model_id not in before.cards:
            continue
        old, new = before.cards[model_id], after.cards[model_id]
        for fact, read in _FACTS:
            if read(old) != read(new):
                yield CardChange(model_id, fact, read(old), read(new))


def _service_changes(before: PriceBook, after: PriceBook) -> Iterator[ServiceChange]:
    for key in dict.fromkeys((*after.services, *before.services)):
        old, new = before.services.get(key), after.services.get(key)
        if _tiers(old) != _tiers(new):
            yield ServiceChange(key, old, new)


def _tiers(service: Service | None) -> str:
    return "" if service is None else tiers_text(service)


def tiers_text(service: Service) -> str:
    """A service's prices in one line: `$0.085 to 10,240, then $0.08 per GB`."""
    prices = (
        f"${decimal_usd(Fraction(tier.price, tier.per))}"
        + (f" to {tier.up_to:,}" if tier.up_to is not None else "")
        for tier in service.tiers
    )
    return f"{', then '.join(prices)} per {service.unit}"
