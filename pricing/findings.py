"""What to look at before trusting a price book: its age, its unverified rows, models at their end."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from pricing.book import PriceBook, Rate
from pricing.cards import ModelCard
from pricing.problems import Problem

OLD_AFTER_DAYS: Final = 90
"""A book older than this is worth holding against AWS's page."""


def book_findings(book: PriceBook, as_of: date) -> tuple[Problem, ...]:
    """Everything to look at as of a day: warnings first, then what is only good to know."""
    found = (*_age(book, as_of), *_unverified(book), *_lifecycles(book, as_of))
    return tuple(sorted(found, key=lambda problem: problem.severity != "warning"))


def _age(book: PriceBook, as_of: date) -> Iterator[Problem]:
    if book.representative:
        message = "its figures are ones people plan with, not AWS's own"
        yield Problem(
            "warning", "representative", "", message, "use an AWS book before committing to a number"
        )
    days = (as_of - book.published).days
    if days > OLD_AFTER_DAYS:
        message = f"its newest figure was read on {book.published}, {days} days before {as_of}"
        yield Problem("warning", "old-prices", "", message, "compare it with AWS's pricing page")


def _unverified(book: PriceBook) -> Iterator[Problem]:
    for model_id in book.cards:
        rates = [rate for rate in book.rates if rate.sku.model_id == model_id]
        doubtful = [rate for rate in rates if not rate.verified]
        if doubtful:
            message = f"{len(doubtful)} of {len(rates)} rates are not verified{_why(doubtful)}"
            yield Problem("warning", "unverified", model_id, message)
    for key, service in book.services.items():
        if not service.verified:
            yield Problem("warning", "unverified", key, f"its price is not verified: {service.source}")


def _why(rates: list[Rate]) -> str:
    reasons = dict.fromkeys(rate.note or rate.source for rate in rates)
    return f": {'; '.join(reasons)}"


def _lifecycles(book: PriceBook, as_of: date) -> Iterator[Problem]:
    for model_id, card in book.cards.items():
        life = card.lifecycle
        if life.retired(as_of):
            message = f"reached its end of life on {life.end_of_life}"
            yield Problem("info", "retired", model_id, message, _replacement(card))
        elif life.near_end(as_of) and life.end_of_life is not None:
            days = (life.end_of_life - as_of).days
            message = f"reaches its end of life on {life.end_of_life}, {days} days after {as_of}"
            yield Problem("warning", "near-end-of-life", model_id, message, _replacement(card))
        elif life.legacy_from is not None and life.legacy_from <= as_of:
            message = f"is in Legacy since {life.legacy_from}" + (
                f" and ends on {life.end_of_life}" if life.end_of_life else ""
            )
            yield Problem("info", "legacy", model_id, message, _replacement(card))


def _replacement(card: ModelCard) -> str:
    return f"move to {card.lifecycle.replacement}" if card.lifecycle.replacement else "no successor is named"
