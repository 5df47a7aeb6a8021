"""The sentences every format of a review shares: what moved, by how much, and what was found."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from planner.compare import Figure
from planner.plan import SEVERITIES
from planner.report.compare_text import shown_value
from planner.review.reviewed import ChangedLine, Difference, FileDifference, Review, Reviewed, Shift
from pricing.money import format_usd
from pricing.problems import Problem

NOUNS: Mapping[str, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "info": ("note", "notes"),
}
SIGNS: Mapping[str, str] = {
    "changed": "~",
    "renamed": "~",
    "unchanged": "~",
    "new": "+",
    "removed": "-",
    "invalid": "!",
}
"""What stands before a file in a list of differences."""
COMPARED = ("changed", "renamed", "unchanged")
"""States of a file that has a plan at both revisions; `unchanged` when only the prices or policies it reads moved."""
LONGEST_PATH = 400
CONSEQUENCES = ("out_of_pocket", "runway_months", "first_out_of_pocket_month", "forfeited", "cost_per_asset")
"""What a change of the list cost does to who pays, in the order it is told."""


def said(problem: Problem) -> str:
    """Where in the document, what is wrong and how to mend it, as written: formats make it safe."""
    where = f"{problem.where}: " if problem.where else ""
    return f"{where}{problem.message}; {problem.remedy}" if problem.remedy else f"{where}{problem.message}"


def by_severity(review: Review) -> list[tuple[Reviewed, Problem]]:
    """Every finding with its file, the most serious first, otherwise in the order of files and lines."""
    found = [(file, problem) for file in review.files for problem in file.findings]
    return sorted(found, key=lambda pair: SEVERITIES.index(pair[1].severity))


def tally(problems: Iterable[Problem]) -> str:
    """`1 error, 2 warnings, 3 notes`; `no findings` where there are none."""
    found = list(problems)
    counts = {severity: sum(each.severity == severity for each in found) for severity in SEVERITIES}
    return ", ".join(count_of(count, *NOUNS[severity]) for severity, count in counts.items() if count) or (
        "no findings"
    )


def count_of(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def figure(shift: Shift) -> Figure:
    """A shift as a row of a comparison: the change is told by the same rules."""
    return Figure(shift.key, shift.words, shift.unit, (shift.before, shift.after), shift.better)


def shift_of(file: FileDifference, key: str) -> Shift | None:
    return next((shift for shift in file.shifts if shift.key == key), None)


def shown(shift: Shift, side: int) -> str:
    """One side of a shift, 0 before and 1 after: whole dollars without cents."""
    row = figure(shift)
    return _trimmed(shown_value(row, row.values[side]))


def change(shift: Shift) -> str:
    """`+$51,840 (+12.5 %)`, `-2`; empty where a side has no number."""
    row = figure(shift)
    moved, percent = row.change(1), row.change_pct(1)
    if moved is None:
        return ""
    return signed(shift, moved) + (f" ({_percent(percent)})" if percent and row.unit == "usd" else "")


def signed(shift: Shift, amount: Fraction | None) -> str:
    """An amount in the unit of a shift, with its sign; `.` for none."""
    if not amount:
        return "."
    return ("+" if amount > 0 else "-") + _trimmed(shown_value(figure(shift), abs(amount)))


def line_effect(line: ChangedLine) -> str:
    """What one edit does to the list cost; empty where that is nothing or was not worked out."""
    return f"list cost {_amount(line.effect)}" if line.effect else ""


def moves(file: FileDifference) -> bool:
    """Whether a changed file is worth a reviewer's time: more than comments, spelling or a new name came of it."""
    told = (file.shifts, file.lines, file.new_findings, file.mended, file.notes)
    return file.state not in COMPARED or any(told)


def movers(review: Review) -> list[FileDifference]:
    """The changed files that are worth a reviewer's time."""
    return [file for file in review.difference.files if moves(file)] if review.difference else []


def headline(review: Review) -> str:
    """What the change does, in one sentence; for a review without a revision, what was found."""
    if review.difference is None:
        found = tally(problem for file in review.files for problem in file.findings)
        return f"{found} in {count_of(len(review.files), 'scenario', 'scenarios')}"
    sentences = [
        *_list_cost(review, review.difference),
        *_states(review.difference),
    ]
    return "; ".join(sentences) or _still(review.difference)


def consequences(review: Review) -> str:
    """What follows for who pays, in one sentence; empty where nothing does or the list cost did not move."""
    files = _comparable(review.difference) if review.difference else []
    if len(files) == 1:
        return _moves(files[0], CONSEQUENCES) if shift_of(files[0], "list_cost") else ""
    shifts = [shift for file in files if (shift := shift_of(file, "out_of_pocket"))]
    parts = [f"out of pocket {_sum(shifts)} in all"] if shifts and _total(shifts) else []
    runways = [shift for file in files if (shift := shift_of(file, "runway_months"))]
    for word, sign in (("shortens", -1), ("lengthens", 1)):
        count = sum((figure(shift).change(1) or 0) * sign > 0 for shift in runways)
        parts += [f"the runway {word} in {count_of(count, 'scenario', 'scenarios')}"] if count else []
    return "; ".join(parts)


def against(difference: Difference) -> str:
    """What it was compared with: the name as asked for and the commit it stands for."""
    short = difference.commit[:12]
    return short if difference.commit.startswith(difference.revision) else f"{difference.revision} ({short})"


