"""The Plan screen between headline and keys: scenarios and knobs at the left, chart over months at the right."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from planner.report.what_if_words import differences
from planner.tui.month_rows import MonthRows
from planner.tui.plan_notices import say_no_scenarios, say_problem
from planner.tui.plan_session import PlanSession
from planner.tui.widgets.burndown import Burndown
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Column
from planner.tui.widgets.knob_list import KnobList
from planner.tui.widgets.notice import Notice
from planner.tui.widgets.scenario_list import ScenarioList
from pricing.errors import PriceError
from pricing.problems import Invalid

_LEAST_TABLE = 8
_LEFT = ((140, 46), (100, 38), (0, 32))
"""Columns of the screen from which the left side has so many."""


class PlanBody(Horizontal):
    """Shows a session, a problem in its place, or the samples."""

    DEFAULT_CSS: ClassVar[str] = """
    PlanBody { height: 1fr; }
    PlanBody #left { width: 32; background: $surface; }
    PlanBody #right { width: 1fr; }
    PlanBody #difference { height: auto; padding: 0 1; display: none; }
    PlanBody #months { height: 12; }
    PlanBody #problems { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="left"):
            yield ScenarioList(id="scenarios")
            yield KnobList(id="knobs")
            yield Static(id="difference", markup=False)
        with Vertical(id="right"):
            yield Burndown(id="chart")
            yield Grid([Column("month")], id="months")

    @property
    def months(self) -> Grid:
        return self.query_one("#months", Grid)

    @property
    def chart(self) -> Burndown:
        return self.query_one(Burndown)

    @property
    def knobs(self) -> KnobList:
        return self.query_one(KnobList)

    @property
    def scenarios(self) -> ScenarioList:
        return self.query_one(ScenarioList)

    def show(self, session: PlanSession) -> None:
        """The plan as it is now; what has not changed is not painted again."""
        self._show_parts(problem=False)
        if self.screen.focused is None or self.screen.focused.id == "problems":
            self.knobs.focus()
        self.knobs.show(session.what_if.knobs())
        self.chart.show(session.plan.projection)
        rows = MonthRows(session.plan)
        if self.months.columns != (columns := tuple(rows.columns())):
            self.months.set_columns(columns)
        self.months.set_source(rows, keep_cursor=True)
        self._say_difference(session)
        self.lay_out()

    def show_problem(self, path: Path, error: Invalid | PriceError) -> None:
        """What is wrong with a file, in place of its plan."""
        notice, alone = self._notice(), not self.scenarios.display
        say_problem(notice, path, error, alone=alone)
        self._show_parts(problem=True)
        self._problems.scroll_home(animate=False)
        (self._problems if alone else self.scenarios).focus()

    def offer_samples(self, folder: Path) -> None:
        """Says that there is no scenario; the list has the samples."""
        say_no_scenarios(self._notice(), folder)
        self._show_parts(problem=True)
        self.scenarios.focus()

    def list_files(self, files: Sequence[Path], marks: Mapping[Path, str], here: Path | None) -> None:
        """The list at the top left, hidden while there is but one file."""
        self.scenarios.display = len(files) != 1
        if self.scenarios.display:
            self.scenarios.list_files(files, marks)
            if here is not None:
                self.scenarios.point_at(here)

    def lay_out(self) -> None:
        """The table gets the rows it needs up to half the height, the chart the rest; the knobs a third of the width."""
        width, height = self.screen.size
        rows = len(self.months.source) + 2
        self.months.styles.height = max(_LEAST_TABLE, min(rows, height // 2))
        self.query_one("#left").styles.width = next(left for least, left in _LEFT if width >= least)

    def _show_parts(self, *, problem: bool) -> None:
        """Chart, table and knobs, or the notice in their place."""
        self.chart.display = self.months.display = not problem
        self.knobs.visible = not problem
        self.query_one("#left").display = not problem or bool(self.scenarios.display)
        self.query_one("#difference").display = False
        if problem or self.query("#problems"):
            self._problems.display = problem

    def _notice(self) -> Notice:
        """Made when it is first needed: mostly never."""
        found = self.query("#problem")
        if not found:
            problems = VerticalScroll(id="problems")
            self.query_one("#right").mount(problems, before=0)
            problems.mount(Notice(id="problem"))
        return self.query_one("#problem", Notice)

    @property
    def _problems(self) -> VerticalScroll:
        """What the notice scrolls in: a file may have more problems than a screen has rows."""
        return self.query_one("#problems", VerticalScroll)

    def _say_difference(self, session: PlanSession) -> None:
        line = self.query_one("#difference", Static)
        line.display = session.changed
        if session.changed:
            count = len(session.changes)
            parts = [Content.styled(f"{count} change{'' if count == 1 else 's'} to the file", "bold")]
            for each in differences(session.base, session.plan):
                style = "$text-muted" if each.better is None else "$success" if each.better else "$warning"
                parts.append(Content.assemble(f"{each.words} ", (each.change, style)))
            line.update(Content("\n").join(parts))
