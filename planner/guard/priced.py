"""InvokeModel requests as the guard sees them: whether they make images, and the most they can cost."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from pricing.book import PriceBook, Rate, Sku
from pricing.cards import ModelCard
from pricing.errors import NoRate, PriceError, UnknownModel
from pricing.model_ids import parse_model_id
from pricing.money import Micros, round_up
from pricing.quote import Quote, quote
from pricing.records import record
from pricing.requests import read_request

Kind = Literal["image", "other", "unknown"]
ModelMap = Mapping[str, str | None]
"""Ids and ARNs that do not say which model answers, to the model that does; None for one that makes no images."""

NO_IMAGES = (
    "ai21.",
    "amazon.nova-2-lite",
    "amazon.nova-2-pro",
    "amazon.nova-2-sonic",
    "amazon.nova-lite",
    "amazon.nova-micro",
    "amazon.nova-multimodal-embeddings",
    "amazon.nova-2-multimodal-embeddings",
    "amazon.nova-premier",
    "amazon.nova-pro",
    "amazon.nova-sonic",
    "amazon.rerank",
    "amazon.titan-embed",
    "amazon.titan-text",
    "amazon.titan-tg1",
    "anthropic.",
    "cohere.",
    "deepseek.",
    "google.gemma",
    "meta.",
    "minimax.",
    "mistral.",
    "moonshot.",
    "moonshotai.",
    "nvidia.",
    "openai.",
    "qwen.",
    "twelvelabs.",
    "writer.",
    "zai.",
)
"""How the ids of model families begin that answer in text, speech or numbers: none of the guard's business."""


MOST_KEPT = 1_000
"""Bounds what is remembered of model ids and tags, which callers choose."""


@record
class Tariff:
    """What one SKU costs today, worked out once for all requests of the kind."""

    rate: Rate
    name: str
    """The SKU in one line."""
    notes: tuple[str, ...]
    """What to know of its model or price; nothing that changes the cost."""

    def cost(self, images: int) -> Micros:
        """So many images, rounded up."""
        return Micros(round_up(self.rate.price * images, self.rate.per))


@record
class Priced:
    """A request that could go out, and the most it can cost."""

    model_id: str
    """As the call names it: a bare id, an inference profile or an ARN."""
    card: ModelCard
    body: bytes
    task: str
    images: int
    """The most images it can make."""
    tariff: Tariff
    cost: Micros
    """All its images, rounded up."""
    changes: tuple[str, ...] = ()
    """What is different about it from the request as asked, in words."""

    @property
    def sku(self) -> Sku:
        return self.tariff.rate.sku


class Pricer:
    """Prices requests under one book, as of today."""

    def __init__(self, book: PriceBook, model_map: ModelMap, today: Callable[[], date]) -> None:
        self.book = book
        self.today = today
        self._map = dict(model_map)
        self._kinds: dict[str, Kind] = {}
        self._cards: dict[str, ModelCard] = {}
        self._tariffs: dict[tuple[str, str | None, str, str | None, date], Tariff] = {}

    def kind(self, model_id: str) -> Kind:
        """`image` for a model of the book, `other` for one that makes no images, `unknown` for the rest."""
        known = self._kinds.get(model_id)
        if known is None:
            known = self._kinds[model_id] = self._find_kind(model_id)
            if len(self._kinds) > MOST_KEPT:
                self._kinds.clear()
        return known

    def card(self, model_id: str) -> ModelCard:
        """Raises `UnknownModel`."""
        known = self._cards.get(model_id)
        if known is None:
            known = self._cards[model_id] = self.book.card(self._named(model_id))
            if len(self._cards) > MOST_KEPT:
                self._cards.clear()
        return known

    def price(self, model_id: str, body: bytes, region: str | None) -> Priced:
        """Raises `PriceError` for what the book cannot price, and for a body AWS would reject."""
        card = self.card(model_id)
        request = read_request(card, body)
        kind = (model_id, region, request.size_class, request.quality, self.today())
        tariff = self._tariffs.get(kind)
        if tariff is None:
            tariff = self._tariffs[kind] = self._tariff(model_id, body, region)
            if len(self._tariffs) > MOST_KEPT:
                self._tariffs.clear()
        return Priced(model_id, card, body, request.task, request.images, tariff, tariff.cost(request.images))

    def quote(self, model_id: str, body: bytes | str, region: str | None) -> Quote:
        """Raises `PriceError`."""
        return quote(self.book, self._named(model_id), body, region=region, on=self.today())

    def dearest(self, model_id: str, body: bytes, region: str | None, note: str) -> Priced:
        """The most any one request to the model can cost, for a body that cannot be read; raises `PriceError`."""
        card, on = self.card(model_id), self.today()
        where = region or card.regions[0]
        rates = [
            rate
            for rate in self.book.rates
            if rate.sku.model_id == card.model_id and rate.sku.region == where and rate.applies(on)
        ]
        if not rates:
            raise NoRate(
                f"price book {self.book.version} has no price for {card.model_id} in {where} on {on}"
            )
        rate, images = max(rates, key=lambda each: each.unit_price), card.images_per_request
        tariff = Tariff(rate, str(rate.sku), (note,))
        return Priced(model_id, card, body, "unknown", images, tariff, tariff.cost(images))

    def _tariff(self, model_id: str, body: bytes, region: str | None) -> Tariff:
        quoted = self.quote(model_id, body, region)
        notes = tuple(problem.message for problem in quoted.problems)
        return Tariff(quoted.rate, str(quoted.rate.sku), notes)

    def _named(self, model_id: str) -> str:
        return self._map.get(model_id) or model_id

    def _find_kind(self, model_id: str) -> Kind:
        if model_id in self._map and self._map[model_id] is None:
            return "other"
        named = self._named(model_id)
        try:
            self.book.card(named)
        except UnknownModel:
            return "other" if _base_model(named).startswith(NO_IMAGES) else "unknown"
        return "image"


def why_unpriced(error: PriceError, model_id: str) -> str:
    """The refusal of a call that has no price, with the remedy."""
    if error.code == "opaque-model":
        return f"{error.message}; give the guard model_map={{{model_id[:120]!r}: its model id, or None for no images}}"
    return str(error)


def _base_model(named: str) -> str:
    """The foundation model an id or ARN says or, for a custom model, the one it was made from."""
    ref = parse_model_id(named)
    return ref.model_id.partition(":custom-model/")[2] if ref.opaque else ref.model_id
