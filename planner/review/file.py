"""One scenario under review: what keeps it from being read, what keeps it from being planned, what to look at in it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from planner.plan import SEVERITIES, Plan, make_plan
from planner.review.context import ReviewContext, planned_calls
from planner.review.ignores import sift
from planner.review.reviewed import Reviewed
from planner.review.rules import CHECKS, RULES
from planner.review.settings import ReviewSettings
from planner.scenario_file import ScenarioFile, load_scenario, read_scenario
from pricing.book import PriceBook
from pricing.errors import PriceError
from pricing.load import load_book
from pricing.overrides import with_overrides
from pricing.problems import TOO_MANY, Invalid, Problem, in_order
from pricing.records import record, replace

MOST_FINDINGS: Final = 100
"""Of one check, and of one file: a file with more has one cause many times."""

BookOf = Callable[[ScenarioFile], PriceBook]
"""Has a scenario's price book, overrides not applied; may raise `PriceError` and `Invalid`."""
TeamPolicies = Callable[[ScenarioFile, Plan | None], Iterable[Problem]]


def no_policies(_file: ScenarioFile, _plan: Plan | None) -> Iterable[Problem]:
    return ()


def book_beside(path: str) -> BookOf:
    """Price books by name, a team's own relative to the folder of the scenario."""
    return lambda file: load_book(file.scenario.price_book, relative_to=Path(path).parent)


@record
class Reviewer:
    """How scenarios are reviewed."""

    as_of: date
    """The day to which the age of prices is counted, and that is today for a policy without a plan."""
    settings: ReviewSettings = ReviewSettings()
    policies: TeamPolicies = no_policies

    def review_path(self, path: str) -> Reviewed:
        """The file at a path; raises nothing for what is wrong with it."""
        try:
            file = load_scenario(path)
        except Invalid as error:
            return _invalid(path, error)
        return self.review_file(file, path, book_beside(path))

    def review_source(self, source: str | bytes, name: str, book_of: BookOf | None = None) -> Reviewed:
        """The same for text that stands in no file; `name` stands for it in messages."""
        try:
            file = read_scenario(source, name)
        except Invalid as error:
            return _invalid(name, error)
        return self.review_file(file, name, book_of or book_beside(name))

    def review_file(self, file: ScenarioFile, path: str, book_of: BookOf) -> Reviewed:
        """A scenario that could be read."""
        lines = tuple(file.document.lines)
        book, problems = _book(file, book_of)
        plan, more = self._plan(file, book)
        found = [*(plan.problems if plan else (*file.warnings, *problems, *more))]
        found += self._ruled(self._context(file, book, plan))
        found += self.policies(file, plan)
        placed = (
            each if each.place or not each.where else replace(each, place=file.place(each.where))
            for each in found
        )
        judged = tuple(judged_by(self.settings, placed))
        planned = plan is not None or (book is not None and not file.scenario.pipelines)
        off = [rule for rule, severity in self.settings.severities.items() if severity == "off"]
        sifted = sift(judged, file.document, lines, off=off, whole=planned)
        about = tuple(judged_by(self.settings, sifted.findings))
        return Reviewed(path, lines, bounded(about), sifted.ignored, file, plan)

    def _plan(self, file: ScenarioFile, book: PriceBook | None) -> tuple[Plan | None, tuple[Problem, ...]]:
        if book is None or not file.scenario.pipelines:
            return None, ()
        old_after_days = self.settings.old_prices_days
        try:
            return make_plan(file, book, as_of=self.as_of, old_after_days=old_after_days), ()
        except Invalid as error:
            return None, error.problems

    def _context(self, file: ScenarioFile, book: PriceBook | None, plan: Plan | None) -> ReviewContext:
        overrides = file.scenario.price_overrides
        overridden = plan.book if plan else None if book is None else with_overrides(book, overrides)
        return ReviewContext(file, self.settings, self.as_of, book, overridden, plan, planned_calls(plan))

    def _ruled(self, context: ReviewContext) -> Iterator[Problem]:
        for check in CHECKS:
            yield from islice(check(context), MOST_FINDINGS)


def judged_by(settings: ReviewSettings, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems as serious as a team takes them; what makes a file unusable stays an error."""
    for problem in problems:
        severity = settings.severities.get(problem.code, problem.severity)
        rule = RULES.get(problem.code)
        if rule is not None and rule.unusable:
            yield problem
        elif severity != "off":
            yield problem if severity == problem.severity else replace(problem, severity=severity)


def bounded(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """In the order of the file; of too many the most serious, and the number of the others."""
    found = in_order(dict.fromkeys(problems))
    if len(found) <= MOST_FINDINGS + len(SEVERITIES):
        return found
    ranked = sorted(found, key=lambda problem: (problem.code != TOO_MANY, SEVERITIES.index(problem.severity)))
    kept, rest = ranked[:MOST_FINDINGS], ranked[MOST_FINDINGS:]
    message = f"and {len(rest):,} more findings that are not shown"
    return in_order((*kept, Problem(rest[0].severity, TOO_MANY, "", message)))


def _book(file: ScenarioFile, book_of: BookOf) -> tuple[PriceBook | None, tuple[Problem, ...]]:
    """A price book that cannot be had is a finding on the line that names it."""
    try:
        return book_of(file), ()
    except PriceError as error:
        return None, (Problem("error", error.code, "price_book", error.message, error.remedy),)
    except Invalid as error:
        first = error.problems[0]
        more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
        at = f" at line {first.place.line}" if first.place else ""
        where = f"{first.where}: " if first.where else ""
        message = f"cannot be read{at}: {where}{first.message}{more}"
        remedy = (not more and first.remedy) or f"bursar prices check {error.file} shows all of it"
        return None, (Problem("error", "broken-price-book", "price_book", message, remedy),)


def _invalid(path: str, error: Invalid) -> Reviewed:
    return Reviewed(path, tuple(error.lines), bounded(error.problems), (), None, None)
