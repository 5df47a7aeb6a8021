"""A review as a pull-request comment: what the change does first, the rest folded away, never above GitHub's limit."""

import re
from collections.abc import Iterable, Iterator, Sequence

from planner.report.markdown_safe import code, prose
from planner.report.review_words import (
    COMPARED,
    NOUNS,
    SIGNS,
    against,
    by_severity,
    change,
    consequences,
    count_of,
    counted,
    headline,
    line_effect,
    movers,
    said,
    shift_of,
    shown,
    signed,
    tally,
)
from planner.report.tables import markdown_text
from planner.review.reviewed import ChangedLine, FileDifference, Review, Reviewed
from pricing.printable import printable
from pricing.problems import Problem

MARKER = "<!-- bursar review -->"
"""The first line: how a later run finds the comment again."""
LONGEST = 60_000
"""Bytes of UTF-8. GitHub takes 65,536 characters; staying below in bytes is right however it counts."""
MOST_ROWS = 30
MOST_NOTES = 10
MOST_LINES = 40
_KEPT = 400
"""Bytes kept for what a list has besides its entries: its title, its `N more` line and its tags."""
_BACKTICKS = re.compile("`+")
_FIGURES = ("figure", "before", "after", "change", "by the scenario", "by prices")
_OVERVIEW = ("scenario", "list cost", "change", "by the scenario", "by prices", "out of pocket", "runway")


def review_markdown(review: Review, *, limit: int = LONGEST) -> str:
    """The comment; `limit` bounds its bytes. What does not fit is counted, never cut in the middle."""
    parts = [MARKER, f"### Bursar: {prose(headline(review))}", *_below(review)]
    tables = list(_tables(review))
    last = f"<sub>{prose(counted(review))}</sub>"
    folded = list(_folded(review))
    room = limit - _size("\n\n".join([*parts, *tables, last])) - _KEPT * len(folded)
    for title, unit, entries in folded:
        block = _fold(title, unit, entries, room)
        room -= _size(block) + 2
        tables += [block] if block else []
    return "\n\n".join([*parts, *tables, last]) + "\n"


def _below(review: Review) -> Iterator[str]:
    follows = consequences(review)
    if follows:
        yield prose(follows)
    if review.difference:
        split = any(shift.by_prices for file in review.difference.files for shift in file.shifts)
        order = " The scenario's edit is applied first, the change of prices second." if split else ""
        yield f"Against {code(against(review.difference))}.{order}"


def _tables(review: Review) -> Iterator[str]:
    """One scenario with every figure, or several with a row each."""
    files = movers(review)
    if len(files) == 1:
        yield _everything(files[0])
    elif files:
        more = [f"{count_of(len(files) - MOST_ROWS, 'more scenario', 'more scenarios')} below"]
        yield "\n".join([_overview(files[:MOST_ROWS]), *(["", *more] if len(files) > MOST_ROWS else [])])
    still = len(review.difference.files) - len(files) if review.difference else 0
    if still and files:
        yield f"Nothing moves in {count_of(still, 'other changed scenario', 'other changed scenarios')}."


def _overview(files: Sequence[FileDifference]) -> str:
    return _table(_OVERVIEW, map(_overview_row, files))


def _overview_row(file: FileDifference) -> list[str]:
    cost = shift_of(file, "list_cost")
    moved = ["", "", ""]
    if cost and file.state in COMPARED:
        moved = [change(cost), signed(cost, cost.by_scenario), signed(cost, cost.by_prices)]
    cells = [_both(file, "list_cost"), *moved, _both(file, "out_of_pocket"), _both(file, "runway_months")]
    return [f"{SIGNS[file.state]} {code(file.path, 120)}{_state(file)}", *map(markdown_text, cells)]


def _figures(file: FileDifference) -> str:
    """Every figure that moved; of a scenario with one side, every figure it has."""
    if file.state not in COMPARED:
        side = 0 if file.state == "removed" else 1
        return _table(
            ("figure", "now" if side else "before"),
            ([markdown_text(shift.words), markdown_text(shown(shift, side))] for shift in file.shifts),
        )
    rows = (
        [
            shift.words,
            shown(shift, 0),
            shown(shift, 1),
            change(shift),
            signed(shift, shift.by_scenario),
            signed(shift, shift.by_prices),
        ]
        for shift in file.shifts
    )
    return _table(_FIGURES, (list(map(markdown_text, row)) for row in rows))


