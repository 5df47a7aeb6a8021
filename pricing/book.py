"""The price book: resolution x quality x region, dated and sourced."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from pricing.cards import ModelCard
from pricing.errors import NoRate, NotOffered, PriceError, SizeRefused, UnknownModel, UnknownQuality
from pricing.loading.reference import Allowance, OtherPrice, Source
from pricing.model_ids import parse_model_id
from pricing.money import Micros
from pricing.nearest import nearest, nearest_size
from pricing.records import EMPTY, record
from pricing.sizes import Size


@record
class Sku:
    """What has one price: a model, a size class, a quality (None where the model has none) and a region."""

    model_id: str
    size_class: str
    quality: str | None
    region: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.model_id, self.size_class, self.quality, self.region) if part)


@record
class Rate:
    """The list price of a SKU over a half-open period of days."""

    sku: Sku
    price: Micros
    """Micro-US-dollars for `per` images, before any discount or credit."""
    per: int
    valid_from: date
    valid_until: date | None
    """First day the rate no longer applies; None while it is current."""
    source: str
    """Where the number was read."""
    read_on: date
    verified: bool
    """True when read on AWS's own page or in two independent sources."""
    note: str = ""
    low_price: Micros | None = None
    """The low end, where people quote a range; `price` is then the high end."""
    override: str | None = None
    """Which price override made this rate out of the book's; None for the book's own."""

    def __post_init__(self) -> None:
        if self.price <= 0 or self.per <= 0:
            raise ValueError(f"{self.sku}: price must be positive")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError(f"{self.sku}: the rate ends before it begins")
        if self.low_price is not None and not 0 < self.low_price <= self.price:
            raise ValueError(f"{self.sku}: the low price must lie between 0 and the high one")

    @property
    def unit_price(self) -> Fraction:
        """Micro-US-dollars for one image, exactly."""
        return Fraction(self.price, self.per)

    def applies(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@record
class ServiceTier:
    """A unit price of a supporting service, up to a monthly quantity."""

    up_to: int | None
    """Monthly quantity in units at which the next tier starts; None for the last tier.

    A last tier with a bound means that AWS has further tiers this book does not know.
    """
    price: Micros
    per: int
    """`price` micro-US-dollars buy `per` units."""


@record
class Service:
    """A supporting service's price: storage, requests, transfer, compute, moderation."""

    key: str
    """`s3.storage`, `cloudfront.transfer`, ...: see the books."""
    product: str
    """The product name on the AWS bill."""
    unit: str
    """What one unit is: `GB-month`, `request`, `GB`, `GB-second`, `image`."""
    tiers: tuple[ServiceTier, ...]
    region: str
    source: str
    read_on: date
    verified: bool
    note: str = ""


@record
class PriceBook:
    """One immutable version of the prices."""

    version: str
    title: str
    published: date
    """The day the newest figure in it was read."""
    cards: Mapping[str, ModelCard]
    rates: tuple[Rate, ...]
    services: Mapping[str, Service]
    representative: bool = False
    """True when the figures are ones people plan with rather than AWS's own; every report says so."""
    path: str | None = None
    """The file a team's own book was read from; None for the books Bursar ships."""
    sources: tuple[Source, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    """Free quantities; nothing here is ever priced with them."""
    other_prices: tuple[OtherPrice, ...] = ()
    """For people to read; no image request is matched to them."""
    row_count: int = 0
    """Rows of the file that hold rates; a row for several regions makes several rates."""
    _by_sku: Mapping[Sku, list[Rate]] = EMPTY
    """The rates of each SKU, worked out from `rates`."""

    def __post_init__(self) -> None:
        by_sku: dict[Sku, list[Rate]] = {}
        for rate in self.rates:
            by_sku.setdefault(rate.sku, []).append(rate)
        object.__setattr__(self, "_by_sku", by_sku)

    def card(self, model_id: str) -> ModelCard:
        """The card of a bare id, a geography-prefixed id or an ARN that names a model.

        AWS lists the oldest models with and without a closing `:0`; both name the same card.
        Raises `UnknownModel` with the nearest model the book prices.
        """
        card = self.known_card(model_id)
        if card is not None:
            return card
        ref = parse_model_id(model_id)
        if ref.opaque:
            raise UnknownModel(
                f"{model_id[:120]!r} does not say which model answers",
                "use the foundation model id, or map the ARN to one",
                code="opaque-model",
            )
        raise UnknownModel(
            f"{model_id[:120]!r} is not an image model in price book {self.version}",
            nearest(ref.model_id, self.cards, "bursar prices show lists them"),
            code="unknown-model",
        )

    def known_card(self, model_id: str) -> ModelCard | None:
        """As `card`, with None for a miss: for whoever needs no remedy."""
        ref = parse_model_id(model_id)
        if ref.opaque:
            return None
        return self.cards.get(ref.model_id) or self.cards.get(ref.model_id.removesuffix(":0"))

    def rate(self, model_id: str, size_class: str, quality: str | None, region: str, on: date) -> Rate:
        """The one rate of a SKU on a day; a miss names the nearest class, quality, region or day there is."""
        card = self.card(model_id)
        sku = Sku(card.model_id, size_class, quality, region)
        dated = self._by_sku.get(sku)
        if dated is None:
            raise self._miss(card, sku)
        for rate in dated:
            if rate.applies(on):
                return rate
        raise NoRate(
            f"price book {self.version} has no price for {sku} on {on}",
            f"it knows {_days(dated)}",
            code="no-rate",
        )

    def size_class(self, model_id: str, size: Size) -> str:
        """The class that prices an output size; raises `SizeRefused` for one AWS would reject."""
        card = self.card(model_id)
        reasons = list(card.size_limits.violations(size))
        if reasons:
            listed = card.size_limits.listed
            raise SizeRefused(
                f"{card.model_id} does not make {size}: it {' and '.join(reasons)}",
                nearest_size(size, listed) if listed else "",
                code="size-refused",
            )
        return card.sizes.class_of(size)

    def service(self, key: str) -> Service:
        """A supporting service's price; raises `NoRate` where the book has none, or only a free quantity."""
        service = self.services.get(key)
        if service is None:
            raise NoRate(
                f"price book {self.version} has no price for {key[:60]!r}",
                nearest(key, self.services, "give it one in a book of your own"),
                code="no-rate",
            )
        return service

    def _miss(self, card: ModelCard, sku: Sku) -> PriceError:
        """Why a SKU has no rate at all: the first part of it that the book does not know."""
        of_model = [known for known in self._by_sku if known.model_id == card.model_id]
        of_class = [known for known in of_model if known.size_class == sku.size_class]
        of_quality = [known for known in of_class if known.quality == sku.quality]
        if not of_model:
            return NoRate(
                f"price book {self.version} has no price for {card.model_id}",
                "choose a book that prices it: bursar prices list",
                code="no-rate",
            )
        if not of_class:
            classes = {known.size_class for known in of_model}
            return NoRate(
                f"{card.model_id} has no price for size class {sku.size_class[:60]!r}",
                nearest(sku.size_class, classes),
                code="no-size-class",
            )
        if not of_quality:
            return _unknown_quality(sku, {known.quality for known in of_class if known.quality})
        return self._unpriced_region(card, sku.region, sorted({known.region for known in of_quality}))

    def _unpriced_region(self, card: ModelCard, region: str, priced: list[str]) -> PriceError:
        if region in card.regions:
            return NoRate(
                f"price book {self.version} has no price for {card.model_id} in {region}, where AWS sold it",
                f"it is priced in {', '.join(priced)}",
                code="no-rate",
            )
        offered = [*card.regions, *(known for known in priced if known not in card.regions)]
        return NotOffered(
            f"{card.model_id} is not offered in {region[:60]!r}",
            f"it is offered in {', '.join(offered)}",
            code="not-offered",
        )


def _unknown_quality(sku: Sku, known: set[str]) -> UnknownQuality:
    return UnknownQuality(
        f"{sku.model_id} has no quality {sku.quality[:60]!r}"
        if sku.quality
        else f"{sku.model_id} needs a quality",
        nearest(sku.quality or "", known) if known else "it has one price whatever the quality: leave it out",
        code="unknown-quality",
    )


def _days(rates: Iterable[Rate]) -> str:
    return " and ".join(
        f"{rate.valid_from} to the day before {rate.valid_until}"
        if rate.valid_until
        else f"from {rate.valid_from} on"
        for rate in sorted(rates, key=lambda rate: rate.valid_from)
    )
