"""A review as SARIF 2.1.0: what code-scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Findings that a comment sets aside are in it as
suppressed results. There is no `primaryLocationLineHash`: GitHub's upload works that one out of the source itself and
warns about any other value; the fingerprint here is for everybody else.
"""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import Any

from planner.report.json_text import json_text
from planner.report.review_places import address, fingerprints
from planner.report.review_words import said
from planner.review.reviewed import Ignored, Review, Reviewed
from pricing.printable import printable
from pricing.problems import Place, Problem, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
FINGERPRINT = "bursar/v1"


def review_sarif(review: Review) -> str:
    """One run with the rules that were broken and a result for each finding."""
    rules = _rules(review)
    results = [result for file in review.files for result in _results(file, list(rules))]
    driver = {"name": "Bursar", **_version(), "rules": [_rule(*rule) for rule in rules.items()]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "bursar-review/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _version() -> dict[str, str]:
    try:
        return {"version": version("bursar")}
    except PackageNotFoundError:
        return {}  # run from its source, without being installed


def _rules(review: Review) -> dict[str, Severity]:
    """Every rule that a finding names and the severity it is first found with, in the order of their names."""
    found = chain.from_iterable(
        (*file.findings, *(each.problem for each in file.ignored)) for file in review.files
    )
    rules: dict[str, Severity] = {}
    for problem in found:
        rules.setdefault(problem.code, problem.severity)
    return dict(sorted(rules.items()))


def _rule(code: str, severity: Severity) -> dict[str, Any]:
    title, why, remedy = _words(code)
    return {
        "id": printable(code),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\n\n{remedy}", "markdown": f"{why}\n\n**How to mend it.** {remedy}"},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["bursar", "cost"]},
    }


def _words(code: str) -> tuple[str, str, str]:
    """Title, reason and remedy of a rule; a team's own policy says its own in each message."""
    from planner.review.rules import RULES  # only a SARIF file tells what rules are about

    if rule := RULES.get(code):
        return rule.title, rule.why, rule.remedy
    title = printable(code).replace("-", " ").capitalize()
    return title, f"{title}: each message says what is wrong and where.", "Each message says how to mend it."


def _results(file: Reviewed, rules: list[str]) -> Iterator[dict[str, Any]]:
    everything: list[Problem | Ignored] = [*file.findings, *file.ignored]
    problems = [each.problem if isinstance(each, Ignored) else each for each in everything]
    for each, problem, name in zip(everything, problems, fingerprints(file.path, problems), strict=True):
        yield {
            "ruleId": printable(problem.code),
            "ruleIndex": rules.index(problem.code),
            "level": LEVELS[problem.severity],
            "message": {"text": _message(said(problem))},
            "locations": [_location(file, problem)],
            "partialFingerprints": {FINGERPRINT: name},
            "suppressions": [_suppression(file, each)] if isinstance(each, Ignored) else [],
        }


def _location(file: Reviewed, problem: Problem) -> dict[str, Any]:
    """A finding without a place stands on the first line, because viewers drop one that stands nowhere."""
    place = problem.place or Place(1, 1)
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + max(1, place.length),
    }
    where = [{"fullyQualifiedName": printable(problem.where)}] if problem.where else []
    logical = {"logicalLocations": where} if where else {}
    return {"physicalLocation": {"artifactLocation": _artifact(file), "region": region}, **logical}


def _artifact(file: Reviewed) -> dict[str, str]:
    uri = address(file.path)
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _suppression(file: Reviewed, ignored: Ignored) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(file), "region": {"startLine": ignored.line}}
    return {
        "kind": "inSource",
        "status": "accepted",
        "justification": printable(ignored.reason, 600),
        "location": {"physicalLocation": place},
    }


def _message(text: str) -> str:
    """Plain text that no viewer takes for a link: SARIF reads `[words](address)` even in plain messages."""
    return printable(text, 600).replace("](", "] (")
