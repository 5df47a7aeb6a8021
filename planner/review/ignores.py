"""`# bursar: ignore RULE reason`, on the line of a finding or above it: what a team has looked at and lets be.

Comments are found by what they are not: a `#` inside a value or key is part of it, wherever it stands.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import Final

from planner.review.policies.explained import POLICY_PREFIX
from planner.review.reviewed import Ignored
from planner.review.rules import RULES
from planner.review.rules.comments import AGAINST_POLICY, MALFORMED, NO_REASON, UNKNOWN, UNUSED
from pricing.nearest import nearest
from pricing.printable import printable
from pricing.problems import Place, Problem
from pricing.reading.nodes import Document, Scalar, paths
from pricing.records import record, replace

MOST_COMMENTS: Final = 200
"""In one file; what stands after them is not read."""
LONGEST_COMMENT: Final = 1_000
_TALLEST: Final = 50
"""Lines of comment between a directive and what it is about."""
_SUGGESTED: Final = 10
"""Misspelt rules that are compared with all there are."""
_DIRECTIVE: Final = r"(?i)(?:^|(?<=\s))#[ \t]{0,8}bursar[ \t]{0,8}:"
_IGNORE: Final = r"(?s)ignore\b\s*(?P<rules>[\w.-]+(?:\s*,\s*[\w.-]+)*)?(?P<reason>.*)"
"""Compiled when a file has a comment for them: to do it takes longer than to review a scenario."""
_ANY_RULE: Final = "bursar review --explain lists the rules"
_MEND_POLICY: Final = "mend the scenario, or have bursar.yaml changed; the finding names its line"
_LEADING: Final = " \t:;,.-–—"


@record
class Comment:
    """One directive; a line may hold several."""

    rules: tuple[str, ...]
    """None of them when it is malformed."""
    reason: str
    place: Place
    covers: tuple[int, ...]
    """The lines whose findings it sets aside."""


@record
class Sifted:
    """Findings told apart by the comments of their file."""

    findings: tuple[Problem, ...]
    """Those that stand, and those about the comments themselves."""
    ignored: tuple[Ignored, ...]


def sift(
    findings: Sequence[Problem],
    document: Document,
    lines: Sequence[str],
    *,
    off: Collection[str] = (),
    whole: bool = True,
) -> Sifted:
    """Sets aside what comments name. `off` are rules that were not looked for; `whole` False when others were not."""
    comments = tuple(comments_of(document, lines))
    if not comments:
        return Sifted(tuple(findings), ())
    by_line = _by_line(comments)
    kept: list[Problem] = []
    ignored: list[Ignored] = []
    used: set[tuple[Comment, str]] = set()
    refused: set[tuple[Comment, str]] = set()
    for problem in findings:
        comment = _comment_for(problem, by_line)
        if comment is None:
            kept.append(problem)
        elif _is_the_teams(problem):
            kept.append(problem)
            refused.add((comment, problem.code))
        else:
            ignored.append(Ignored(problem, comment.reason, comment.place.line))
            used.add((comment, problem.code))
    about = chain.from_iterable(_about(comment, used, refused, off, whole=whole) for comment in comments)
    kept += _with_suggestions(islice(about, MOST_COMMENTS))
    return Sifted(tuple(kept), tuple(ignored))


def comments_of(document: Document, lines: Sequence[str]) -> Iterator[Comment]:
    """Every directive in the order of the file."""
    if "bursar" not in document.text.lower():
        return
    found = list(islice(_directives(lines), MOST_COMMENTS))
    spans = _scalars(document, {number for number, _, _ in found})
    for number, column, text in found:
        if not any(_inside(span, number, column, lines) for span in spans.get(number, ())):
            yield _comment(number, column, text, lines)


def _directives(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line and column from 0, and the text up to the next directive or the end of the line."""
    for number, line in enumerate(lines):
        begins = [match.start() for match in re.finditer(_DIRECTIVE, line)] if "#" in line else []
        for begin, end in pairwise([*begins, len(line)]):
            yield number, begin, line[begin : min(end, begin + LONGEST_COMMENT)].rstrip()


