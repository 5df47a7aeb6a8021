"""A line to type the words a filter looks for; enter applies them, esc takes the filter away."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class FilterBar(Horizontal):
    """Hidden until it is opened."""

    HELP = """\
A filter
Every word must be in a row; a word after `!` must not. Capitals do not count. An empty line shows all rows again.
"""
    DEFAULT_CSS: ClassVar[str] = """
    FilterBar { height: 1; display: none; background: $surface; }
    FilterBar.-open { display: block; }
    FilterBar Static { width: auto; padding: 0 1; color: $primary; }
    FilterBar Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterBar Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "no filter", id="filter.clear", tooltip="Take the filter away"),
    ]

    class Applied(Message):
        """The words to look for; empty for every row."""

        def __init__(self, bar: "FilterBar", text: str) -> None:
            super().__init__()
            self.bar, self.text = bar, text

        @property
        def control(self) -> "FilterBar":
            return self.bar

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False)
        yield Input(placeholder="words; !word leaves out", select_on_focus=False, max_length=200)

    def open(self) -> None:
        self.add_class("-open")
        self.query_one(Input).focus()

    def action_clear(self) -> None:
        self._apply("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._apply(event.value)

    def _apply(self, text: str) -> None:
        self.query_one(Input).value = text
        self.remove_class("-open")
        self.post_message(self.Applied(self, text))
