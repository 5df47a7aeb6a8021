"""A scenario as it stood at the revision, reviewed like the one of now, or why it cannot be."""

from collections.abc import Callable
from datetime import date

from planner.plan import make_plan
from planner.review.blobs import Blobs
from planner.review.books import BooksBefore
from planner.review.changes import Changes
from planner.review.policies import PolicyFile
from planner.review.policies_before import PoliciesBefore
from planner.review.reviewed import Reviewed
from planner.scenario_file import ScenarioFile, read_scenario
from pricing.book import PriceBook
from pricing.errors import PriceError
from pricing.problems import Invalid, Problem
from pricing.records import record

BookOf = Callable[[ScenarioFile], PriceBook]
Reviewer = Callable[[bytes, str, BookOf, PolicyFile | None], Reviewed]
"""Reviews the content of a file: what it holds, the name to report it under, how its price book is had, and the policies
it is held to.

The book may raise `Invalid`; the reviewer itself raises nothing."""

_LFS = b"version https://git-lfs.github.com/spec/"


@record
class Before:
    """One side of a comparison."""

    reviewed: Reviewed
    book: PriceBook | None
    """Without the scenario's overrides; None where there is no plan."""
    why: str = ""
    """In a few words, why it is no scenario that can be planned; empty when it is."""


class Past:
    """Reads scenarios as they were."""

    def __init__(self, changes: Changes, blobs: Blobs, as_of: date, review: Reviewer | None = None) -> None:
        self.blobs = blobs
        self.contents = changes.contents
        self.books = BooksBefore(changes, blobs)
        self.policies = PoliciesBefore(changes, blobs)
        self.review = review or plainly(as_of)

    def of(self, path: str, name: str, book_now: PriceBook | None = None) -> Before:
        """The file that stood at `path`, as git names it; `name` stands for it in messages.

        `book_now` is taken where it is the same file, unchanged.
        """
        content = self.contents.get(path)
        if content is None:
            content = self.blobs.at_base(path)
        if content is None:
            return _no_scenario(name, "is no file that git holds there")
        if content.startswith(_LFS):
            return _no_scenario(name, "is a Git LFS pointer: its text is not in the repository")
        books: list[PriceBook] = []

        def book_of(file: ScenarioFile) -> PriceBook:
            books[:] = [self.books.of(file, path, book_now)]
            return books[0]

        reviewed = self.review(content, name, book_of, self.policies.of(path, name))
        return Before(reviewed, books[0] if books else None, why_unplanned(reviewed))


def why_unplanned(reviewed: Reviewed) -> str:
    """What keeps a file from being a plan; empty for a plan, and for a policy that is for the guard alone."""
    if reviewed.plan is not None or (reviewed.file is not None and not reviewed.file.scenario.pipelines):
        return ""
    worst = next((problem for problem in reviewed.findings if problem.severity == "error"), None)
    if worst is None:
        return "is no valid scenario"
    line = "" if worst.place is None else f"line {worst.place.line}: "
    where = f"{worst.where}: " if worst.where else ""
    return f"{line}{where}{worst.message}"


def _no_scenario(name: str, why: str) -> Before:
    problem = Problem("error", "no-scenario", "", why)
    return Before(Reviewed(name, (), (problem,), (), None, None), None, why)


def plainly(as_of: date) -> Reviewer:
    """What a plan itself finds, without rules and policies."""

    def review(content: bytes, name: str, book_of: BookOf, _policies: PolicyFile | None = None) -> Reviewed:
        file = None
        try:
            file = read_scenario(content, name)
            lines = tuple(file.document.lines)
            if not file.scenario.pipelines:
                return Reviewed(name, lines, file.warnings, (), file, None)
            plan = make_plan(file, book_of(file), as_of=as_of)
        except Invalid as error:
            return Reviewed(name, tuple(error.lines), error.problems, (), file, None)
        except PriceError as error:
            problem = Problem("error", error.code, "price_book", error.message, error.remedy)
            return Reviewed(name, (), (problem,), (), file, None)
        return Reviewed(name, lines, plan.problems, (), file, plan)

    return review
