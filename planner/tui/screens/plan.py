"""Plan: what a scenario costs and who pays, with knobs that answer what if."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from planner.knobs import Knob
from planner.scenario import Scenario
from planner.tui.month_rows import MonthRows
from planner.tui.plan_answers import answers
from planner.tui.plan_gone import HEADLINE, HEADLINE_CHANGED, gone_words, letting_go, listed
from planner.tui.plan_keys import KEYS, offered
from planner.tui.plan_notices import findings, refusal
from planner.tui.plan_session import Asked, PlanSession
from planner.tui.screens.base import BursarScreen
from planner.tui.turning import Turning
from planner.tui.widgets.burndown import Burndown
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.headline import Answer
from planner.tui.widgets.knob_list import KnobList
from planner.tui.widgets.plan_body import PlanBody
from planner.tui.widgets.scenario_list import ScenarioList
from pricing.errors import PriceError
from pricing.problems import Invalid

_LOOK_EVERY_S = 2.0


class PlanScreen(BursarScreen):
    """Scenarios and knobs at the left, the burn-down over the months at the right."""

    NUMBER: ClassVar[str] = "1"
    NAME: ClassVar[str] = "Plan"
    HELP = """\
Plan
When credits run out, what is paid in cash and what expires unused: at the top, month by month in the chart and the
table. Turn the knobs at the left to ask what if; the file is not touched. Tab goes from part to part, enter on
any number says where it comes from.
"""
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[Path, PlanSession] = {}
        self._path: Path | None = None
        self._listed: tuple[Path, ...] = ()
        self._gone: set[Path] = set()
        self._turning = Turning(self, self._turn)

    def compose_body(self) -> ComposeResult:
        yield PlanBody()

    def on_mount(self) -> None:
        self.set_interval(_LOOK_EVERY_S, self._look_at_disk)
        self._start()

    @property
    def session(self) -> PlanSession | None:
        """What is on the screen; None for a file that cannot be used, and without files."""
        return None if self._path is None else self._sessions.get(self._path)

    def unsaved(self) -> list[str]:
        """Names of files with changes that are not saved, and of those that are gone and still open."""
        self._turning.catch_up()
        return [each.path.name for each in self._sessions.values() if each.changed or each.gone]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered."""
        return offered(action, self.session, len(self._listed))

    def open(self, path: Path, *, again: bool = False) -> None:
        """Shows a scenario, as it was left if it was open before; `again` reads the file anew."""
        self._turning.catch_up()
        self._path = path
        if again or path not in self._sessions:
            self._sessions.pop(path, None)
            try:
                self._sessions[path] = PlanSession(
                    path, Asked(self.workspace.as_of, self.workspace.price_book)
                )
            except (Invalid, PriceError) as error:
                self._list_files()
                self._body.show_problem(path, error)
                self.say_headline(path.name, [Answer("", "cannot be used", "error")])
                self.offer_by()
                return
        self._show(self._sessions[path])

    def saved(self, path: Path) -> None:
        """A scenario was written: the list shows it, and it is open; the file it came from is as it was."""
        if self._path is not None:
            self._sessions.pop(self._path, None)
        self._sessions.pop(path, None)
        self.open(path)
        self.tell(f"saved as {path}")

    @on(KnobList.Turned)
    def _turned(self, message: KnobList.Turned) -> None:
        self._turning.turn(message.knob, message.steps)

    @on(KnobList.Reset)
    def _reset(self, message: KnobList.Reset) -> None:
        self._turning.catch_up()
        if self.session is not None:
            self._make(self.session.what_if.reset(message.knob))

    @on(KnobList.TypeWanted)
    def _type(self, message: KnobList.TypeWanted) -> None:
        from planner.tui.typed_value import ask_value

        self._turning.catch_up()
        if self.session is not None:
            ask_value(self, self.session, message.knob, self._make)

    @on(Grid.Selected, "#months")
    def _explain_month(self, message: Grid.Selected) -> None:
        if self.session is not None:
            rows = MonthRows(self.session.plan)
            self._explain(rows.month(message.row), rows.figures[max(0, message.column - 1)])

    @on(Grid.Highlighted, "#months")
    def _month_chosen(self, message: Grid.Highlighted) -> None:
        self._body.chart.select(message.row)

    @on(Burndown.Moved)
    def _bar_chosen(self, message: Burndown.Moved) -> None:
        self._body.months.move_cursor(message.index)

    @on(Burndown.Explained)
    def _explain_bar(self, message: Burndown.Explained) -> None:
        if self.session is not None:
            self._explain(self.session.plan.projection.months[message.index].month, "credits_left")

    @on(ScenarioList.Chosen)
    def _scenario_chosen(self, message: ScenarioList.Chosen) -> None:
        if message.path != self._path:
            self.open(message.path)

    @on(ScenarioList.Entered)
    def _scenario_entered(self) -> None:
        self._body.knobs.focus()

    @on(ScenarioList.SampleWanted)
    def _copy_sample(self, message: ScenarioList.SampleWanted) -> None:
        from planner.saving import NotSaved, copy_sample

        try:
            path = copy_sample(message.path, self.workspace.folder)
        except NotSaved as error:
            self.tell(str(error), severity="error")
            return
        self._start()
        self.tell(f"copied to {path}")

    def action_undo(self) -> None:
        self._step_back(lambda session: session.undo())

    def action_redo(self) -> None:
        self._step_back(lambda session: session.redo())

    def action_reset_all(self) -> None:
        self._turning.catch_up()
        if self.session is not None:
            self._make(self.session.base.scenario)

    def action_step(self, by: int) -> None:
        if self._path in self._listed:
            self.open(self._listed[(self._listed.index(self._path) + by) % len(self._listed)])

    def action_findings(self) -> None:
        from planner.tui.widgets.facts import FactsScreen

        if self.session is not None:
            self.app.push_screen(FactsScreen("Findings", findings(self.session.plan)))

    def action_reload(self) -> None:
        """Reads the list and the file again; asks first where a what-if would be lost."""
        from planner.report.what_if_words import change_words
        from planner.tui.dialogs.ask import AskScreen

        path, session = self._path, self.session
        if session is not None and session.gone:
            self.app.push_screen(AskScreen(*letting_go(session)), self._let_go)
        elif path is None or path not in self.workspace.files():
            self._start()
        elif session is None or not session.changed:
            self.open(path, again=True)
        else:
            lines = ["These changes would be lost:", *map(change_words, session.changes)]
            question = AskScreen(f"Read {path.name} again?", lines, "reads it again")
            self.app.push_screen(question, lambda yes: self.open(path, again=True) if yes else None)

    def _let_go(self, yes: bool | None) -> None:
        if yes and self._path is not None:
            del self._sessions[self._path]
            self._start()

    def action_save(self) -> None:
        from planner.tui.saving_plan import ask_to_save

        self._turning.catch_up()
        if self.session is not None:
            ask_to_save(self, self.session)

    def action_export(self) -> None:
        from planner.tui.saving_plan import ask_to_export

        self._turning.catch_up()
        if self.session is not None:
            ask_to_export(self, self.session)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._body.lay_out()

    @property
    def _body(self) -> PlanBody:
        return self.query_one(PlanBody)

    def _start(self) -> None:
        """Opens the first scenario there is, or offers the samples."""
        files = self.workspace.files()
        if files:
            self.open(files[0])
            if self.session is not None:
                self._body.knobs.focus()
            return
        self._path = None
        self.offer_by()
        self._list_files()
        self._body.offer_samples(self.workspace.folder)
        self.say_headline("no scenarios yet")

    def _turn(self, knob: Knob, steps: int) -> None:
        if self.session is not None:
            self._make(self.session.what_if.turned(knob, steps))

    def _make(self, scenario: Scenario) -> None:
        if self.session is not None:
            try:
                if self.session.make(scenario):
                    self._show(self.session)
            except Invalid as error:
                self.tell(refusal(error), severity="warning")

    def _step_back(self, step: Callable[[PlanSession], bool]) -> None:
        self._turning.catch_up()
        if self.session is not None and step(self.session):
            self._show(self.session)

    def _show(self, session: PlanSession) -> None:
        self._body.show(session)
        self._say_headline(session)
        self._list_files()
        self.offer_by(session.can_undo, session.can_redo, session.changed)

    def _say_headline(self, session: PlanSession) -> None:
        said = HEADLINE if session.gone else HEADLINE_CHANGED
        stale = [Answer("", said, "warning", keep=9)] if session.stale else []
        mark = "*" if session.changed else ""
        self.say_headline(f"{session.path.name}{mark}", [*stale, *answers(session.plan)])

    def _list_files(self) -> None:
        marks = {path: "*" for path, session in self._sessions.items() if session.changed}
        if self._path is not None and self.session is None:
            marks[self._path] = "!"
        self._listed = listed(self.workspace.files(), self._sessions.values())
        self._body.list_files(self._listed, marks, self._path)

    def _look_at_disk(self) -> None:
        """A file that is taken away is said once."""
        session = self.session
        if session is None:
            return
        self._say_headline(session)
        if session.gone and session.path not in self._gone:
            self.tell(gone_words(session), severity="warning")
        (self._gone.add if session.gone else self._gone.discard)(session.path)

    def _explain(self, month: str | None, figure: str) -> None:
        from planner.report.explanation import explain
        from planner.tui.widgets.facts import FactsScreen

        if self.session is not None:
            said = explain(self.session.plan, month, figure)
            self.app.push_screen(FactsScreen(said.title, said.facts))
