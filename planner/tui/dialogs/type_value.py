"""A value for a knob, typed; what the knob is stands above, what is wrong with the value below."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from planner.tui.dialogs.page import Page, entry, say, title, words


class TypeScreen(Page[str]):
    """Answers the text once `check` finds nothing wrong with it."""

    HELP = """\
Type a value
Numbers may have commas or underscores between thousands; $ and % may be left out. Days are written 2027-11-30.
"""
    DEFAULT_CSS: ClassVar[str] = """
    TypeScreen #wrong { color: $error; text-style: bold; }
    """

    def __init__(
        self, heading: str, about: Sequence[str], value: str, check: Callable[[str], str | None]
    ) -> None:
        """`check` answers what is wrong with a text, None when nothing is."""
        super().__init__()
        self._heading, self._about, self._value, self._check = heading, tuple(about), value, check

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield title(self._heading)
            yield words(*self._about, "")
            yield entry(self._value, id="value")
            yield words("", id="wrong")
            yield words("enter takes it, esc leaves it as it is", style="dim")

    @on(Input.Changed)
    def _edited(self) -> None:
        say(self.query_one("#wrong", Static), "")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._check(event.value)
        if wrong is None:
            self.dismiss(event.value)
        else:
            say(self.query_one("#wrong", Static), wrong)
