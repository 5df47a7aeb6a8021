"""The price book of a scenario held against what a policy wants of it."""

from collections.abc import Iterator
from datetime import date

from planner.plan import Plan, book_of
from planner.review.policies.breach import Breach
from planner.review.policies.types import Prices
from planner.scenario_file import ScenarioFile
from pricing.book import PriceBook
from pricing.errors import PriceError
from pricing.problems import Invalid


def price_breaches(prices: Prices, file: ScenarioFile, plan: Plan | None, as_of: date) -> Iterator[Breach]:
    """A book that is too old or of a kind that is not allowed; a policy for the guard alone has a book as well."""
    if prices == Prices():
        return
    book = plan.book if plan is not None else _book(file)
    if book is None:
        return
    age = (as_of - book.published).days
    if prices.max_age_days is not None and age > prices.max_age_days:
        message = f"price book {book.version} is {age} days old, more than {prices.max_age_days}"
        remedy = "use a newer one: bursar prices list names them"
        yield Breach("policy-price-age", "price_book", message, remedy, "price_book.max_age_days")
    if book.representative and prices.representative == "forbid":
        message = f"price book {book.version} holds representative figures, not AWS's own prices"
        remedy = "use an AWS book: bursar prices list names them"
        yield Breach("policy-price-kind", "price_book", message, remedy, "price_book.representative")


def _book(file: ScenarioFile) -> PriceBook | None:
    """None where the book cannot be read, which the review says by itself."""
    try:
        return book_of(file, file.document.file)
    except (Invalid, PriceError):
        return None
