"""Exporting what is on the screen: the formats of the command line, to a file or the clipboard."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from planner.tui.dialogs.page import Page, entry, say, title, words
from planner.tui.text import Run, strip_of
from planner.tui.theme import cursor_style
from pricing.records import record


@record
class Format:
    """A format, the end of a file's name in it, and the text."""

    name: str
    suffix: str
    text: Callable[[], str]


@record
class Exported:
    """What was exported, and where to."""

    format: str
    path: str | None
    """None for the clipboard."""


Write = Callable[[str, str, bool], str | None]
"""Takes the path, the text and whether a file that is there may be replaced; answers what stood in the way."""


class Choice(Widget, can_focus=True):
    """One of a few words; left and right choose."""

    DEFAULT_CSS: ClassVar[str] = """
    Choice { height: 1; width: 1fr; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "format", id="choice.left", tooltip="The format before"),
        Binding("right,l", "move(1)", "format", id="choice.right", tooltip="The format after"),
    ]

    class Chosen(Message):
        """Another one is chosen."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self.chosen = 0

    def render_line(self, y: int) -> Strip:
        look = cursor_style(self.app, focused=self.has_focus)
        runs: list[Run] = []
        for index, name in enumerate(self._names):
            runs += [(f" {name} ", look if index == self.chosen else Style()), (" ", Style())]
        return strip_of(runs, self.size.width, self.rich_style)

    def action_move(self, by: int) -> None:
        self._choose((self.chosen + by) % len(self._names))

    def on_click(self, event: events.Click) -> None:
        at = 0
        for index, name in enumerate(self._names):
            if at <= event.x < at + len(name) + 2:
                self._choose(index)
            at += len(name) + 3

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.refresh()
        self.post_message(self.Chosen())


class ExportScreen(Page[Exported]):
    """Answers what was exported."""

    HELP = """\
Export
Left and right choose the format, tab goes to the file. Enter writes it, ctrl+y copies it instead.
The command below writes the same from a shell.
"""
    DEFAULT_CSS: ClassVar[str] = """
    ExportScreen #wrong { color: $error; text-style: bold; }
    ExportScreen #command { color: $accent; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "write", "write", id="export.write", tooltip="Write the file"),
        Binding(
            "ctrl+y", "copy", "copy", id="export.copy", tooltip="Copy the text instead of writing a file"
        ),
    ]

    def __init__(
        self, stem: Path, formats: Sequence[Format], command: Callable[[str, str], str], write: Write
    ) -> None:
        """`stem` is the file without its suffix; `command` the shell line for a format and a path."""
        super().__init__()
        self._stem, self._formats, self._command, self._write = stem, tuple(formats), command, write
        self._warned_of = ""

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield title("Export")
            yield Choice([each.name for each in self._formats])
            yield words("file")
            yield entry("", id="path")
            yield words("the same from a shell", style="dim")
            yield words("", id="command")
            yield words("", id="wrong")
            yield words("enter writes, ctrl+y copies, esc closes", style="dim")

    def on_mount(self) -> None:
        self._show()

    @property
    def _format(self) -> Format:
        return self._formats[self.query_one(Choice).chosen]

    def action_write(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        problem = self._write(path, self._format.text(), self._warned_of == path)
        if problem is None:
            self.dismiss(Exported(self._format.name, path))
            return
        self._warned_of = path
        say(self.query_one("#wrong", Static), problem)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._format.text())
        self.dismiss(Exported(self._format.name, None))

    @on(Choice.Chosen)
    def _show(self) -> None:
        path = f"{self._stem}{self._format.suffix}"
        self.query_one("#path", Input).value = path
        self._say_command(path)

    @on(Input.Changed)
    def _edited(self, event: Input.Changed) -> None:
        self._warned_of = ""
        say(self.query_one("#wrong", Static), "")
        self._say_command(event.value.strip())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_write()

    def _say_command(self, path: str) -> None:
        say(self.query_one("#command", Static), self._command(self._format.name, path))
