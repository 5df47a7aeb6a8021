"""Findings, findings set aside and changed files as rows."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from textual.content import Content

from planner.report.review_words import SIGNS, change, said, shift_of, shown, tally
from planner.review.reviewed import FileDifference, Review, Reviewed
from planner.tui.text import clean
from planner.tui.wanted import Wanted
from planner.tui.widgets.grid_rows import Cell, Column, Row
from pricing.problems import Problem
from pricing.records import record

IGNORED_COLUMNS = (Column("file", 26), Column("line", 5, "right"), Column("rule", 18), Column("reason"))
_MARKS = {"error": ("✗", "bold $error"), "warning": ("!", "bold $warning"), "info": ("i", "$primary")}


def finding_columns(width: int) -> tuple[Column, ...]:
    """Where there is room, the rule as well."""
    head = (Column("", 1), Column("at", 7, "right"), Column("finding"))
    return (*head, Column("rule", 20)) if width >= 100 else head


@record
class Item:
    """A row of the findings: a file, or something found in it."""

    file: Reviewed
    problem: Problem | None

    @property
    def words(self) -> str:
        """What a filter looks in."""
        problem = self.problem
        return (
            self.file.path
            if problem is None
            else f"{self.file.path} {problem.severity} {problem.code} {said(problem)}"
        )

    @property
    def line(self) -> int:
        """The line to go to; the first of a file."""
        return self.problem.place.line if self.problem and self.problem.place else 1


@record
class SetAside:
    """A finding that a comment sets aside."""

    file: Reviewed
    problem: Problem
    reason: str
    line: int


def items(review: Review, look_for: Wanted | None) -> list[Item]:
    """Each file that has findings that match, then those; without a filter, every file."""
    found: list[Item] = []
    for file in review.files:
        inside = [Item(file, problem) for problem in file.findings]
        matching = [item for item in inside if look_for is None or item.words in look_for]
        if matching or look_for is None:
            found += [Item(file, None), *matching]
    return found


def item_rows(found: Sequence[Item]) -> list[Row]:
    return [_item_row(item) for item in found]


def set_aside(review: Review) -> list[SetAside]:
    return [
        SetAside(file, ignored.problem, ignored.reason, ignored.line)
        for file in review.files
        for ignored in file.ignored
    ]


def set_aside_rows(found: Sequence[SetAside]) -> list[Row]:
    return [
        (PurePath(each.file.path).name, str(each.line), each.problem.code, each.reason or "no reason given")
        for each in found
    ]


def change_columns(width: int) -> tuple[Column, ...]:
    head = (Column("", 1), Column("file", 26), Column("list cost", 30 if width >= 100 else 24))
    return (*head, Column("out of pocket"), *((Column("findings", 14),) if width >= 120 else ()))


def change_rows(files: Sequence[FileDifference], columns: Sequence[Column]) -> list[Row]:
    return [[_change_cells(file)[column.title] for column in columns] for file in files]


def shift_facts(file: FileDifference) -> Iterator[tuple[str, str]]:
    """Everything a change does to one file's plan, the lines that do it, and what was found anew."""
    yield "state", file.state + (f", before as {file.before_path}" if file.state == "renamed" else "")
    for shift in file.shifts:
        yield shift.words, f"{shown(shift, 0)} -> {shown(shift, 1)}  {change(shift)}"
    for line in file.lines:
        yield f"line {line.line} {'+' if line.side == 'after' else '-'}", line.text.strip()
    for problem in file.new_findings:
        yield f"new {problem.severity}", said(problem)
    if file.mended:
        yield "mended", f"{file.mended}"


def _item_row(item: Item) -> Row:
    problem = item.problem
    if problem is None:
        name = Content.styled(clean(f"{item.file.path}: {tally(item.file.findings)}"), "bold")
        return ("", "", name, "")
    mark, look = _MARKS[problem.severity]
    at = f"{problem.place.line}:{problem.place.column}" if problem.place else ""
    return (Content.styled(mark, look), at, said(problem), Content.styled(clean(problem.code), "$text-muted"))


def _change_cells(file: FileDifference) -> dict[str, Cell]:
    return {
        "": SIGNS[file.state],
        "file": file.path,
        "list cost": _shift(file, "list_cost"),
        "out of pocket": _shift(file, "out_of_pocket"),
        "findings": f"{len(file.new_findings)} new, {file.mended} gone",
    }


def _shift(file: FileDifference, key: str) -> str:
    shift = shift_of(file, key)
    if shift is None:
        return file.state if file.state != "changed" else "as before"
    return f"{change(shift)}: {shown(shift, 0)} -> {shown(shift, 1)}"
