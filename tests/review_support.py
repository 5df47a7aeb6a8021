"""Reviews for the tests of their formats: real plans of small scenarios, findings as a test needs them."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from planner.plan import Plan, make_plan
from planner.review.reviewed import (
    ChangedLine,
    ChangeState,
    Difference,
    FileDifference,
    Ignored,
    Review,
    Reviewed,
)
from planner.review.shifts import shifts, shifts_of_one
from planner.scenario_file import ScenarioFile, read_scenario
from pricing.load import load_book
from pricing.problems import Place, Problem, Severity

AS_OF = date(2026, 11, 22)
COMMIT = "5a3b2c1d4e5f60718293a4b5c6d7e8f901234567"
CORE = "stability.stable-image-core-v1:1"

BEFORE = """\
name: Catalogue
start: 2026-12
months: 2
region: us-west-2
pipelines:
  - name: pictures
    assets_per_month: 1000
    stages:
      - {name: draft, model: stability.stable-image-core-v1:1}
credits:
  - {name: activate, balance_usd: 50, starts: 2026-06-01, expires: 2028-05-31, bedrock_third_party: yes}
"""
"""1,000 pictures a month at $0.04: $80 over two months, of which the credits pay $50."""
NOW = BEFORE.replace("assets_per_month: 1000", "assets_per_month: 1500")
"""1,500 a month: $120."""
RAISED = Problem(
    "warning",
    "candidates",
    "pipelines[0].stages[0].candidates",
    "one candidate would do",
    "write candidates: 1",
    Place(9, 35, 7),
)


def problem(
    severity: Severity = "error", code: str = "expect", line: int = 7, message: str = "is wrong"
) -> Problem:
    """A finding on a line of `NOW`."""
    return Problem(severity, code, "pipelines[0].assets_per_month", message, "mend it", Place(line, 5, 16))


def scenario_file(text: str, path: str = "scenarios/a.yaml") -> ScenarioFile:
    return read_scenario(text, path)


def plan_of(text: str, price_book: str | None = None) -> Plan:
    """The plan of a whole scenario."""
    file = scenario_file(text)
    return make_plan(file, load_book(price_book or file.scenario.price_book), as_of=AS_OF)


def reviewed(
    text: str = NOW,
    path: str = "scenarios/a.yaml",
    findings: Sequence[Problem] = (),
    ignored: Sequence[Ignored] = (),
) -> Reviewed:
    """A valid file with its plan and these findings."""
    file = scenario_file(text, path)
    plan = plan_of(text) if file.scenario.pipelines else None
    return Reviewed(path, tuple(text.splitlines()), tuple(findings), tuple(ignored), file, plan)


def invalid(path: str = "scenarios/broken.yaml", findings: Sequence[Problem] = ()) -> Reviewed:
    """A file that is no scenario."""
    return Reviewed(
        path, ("asets: 1",), tuple(findings) or (problem(code="unknown-key", line=1),), (), None, None
    )


def edited(
    path: str = "scenarios/a.yaml",
    before: str = BEFORE,
    now: str = NOW,
    *,
    books: tuple[str | None, str | None] = (None, None),
    state: ChangeState = "changed",
    before_path: str | None = None,
    new_findings: Sequence[Problem] = (),
    mended: int = 0,
    notes: Sequence[str] = (),
) -> FileDifference:
    """An edit of one scenario, told as git would tell it; `books` are the prices before and after."""
    return FileDifference(
        path=path,
        before_path=before_path or path,
        state=state,
        shifts=shifts(plan_of(before, books[0]), plan_of(now, books[0]), plan_of(now, books[1])),
        lines=tuple(_lines(before, now)),
        new_findings=tuple(new_findings),
        mended=mended,
        notes=tuple(notes),
    )


def added(path: str = "scenarios/new.yaml", text: str = NOW) -> FileDifference:
    return FileDifference(path, None, "new", shifts_of_one(plan_of(text), gone=False))


def removed(path: str = "scenarios/old.yaml", text: str = BEFORE) -> FileDifference:
    return FileDifference(path, path, "removed", shifts_of_one(plan_of(text), gone=True))


def broken(path: str = "scenarios/broken.yaml") -> FileDifference:
    return FileDifference(path, path, "invalid", notes=("it is no valid scenario now",))


def review(
    *files: Reviewed, changes: Sequence[FileDifference] | None = None, unchanged: int = 3, quiet: int = 0
) -> Review:
    """A review of these files; with `changes` also against a revision."""
    difference = None if changes is None else Difference("main", COMMIT, tuple(changes), unchanged, quiet)
    return Review(tuple(files), difference, AS_OF)


def _lines(before: str, now: str) -> Iterator[ChangedLine]:
    """An edit for each line that differs, as `planner.review.edits` tells one value that was replaced."""
    for number, (old, new) in enumerate(zip(before.splitlines(), now.splitlines(), strict=True), 1):
        if old != new:
            values = [line.partition(": ")[2] for line in (old, new)]
            where = "pipelines[0].assets_per_month"
            yield ChangedLine(number, "after", new, where, Fraction(40_000_000), *values)
