"""Rules about the model calls of an asset: money spent on drafts, on candidates and on a few pixels too many."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Final

from planner.review.context import PlannedCall, ReviewContext
from planner.review.rule import Rule
from planner.review.rules.shares import parts
from pricing.book import PriceBook
from pricing.families import SIZED_BY_CONFIG
from pricing.money import decimal_usd, format_usd
from pricing.problems import Problem
from pricing.sizes import Flat

_DRAFT: Final = re.compile(
    r"\b(drafts?|sketch(es)?|previews?|proofs?|thumb(nail)?s?|roughs?)\b", re.IGNORECASE
)
_FINAL: Final = re.compile(r"\b(finals?|hero|master)\b", re.IGNORECASE)
_GENERATES: Final = frozenset({"TEXT_IMAGE", "IMAGE_TO_IMAGE", "IMAGE_VARIATION", "COLOR_GUIDED_GENERATION"})
"""Tasks that make a picture, rather than change one."""
_ONE_ANSWER: Final = frozenset({"BACKGROUND_REMOVAL", "FAST_UPSCALE", "CONSERVATIVE_UPSCALE"})
"""Tasks whose result hardly varies: a second candidate is the first one again."""
_JUST_OVER: Final = Fraction(8, 10)
"""A picture of at least this share of the pixels would be in the cheaper class."""

DRAFT_DEARER: Final = Rule(
    "draft-dearer",
    "warning",
    "A draft that costs more than its final",
    "Drafts are made several times and thrown away; with the dearer model on them most of the money buys pictures that"
    " nobody keeps.",
    "Swap the models, or draft with the cheapest.",
    """stages:
  - {name: draft, model: stability.stable-image-ultra-v1:1, candidates: 4}
  - {name: final, model: stability.stable-image-core-v1:1}""",
    """stages:
  - {name: draft, model: stability.stable-image-core-v1:1, candidates: 4}
  - {name: final, model: stability.stable-image-ultra-v1:1}""",
)
CANDIDATES: Final = Rule(
    "candidates-unneeded",
    "warning",
    "Several candidates where one would do",
    "Each candidate is billed. A cut-out or an enlargement comes out the same each time, and a final whose draft was"
    " already chosen needs no second choice.",
    "Leave candidates out.",
    "stages:\n  - {name: cut out, task: BACKGROUND_REMOVAL, model: stability.stable-image-remove-background-v1:0, candidates: 3}",
    "stages:\n  - {name: cut out, task: BACKGROUND_REMOVAL, model: stability.stable-image-remove-background-v1:0}",
)
PREMIUM_DRAFT: Final = Rule(
    "premium-draft",
    "warning",
    "A draft in premium quality",
    "What premium adds is lost on a picture that only helps to choose.",
    "Draft in the lowest quality and make the final premium.",
    "stages:\n  - {name: draft, model: amazon.nova-canvas-v1:0, size: 1024x1024, quality: premium, candidates: 4}",
    "stages:\n  - {name: draft, model: amazon.nova-canvas-v1:0, size: 1024x1024, quality: standard, candidates: 4}",
)
OVER_BOUNDARY: Final = Rule(
    "size-over-boundary",
    "warning",
    "A resolution just over the boundary of a size class",
    "The whole picture is billed in the dearer class for a few pixels that nobody sees.",
    "Ask for the size that the finding names.",
    "stages:\n  - {name: final, model: amazon.nova-canvas-v1:0, size: 1040x1040}",
    "stages:\n  - {name: final, model: amazon.nova-canvas-v1:0, size: 1024x1024}",
)
RULES: Final = (DRAFT_DEARER, CANDIDATES, PREMIUM_DRAFT, OVER_BOUNDARY)


def check(context: ReviewContext) -> Iterator[Problem]:
    if context.book is None:
        return
    for _, calls in groupby(context.calls, key=lambda call: call.priced.where.partition(".")[0]):
        yield from _pipeline(list(calls), context.book)


def _pipeline(calls: Sequence[PlannedCall], book: PriceBook) -> Iterator[Problem]:
    chosen = False
    finals = _finals(calls)
    for call, final in zip(calls, finals, strict=True):
        if final is not None:
            yield from _draft(call, final)
        yield from _candidates(call, chosen=chosen and final is None)
        yield from _boundary(call, book)
        chosen = chosen or (final is not None and call.priced.stage.candidates > 1)


def _finals(calls: Sequence[PlannedCall]) -> list[PlannedCall | None]:
    """For each call the final it is a draft of, of a mix the dearest; None where it is no draft."""
    later: PlannedCall | None = None
    finals: list[PlannedCall | None] = []
    for part in reversed(parts(calls)):
        finals += [later if later is not None and _is_draft(call, later) else None for call in reversed(part)]
        dearest = max(part, key=_price)
        if dearest.task in _GENERATES and (later is None or not _FINAL.search(later.priced.stage.name)):
            later = dearest
    return finals[::-1]


def _is_draft(call: PlannedCall, later: PlannedCall) -> bool:
    """By its name, or because it makes more candidates than what is made after it."""
    stage = call.priced.stage
    if call.task not in _GENERATES or _FINAL.search(stage.name):
        return False
    return bool(_DRAFT.search(stage.name)) or stage.candidates > max(1, later.priced.stage.candidates)


def _draft(call: PlannedCall, final: PlannedCall) -> Iterator[Problem]:
    stage, card, sku = call.priced.stage, call.priced.card, call.priced.sku
    draft_price, final_price = _price(call), _price(final)
    if draft_price > final_price:
        message = (
            f"{stage.name} costs {_usd(draft_price)} an image, more than {final.priced.stage.name},"
            f" which costs {_usd(final_price)}"
        )
        yield DRAFT_DEARER.found(f"{call.priced.where}.model", message, "draft with the cheaper model")
    if sku.quality in card.qualities[1:]:
        where = f"{call.priced.where}.{'quality' if stage.quality else 'steps'}"
        message = f"{stage.name} is a draft in {sku.quality} quality"
        yield PREMIUM_DRAFT.found(where, message, f"{card.qualities[0]} is enough to choose by")


def _candidates(call: PlannedCall, *, chosen: bool) -> Iterator[Problem]:
    stage = call.priced.stage
    if stage.candidates == 1:
        return
    if call.task in _ONE_ANSWER:
        reason = f"{call.task} gives the same picture each time"
    elif chosen and (_FINAL.search(stage.name) or call.task not in _GENERATES):
        reason = "the draft before it was chosen already"
    else:
        return
    spent = sum(call.costs) * (stage.candidates - 1) // stage.candidates
    message = f"{stage.name} makes {stage.candidates} candidates, and {reason}: {format_usd(Fraction(spent))} more over the plan"
    yield CANDIDATES.found(f"{call.priced.where}.candidates", message, "leave candidates out")


def _boundary(call: PlannedCall, book: PriceBook) -> Iterator[Problem]:
    stage, card, sku = call.priced.stage, call.priced.card, call.priced.sku
    if stage.size is None or isinstance(card.sizes, Flat) or call.task not in SIZED_BY_CONFIG:
        return
    classes = card.sizes.classes()
    rank = classes.index(sku.size_class)
    if rank == 0:
        return
    from pricing.requests.shapes import smaller_of_same_shape

    smaller = smaller_of_same_shape(card, stage.size, classes[rank - 1])
    if smaller is None or smaller.pixels < _JUST_OVER * stage.size.pixels:
        return
    cheaper = _class_price(book, call, classes[rank - 1])
    if cheaper is not None and cheaper < _price(call):
        message = (
            f"{stage.size} is billed as size class {sku.size_class} at {_usd(_price(call))} an image;"
            f" {smaller} costs {_usd(cheaper)}"
        )
        yield OVER_BOUNDARY.found(f"{call.priced.where}.size", message, f"write size: {smaller}")


def _class_price(book: PriceBook, call: PlannedCall, size_class: str) -> Fraction | None:
    """The price of the same picture in another size class, on the last planned days."""
    sku = call.priced.sku
    end = call.priced.rates[-1]
    prices = [
        rate.unit_price
        for rate in book.rates
        if (rate.sku.model_id, rate.sku.size_class, rate.sku.quality, rate.sku.region)
        == (sku.model_id, size_class, sku.quality, sku.region)
        and (rate.valid_until is None or rate.valid_until > end.valid_from)
    ]
    return max(prices, default=None)


def _price(call: PlannedCall) -> Fraction:
    return call.priced.rates[-1].unit_price


def _usd(price: Fraction) -> str:
    """A unit price with every digit it has."""
    return f"${decimal_usd(price)}"
