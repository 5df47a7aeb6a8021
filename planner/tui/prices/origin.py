"""Where a price comes from: its source, its model, its history over the books, and who pays it."""

from collections.abc import Iterator

from planner.report.book_show import price_text
from planner.tui.prices.rows import Price
from planner.tui.prices.shelf import Shelf
from pricing.book import PriceBook
from pricing.money import decimal_usd
from pricing.records import record

Fact = tuple[str, str]


@record
class Origin:
    """A title and facts with a label."""

    title: str
    facts: tuple[Fact, ...]
    then: tuple[str, ...]


def origin(price: Price, book: PriceBook, shelf: Shelf) -> Origin:
    sku = price.rates[0].sku
    title = " ".join(filter(None, (sku.model_id, sku.size_class, sku.quality)))
    facts = [*_price(price, book), *_model(price, book), *_users(price), *_history(price, shelf)]
    command = f"bursar prices show {book.version} --model {sku.model_id} --format json"
    return Origin(title, tuple(fact for fact in facts if fact[1]), (command,))


def _price(price: Price, book: PriceBook) -> Iterator[Fact]:
    rate = price.rates[0]
    per = f" ({decimal_usd(rate.price)} for {rate.per:,} images)" if rate.per > 1 else ""
    yield "price", f"{price_text(rate)} for an image{per}"
    yield "regions", ", ".join(each.sku.region for each in price.rates)
    until = f"until {rate.valid_until}, that day not included" if rate.valid_until else "until further notice"
    yield "applies", f"from {rate.valid_from} {until}"
    yield "source", rate.source
    yield (
        "read on",
        f"{rate.read_on}, {'verified' if rate.verified else 'not verified: read in one source that is not AWS, or assumed'}",
    )
    yield "note", rate.note
    yield "book", f"{book.version}: {book.title}"
    yield "", "representative: figures people plan with, not AWS's own" if book.representative else ""


def _model(price: Price, book: PriceBook) -> Iterator[Fact]:
    card = book.cards[price.rates[0].sku.model_id]
    life = card.lifecycle
    yield "model", f"{card.name}, {card.provider}"
    yield "billed by", "AWS Marketplace" if card.billed_by == "marketplace" else f"AWS, as {card.product}"
    yield "state", price.state
    yield "legacy from", f"{life.legacy_from}" if life.legacy_from else ""
    yield "end of life", f"{life.end_of_life}: {life.basis}" if life.end_of_life else ""
    yield "move to", life.replacement or ""


def _users(price: Price) -> Iterator[Fact]:
    yield "used by", ", ".join(price.users) or "no scenario of this folder"


def _history(price: Price, shelf: Shelf) -> Iterator[Fact]:
    """One line a book; a price that moved says from what."""
    before = None
    for book, rate in shelf.history(price.rates[0].sku):
        said = "no such price" if rate is None else price_text(rate)
        moved = (
            f" (was {price_text(before)})" if rate and before and before.unit_price != rate.unit_price else ""
        )
        yield f"in {book.version}", f"{said}{moved}"
        before = rate or before
