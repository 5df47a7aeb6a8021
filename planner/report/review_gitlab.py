"""A review as GitLab's Code Quality report: findings beside the lines of a merge request."""

from typing import Any

from planner.report.json_text import json_text
from planner.report.review_places import fingerprints, text_of
from planner.report.review_words import said
from planner.review.reviewed import Review, Reviewed
from pricing.printable import printable
from pricing.problems import Problem

SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}


def review_gitlab(review: Review) -> str:
    """A list of findings; GitLab tells new from known ones by their fingerprint, which stays when lines move."""
    return json_text([entry for file in review.files for entry in _entries(file)])


def _entries(file: Reviewed) -> list[dict[str, Any]]:
    names = fingerprints(file.path, file.findings)
    return [_entry(file, *pair) for pair in zip(file.findings, names, strict=True)]


def _entry(file: Reviewed, problem: Problem, fingerprint: str) -> dict[str, Any]:
    """Without a place GitLab drops a finding, so one about the whole file stands on its first line."""
    return {
        "description": printable(said(problem), 600),
        "check_name": f"bursar/{printable(problem.code)}",
        "fingerprint": fingerprint,
        "severity": SEVERITIES[problem.severity],
        "location": {
            "path": text_of(file.path),
            "lines": {"begin": problem.place.line if problem.place else 1},
        },
    }
