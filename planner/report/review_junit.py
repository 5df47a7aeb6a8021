"""A review as JUnit XML: each finding a test case, so that any CI server can list and count them."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from planner.plan import SEVERITIES
from planner.report.review_places import text_of
from planner.report.review_words import said
from planner.review.reviewed import Ignored, Review, Reviewed
from pricing.printable import printable
from pricing.problems import Problem

_QUOTES = {'"': "&quot;", "'": "&apos;", "\n": "&#10;"}


def review_junit(review: Review, *, fail_on: str = "error") -> str:
    """A suite a file; findings at `fail_on` or above fail, lesser ones pass with their words, ignored ones are skipped."""
    suites = [_suite(file, fail_on) for file in review.files]
    counts = [sum(column) for column in zip(*(suite[0] for suite in suites), strict=True)] or [0, 0, 0]
    head = f'<testsuites name="bursar review"{_counts(counts)} time="0">'
    lines = [line for _, body in suites for line in body]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</testsuites>"]) + "\n"


def _suite(file: Reviewed, fail_on: str) -> tuple[tuple[int, int, int], list[str]]:
    """Tests, failures and skipped; and the lines."""
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    cases = [case for problem in file.findings for case in _case(file, problem, problem.severity in failing)]
    cases += [case for each in file.ignored for case in _skipped(file, each)]
    if not file.findings:
        cases += [f'    <testcase classname="{_quoted(text_of(file.path))}" name="review" time="0"/>']
    tests = len(file.findings) + len(file.ignored) + (not file.findings)
    failures = sum(problem.severity in failing for problem in file.findings)
    counts = (tests, failures, len(file.ignored))
    head = f'  <testsuite name="{_quoted(text_of(file.path))}"{_counts(counts)} time="0">'
    return counts, [head, *cases, "  </testsuite>"]


def _case(file: Reviewed, problem: Problem, fails: bool) -> Iterator[str]:
    yield _opened(file, problem)
    words = f"{_place(file, problem)}: {problem.severity}: {said(problem)}"
    if fails:
        message = _quoted(printable(said(problem), 600))
        yield f'      <failure message="{message}" type="{_quoted(printable(problem.code))}">{_text(words)}</failure>'
    else:
        yield f"      <system-out>{_text(words)}</system-out>"
    yield "    </testcase>"


def _skipped(file: Reviewed, ignored: Ignored) -> Iterator[str]:
    yield _opened(file, ignored.problem)
    yield f'      <skipped message="{_quoted(printable(ignored.reason, 600))}"/>'
    yield "    </testcase>"


def _opened(file: Reviewed, problem: Problem) -> str:
    at = f" line {problem.place.line}" if problem.place else ""
    where = f" {problem.where}" if problem.where else ""
    name = _quoted(printable(f"{problem.code}{at}{where}"))
    return f'    <testcase classname="{_quoted(text_of(file.path))}" name="{name}" time="0">'


def _place(file: Reviewed, problem: Problem) -> str:
    at = f":{problem.place.line}:{problem.place.column}" if problem.place else ""
    return f"{text_of(file.path)}{at}"


def _counts(counts: tuple[int, int, int] | list[int]) -> str:
    tests, failures, skipped = counts
    return f' tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'


def _text(text: str) -> str:
    """Characters that XML allows and nothing else: hidden ones are visible escapes by then."""
    return escape(printable(text, 5_000))


def _quoted(text: str) -> str:
    return escape(text, _QUOTES)
