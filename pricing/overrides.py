"""Negotiated rates and markups on top of a book, named wherever they apply."""

from fnmatch import fnmatchcase
from fractions import Fraction
from math import lcm

from pricing.book import PriceBook, Rate
from pricing.model_ids import parse_model_id
from pricing.money import MICROS_PER_USD, Micros, decimal_usd
from pricing.records import record, replace


@record
class Override:
    """Changes the rates of the models a glob matches; has exactly one of discount, markup and fixed price."""

    model: str
    discount_pct: Fraction | None = None
    markup_pct: Fraction | None = None
    usd_per_image: Micros | None = None
    per: int = 1
    """`usd_per_image` micro-dollars buy this many images: prices finer than a micro-dollar stay exact."""

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.discount_pct, self.markup_pct, self.usd_per_image)) != 1:
            raise ValueError("give exactly one of discount_pct, markup_pct and usd_per_image")
        if self.discount_pct is not None and not 0 <= self.discount_pct < 100:
            raise ValueError("discount_pct must be at least 0 and less than 100: no image is free")
        if self.markup_pct is not None and self.markup_pct < 0:
            raise ValueError("markup_pct must be at least 0; a lower price is a discount_pct")
        if self.usd_per_image is not None and (self.usd_per_image <= 0 or self.per <= 0):
            raise ValueError("usd_per_image must be positive: no image is free")

    def __str__(self) -> str:
        if self.usd_per_image is not None:
            return f"{self.model}: ${decimal_usd(Fraction(self.usd_per_image, self.per))} per image"
        if self.discount_pct is not None:
            return f"{self.model}: {_percent(self.discount_pct)} % discount"
        return f"{self.model}: {_percent(self.markup_pct or Fraction(0))} % markup"

    def matches(self, model_id: str) -> bool:
        """Whether the glob covers a foundation model id; a geography before the glob changes no price."""
        return fnmatchcase(model_id, parse_model_id(self.model).model_id)

    def apply(self, rate: Rate) -> Rate:
        """The rate after this override, exact to the last digit; the book's own low end moves with it."""
        if self.usd_per_image is not None:
            return replace(rate, price=self.usd_per_image, per=self.per, low_price=None, override=str(self))
        factor = 1 + (self.markup_pct or -(self.discount_pct or Fraction(0))) / 100
        unit = rate.unit_price * factor
        low = None if rate.low_price is None else Fraction(rate.low_price, rate.per) * factor
        per = unit.denominator if low is None else lcm(unit.denominator, low.denominator)
        low_price = None if low is None else Micros(int(low * per))
        return replace(rate, price=Micros(int(unit * per)), per=per, low_price=low_price, override=str(self))


def with_overrides(book: PriceBook, overrides: tuple[Override, ...]) -> PriceBook:
    """The book with each rate changed by the last override that matches its model."""
    if not overrides:
        return book

    def changed(rate: Rate) -> Rate:
        for override in reversed(overrides):
            if override.matches(rate.sku.model_id):
                return override.apply(rate)
        return rate

    return replace(book, rates=tuple(changed(rate) for rate in book.rates))


def without_effect(book: PriceBook, overrides: tuple[Override, ...]) -> tuple[Override, ...]:
    """The overrides whose glob matches no model that the book prices: most often a misspelt id."""
    models = {rate.sku.model_id for rate in book.rates}
    return tuple(override for override in overrides if not any(map(override.matches, models)))


def _percent(value: Fraction) -> str:
    return decimal_usd(value * MICROS_PER_USD).rstrip("0").rstrip(".")
