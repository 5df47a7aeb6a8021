"""What a review says: the findings of each file, and how far each is from a revision."""

from datetime import date
from fractions import Fraction
from typing import Literal

from planner.compare import Unit, Value
from planner.plan import Plan
from planner.scenario_file import ScenarioFile
from pricing.problems import Problem
from pricing.records import record

ChangeState = Literal["unchanged", "changed", "renamed", "new", "removed", "invalid"]


@record
class Ignored:
    """A finding that a comment in the file sets aside."""

    problem: Problem
    reason: str
    line: int
    """Of the comment, from 1."""


@record
class Reviewed:
    """One scenario file as it stands in the work tree."""

    path: str
    """As it was named, or found under a folder that was named; with forward slashes."""
    lines: tuple[str, ...]
    """Its text, for excerpts; empty when it could not be read."""
    findings: tuple[Problem, ...]
    """Schema problems, rules, team policies and the plan's own, without those ignored; in the order of the file."""
    ignored: tuple[Ignored, ...]
    file: ScenarioFile | None
    """None when the file is not a valid scenario."""
    plan: Plan | None
    """None when the file is invalid, or a policy for the guard alone."""

    def count(self, severity: str) -> int:
        return sum(problem.severity == severity for problem in self.findings)


@record
class Shift:
    """A figure of the plan before and after a change; the scenario's edit is applied first, the prices second."""

    key: str
    """As in `planner.compare.Figure`."""
    words: str
    unit: Unit
    better: Literal["lower", "higher", "neither"]
    before: Value
    """None where that side has no such figure."""
    after: Value
    by_scenario: Fraction | None
    """What the edit of the scenario did, under the prices of before; None where a side has no number."""
    by_prices: Fraction | None
    """What the change of the price book did after that."""


@record
class ChangedLine:
    """A line of a scenario that a change touched."""

    line: int
    """From 1, in the file of `side`."""
    side: Literal["before", "after"]
    text: str
    where: str
    """The dotted path of the value on it; empty where there is none."""
    effect: Fraction | None = None
    """Micro-dollars of list cost that this edit alone makes; None where it was not worked out."""
    old: str | None = None
    """The value as it was written before; None where there was none, or where it is more than one value."""
    new: str | None = None
    """The value as it is written now, in the same way."""


@record
class FileDifference:
    """One scenario at the two revisions."""

    path: str
    """Where it stands now; for a removed file where it stood."""
    before_path: str | None
    """Where it stood before; None for a new file."""
    state: ChangeState
    """`invalid` when either side is no valid scenario; the findings say why."""
    shifts: tuple[Shift, ...] = ()
    """Only figures that moved."""
    lines: tuple[ChangedLine, ...] = ()
    new_findings: tuple[Problem, ...] = ()
    """Findings the file did not have before."""
    mended: int = 0
    """How many findings it had before and has no longer."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures has to know: other months compared, a side that is no scenario and why."""


@record
class Difference:
    """The scenarios against a git revision."""

    revision: str
    """As it was asked for."""
    commit: str
    """The full hash of what it was compared with."""
    files: tuple[FileDifference, ...]
    """Those that changed, in the order of their paths."""
    unchanged: int
    quiet: int = 0
    """How many changed files are left out because nothing in them moved by as much as was asked."""


@record
class Review:
    """Everything one `bursar review` found."""

    files: tuple[Reviewed, ...]
    difference: Difference | None
    as_of: date

    def count(self, severity: str) -> int:
        return sum(file.count(severity) for file in self.files)
