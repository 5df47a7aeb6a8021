"""The Compare screen: two to five scenarios side by side, each figure with its distance from the base."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from planner.compare import Comparison, compare
from planner.plan import Plan
from planner.tui.comparing.entrants import FEWEST, MOST, Chosen, Entrant, first_choice, plan_all
from planner.tui.comparing.months import MEASURES, drawn
from planner.tui.comparing.rows import entrant_columns, entrant_rows, figure_columns, figure_rows
from planner.tui.screens.base import BursarScreen
from planner.tui.text import clean
from planner.tui.theme import letter
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Column, Rows
from planner.tui.widgets.headline import Answer
from planner.tui.widgets.notice import Kind, Notice
from planner.tui.widgets.sparks import Sparks

_BARS = 5
"""Rows that headline, headings and keys take."""
_TOO_FEW = "Mark one more scenario with space to compare it"


class CompareScreen(BursarScreen):
    """Plans are made once, in a thread; `R` makes them again."""

    NUMBER: ClassVar[str] = "2"
    NAME: ClassVar[str] = "Compare"
    HELP = """\
Compare
Space marks two to five scenarios, `d` makes one the base that the others are measured against, enter opens a plan.
Differences stand below each figure, green and red for better and worse, with an arrow for less and more. `m` changes
what the rows of months at the bottom show; all are on one scale. On a command line the same is `bursar compare A B`.
"""
    DEFAULT_CSS: ClassVar[str] = """
    CompareScreen #compare-body { height: 1fr; }
    CompareScreen #entrants { height: 6; max-height: 35%; }
    CompareScreen #figures { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="compare.mark", tooltip="Compare this scenario, or leave it out"),
        Binding("d", "base", "base", id="compare.base", tooltip="Measure the others against this scenario"),
        Binding("m", "measure", "months", id="compare.measure", tooltip="Show another figure by month"),
        Binding(
            "R",
            "reload",
            "plan again",
            show=False,
            id="compare.reload",
            tooltip="Read and plan the files again",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._entrants: tuple[Entrant, ...] = ()
        self._chosen = Chosen()
        self._measure = 0
        self._comparison: Comparison | None = None

    def compose_body(self) -> ComposeResult:
        yield Notice("loading", "Planning every scenario", id="compare-notice")
        with Vertical(id="compare-body"):
            yield Grid(entrant_columns((), 80), id="entrants", cell_cursor=False)
            yield Grid((Column("figure"),), id="figures", opens="explain", empty=_TOO_FEW)
            yield Sparks(id="sparks")

    def on_mount(self) -> None:
        self.query_one("#compare-body").display = False
        self.action_reload()

    def on_resize(self, event: events.Resize) -> None:
        """Beside the one every screen has."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered."""
        if action == "measure":
            return self._comparison is not None
        return bool(self._entrants) or action not in ("mark", "base")

    def action_reload(self) -> None:
        files, as_of, book = self.workspace.files(), self.workspace.as_of, self.workspace.price_book
        if not files:
            self._nothing("empty", "There is no scenario here", [f"No YAML file in {self.workspace.folder}."])
            return
        self.in_background(
            "plans", lambda progress: plan_all(files, as_of, book, progress), self._planned, self._failed
        )

    def action_mark(self) -> None:
        row = self._list.cursor_row
        if not self._able(row):
            return
        chosen = self._chosen.toggled(row)
        if len(chosen.marked) > MOST:
            self.tell(f"{MOST} scenarios are compared at the most; space leaves one out", severity="warning")
            return
        self._chosen = chosen
        self._show()

    def action_base(self) -> None:
        row = self._list.cursor_row
        if self._able(row):
            chosen = self._chosen.based_on(row)
            if len(chosen.marked) <= MOST:
                self._chosen = chosen
                self._show()

    def action_measure(self) -> None:
        self._measure = (self._measure + 1) % len(MEASURES)
        self._show()

    @on(Grid.Selected, "#entrants")
    async def _opened(self, event: Grid.Selected) -> None:
        entrant = self._entrants[event.row]
        if entrant.plan is None:
            page = FactsScreen(
                entrant.path.name, [("why", entrant.why_not)], ["5 Review shows every problem of the file"]
            )
            self.app.push_screen(page)
            return
        from planner.tui.screens.plan import PlanScreen

        await self.app.switch_mode("plan")
        if isinstance(self.app.screen, PlanScreen):
            self.app.screen.open(entrant.path)

    @on(Grid.Selected, "#figures")
    def _figure(self, event: Grid.Selected) -> None:
        grid = event.grid
        row = grid.row(event.row)
        if row is None or self._comparison is None:
            return
        before = grid.row(event.row - 1) if not str(row[0]) and event.row else row
        facts = [
            (f"{letter(place)} {plan.scenario.name}", str(row[place + 1]))
            for place, plan in enumerate(self._comparison.plans)
        ]
        title = str((before or row)[0]) + ("" if str(row[0]) else ": difference to the base")
        files = " ".join(plan.file for plan in self._comparison.plans)
        self.app.push_screen(FactsScreen(title, facts, [f"bursar compare {files}"]))

    def _able(self, row: int) -> bool:
        """Whether the scenario under the cursor can be compared; says why not."""
        if row >= len(self._entrants):
            return False
        entrant = self._entrants[row]
        if entrant.plan is None:
            self.tell(f"{entrant.path.name} cannot be planned: {entrant.why_not}", severity="warning")
        return entrant.plan is not None

    def _planned(self, entrants: tuple[Entrant, ...]) -> None:
        first = not self._entrants
        names = {self._entrants[index].path for index in self._chosen.marked}
        base = self._entrants[self._chosen.base].path if self._chosen.base is not None else None
        self._entrants = entrants
        kept = [index for index, each in enumerate(entrants) if each.path in names and each.plan is not None]
        again = Chosen(
            tuple(kept), next((i for i in kept if entrants[i].path == base), kept[0] if kept else None)
        )
        self._chosen = first_choice(entrants) if first else again
        self.query_one("#compare-notice").display = False
        self.query_one("#compare-body").display = True
        self._list.styles.height = len(entrants) + 1
        if first:
            self._list.focus()
            self.refresh_bindings()
        self._show()

    def _failed(self, error: BaseException) -> None:
        self._nothing("error", "The scenarios cannot be planned", [clean(error)])

    def _nothing(self, kind: Kind, title: str, lines: list[str]) -> None:
        notice = self.query_one("#compare-notice", Notice)
        then = (
            ("bursar init writes a first one; R looks again",) if kind == "empty" else ("R plans them again",)
        )
        notice.say(kind, title, lines, then)
        notice.display = True
        self.query_one("#compare-body").display = False
        self.set_focus(None)
        self.refresh_bindings()
        self.say_headline("nothing to compare")

    def _show(self) -> None:
        if not self._entrants:
            return
        self._list.set_columns(entrant_columns(self._entrants, self.size.width))
        self._list.set_source(Rows(entrant_rows(self._entrants, self._chosen)), keep_cursor=True)
        plans = [plan for index in self._chosen.in_order if (plan := self._entrants[index].plan) is not None]
        figures = self.query_one("#figures", Grid)
        if len(plans) < FEWEST:
            self._comparison = None
            figures.set_columns((Column("figure"),))
            figures.set_source(Rows())
            self.query_one(Sparks).show_sparks("", "", (), ("", ""))
            self.say_headline(f"{len(self._entrants)} scenarios", [Answer("", "mark two or more", "warning")])
            self.offer_by("too few")
            return
        comparison = self._comparison = compare(plans)
        figures.set_columns(figure_columns(comparison, self.size.width))
        figures.set_source(Rows(figure_rows(comparison, figures.columns)), keep_cursor=True)
        self._show_months(comparison)
        self._show_headline(comparison, plans)
        self.offer_by("compared")

    def _show_months(self, comparison: Comparison) -> None:
        measure = MEASURES[self._measure]
        names = [f"{letter(place)} {plan.scenario.name}" for place, plan in enumerate(comparison.plans)]
        made = drawn(comparison, names, measure)
        rows = len(self._list.source) + len(self.query_one("#figures", Grid).source)
        room = self.size.height - rows - _BARS
        self.query_one(Sparks).show_sparks(measure.words, made.scale, made.sparks, made.months, room=room)

    def _show_headline(self, comparison: Comparison, plans: list[Plan]) -> None:
        answers = [Answer("base", clean(plans[0].scenario.name, 40), "strong", 2)]
        if not comparison.same_months:
            answers.append(Answer("", "! different months: compare sums with care", "warning", 1))
        self.say_headline(f"{len(plans)} of {len(self._entrants)} scenarios", answers)

    @property
    def _list(self) -> Grid:
        return self.query_one("#entrants", Grid)
