"""What a plan should know about its prices and models: retired models, old books, unverified rows, assumptions."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from planner.charges import beyond_known_tiers
from planner.demand import MonthDemand
from planner.months import Month, first_day, last_day, months_from
from planner.scenario import Scenario
from planner.stages import PricedStage
from pricing.book import PriceBook
from pricing.cards import NEAR_END_DAYS
from pricing.overrides import without_effect
from pricing.problems import Problem, Severity

OLD_BOOK_DAYS = 90
"""A price book older than this is worth checking against AWS's page."""


def price_findings(
    scenario: Scenario,
    book: PriceBook,
    stages: Sequence[Sequence[PricedStage]],
    as_of: date,
    old_after_days: int = OLD_BOOK_DAYS,
) -> Iterator[Problem]:
    """Everything about the prices that a reader should know before trusting the plan, most serious first."""
    used = [priced for pipeline in stages for priced in pipeline]
    yield from _lifecycle(scenario, used)
    yield from representative_book(book)
    yield from _unverified(used)
    yield from book_age(book, as_of, old_after_days)


def demand_findings(scenario: Scenario, demands: Sequence[MonthDemand], book: PriceBook) -> Iterator[Problem]:
    """Usage priced by an assumption."""
    for key, month in beyond_known_tiers(demands, book).items():
        tier = book.service(key).tiers[-1]
        yield Problem(
            "warning",
            "beyond-tiers",
            "pipelines",
            f"from {month} on {key} passes {tier.up_to:,} {book.service(key).unit}, the last tier price book {book.version} knows",
            "what lies above is priced at that tier, which AWS may undercut",
        )
    services = {key for month in demands for key in month.service_units}
    regions = sorted({book.service(key).region for key in services} - {scenario.region})
    if regions:
        yield Problem(
            "info",
            "service-region",
            "pipelines",
            f"supporting services are priced as in {', '.join(regions)}",
            "",
        )


def override_findings(scenario: Scenario, book: PriceBook) -> Iterator[Problem]:
    """Overrides whose glob matches no model the book prices: usually a typing error that silently changes nothing."""
    for override in without_effect(book, scenario.price_overrides):
        index = scenario.price_overrides.index(override)
        message = f"no model in price book {book.version} matches {override.model!r}"
        yield Problem(
            "warning", "override-unused", f"price_overrides[{index}].model", message, "it changes nothing"
        )


def _lifecycle(scenario: Scenario, used: Sequence[PricedStage]) -> Iterator[Problem]:
    months = list(months_from(scenario.start or "", scenario.months or 0))
    seen = set()
    for priced in used:
        if priced.card.model_id not in seen:
            seen.add(priced.card.model_id)
            yield from _retirement(scenario, priced, months)


def _retirement(scenario: Scenario, priced: PricedStage, months: Sequence[Month]) -> Iterator[Problem]:
    life, model = priced.card.lifecycle, priced.card.model_id
    if life.end_of_life is None:
        yield from _legacy(priced, months)
        return
    gone = next((month for month in months if life.retired(first_day(month))), None)
    remedy = f"move to {life.replacement}" if life.replacement else "no successor is named"
    where = f"{priced.where}.model"
    if gone is not None:
        severity: Severity = "error" if scenario.policy.retired == "block" else "warning"
        message = (
            f"{model} reached its end of life on {life.end_of_life}; the plan uses it in {gone} and later"
        )
        yield Problem(severity, "retired", where, message, remedy)
    elif life.end_of_life <= last_day(months[-1]) + timedelta(days=NEAR_END_DAYS):
        message = f"{model} reaches its end of life on {life.end_of_life}, within {NEAR_END_DAYS} days of its last planned use"
        yield Problem("warning", "near-end-of-life", where, message, remedy)
    else:
        yield from _legacy(priced, months)


def _legacy(priced: PricedStage, months: Sequence[Month]) -> Iterator[Problem]:
    life = priced.card.lifecycle
    if life.legacy_from is not None and life.legacy_from <= last_day(months[-1]):
        message = f"{priced.card.model_id} is in Legacy from {life.legacy_from} on: new accounts cannot start with it"
        remedy = f"move to {life.replacement}" if life.replacement else "no successor is named"
        yield Problem("info", "legacy", f"{priced.where}.model", message, remedy)


def representative_book(book: PriceBook) -> Iterator[Problem]:
    """A book of figures that people plan with."""
    if book.representative:
        message = (
            f"price book {book.version} holds representative figures people plan with, not AWS's own prices"
        )
        yield Problem(
            "warning",
            "representative",
            "price_book",
            message,
            "use an AWS book before committing to a number",
        )


def _unverified(used: Sequence[PricedStage]) -> Iterator[Problem]:
    seen = set()
    for priced in used:
        if priced.sku in seen or all(rate.verified for rate in priced.rates):
            continue
        seen.add(priced.sku)
        note = next((rate.note for rate in priced.rates if not rate.verified and rate.note), "")
        yield Problem(
            "info",
            "unverified",
            f"{priced.where}.model",
            f"the price of {priced.sku} is not verified" + (f": {note}" if note else ""),
            "",
        )


def book_age(book: PriceBook, as_of: date, old_after_days: int) -> Iterator[Problem]:
    """A book whose newest figure is older than so many days."""
    age = (as_of - book.published).days
    if age > old_after_days:
        yield Problem(
            "info",
            "old-prices",
            "price_book",
            f"price book {book.version} is {age} days old",
            "bursar prices check says what to look at",
        )
