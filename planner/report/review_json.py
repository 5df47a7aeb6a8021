"""A review as JSON: the machine-readable contract. Amounts are decimal strings in USD, days ISO dates.

Top level: `as_of`, `headline`, `moves` (whether a changed scenario is worth a reviewer's time), `counts`, `files`, and
`difference`, which is null without a revision.
"""

from fractions import Fraction
from typing import Any

from planner.compare import compare
from planner.report.compare_text import machine_value
from planner.report.json_text import json_text
from planner.report.plan_json import problem_json
from planner.report.review_places import clean
from planner.report.review_words import COMPARED, consequences, figure, headline, movers, shift_of
from planner.review.reviewed import ChangedLine, Difference, FileDifference, Review, Reviewed, Shift
from pricing.money import decimal_usd
from pricing.problems import Problem


def review_json(review: Review) -> str:
    """The review as text; `review_values` says what is in it."""
    return json_text(review_values(review))


def review_values(review: Review) -> dict[str, Any]:
    """The review as plain values, keys in reading order."""
    return {
        "as_of": review.as_of.isoformat(),
        "headline": headline(review),
        "consequences": consequences(review),
        "moves": bool(movers(review)),
        "counts": {
            "files": len(review.files),
            "errors": review.count("error"),
            "warnings": review.count("warning"),
            "infos": review.count("info"),
            "ignored": sum(len(file.ignored) for file in review.files),
        },
        "files": [_file(file) for file in review.files],
        "difference": _difference(review.difference) if review.difference else None,
    }


def _file(file: Reviewed) -> dict[str, Any]:
    return {
        "path": clean(file.path),
        "scenario": file.file.scenario.name if file.file else None,
        "valid": file.file is not None,
        "plan": _plan(file),
        "findings": [finding(problem) for problem in file.findings],
        "ignored": [
            {**finding(each.problem), "reason": each.reason, "comment_line": each.line}
            for each in file.ignored
        ],
    }


def finding(problem: Problem) -> dict[str, Any]:
    """As `plan --format json` has it, with the column and the length of what is marked on the line."""
    place = problem.place
    return {
        **problem_json(problem),
        "column": place.column if place else None,
        "length": place.length if place else None,
        "remedy": problem.remedy,
    }


def _plan(file: Reviewed) -> dict[str, Any] | None:
    """The figures that a difference is told in, and what they stand on; null where nothing is planned."""
    if file.plan is None:
        return None
    figures = compare([file.plan]).figures
    return {
        "price_book": file.plan.book.version,
        "representative": file.plan.book.representative,
        "start": file.plan.scenario.start,
        "months": file.plan.scenario.months,
        **{row.key: machine_value(row, row.values[0]) for row in figures},
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "revision": difference.revision,
        "commit": difference.commit,
        "unchanged": difference.unchanged,
        "quiet": difference.quiet,
        "list_cost": _list_cost(difference),
        "files": [_file_difference(file) for file in difference.files],
    }


def _list_cost(difference: Difference) -> dict[str, Any] | None:
    """Sums over the scenarios whose list cost moved and that have a plan at both revisions; null where there are none."""
    shifts = [
        shift
        for file in difference.files
        if file.state in COMPARED and (shift := shift_of(file, "list_cost"))
    ]
    if not shifts:
        return None
    names = ("before", "after", "by_scenario", "by_prices")
    sums = {name: _sum([getattr(shift, name) for shift in shifts]) for name in names}
    before, after = sums["before"], sums["after"]
    moved = after - before if before is not None and after is not None else None
    return {name: _usd(value) for name, value in sums.items()} | {"change": _usd(moved)}


def _file_difference(file: FileDifference) -> dict[str, Any]:
    return {
        "path": clean(file.path),
        "before_path": None if file.before_path is None else clean(file.before_path),
        "state": file.state,
        "shifts": [_shift(shift) for shift in file.shifts],
        "lines": [_line(line) for line in file.lines],
        "new_findings": [finding(problem) for problem in file.new_findings],
        "mended": file.mended,
        "notes": list(file.notes),
    }


def _shift(shift: Shift) -> dict[str, Any]:
    row = figure(shift)
    percent = row.change_pct(1)
    return {
        "figure": shift.key,
        "unit": shift.unit,
        "better": shift.better,
        "before": machine_value(row, shift.before),
        "after": machine_value(row, shift.after),
        "change": machine_value(row, row.change(1)),
        "change_pct": None if percent is None else _decimal(percent),
        "by_scenario": machine_value(row, shift.by_scenario),
        "by_prices": machine_value(row, shift.by_prices),
    }


def _line(line: ChangedLine) -> dict[str, Any]:
    return {
        "line": line.line,
        "side": line.side,
        "text": line.text,
        "where": line.where,
        "old": line.old,
        "new": line.new,
        "list_cost_effect": _usd(line.effect),
    }


def _sum(values: list[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) if len(known) == len(values) else None


def _usd(value: Fraction | None) -> str | None:
    return None if value is None else decimal_usd(value)


def _decimal(value: Fraction) -> str:
    """Percent with four decimals, rounded half even."""
    scaled = round(value * 10_000)
    whole, rest = divmod(abs(scaled), 10_000)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:04d}"
