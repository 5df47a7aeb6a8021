"""Sets a finding aside with a comment above its line, after making sure that this is all the comment does."""

import os
import re
from datetime import date
from pathlib import Path

from planner.files import replace_file
from planner.review.policies.explained import POLICY_PREFIX
from planner.review.reviewed import Reviewed
from planner.review.rules import RULES
from planner.review.run import reviewer_for
from pricing.printable import printable
from pricing.problems import Problem
from pricing.records import record


class CannotIgnore(Exception):
    """The file stays as it is; the message says why."""


@record
class Edit:
    """A file with one more line."""

    path: Path
    before: bytes
    after: bytes
    line: str
    """The comment, as it will stand."""
    number: int
    """Of the comment's line, from 1."""


def check_may(file: Reviewed, problem: Problem) -> None:
    """Raises `CannotIgnore` for a finding that no comment sets aside, whatever its reason."""
    rule = RULES.get(problem.code)
    if problem.code.startswith(POLICY_PREFIX) and problem.severity == "error":
        raise CannotIgnore(_the_teams(problem))
    if file.file is None or (rule is not None and rule.unusable):
        raise CannotIgnore("it makes the file unusable: a comment cannot take that away, only mending it can")
    if problem.place is None:
        raise CannotIgnore(
            "it is about the file as a whole, not about a line; bursar.yaml can switch the rule off"
        )


def prepare(file: Reviewed, problem: Problem, reason: str, as_of: date) -> Edit:
    """The edit, tried out on the text: the scenario must stay what it is and only this finding must go.

    Raises `CannotIgnore`. Nothing is written.
    """
    check_may(file, problem)
    why = reason.strip()
    if not why or not why.isprintable() or len(why) > 300:
        raise CannotIgnore("a reason is 1 to 300 printable characters in one line")
    path = Path(os.path.realpath(file.path))
    before = _content(path)
    edit = _edited(path, before, problem, f"# bursar: ignore {problem.code} {why}")
    _check(file, problem, edit, as_of)
    return edit


def write(edit: Edit) -> None:
    """Replaces the file whole, unless someone else has changed it meanwhile. Raises `CannotIgnore`."""
    if _content(edit.path) != edit.before:
        raise CannotIgnore(f"{edit.path.name} was changed meanwhile; R reviews it again")
    try:
        replace_file(edit.path, [edit.after.decode("utf-8")])
    except OSError as error:
        raise CannotIgnore(f"{edit.path.name} cannot be written: {error.strerror}") from error


def _the_teams(problem: Problem) -> str:
    """Whose the policy is, where it stands, and who can change it."""
    found = re.search(r"policy '(?P<name>.*)' \((?P<file>[^()]+):(?P<line>\d+)\) says so", problem.message)
    if found is None:
        return "it is an error of the team's policy, which no comment in a scenario sets aside"
    name, file, line = found.group("name", "file", "line")
    return (
        f"policy '{name}' of {file}, line {line}, is the team's, and no comment in a scenario sets its error aside. "
        f"Mend the scenario, or ask who keeps {file} to change line {line} or give the policy severity: warning"
    )


def _edited(path: Path, before: bytes, problem: Problem, comment: str) -> Edit:
    try:
        text = before.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotIgnore(f"{path.name} is not UTF-8") from error
    if "\r" in text:
        raise CannotIgnore(
            f"{path.name} has Windows line ends; write the comment in your editor (e opens it)"
        )
    lines = text.split("\n")
    assert problem.place is not None  # noqa: S101 - `check_may` refuses such a finding
    number = problem.place.line
    if number > len(lines):
        raise CannotIgnore(f"{path.name} was changed meanwhile; R reviews it again")
    below = lines[number - 1]
    line = below[: len(below) - len(below.lstrip(" "))] + comment
    after = "\n".join([*lines[: number - 1], line, *lines[number - 1 :]])
    return Edit(path, before, after.encode("utf-8"), line, number)


def _check(file: Reviewed, problem: Problem, edit: Edit, as_of: date) -> None:
    """The finding, and no other, must be set aside by the comment, and the scenario must be the same."""
    reviewer = reviewer_for(file.path, as_of)
    old = reviewer.review_source(edit.before, file.path)
    new = reviewer.review_source(edit.after, file.path)
    if old.file is None or new.file is None or old.file.scenario != new.file.scenario:
        raise CannotIgnore(
            "a comment above that line would change the scenario; write it in your editor (e opens it)"
        )
    if problem not in old.findings:
        raise CannotIgnore(f"{edit.path.name} was changed meanwhile; R reviews it again")
    aside = [each.problem for each in new.ignored if each.line == edit.number]
    if not any(
        (each.code, each.where, each.message) == (problem.code, problem.where, problem.message)
        for each in aside
    ):
        raise CannotIgnore(
            "a comment above that line would not set it aside; write it in your editor (e opens it)"
        )
    if len(new.findings) != len(old.findings) - len(aside):
        raise CannotIgnore("the comment would bring up another finding; write it in your editor (e opens it)")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotIgnore(f"{printable(path.name)} cannot be read: {error.strerror}") from error
