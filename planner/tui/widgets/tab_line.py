"""One row that names the views of a screen by their keys, with the one that is open marked, and a word on its state."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from planner.report.tables import display_width
from planner.tui.text import Run, clean, fit, strip_of
from planner.tui.theme import word_style
from pricing.records import record


@record
class Tab:
    """A view: its name, the key that opens it, and what there is in it."""

    name: str
    key: str
    words: str
    alarming: bool = False
    """Whether someone should look at it."""


class TabLine(Widget):
    """A click opens a view as its key does."""

    DEFAULT_CSS: ClassVar[str] = """
    TabLine { height: 1; background: $surface; color: $foreground; }
    """

    class Chosen(Message):
        """A view was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs: tuple[Tab, ...] = ()
        self._open = ""
        self._state = ""
        self._places: list[tuple[int, int, str]] = []

    def say(self, tabs: Sequence[Tab], open_: str, state: str = "") -> None:
        """`state` stands at the right edge; what has not changed is not painted again."""
        shown = (tuple(tabs), open_, clean(state))
        if shown != (self._tabs, self._open, self._state):
            self._tabs, self._open, self._state = shown
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, runs, at = self.size.width, list[Run](), 0
        self._places = []
        for tab in self._tabs:
            words = clean(f"{tab.words}{' !' if tab.alarming else ''}")
            is_open = tab.name == self._open
            look = Style(bold=True, reverse=True) if is_open else Style()
            if tab.alarming and not is_open:
                look = word_style(self.app, "warning")
            key = look if is_open else word_style(self.app, "primary") + Style(bold=True)
            runs += [(f" {tab.key}", key), (f" {words} ", look), (" ", Style())]
            end = at + len(tab.key) + display_width(words) + 3
            self._places.append((at, end, tab.name))
            at = end + 1
        room = width - at
        runs.append((fit(f"{self._state} ", room, right=True) if room > 0 else "", Style(dim=True)))
        return strip_of(runs, width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        for start, end, name in self._places:
            if start <= event.x < end:
                self.post_message(self.Chosen(name))
