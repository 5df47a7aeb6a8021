"""The rungs of the ladder for one request: each rung starts from what the rungs before it made.

So `quality: standard` and then `images: 1` ends at one standard image, and Ultra -> SD3.5 Large -> Core are two
steps down. A rung that does not fit the request, leads to a model that cannot be used, or saves nothing is stepped
over and says why; a later rung from the model stepped over still applies.
"""

from collections.abc import Iterator, Sequence

from planner.guard.priced import Priced, Pricer
from planner.scenario import ImagesRung, ModelRung, QualityRung, Rung, SizeRung
from pricing.cards import ModelCard
from pricing.errors import PriceError
from pricing.model_ids import parse_model_id
from pricing.records import record, replace
from pricing.requests.rewrite import (
    NotPossible,
    Rewritten,
    cheaper_quality,
    fewer_images,
    smaller_size,
    to_model,
)


@record
class Skipped:
    """A rung that was stepped over."""

    rung: str
    why: str


def rungs(
    asked: Priced, ladder: Sequence[Rung], pricer: Pricer, region: str | None
) -> Iterator[Priced | Skipped]:
    """Ever cheaper requests, in the order of the ladder."""
    now, stands_for = asked, {asked.card.model_id}
    for rung in ladder:
        if isinstance(rung, ModelRung) and _card_id(rung.from_model, pricer) not in stands_for:
            continue
        made = _step(now, rung, pricer, region)
        if isinstance(made, Skipped):
            if isinstance(rung, ModelRung):
                stands_for.add(_card_id(rung.to_model, pricer))
        else:
            now = made
            if isinstance(rung, ModelRung):
                stands_for = {made.card.model_id}
        yield made


def _step(now: Priced, rung: Rung, pricer: Pricer, region: str | None) -> Priced | Skipped:
    try:
        target = pricer.book.card(rung.to_model) if isinstance(rung, ModelRung) else now.card
        if target.lifecycle.retired(pricer.today()) and target is not now.card:
            return Skipped(text_of(rung), f"{target.model_id} is past its end of life")
        made = _rewritten(now, rung, target, pricer)
        if isinstance(made, NotPossible):
            return Skipped(text_of(rung), made.why)
        priced = pricer.price(_called(now, target), made.body, region)
    except PriceError as error:
        return Skipped(text_of(rung), str(error))
    if priced.cost >= now.cost:
        return Skipped(text_of(rung), "it saves nothing")
    return replace(priced, changes=(*now.changes, *made.changed))


def _rewritten(now: Priced, rung: Rung, target: ModelCard, pricer: Pricer) -> Rewritten | NotPossible:
    match rung:
        case QualityRung():
            return cheaper_quality(now.card, now.body, rung.quality)
        case ImagesRung():
            return fewer_images(now.card, now.body, rung.images)
        case SizeRung():
            return smaller_size(now.card, pricer.book, now.body)
        case ModelRung():
            return to_model(now.card, target, now.body)


def _called(now: Priced, target: ModelCard) -> str:
    """How to call a model: as asked, or by its own id, through an inference profile where it has only those."""
    if target is now.card:
        return now.model_id
    if not target.geographies:
        return target.model_id
    geography = parse_model_id(now.model_id).geography
    return f"{geography if geography in target.geographies else target.geographies[0]}.{target.model_id}"


def _card_id(model_id: str, pricer: Pricer) -> str:
    """The id the book's card goes by; the id itself where the book has none."""
    try:
        return pricer.book.card(model_id).model_id
    except PriceError:
        return parse_model_id(model_id).model_id


def text_of(rung: Rung) -> str:
    """The rung as a scenario writes it."""
    match rung:
        case ModelRung():
            return f"{rung.from_model} -> {rung.to_model}"
        case QualityRung():
            return f"quality: {rung.quality}"
        case ImagesRung():
            return f"images: {rung.images}"
        case SizeRung():
            return f"size: {rung.size}"
