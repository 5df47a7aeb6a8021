"""One scenario file being looked at and played with: what the file says, what has been made of it, and the way back."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from planner.plan import Plan, book_of, make_plan
from planner.scenario import Scenario
from planner.scenario_file import load_scenario
from planner.scenario_paths import Change, changes
from planner.what_if import WhatIf
from pricing.records import record, replace

MOST_UNDO = 500
Stamp = tuple[int, int] | None


@record
class Asked:
    """How every plan of the session is made."""

    as_of: date
    price_book: str | None = None
    """Replaces the book the file names."""


class PlanSession:
    """A loaded scenario with its what-if. Refused changes raise and leave everything as it was."""

    def __init__(self, path: Path, asked: Asked) -> None:
        """Loads and plans the file; raises `Invalid` or `PriceError` as `plan_file` does."""
        self.path, self.asked = path, asked
        self.stamp = stamp_of(path)
        self.file = load_scenario(path)
        self.book = book_of(self.file, str(path), asked.price_book)
        self.base = make_plan(self.file, self.book, as_of=asked.as_of)
        self.plan = self.base
        self._past: list[Scenario] = []
        self._future: list[Scenario] = []

    @property
    def now(self) -> Scenario:
        return self.plan.scenario

    @property
    def changed(self) -> bool:
        return self.now != self.base.scenario

    @property
    def changes(self) -> Sequence[Change]:
        return changes(self.base.scenario, self.now)

    @property
    def what_if(self) -> WhatIf:
        return WhatIf(self.base.scenario, self.now, self.plan.book)

    @property
    def stale(self) -> bool:
        """Whether the file is not what it was when it was loaded."""
        return stamp_of(self.path) != self.stamp

    @property
    def gone(self) -> bool:
        """Whether there is no file any more."""
        return stamp_of(self.path) is None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def make(self, scenario: Scenario) -> bool:
        """Plans another scenario in place of the one shown; False when it is the same.

        Raises `Invalid` when it cannot be planned: a month without a price, a plan too large.
        """
        if scenario == self.now:
            return False
        before, plan = self.now, self._planned(scenario)
        self._past = [*self._past[-MOST_UNDO + 1 :], before]
        self._future = []
        self.plan = plan
        return True

    def undo(self) -> bool:
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        return self._step(self._future, self._past)

    def save(self, target: Path, name: str, *, replace_file: bool = False) -> None:
        """Saves what is on the screen as a scenario of that name; raises `NotSaved`, and nothing was written."""
        from planner.saving import save_scenario

        save_scenario(self.file, replace(self.now, name=name), target, replace=replace_file)

    def _step(self, source: list[Scenario], back: list[Scenario]) -> bool:
        if not source:
            return False
        back.append(self.now)
        self.plan = self._planned(source.pop())
        return True

    def _planned(self, scenario: Scenario) -> Plan:
        return make_plan(replace(self.file, scenario=scenario), self.book, as_of=self.asked.as_of)


def stamp_of(path: Path) -> Stamp:
    """What changes when a file does: the time of its last change and its size; None when it is not there."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return stat.st_mtime_ns, stat.st_size
