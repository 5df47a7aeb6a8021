"""A review in which one hostile text is the name of everything a person can name."""

from fractions import Fraction

from planner.plan import Plan, make_plan
from planner.review.reviewed import ChangedLine, FileDifference, Ignored, Review, Reviewed
from planner.scenario_file import ScenarioFile
from pricing.load import load_book
from pricing.problems import Place, Problem
from pricing.records import replace
from tests.review_support import AS_OF, NOW, edited, invalid, review, scenario_file

PATHS = 4
"""Files of the review; each has one finding that carries the text."""


def hostile_review(text: str, *, compared: bool = True) -> Review:
    """The text as path, scenario, pool, rule, message, remedy, place, source line, reason, note and edit."""
    finding = Problem(
        "error", "expect", f"credits[0].{text}", f"{text} is wrong", f"rename {text}", Place(1, 1, 3)
    )
    bare = Problem("warning", f"policy/{text}", "", text)
    named = _named(text, finding)
    files = (
        named,
        replace(named, path=text, findings=(bare,)),
        replace(named, path=f"scenarios/{text}/new.yaml", findings=(replace(finding, severity="info"),)),
        invalid(f"{text}.yaml", [finding]),
    )
    changes = (_changed(named.path, text, finding), _changed(text, text, bare)) if compared else None
    return review(*files, changes=changes)


def _named(text: str, finding: Problem) -> Reviewed:
    file = scenario_file(NOW)
    credits = tuple(replace(credit, name=text) for credit in file.scenario.credits)
    named = ScenarioFile(replace(file.scenario, name=text, credits=credits), file.document, file.warnings)
    ignored = Ignored(replace(finding, code="near-limit", severity="warning"), text, 2)
    lines = (text, *NOW.splitlines())
    return Reviewed(f"scenarios/{text}", lines, (finding,), (ignored,), named, _plan(named))


def _plan(file: ScenarioFile) -> Plan:
    return make_plan(file, load_book(None), as_of=AS_OF)


def _changed(path: str, text: str, finding: Problem) -> FileDifference:
    change = edited(path, state="renamed", before_path=f"was/{text}", new_findings=[finding], notes=[text])
    lines = (
        ChangedLine(1, "before", text, text, None, text, None),
        ChangedLine(2, "after", f"  - {text}", text, Fraction(1_000_000), None, text),
        ChangedLine(3, "after", "", text, None, text, f"{text}{text}"),
    )
    return replace(change, lines=lines)