def counted(review: Review) -> str:
    """How much was read, what moved and what was found."""
    found = tally(problem for file in review.files for problem in file.findings)
    ignored = sum(len(file.ignored) for file in review.files)
    told = found + (f" ({ignored:,} ignored)" if ignored else "")
    difference = review.difference
    if difference is None:
        return f"{count_of(len(review.files), 'scenario', 'scenarios')}: {told}"
    counts = [
        *(f"{count:,} {_STATES.get(state, state)}" for state, count in _counts(difference).items()),
        *([f"{difference.quiet:,} below the threshold"] if difference.quiet else []),
        f"{difference.unchanged:,} unchanged",
    ]
    return f"{', '.join(counts)}; {told}"


def closing(review: Review) -> str:
    """The last line: what was compared with, and the counts."""
    return (
        f"against {against(review.difference)}: {counted(review)}" if review.difference else counted(review)
    )


_STATES = {"unchanged": "with other prices or policies", "invalid": "not valid"}


def months_of(review: Review, path: str) -> int | None:
    """How many months the plan of a file covers; None where it has no plan."""
    plan = next((file.plan for file in review.files if file.path == path), None)
    return len(plan.projection.months) if plan else None


def _list_cost(review: Review, difference: Difference) -> list[str]:
    files = _comparable(difference)
    shifts = [shift for file in files if (shift := shift_of(file, "list_cost"))]
    if not shifts:
        told = [words for file in files if (words := _moves(file, CONSEQUENCES))]
        return (
            told
            if len(files) == 1
            else [f"{count_of(len(told), 'plan moves', 'plans move')}"]
            if told
            else []
        )
    split = f"scenario {_part(shifts, 'by_scenario')}, prices {_part(shifts, 'by_prices')}"
    if len(files) == 1:
        months = None if _window_moved(files[0]) else months_of(review, files[0].path)
        over = f" over {count_of(months, 'month', 'months')}" if months else ""
        return [f"list cost {_amount(_total(shifts))}{over}{_of_before(shifts)}: {split}"]
    count = count_of(len(shifts), "scenario", "scenarios")
    return [f"list cost {_amount(_total(shifts))} in {count}{_of_before(shifts)}: {split}"]


def _comparable(difference: Difference) -> list[FileDifference]:
    """Files that have a plan at both revisions, as far as anything in it moved."""
    return [file for file in difference.files if file.state in COMPARED and file.shifts]


def _window_moved(file: FileDifference) -> bool:
    """Whether the two plans cover different months, so that a sum over `18 months` would say too much."""
    return any(line.where in ("start", "months") for line in file.lines)


def _states(difference: Difference) -> list[str]:
    """New, removed and invalid files, with what a new one costs."""
    counts = _counts(difference)
    words = []
    if counts.get("new"):
        costs = [_after(file) for file in difference.files if file.state == "new"]
        told = f", list cost {_plain(sum(costs, Fraction(0)))}" if any(costs) else ""
        words.append(f"{count_of(counts['new'], 'new scenario', 'new scenarios')}{told}")
    if counts.get("removed"):
        words.append(count_of(counts["removed"], "scenario removed", "scenarios removed"))
    if counts.get("invalid"):
        words.append(count_of(counts["invalid"], "scenario is not valid", "scenarios are not valid"))
    return words


def _still(difference: Difference) -> str:
    """For a change that moves no figure."""
    files = difference.files
    if not files:
        return "nothing moves"
    what = "no figure" if any(map(moves, files)) else "nothing"
    return f"{what} moves in {count_of(len(files), 'changed scenario', 'changed scenarios')}"


def _counts(difference: Difference) -> dict[str, int]:
    states = [file.state for file in difference.files]
    return {state: states.count(state) for state in SIGNS if state in states}


def _after(file: FileDifference) -> Fraction:
    shift = shift_of(file, "list_cost")
    return shift.after if shift and isinstance(shift.after, Fraction) else Fraction(0)


def _moves(file: FileDifference, keys: Sequence[str]) -> str:
    """`out of pocket $69,120 -> $77,760; runway in months 30 -> 28`; what moves by less than is shown is left out."""
    shifts = [shift for key in keys if (shift := shift_of(file, key))]
    sides = [(shift.words, shown(shift, 0), shown(shift, 1)) for shift in shifts]
    return "; ".join(f"{words} {before} -> {after}" for words, before, after in sides if before != after)


def _total(shifts: Sequence[Shift]) -> Fraction:
    return sum((figure(shift).change(1) or Fraction(0) for shift in shifts), Fraction(0))


def _sum(shifts: Sequence[Shift]) -> str:
    return _amount(_total(shifts)) + _of_before(shifts)


def _part(shifts: Sequence[Shift], name: str) -> str:
    parts: list[Fraction | None] = [getattr(shift, name) for shift in shifts]
    known = [part for part in parts if part is not None]
    return _amount(sum(known, Fraction(0))) if len(known) == len(parts) else "not known"


def _of_before(shifts: Sequence[Shift]) -> str:
    before = sum((shift.before for shift in shifts if isinstance(shift.before, Fraction)), Fraction(0))
    return f" ({_percent(_total(shifts) * 100 / before)})" if before else ""


def _percent(value: Fraction) -> str:
    """One decimal and a sign; what would round to nothing is told as less than a tenth, whose sign the amount has."""
    if 0 < abs(value) < Fraction(1, 20):
        return "<0.1 %"
    return f"{'-' if value < 0 else '+'}{float(abs(value)):,.1f} %"


def _amount(value: Fraction) -> str:
    return ("+" if value > 0 else "-" if value < 0 else "") + _plain(abs(value))


def _plain(value: Fraction) -> str:
    return _trimmed(format_usd(value))


def _trimmed(text: str) -> str:
    return text.removesuffix(".00") if text.startswith("$") else text
