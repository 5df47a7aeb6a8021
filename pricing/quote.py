"""The most one InvokeModel request can cost under a price book, with everything assumed on the way."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from pricing.book import PriceBook, Rate
from pricing.cards import NEAR_END_DAYS, ModelCard
from pricing.errors import NotOffered
from pricing.model_ids import ModelRef, parse_model_id
from pricing.money import Micros, decimal_usd, round_up
from pricing.problems import Problem
from pricing.records import record
from pricing.requests import read_request
from pricing.sizes import Size


@record
class Quote:
    """What a request would be billed at the most."""

    model_id: str
    """The foundation model id, without geography or ARN."""
    task: str
    images: int
    size: Size | None
    """None where the price does not hang on it, or the request does not say it."""
    size_class: str
    quality: str | None
    region: str
    rate: Rate
    price_book: str
    assumptions: tuple[str, ...]
    problems: tuple[Problem, ...]
    """What to know before sending it, such as a retired model; none of it changes the price."""

    @property
    def unit_price(self) -> Fraction:
        """Exact micro-dollars for one image."""
        return Fraction(self.rate.price, self.rate.per)

    @property
    def cost(self) -> Micros:
        """Micro-dollars for all images, rounded up."""
        return Micros(round_up(self.rate.price * self.images, self.rate.per))


def quote(book: PriceBook, model_id: str, body: bytes | str, *, region: str | None = None, on: date) -> Quote:
    """Prices a request as it stands.

    Without a region, the one an ARN names is taken, else the model's first, and said.
    Raises `RequestRefused` for a body AWS would reject, or another `PriceError` for what the book lacks.
    """
    ref, card = parse_model_id(model_id), book.card(model_id)
    _check_geography(ref, card)
    request = read_request(card, body)
    where, assumed = _region(ref, card, region)
    rate = book.rate(card.model_id, request.size_class, request.quality, where, on)
    return Quote(
        request.model_id,
        request.task,
        request.images,
        request.size,
        request.size_class,
        request.quality,
        where,
        rate,
        book.version,
        (*request.assumptions, *assumed, *_price_assumptions(rate)),
        tuple(_problems(book, ref, card, rate, on)),
    )


def _check_geography(ref: ModelRef, card: ModelCard) -> None:
    """Raises `NotOffered` for an inference profile the model does not have."""
    if ref.geography is None or ref.geography in card.geographies:
        return
    through = " or ".join(f"{geography}.{card.model_id}" for geography in card.geographies)
    raise NotOffered(
        f"{card.model_id} has no {ref.geography} inference profile",
        f"call it as {through or card.model_id}",
        code="not-offered",
    )


def _region(ref: ModelRef, card: ModelCard, region: str | None) -> tuple[str, tuple[str, ...]]:
    """The region that prices the request, and what was assumed for it."""
    if region is not None and ref.region is not None and region != ref.region:
        raise NotOffered(
            f"the ARN names {ref.region}, not {region[:60]!r}",
            f"price it in {ref.region}",
            code="not-offered",
        )
    known = region or ref.region
    if known is not None:
        return known, ()
    first = card.regions[0]
    basis = "the only one" if len(card.regions) == 1 else f"the first of {', '.join(card.regions)}"
    return first, (f"region is not given: {first}, {basis}",)


def _price_assumptions(rate: Rate) -> Iterator[str]:
    if rate.override is not None:
        yield f"price override: {rate.override}"
    if rate.low_price is not None:
        low, high = (decimal_usd(Fraction(price, rate.per)) for price in (rate.low_price, rate.price))
        yield f"people quote ${low} to ${high}: the higher counts"


def _problems(book: PriceBook, ref: ModelRef, card: ModelCard, rate: Rate, on: date) -> Iterator[Problem]:
    yield from _lifecycle(card, on)
    if card.geographies and ref.geography is None:
        message = f"{card.model_id} answers only through an inference profile"
        yield Problem("warning", "needs-profile", "", message, f"use {card.geographies[0]}.{card.model_id}")
    if book.representative:
        message = (
            f"price book {book.version} holds representative figures people plan with, not AWS's own prices"
        )
        yield Problem(
            "warning", "representative", "", message, "use an AWS book before committing to a number"
        )
    if not rate.verified:
        message = f"the price of {rate.sku} is not verified" + (f": {rate.note}" if rate.note else "")
        yield Problem("info", "unverified", "", message)


def _lifecycle(card: ModelCard, on: date) -> Iterator[Problem]:
    life = card.lifecycle
    remedy = f"move to {life.replacement}" if life.replacement else "no successor is named"
    if life.retired(on):
        message = (
            f"{card.model_id} reached its end of life on {life.end_of_life}; AWS no longer answers for it"
        )
        yield Problem("warning", "retired", "", message, remedy)
    elif life.near_end(on):
        message = (
            f"{card.model_id} reaches its end of life on {life.end_of_life}, within {NEAR_END_DAYS} days"
        )
        yield Problem("warning", "near-end-of-life", "", message, remedy)
