"""What a person wrote wrong in a file: found all at once, each with its place and how to mend it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pricing.printable import printable
from pricing.records import record

Severity = Literal["error", "warning", "info"]

TOO_MANY = "too-many"
"""The code of the line that counts problems beyond those shown."""

_EXCERPT = 100
_LONGEST_MESSAGE = 600


@record
class Place:
    """Where in a file: line and column count from 1, in characters."""

    line: int
    column: int
    length: int = 1


@record
class Problem:
    """One finding; `where` is a dotted path such as `credits[0].expires`, empty for the file as a whole."""

    severity: Severity
    code: str
    """A stable name for machines: `unknown-key`, `out-of-range`, ..."""
    where: str
    message: str
    remedy: str = ""
    place: Place | None = None


class Invalid(Exception):
    """A file cannot be used; nothing was taken from it."""

    def __init__(self, problems: Sequence[Problem], file: str, lines: Sequence[str] = ()) -> None:
        super().__init__(problems, file, lines)
        self.problems = tuple(problems)
        """Every problem found, warnings too, in the order of the file."""
        self.file = file
        self.lines = lines
        """The file's lines, for excerpts; empty when it could not be read."""

    def __str__(self) -> str:
        return render(self.problems, self.file, self.lines)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """As they stand in the file: what concerns all of it first, the count of what is not shown last."""
    return tuple(sorted(problems, key=_order))


def render(problems: Iterable[Problem], file: str, lines: Sequence[str] = ()) -> str:
    """Each problem as `file:line:column: severity: where: message; remedy  [code]`, its source line below."""
    return "\n".join(line for problem in problems for line in _rendered(problem, file, lines))


def _order(problem: Problem) -> tuple[int, int, int]:
    place = problem.place or Place(0, 0)
    return (problem.code == TOO_MANY, place.line, place.column)


def _rendered(problem: Problem, file: str, lines: Sequence[str]) -> list[str]:
    place = problem.place
    at = f":{place.line}:{place.column}" if place else ""
    where = f"{printable(problem.where)}: " if problem.where else ""
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    said = printable(problem.message + remedy, _LONGEST_MESSAGE)
    headline = f"{printable(file)}{at}: {problem.severity}: {where}{said}  [{printable(problem.code)}]"
    if place is None or not 0 < place.line <= len(lines):
        return [headline]
    return [headline, *_excerpt(lines[place.line - 1], place)]


def _excerpt(line: str, place: Place) -> list[str]:
    """The source line and its underline; a long line is shown from shortly before the place on."""
    first = place.column - 1
    begin = 0 if len(line) <= _EXCERPT or first < _EXCERPT // 2 else first - _EXCERPT // 4
    before = ("…" if begin else "") + printable(line[begin:first], _EXCERPT)
    marked = printable(line[first : first + place.length], _EXCERPT)
    room = max(0, _EXCERPT - len(before) - len(marked))
    after = printable(line[first + place.length :], room) if room else ""
    underline = " " * _width(before) + "^" * max(1, _width(marked))
    return [f"{place.line:5} | {before}{marked}{after}".rstrip(), f"      | {underline}"]


def _width(text: str) -> int:
    """Terminal cells; East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # only excerpts beyond ASCII pay for it

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
