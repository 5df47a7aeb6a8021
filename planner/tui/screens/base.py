"""What every screen has: the headline, the keys, a bar for long work, and a message where the terminal is too small."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalGroup
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from planner.tui.background import Cancelled, Progress, Progressed, Task
from planner.tui.text import clean
from planner.tui.widgets.headline import Answer, Headline
from planner.tui.widgets.keybar import KeyBar
from planner.tui.widgets.task_bar import TaskBar

if TYPE_CHECKING:
    from planner.tui.app import BursarApp
    from planner.tui.workspace import Workspace

T = TypeVar("T")
NARROWEST, LOWEST = 80, 24
"""Columns and rows a screen needs."""


class BursarScreen(Screen[None]):
    """A screen of its own mode: `compose_body` fills it, `headline` answers at the top.

    Attributes go down, messages come up; work longer than a tenth of a second goes through `in_background`.
    """

    AUTO_FOCUS: ClassVar[str | None] = ""
    """Each screen gives the focus to what it shows: Textual would give it to the first table, hidden or not."""
    NUMBER: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    DEFAULT_CSS: ClassVar[str] = """
    BursarScreen { layout: vertical; }
    BursarScreen #bottom { dock: bottom; }
    BursarScreen #too-small { display: none; width: 1fr; height: 1fr; content-align: center middle; }
    BursarScreen.-too-small > * { display: none; }
    BursarScreen.-too-small > #too-small { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "back",
            "back",
            show=False,
            id="screen.back",
            tooltip="Give up what runs, or go back a step",
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self._tasks: dict[Worker[Any], Task[Any]] = {}
        self._offered: tuple[object, ...] = ()

    @property
    def bursar(self) -> "BursarApp":
        return cast("BursarApp", self.app)

    @property
    def workspace(self) -> "Workspace":
        return self.bursar.workspace

    @property
    def headline(self) -> Headline:
        return self.query_one(Headline)

    def compose(self) -> ComposeResult:
        yield Headline(self.NUMBER, self.NAME)
        yield from self.compose_body()
        with VerticalGroup(id="bottom"):
            yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """The widgets between headline and keys."""
        yield from ()

    def say_headline(self, subject: str, answers: Sequence[Answer] = ()) -> None:
        """What the top row shows."""
        self.headline.say(subject, answers)

    def offer_by(self, *state: object) -> None:
        """The keys are looked at again when what decides about them has changed."""
        if state != self._offered:
            self._offered = state
            self.refresh_bindings()

    def tell(self, message: str, *, severity: str = "information", title: str = "") -> None:
        """A short-lived message in the corner; its text is never markup."""
        self.bursar.tell(message, severity=severity, title=title)

    def copy(self, text: str, what: str) -> None:
        """Copies text through the terminal (OSC 52), which works over ssh, and says so."""
        self.app.copy_to_clipboard(text)
        self.tell(f"{what} copied")

    def in_background(
        self,
        name: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None] | None = None,
    ) -> Worker[T]:
        """Runs `work` in a thread, in place of a run of the same name; `done` or `failed` follow on the screen's thread.

        After esc neither is called. Without `failed` the error is shown in the corner.
        """
        progress = Progress(name, self.post_message)
        task = Task(name, done, failed or partial(self._show_failure, name))
        worker = self.run_worker(
            partial(work, progress), name=name, group=name, thread=True, exclusive=True, exit_on_error=False
        )
        self._tasks[worker] = task
        self._task_bar().start(name)
        return worker

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        task = self._tasks.get(event.worker)
        if task is None or event.state in (WorkerState.PENDING, WorkerState.RUNNING):
            return
        del self._tasks[event.worker]
        if not self._tasks:
            self._task_bar().stop()
        if event.state is WorkerState.SUCCESS:
            task.done(event.worker.result)
        elif event.state is WorkerState.ERROR and not isinstance(event.worker.error, Cancelled):
            task.failed(cast("BaseException", event.worker.error))

    def on_progressed(self, message: Progressed) -> None:
        self._task_bar().progress(message.done, message.total, message.words)

    def action_back(self) -> None:
        """Esc: gives up what runs; when nothing runs, `go_back`."""
        if self._tasks:
            for worker in list(self._tasks):
                worker.cancel()
            self.tell("given up")
        else:
            self.go_back()

    def go_back(self) -> None:
        """What esc does when nothing runs; nothing by itself."""

    def on_resize(self, event: events.Resize) -> None:
        size = event.size
        small = size.width < NARROWEST or size.height < LOWEST
        if small:
            self._too_small().update(
                f"Bursar needs {NARROWEST} columns and {LOWEST} rows; this is {size.width} x {size.height}.\n"
                "Enlarge the window, or use bursar plan FILE, which fits any width."
            )
        self.set_class(small, "-too-small")

    def _task_bar(self) -> TaskBar:
        """Made when the first long work starts."""
        found = self.query(TaskBar)
        if not found:
            self.query_one("#bottom").mount(TaskBar(), before=0)
        return self.query_one(TaskBar)

    def _too_small(self) -> Static:
        """Made when the terminal is first too small."""
        found = self.query("#too-small")
        if not found:
            self.mount(Static(id="too-small", markup=False))
        return self.query_one("#too-small", Static)

    def _show_failure(self, name: str, error: BaseException) -> None:
        self.tell(f"{name}: {clean(error)}", severity="error")
