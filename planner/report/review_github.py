"""A review as workflow commands: GitHub shows each finding on its line of the pull request.

GitHub shows at most ten annotations of a kind for each step, so the most serious come first; the log has them all.
"""

from planner.report.review_places import LONGEST_PATH, clean
from planner.report.review_text import inert_in_logs
from planner.report.review_words import by_severity, closing, consequences, headline, movers, said
from planner.review.reviewed import Review, Reviewed
from pricing.printable import printable
from pricing.problems import Problem

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
SHOWN = 10
"""Annotations of one kind that GitHub shows for a step."""
_LONGEST_MESSAGE = 600


def review_github(review: Review) -> str:
    """One command a finding, errors first, the difference as a notice, and a plain line that counts what was found."""
    found = by_severity(review)
    lines = [_command(file, problem) for file, problem in found if problem.severity != "info"]
    lines += _difference(review)
    lines += [_command(file, problem) for file, problem in found if problem.severity == "info"]
    hidden = max(review.count(severity) - SHOWN for severity in LEVELS) > 0
    note = f"; GitHub shows the first {SHOWN} of each kind, the lines above are all of them" if hidden else ""
    return (
        "\n".join([*lines, inert_in_logs(printable(f"bursar review: {closing(review)}{note}", 1_000))]) + "\n"
    )


def _difference(review: Review) -> list[str]:
    if not movers(review):
        return []
    told = "; ".join(filter(None, (headline(review), consequences(review))))
    return [f"::notice title=Bursar review::{_data(told)}"]


def _command(file: Reviewed, problem: Problem) -> str:
    properties = {"file": clean(file.path)}
    if problem.place:
        properties |= {"line": str(problem.place.line), "col": str(problem.place.column)}
    properties["title"] = f"Bursar: {problem.code}"
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{LEVELS[problem.severity]} {told}::{_data(said(problem))}"


def _data(text: str) -> str:
    """A message: visible characters only, `%` escaped; line breaks are visible by then."""
    return printable(text, _LONGEST_MESSAGE).replace("%", "%25")


def _property(text: str) -> str:
    """A property: what separates properties is escaped too."""
    shown = printable(text, LONGEST_PATH).replace("%", "%25")
    return shown.replace(":", "%3A").replace(",", "%2C")
