"""Rules about prices: overrides that change nothing or raise a price, and the book of a policy that has no plan."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from planner.findings import book_age, override_findings, representative_book
from planner.review.context import ReviewContext
from planner.review.rule import Rule
from pricing.book import PriceBook
from pricing.overrides import Override
from pricing.problems import Problem

SHADOWED: Final = Rule(
    "override-shadowed",
    "warning",
    "A price override that a later one replaces",
    "The last override that matches a model applies, so this one changes no price: a negotiated rate is missing"
    " from the plan and from what the guard holds.",
    "Put the narrow override after the broad one, or take it out.",
    """price_overrides:
  - {model: stability.stable-image-core-v1:1, discount_pct: 10}
  - {model: stability.*, discount_pct: 5}""",
    """price_overrides:
  - {model: stability.*, discount_pct: 5}
  - {model: stability.stable-image-core-v1:1, discount_pct: 10}""",
)
ABOVE_LIST: Final = Rule(
    "override-above-list",
    "warning",
    "A fixed price above the list price",
    "A negotiated price is seldom dearer than the price list: a slipped digit makes every figure of the plan too high"
    " and the guard stop too early.",
    "Mend the price, or write markup_pct when the price is meant to be higher.",
    "price_overrides:\n  - {model: stability.stable-image-core-v1:1, usd_per_image: 0.36}",
    "price_overrides:\n  - {model: stability.stable-image-core-v1:1, usd_per_image: 0.036}",
)
RULES: Final = (SHADOWED, ABOVE_LIST)


def check(context: ReviewContext) -> Iterator[Problem]:
    if context.list_book is None:
        return
    if context.plan is None:
        yield from representative_book(context.list_book)
        yield from book_age(context.list_book, context.as_of, context.settings.old_prices_days)
        yield from override_findings(context.scenario, context.list_book)
    yield from _overrides(context, context.list_book)


def _overrides(context: ReviewContext, book: PriceBook) -> Iterator[Problem]:
    models = sorted({rate.sku.model_id for rate in book.rates})
    taken: set[str] = set()
    overrides = list(enumerate(context.scenario.price_overrides))
    for index, override in reversed(overrides):
        matched = {model for model in models if override.matches(model)}
        where = f"price_overrides[{index}]"
        if matched and matched <= taken:
            message = (
                f"every model that {override.model!r} matches has a later override, and the last one applies"
            )
            yield SHADOWED.found(where, message, "put it after the broader one, or take it out")
        else:
            yield from _above_list(override, book, matched, where, context)
        taken |= matched


def _above_list(
    override: Override, book: PriceBook, matched: set[str], where: str, context: ReviewContext
) -> Iterator[Problem]:
    if override.usd_per_image is None:
        return
    listed = [
        rate.unit_price
        for rate in book.rates
        if rate.sku.model_id in matched and (rate.valid_until is None or rate.valid_until > context.day)
    ]
    if listed and Fraction(override.usd_per_image, override.per) > max(listed):
        message = f"{override} is above the list price of every model it matches"
        yield ABOVE_LIST.found(f"{where}.usd_per_image", message, "mend the price, or write markup_pct")
