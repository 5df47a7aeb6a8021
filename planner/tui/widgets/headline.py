"""The one row at the top of every screen: which screen, which subject, and the answers that matter."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from planner.report.tables import display_width
from planner.tui.text import Run, clean, fit, strip_of
from planner.tui.theme import word_style
from pricing.records import record, replace

Look = Literal["plain", "strong", "muted", "good", "warning", "error", "accent"]
_NARROWEST_SUBJECT = 10
_GAP = "  "


@record
class Answer:
    """A label and its figure, such as `credits last to` and `2028-09`."""

    label: str
    value: str
    look: Look = "strong"
    keep: int = 0
    """Where room is short, answers of the lowest number are left out first."""
    short: str = ""
    """The label where room is short; empty for the same."""


class Headline(Widget):
    """Number and name of the screen, the subject, and its answers, as far as they fit."""

    DEFAULT_CSS: ClassVar[str] = """
    Headline { height: 1; dock: top; background: $panel; color: $foreground; }
    """

    def __init__(self, number: str, name: str) -> None:
        super().__init__(id="headline")
        self._screen_name = f"{number} {name.upper()}"
        self._subject = ""
        self._answers: tuple[Answer, ...] = ()

    def say(self, subject: str, answers: Sequence[Answer] = ()) -> None:
        """Shows another subject and its answers; unchanged ones are not painted again."""
        subject = clean(subject)
        if (subject, tuple(answers)) != (self._subject, self._answers):
            self._subject, self._answers = subject, tuple(answers)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        answers = list(self._answers)
        if self._needs(answers) > width:
            answers = [replace(answer, label=answer.short or answer.label) for answer in answers]
        while answers and self._needs(answers) > width:
            least = min(answer.keep for answer in answers)
            answers.remove(next(answer for answer in reversed(answers) if answer.keep == least))
        room = width - self._needs(answers) + min(_NARROWEST_SUBJECT, display_width(self._subject))
        subject = self._subject if display_width(self._subject) <= room else fit(self._subject, room)
        runs: list[Run] = [(f" {self._screen_name} ", word_style(self.app, "primary") + Style(bold=True))]
        runs.append((f" {subject}" if subject else "", Style()))
        for answer in answers:
            runs += [(f"{_GAP}{answer.label} " if answer.label else _GAP, Style(dim=True))]
            runs += [(answer.value, self._look(answer.look))]
        return strip_of(runs, width, base)

    def _needs(self, answers: Sequence[Answer]) -> int:
        """Cells taken when the subject is as short as it may get."""
        fixed = len(self._screen_name) + 3 + min(_NARROWEST_SUBJECT, display_width(self._subject))
        return fixed + sum(
            len(_GAP) + display_width(answer.value) + (display_width(answer.label) + 1 if answer.label else 0)
            for answer in answers
        )

    def _look(self, look: Look) -> Style:
        return Style() if look == "plain" else word_style(self.app, look)
