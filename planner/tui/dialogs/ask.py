"""A question with one dangerous answer: a key says yes, esc says no."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from planner.tui.dialogs.page import Page, title, words


class AskScreen(Page[bool]):
    """Answers True for yes, None for no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "yes", id="ask.yes", tooltip="Yes"),
        Binding("n", "give_up", "no", id="ask.no", tooltip="No"),
    ]

    def __init__(self, heading: str, lines: Sequence[str], yes: str) -> None:
        """`yes` says what y does."""
        super().__init__()
        self._heading, self._lines, self._yes = heading, tuple(lines), yes

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield title(self._heading)
            yield words("", *self._lines, "")
            yield words(f"y {self._yes}, esc goes back", style="dim")

    def action_yes(self) -> None:
        self.dismiss(True)
