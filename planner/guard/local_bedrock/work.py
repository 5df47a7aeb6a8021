"""From a model id and a body to what Bedrock would make and bill, or to the error it would answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from planner.guard.local_bedrock.errors import END_OF_LIFE, INVALID_MODEL, Refused
from planner.guard.local_bedrock.sizes import output_size
from pricing.book import PriceBook, Rate, Sku
from pricing.cards import ModelCard
from pricing.errors import PriceError, RequestRefused, UnknownModel
from pricing.model_ids import parse_model_id
from pricing.money import Micros, round_up
from pricing.requests import read_fields
from pricing.requests.body import parse_body
from pricing.sizes import Size


@dataclass(frozen=True, slots=True)
class Work:
    """A request that Bedrock would carry out."""

    card: ModelCard
    task: str
    sku: Sku
    images: int
    micros: Micros
    """What all its images cost."""
    size: Size
    seed: int | None
    """None when the request leaves it to chance."""
    body: dict[str, object]

    @property
    def transparent(self) -> bool:
        return self.task == "BACKGROUND_REMOVAL"

    @property
    def returns_mask(self) -> bool:
        return any(isinstance(part, dict) and part.get("returnMask") is True for part in self.body.values())


class Catalogue:
    """What one region answers: the models of a price book, at its prices."""

    def __init__(self, book: PriceBook, region: str, today: Callable[[], date], as_of: date | None) -> None:
        self.book = book
        self.region = region
        self._today = today
        self._as_of = as_of
        self._cards: dict[str, ModelCard] = {}
        self._rates: dict[tuple[str, str, str | None, date], Rate] = {}

    def work(self, model_id: str, body: bytes) -> Work:
        """Raises `Refused` with the error AWS answers; such a request makes and costs nothing."""
        card = self._cards.get(model_id) or self._find(model_id)
        try:
            fields = parse_body(body)
            request = read_fields(card, fields)
        except RequestRefused as error:
            raise _malformed(error) from error
        rate = self._rate(card, request.size_class, request.quality)
        micros = Micros(round_up(rate.price * request.images, rate.per))
        size = request.size or output_size(card, fields)
        return Work(card, request.task, rate.sku, request.images, micros, size, _seed(fields), fields)

    def _find(self, model_id: str) -> ModelCard:
        ref = parse_model_id(model_id)
        if ref.opaque:
            raise Refused(
                "ResourceNotFoundException",
                f"No such resource: this endpoint has foundation models of price book {self.book.version}",
            )
        try:
            card = self.book.card(ref.model_id)
        except UnknownModel as error:
            raise Refused("ValidationException", INVALID_MODEL) from error
        if self.region not in card.regions or ref.region not in (None, self.region):
            raise Refused("ValidationException", INVALID_MODEL)
        _check_geography(card, ref.geography, model_id)
        if self._as_of is not None and card.lifecycle.retired(self._as_of):
            raise Refused("ResourceNotFoundException", END_OF_LIFE)
        self._cards[model_id] = card
        return card

    def _rate(self, card: ModelCard, size_class: str, quality: str | None) -> Rate:
        on = self._as_of or self._today()
        wanted = (card.model_id, size_class, quality, on)
        rate = self._rates.get(wanted)
        if rate is None:
            try:
                rate = self.book.rate(card.model_id, size_class, quality, self.region, on)
            except PriceError as error:
                raise Refused(
                    "ValidationException", f"This endpoint bills what it makes, and {error}"
                ) from error
            self._rates[wanted] = rate
        return rate


def _check_geography(card: ModelCard, geography: str | None, model_id: str) -> None:
    if geography is not None and geography not in card.geographies:
        raise Refused("ValidationException", INVALID_MODEL)
    if geography is None and card.geographies:
        raise Refused(
            "ValidationException",
            f"Invocation of model ID {model_id} with on-demand throughput isn't supported. "
            "Retry your request with the ID or ARN of an inference profile that contains this model.",
        )


def _malformed(error: RequestRefused) -> Refused:
    said = f"{error.message}; {error.remedy}" if error.remedy else error.message
    return Refused(
        "ValidationException", f"Malformed input request: {said}, please reformat your input and try again."
    )


def _seed(fields: dict[str, object]) -> int | None:
    """The seed a body gives, wherever its family keeps it; Stability takes 0 for chance."""
    config = fields.get("imageGenerationConfig")
    seed = config.get("seed") if isinstance(config, dict) else fields.get("seed") or None
    return seed if isinstance(seed, int) else None