def _comment(number: int, column: int, text: str, lines: Sequence[str]) -> Comment:
    said = re.match(_IGNORE, text.partition(":")[2].strip())
    named = (said.group("rules") if said else None) or ""
    rules = tuple(each.strip() for each in named.split(",") if each.strip())
    reason = said.group("reason").strip(_LEADING) if said else ""
    place = Place(number + 1, column + 1, len(text))
    return Comment(rules, printable(reason), place, _covered(number, lines))


def _covered(number: int, lines: Sequence[str]) -> tuple[int, ...]:
    """Its own line; for a comment that stands alone, the next line that is no comment as well."""
    if not lines[number].lstrip().startswith("#"):
        return (number + 1,)
    for below in range(number + 1, min(number + _TALLEST, len(lines))):
        if not lines[below].lstrip().startswith("#"):
            return (number + 1, below + 1)
    return (number + 1,)


def _scalars(document: Document, wanted: set[int]) -> Mapping[int, list[Scalar]]:
    """Line to the values and keys that stand on it, for the lines in question."""
    spans: dict[int, list[Scalar]] = {}
    if document.root is not None and wanted:
        for node, _ in paths(document.root):
            if isinstance(node, Scalar):
                lines = range(node.start.line, node.end.line + 1)
                for number in lines if len(lines) < len(wanted) else wanted.intersection(lines):
                    if number in wanted:
                        spans.setdefault(number, []).append(node)
    return spans


def _inside(node: Scalar, line: int, column: int, lines: Sequence[str]) -> bool:
    start, end = node.start, node.end
    if not (start.line, start.column) <= (line, column) < (end.line, end.column):
        return False
    begins_block = not node.plain and lines[start.line][start.column : start.column + 1] in ("|", ">")
    return not (begins_block and line == start.line)


def _by_line(comments: Iterable[Comment]) -> Mapping[int, list[Comment]]:
    by_line: dict[int, list[Comment]] = {}
    for comment in comments:
        for line in comment.covers if comment.reason else ():
            by_line.setdefault(line, []).append(comment)
    return by_line


def _comment_for(problem: Problem, by_line: Mapping[int, list[Comment]]) -> Comment | None:
    rule = RULES.get(problem.code)
    if problem.place is None or (rule is not None and rule.unusable):
        return None
    return next(
        (comment for comment in by_line.get(problem.place.line, ()) if problem.code in comment.rules), None
    )


def _is_the_teams(problem: Problem) -> bool:
    """Whether who writes the scenario has no say in a finding: a team's policy that is an error there."""
    return problem.code.startswith(POLICY_PREFIX) and problem.severity == "error"


def _about(
    comment: Comment,
    used: Collection[tuple[Comment, str]],
    refused: Collection[tuple[Comment, str]],
    off: Collection[str],
    *,
    whole: bool,
) -> Iterator[Problem]:
    """What is wrong with a comment."""
    if not comment.rules:
        yield _at(
            comment,
            MALFORMED.found(
                "",
                "this comment is not understood, so it sets nothing aside",
                "write: # bursar: ignore RULE reason",
            ),
        )
    for name in comment.rules:
        rule = RULES.get(name)
        if rule is None:
            yield _at(comment, UNKNOWN.found("", f"{printable(name, 60)} is not a rule", _ANY_RULE))
        elif rule.unusable:
            message = f"{name} cannot be ignored: the file is of no use until it is mended"
            yield _at(comment, UNUSED.found("", message, "take the comment out"))
        elif not comment.reason:
            message = f"ignores {name} without a reason, so nothing is ignored"
            yield _at(comment, NO_REASON.found("", message, "say why, in a few words"))
        elif (comment, name) in refused:
            message = f"{name} is an error of the team's policy, which no comment in a scenario sets aside"
            yield _at(comment, AGAINST_POLICY.found("", message, _MEND_POLICY))
        elif whole and (comment, name) not in used and name not in off:
            message = f"there is no {name} here"
            yield _at(comment, UNUSED.found("", message, "take it out, or move it beside the finding"))


def _with_suggestions(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The first misspelt rules with the nearest there is: each is compared with all."""
    left = _SUGGESTED
    for problem in problems:
        if problem.code == UNKNOWN.id and left:
            left -= 1
            yield replace(problem, remedy=nearest(problem.message.split()[0], RULES, _ANY_RULE))
        else:
            yield problem


def _at(comment: Comment, problem: Problem) -> Problem:
    return replace(problem, place=comment.place)
