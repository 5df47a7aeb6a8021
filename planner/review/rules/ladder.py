"""Rules about the ladder: steps that are never taken, save nothing, lead in a circle, or change who pays."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from planner.credits import Charge, covers
from planner.review.context import PlannedCall, ReviewContext
from planner.review.rule import Rule
from planner.scenario import ImagesRung, ModelRung, QualityRung, Rung, SizeRung
from pricing.cards import ModelCard
from pricing.errors import PriceError
from pricing.families import SIZED_BY_CONFIG, takes_requests_of
from pricing.model_ids import parse_model_id
from pricing.money import Micros, decimal_usd
from pricing.problems import Problem

UNKNOWN_MODEL: Final = Rule(
    "rung-unknown-model",
    "error",
    "A ladder that names a model nobody knows",
    "The guard does not start: a misspelt model on the ladder would only be noticed when the money runs short.",
    "Write the model id as `bursar prices show` lists it.",
    "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-cor-v1:1}",
    "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}",
)
NEVER: Final = Rule(
    "rung-never",
    "warning",
    "A step of the ladder that can never be taken",
    "The budget seems to have a cheaper way out and has none: calls are refused where a downgrade was meant.",
    "Take it out, or name a step that the planned requests can take.",
    "ladder:\n  - {images: 1}      # Stability's models make one image a request",
    "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}",
)
SAVES_NOTHING: Final = Rule(
    "rung-saves-nothing",
    "warning",
    "A step of the ladder that is no cheaper",
    "The guard steps over it: a downgrade that costs as much, or more, is none.",
    "Turn it round, or lead to a cheaper model.",
    "ladder:\n  - {from: stability.stable-image-core-v1:1, to: stability.stable-image-ultra-v1:1}",
    "ladder:\n  - {from: stability.stable-image-ultra-v1:1, to: stability.stable-image-core-v1:1}",
)
LOOP: Final = Rule(
    "ladder-loop",
    "warning",
    "A ladder that leads back to where it came from",
    "One of its steps cannot be cheaper than the one before it, so it is never taken, and nobody can tell which one"
    " was meant.",
    "Take out the step that leads back.",
    "ladder:\n  - {from: stability.stable-image-ultra-v1:1, to: stability.stable-image-core-v1:1}\n"
    "  - {from: stability.stable-image-core-v1:1, to: stability.stable-image-ultra-v1:1}",
    "ladder:\n  - {from: stability.stable-image-ultra-v1:1, to: stability.stable-image-core-v1:1}",
)
PAYER: Final = Rule(
    "rung-changes-payer",
    "warning",
    "A downgrade that a credit pool does not pay",
    "The cheaper request is sold by another seller, so a credit that paid the dearer one does not pay it: list cost falls"
    " and cash rises.",
    "Lead to a model the same credits pay, or make sure that the cash is meant.",
    "credits:\n  - {name: poc, products: [Amazon Bedrock], bedrock_third_party: no, ...}\n"
    "ladder:\n  - {from: amazon.nova-canvas-v1:0, to: stability.stable-image-core-v1:1}",
    "ladder:\n  - {from: amazon.nova-canvas-v1:0, to: amazon.titan-image-generator-v2:0}",
)
RULES: Final = (UNKNOWN_MODEL, NEVER, SAVES_NOTHING, LOOP, PAYER)


def check(context: ReviewContext) -> Iterator[Problem]:
    if context.book is None:
        return
    leads: dict[str, set[str]] = {}
    for index, rung in enumerate(context.scenario.ladder):
        where = f"ladder[{index}]"
        if isinstance(rung, ModelRung):
            yield from _model_rung(rung, where, leads, context)
        else:
            reason = _why_never(rung, context)
            if reason:
                yield NEVER.found(where, f"can never be taken: {reason}", "take it out, or name another step")


def _model_rung(
    rung: ModelRung, where: str, leads: dict[str, set[str]], context: ReviewContext
) -> Iterator[Problem]:
    """`leads` is what the rungs before it make of each model, and is added to."""
    source, target = context.card(rung.from_model), context.card(rung.to_model)
    yield from _unknown(rung, where, context)
    if source is None or target is None:
        return
    loops = source.model_id in _reached(target.model_id, leads)
    reason = _why_no_model(source, target, leads, context)
    if loops:
        message = f"leads from {source.model_id} back to {target.model_id}, which the ladder came from"
        yield LOOP.found(where, message, "take out the step that leads back")
    elif reason:
        yield NEVER.found(where, f"can never be taken: {reason}", "take it out, or name another step")
    elif (prices := _prices(source, target, context)) is not None and prices[1] >= prices[0]:
        message = (
            f"saves nothing: {target.model_id} costs ${decimal_usd(prices[1])} an image,"
            f" {source.model_id} ${decimal_usd(prices[0])}"
        )
        yield SAVES_NOTHING.found(where, message, "lead to a cheaper model")
    yield from _payer(source, target, where, context)
    leads.setdefault(source.model_id, set()).add(target.model_id)


def _unknown(rung: ModelRung, where: str, context: ReviewContext) -> Iterator[Problem]:
    for key, model_id in (("from", rung.from_model), ("to", rung.to_model)):
        try:
            if context.book is not None and context.card(model_id) is None:
                context.book.card(model_id)
        except PriceError as error:
            yield UNKNOWN_MODEL.found(f"{where}.{key}", error.message, error.remedy)


def _reached(model_id: str, leads: dict[str, set[str]]) -> set[str]:
    """Every model that the rungs so far make of one."""
    reached, waiting = set[str](), [model_id]
    while waiting:
        for further in leads.get(waiting.pop(), ()):
            if further not in reached:
                reached.add(further)
                waiting.append(further)
    return reached


def _why_no_model(
    source: ModelCard, target: ModelCard, leads: dict[str, set[str]], context: ReviewContext
) -> str:
    """Why a request for one model never becomes one for the other; empty when it can."""
    if target.lifecycle.retired(context.day):
        return f"{target.model_id} reached its end of life on {target.lifecycle.end_of_life}"
    if not takes_requests_of(source, target):
        return f"{target.model_id} does not take the requests that {source.model_id} takes"
    calls = [call for call in context.calls if _becomes(call, source, leads)]
    if context.calls and not calls:
        return _why_not_asked(source, context)
    if calls and not any(call.task in target.tasks for call in calls):
        return f"{target.model_id} does not do {', '.join(sorted({call.task for call in calls}))}"
    regions = {call.priced.sku.region for call in calls} or {context.scenario.region} - {None}
    if regions and not regions & set(target.regions):
        return f"{target.model_id} is not offered in {', '.join(sorted(map(str, regions)))}"
    return ""


def _becomes(call: PlannedCall, source: ModelCard, leads: dict[str, set[str]]) -> bool:
    asked = call.priced.card.model_id
    return asked == source.model_id or source.model_id in _reached(asked, leads)


def _why_not_asked(source: ModelCard, context: ReviewContext) -> str:
    later = any(
        isinstance(rung, ModelRung) and parse_model_id(rung.to_model).model_id == source.model_id
        for rung in context.scenario.ladder
    )
    if later:
        return f"no stage asks {source.model_id}, and the step that leads to it comes after this one"
    return f"no stage asks {source.model_id}, and no step before this one leads to it"


def _prices(source: ModelCard, target: ModelCard, context: ReviewContext) -> tuple[Fraction, Fraction] | None:
    """The most the one and the least the other costs, wherever both are sold; None where a price is missing."""
    assert context.book is not None  # noqa: S101 - rungs are only looked at with a book
    of: dict[str, list[Fraction]] = {source.model_id: [], target.model_id: []}
    for rate in context.book.rates:
        if rate.sku.model_id in of and rate.applies(context.day):
            of[rate.sku.model_id].append(rate.unit_price)
    before, after = of[source.model_id], of[target.model_id]
    return (max(before), min(after)) if before and after else None


def _payer(source: ModelCard, target: ModelCard, where: str, context: ReviewContext) -> Iterator[Problem]:
    pools = [pool for pool in context.pools if pool.status == "active" and pool.balance]
    lost = [pool.id for pool in pools if covers(pool, _charge(source)) and not covers(pool, _charge(target))]
    if lost:
        still = any(covers(pool, _charge(target)) for pool in pools)
        message = (
            f"changes who pays: {', '.join(lost)} pays {source.model_id} and not {target.model_id},"
            f" which {'other credits pay' if still else 'is paid in cash'}"
        )
        yield PAYER.found(where, message, "lead to a model the same credits pay")


def _charge(card: ModelCard) -> Charge:
    return Charge("2000-01", card.product, Micros(0), card.billed_by)


def _why_never(rung: Rung, context: ReviewContext) -> str:
    """Why no request can be made cheaper this way; empty when one can."""
    planned: Sequence[PlannedCall] = context.calls
    cards = [call.priced.card for call in planned] or list(context.live_cards())
    which = "a planned request" if planned else "a model that still answers"
    match rung:
        case QualityRung(quality=quality):
            better = any(_is_better(call.priced.card, call.priced.sku.quality, quality) for call in planned)
            if not (better if planned else any(quality in card.qualities for card in cards)):
                return f"no {which[2:]} has a quality above {quality}"
        case ImagesRung(images=images):
            if all(card.images_per_request <= images for card in cards):
                return (
                    f"no {which[2:]} makes more than {images} {'image' if images == 1 else 'images'} at once"
                )
        case SizeRung():
            if not (any(map(_can_shrink, planned)) if planned else any(_has_classes(card) for card in cards)):
                return f"no {which[2:]} has a smaller size class to go to"
    return ""


def _is_better(card: ModelCard, asked: str | None, quality: str) -> bool:
    ranks = card.qualities
    return asked in ranks and quality in ranks and ranks.index(asked) > ranks.index(quality)


def _can_shrink(call: PlannedCall) -> bool:
    classes = call.priced.card.sizes.classes()
    return call.task in SIZED_BY_CONFIG and classes.index(call.priced.sku.size_class) > 0


def _has_classes(card: ModelCard) -> bool:
    return len(card.sizes.classes()) > 1
