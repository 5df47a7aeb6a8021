"""The whole path from a scenario to a plan: stages, demand, charges, credits, projection, findings."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from planner.charges import charge_lines
from planner.demand import MonthDemand, demand
from planner.expectations import broken_expectations
from planner.findings import OLD_BOOK_DAYS, demand_findings, override_findings, price_findings
from planner.plan_size import too_large
from planner.pool_findings import pool_findings
from planner.projection import Projection, project
from planner.scenario import Scenario
from planner.scenario_file import ScenarioFile, load_scenario
from planner.stages import resolve_stages
from pricing.book import PriceBook
from pricing.errors import PriceError
from pricing.load import load_book
from pricing.overrides import with_overrides
from pricing.problems import Invalid, Problem
from pricing.records import record, replace

SEVERITIES = ("error", "warning", "info")
"""The most serious first, as findings are listed."""


@record
class Plan:
    """A scenario, the prices it was planned with, its projection, and what was found on the way."""

    scenario: Scenario
    file: str
    book: PriceBook
    """With the scenario's price overrides applied."""
    projection: Projection
    problems: tuple[Problem, ...]
    as_of: date
    """The day the age of the prices is counted to; no amount depends on it."""
    demands: tuple[MonthDemand, ...] = ()
    """Each month's images by stage, the stages in the order of the file."""

    @property
    def broken(self) -> bool:
        """True when an expectation or the scenario's policy does not hold."""
        return any(problem.severity == "error" for problem in self.problems)


def plan_file(path: str, *, as_of: date, price_book: str | None = None) -> Plan:
    """Loads and plans a scenario file; `price_book` replaces the book the file names.

    Raises `Invalid` with every problem found, or `PriceError` when the price book cannot be had.
    """
    file = load_scenario(path)
    return make_plan(file, book_of(file, path, price_book), as_of=as_of)


def book_of(file: ScenarioFile, path: str, price_book: str | None = None) -> PriceBook:
    """The price book a scenario names, its own books read relative to the scenario's folder, overrides not yet applied."""
    if price_book is not None:
        return load_book(price_book)
    try:
        return load_book(file.scenario.price_book, relative_to=Path(path).parent)
    except PriceError as error:
        raise _refusal(
            file, [Problem("error", error.code, "price_book", error.message, error.remedy)]
        ) from error


def make_plan(
    file: ScenarioFile, book: PriceBook, *, as_of: date, old_after_days: int = OLD_BOOK_DAYS
) -> Plan:
    """Plans a loaded scenario under a book.

    Raises `Invalid` when it plans nothing or too much, or when a stage has no price.
    """
    scenario = file.scenario
    if not scenario.pipelines:
        message = "the file plans nothing: it is a policy for the guard"
        remedy = "add start, months, region and pipelines"
        raise _refusal(file, [Problem("error", "nothing-to-plan", "pipelines", message, remedy)])
    if (problem := too_large(scenario)) is not None:
        raise _refusal(file, [problem])
    priced = with_overrides(book, scenario.price_overrides)
    resolution = resolve_stages(scenario, priced)
    if any(problem.severity == "error" for problem in resolution.problems):
        raise _refusal(file, resolution.problems)
    demands = demand(scenario, resolution.pipelines)
    charges = [charge_lines(month, priced, scenario.background_spend) for month in demands]
    projection = project(demands, charges, scenario.credits)
    problems = [
        *broken_expectations(projection, scenario.expect),
        *price_findings(scenario, priced, resolution.pipelines, as_of, old_after_days),
        *resolution.problems,
        *pool_findings(scenario, projection),
        *demand_findings(scenario, demands, priced),
        *override_findings(scenario, book),
    ]
    found = (*file.warnings, *_placed(file, problems))
    ordered = sorted(found, key=lambda problem: SEVERITIES.index(problem.severity))
    return Plan(scenario, file.document.file, priced, projection, tuple(ordered), as_of, tuple(demands))


def _refusal(file: ScenarioFile, problems: Iterable[Problem]) -> Invalid:
    return Invalid(tuple(_placed(file, problems)), file.document.file, file.document.lines)


def _placed(file: ScenarioFile, problems: Iterable[Problem]) -> Iterable[Problem]:
    return (
        problem if problem.place else replace(problem, place=file.place(problem.where))
        for problem in problems
    )
