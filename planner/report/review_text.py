"""A review in the terminal: findings as a compiler prints them, each plan's verdict, then what the change does."""

from collections.abc import Iterator
from textwrap import wrap

from planner.report.plan_headline import headline as plan_headline
from planner.report.review_words import (
    COMPARED,
    LONGEST_PATH,
    NOUNS,
    SIGNS,
    against,
    change,
    closing,
    consequences,
    count_of,
    headline,
    line_effect,
    movers,
    moves,
    shown,
    signed,
)
from planner.report.tables import Column, display_width, text_table
from planner.review.reviewed import ChangedLine, Difference, FileDifference, Review, Reviewed, Shift
from pricing.printable import printable
from pricing.problems import render

NARROWEST = 60
LONGEST_LIST = 20
"""Edits shown for a file, and files in which nothing moves; the rest is counted."""
LONGEST_LINE = 1_000
_INDENT = "    "
_COLUMNS = (
    Column(""),
    Column("before", "right"),
    Column("after", "right"),
    Column("change", "right"),
    Column("scenario", "right"),
    Column("prices", "right"),
)


def review_text(review: Review, *, width: int = 120) -> str:
    """The review as lines; tables keep to `width` columns, and nothing in it acts in a terminal or a CI log."""
    width = max(width, NARROWEST)
    blocks = [*_findings(review), *_verdicts(review, width)]
    if review.difference and review.difference.files:
        blocks.append("\n".join(_head(review, review.difference, width)))
        blocks += ["\n".join(_file(file, review, width)) for file in movers(review)]
        blocks += filter(None, ["\n".join(_still(review.difference))])
    blocks.append("\n".join(_wrapped(closing(review), width)))
    return inert_in_logs("\n\n".join(blocks)) + "\n"


def inert_in_logs(text: str) -> str:
    """No line can start a workflow command of a CI runner, in either of its spellings."""
    lines = (f"./{line}" if line.lstrip().startswith("::") else line for line in text.split("\n"))
    return "\n".join(lines).replace("##[", "##\\x5b").replace("##vso", "##\\x76so")


def _findings(review: Review) -> list[str]:
    return [
        render(file.findings, printable(file.path, LONGEST_PATH), file.lines)
        for file in review.files
        if file.findings
    ]


def _verdicts(review: Review, width: int) -> Iterator[str]:
    """Each plan's answers, where nothing is compared: a difference tells them beside what moved."""
    if review.difference is None:
        for file in review.files:
            yield "\n".join([printable(file.path, LONGEST_PATH), *_verdict(file, width, "  ")])


def _verdict(file: Reviewed, width: int, indent: str) -> list[str]:
    if file.plan is not None:
        (label, until), *rest = plan_headline(file.plan)
        lines = [f"{label.lower()} {until}", "; ".join(f"{name.lower()} {answer}" for name, answer in rest)]
    elif file.file is not None:
        lines = [
            f"a policy for the guard: {count_of(len(file.file.scenario.budgets), 'budget', 'budgets')}, no plan"
        ]
    else:
        lines = ["not a valid scenario: no plan"]
    return [part for line in lines for part in _wrapped(line, width, indent)]


def _head(review: Review, difference: Difference, width: int) -> Iterator[str]:
    yield from _wrapped(f"Against {against(difference)}: {headline(review)}", width)
    yield from _wrapped(consequences(review), width, "  ")


def _file(file: FileDifference, review: Review, width: int) -> Iterator[str]:
    yield f"{SIGNS[file.state]} {_title(file)}"
    if file.shifts:
        yield from _shifts(file, width)
    elif file.state in COMPARED:
        yield f"{_INDENT}no figure moves"
    for note in file.notes:
        yield from _wrapped(note, width, _INDENT)
    if file.state == "new":
        for each in review.files:
            yield from _verdict(each, width, _INDENT) if each.path == file.path else ()
    yield from _lines(file, width)
    if file.new_findings:
        yield from _wrapped(f"new: {', '.join(_new(file))}", width, _INDENT)
    if file.mended:
        yield f"{_INDENT}mended: {count_of(file.mended, 'finding', 'findings')}"


def _title(file: FileDifference) -> str:
    path = printable(file.path, LONGEST_PATH)
    if file.state == "renamed" and file.before_path:
        return f"{path}, was {printable(file.before_path, LONGEST_PATH)}"
    return path if file.state == "changed" else f"{path}: {_STATES[file.state]}"


_STATES = {
    "new": "new",
    "removed": "removed",
    "renamed": "renamed",
    "unchanged": "not edited itself; prices or policies it reads are",
    "invalid": "not valid, so not compared",
}


def _shifts(file: FileDifference, width: int) -> Iterator[str]:
    """A table while it fits; below that two lines a figure. A new or removed scenario has one side only."""
    if file.state == "new":
        return
    if file.state == "removed":
        told = (shift for shift in file.shifts if shift.key in ("list_cost", "out_of_pocket"))
        yield _INDENT + "; ".join(f"{shift.words} {shown(shift, 0)}" for shift in told)
        return
    table = text_table(_COLUMNS, map(_row, file.shifts), indent=_INDENT).rstrip("\n").split("\n")
    if max(map(display_width, table)) <= width:
        yield from table
        return
    for shift in file.shifts:
        words, before, after, moved, scenario, prices = _row(shift)
        yield f"{_INDENT}{words}: {before} -> {after}  {moved}".rstrip()
        if moved:
            yield f"{_INDENT}  scenario {scenario}, prices {prices}"


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """A sentence over as many lines as the width asks for, those after the first set in."""
    shown_text = printable(text, LONGEST_LINE)
    return wrap(
        shown_text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(shift: Shift) -> list[str]:
    return [
        shift.words,
        shown(shift, 0),
        shown(shift, 1),
        change(shift),
        signed(shift, shift.by_scenario),
        signed(shift, shift.by_prices),
    ]


def _lines(file: FileDifference, width: int) -> Iterator[str]:
    for line in file.lines[:LONGEST_LIST]:
        told = line_effect(line)
        at = f"(line {line.line}{f', {told}' if told else ''})"
        yield from _wrapped(f"{_edit(line)}  {at}", width, _INDENT)
    if len(file.lines) > LONGEST_LIST:
        yield f"{_INDENT}and {count_of(len(file.lines) - LONGEST_LIST, 'more edit', 'more edits')}"


def _edit(line: ChangedLine) -> str:
    """A value that was replaced by its place in the document; what came or went by its line."""
    if line.old is not None and line.new is not None:
        return f"~ {printable(line.where)}: {printable(line.old)} -> {printable(line.new)}"
    return f"{'-' if line.side == 'before' else '+'} {printable(line.text.strip())}"


def _still(difference: Difference) -> Iterator[str]:
    """Files with new comments, another spelling or another name, a line each."""
    still = [file for file in difference.files if not moves(file)]
    for file in still[:LONGEST_LIST]:
        yield f"{SIGNS[file.state]} {_title(file)}: nothing moves"
    if len(still) > LONGEST_LIST:
        yield f"and {count_of(len(still) - LONGEST_LIST, 'more scenario', 'more scenarios')} in which nothing moves"


def _new(file: FileDifference) -> Iterator[str]:
    for problem in file.new_findings:
        at = f"line {problem.place.line} " if problem.place else ""
        yield f"{NOUNS[problem.severity][0]} {at}[{printable(problem.code)}]"