def _both(file: FileDifference, key: str) -> str:
    shift = shift_of(file, key)
    if shift is None:
        return "" if file.state in ("new", "removed", "invalid") else "as before"
    sides = [shown(shift, 0)] * (file.state != "new") + [shown(shift, 1)] * (file.state != "removed")
    return " -> ".join(sides)


def _state(file: FileDifference) -> str:
    if file.state == "renamed" and file.before_path:
        return f", was {code(file.before_path, 120)}"
    return _STATES[file.state]


_STATES = {
    "changed": "",
    "new": " (new)",
    "removed": " (removed)",
    "renamed": " (renamed)",
    "unchanged": " (prices or policies)",
    "invalid": " (not valid)",
}


def _folded(review: Review) -> Iterator[tuple[str, str, list[str]]]:
    """Title, unit and entries of each list that opens on a click, the most wanted first."""
    found = by_severity(review)
    files = movers(review)
    new = {(file.path, problem) for file in files for problem in file.new_findings}
    entries = [_finding(file, problem, (file.path, problem) in new) for file, problem in found]
    yield f"Findings: {tally(problem for _, problem in found)}", "finding", entries
    yield "Edits", "scenario", [_changed(file) for file in files if file.lines]
    if len(files) > 1:
        yield "Every figure", "scenario", [_everything(file) for file in files if file.shifts or file.notes]
    ignored = [_ignored(file) for file in review.files if file.ignored]
    yield "Ignored on purpose", "scenario", ignored


def _everything(file: FileDifference) -> str:
    notes = "\n".join(f"- {prose(note, 300)}" for note in file.notes[:MOST_NOTES])
    title = f"**{code(file.path)}**{_state(file)}"
    return "\n\n".join(filter(None, (title, _figures(file) if file.shifts else "", notes)))


def _fold(title: str, unit: str, entries: Sequence[str], room: int) -> str:
    """A closed `<details>` with as many entries as there is room for; empty where there are none."""
    if not entries:
        return ""
    opening = f"<details><summary>{title}</summary>\n"
    left, fitting = room - _size(opening), []
    for entry in entries:
        left -= _size(entry) + 2
        if left < 0:
            break
        fitting.append(entry)
    more = len(entries) - len(fitting)
    last = (
        [f"{count_of(more, f'more {unit}', f'more {unit}s')}: `bursar review` lists them all."]
        if more
        else []
    )
    return "\n".join([opening, "\n\n".join([*fitting, *last]), "\n</details>"])


def _finding(file: Reviewed, problem: Problem, new: bool) -> str:
    at = f" line {problem.place.line}" if problem.place else ""
    name = f"{'new ' if new else ''}{NOUNS[problem.severity][0]}"
    entry = f"- **{name}** {code(file.path)}{at}: {prose(said(problem))} {code(problem.code)}"
    place = problem.place
    if place is None or not 0 < place.line <= len(file.lines) or not file.lines[place.line - 1].strip():
        return entry
    return f"{entry}\n  <br>{code(file.lines[place.line - 1].strip())}"


def _changed(file: FileDifference) -> str:
    """The edits as a diff, which GitHub colours; nothing in a block of code acts."""
    lines = [text for line in file.lines[:MOST_LINES] for text in _edit(line)]
    fence = "`" * max([3, *(len(run) + 1 for text in lines for run in _BACKTICKS.findall(text))])
    rest = len(file.lines) - MOST_LINES
    more = [count_of(rest, "more edit", "more edits")] if rest > 0 else []
    block = "\n".join([f"{fence}diff", *lines, fence])
    return "\n\n".join([code(file.path), block, *more])


def _edit(line: ChangedLine) -> Iterator[str]:
    """A value that was replaced by its place in the document; what came or went by its line."""
    told = line_effect(line)
    note = f"  # line {line.line}{f', {told}' if told else ''}"
    if line.old is not None and line.new is not None:
        yield f"- {printable(line.where)}: {printable(line.old)}"
        yield f"+ {printable(line.where)}: {printable(line.new)}{note}"
    else:
        yield f"{'-' if line.side == 'before' else '+'} {printable(line.text.strip())}{note}"


def _ignored(file: Reviewed) -> str:
    lines = [f"  - line {each.line} {code(each.problem.code)}: {prose(each.reason)}" for each in file.ignored]
    return "\n".join([f"- {code(file.path)}", *lines])


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Like `markdown_table`, for cells that are Markdown already."""
    rule = ["---", *("---:" for _ in titles[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *rows))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
