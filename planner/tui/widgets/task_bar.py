"""One row while something long runs: what, how far, and that esc gives it up."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from planner.tui.text import clean, strip_of
from planner.tui.theme import word_style

_CELLS = 24
_LEFT, _RIGHT = "━", "─"


class TaskBar(Widget):
    """Hidden while nothing runs."""

    DEFAULT_CSS: ClassVar[str] = """
    TaskBar { height: 1; display: none; background: $surface; }
    TaskBar.-running { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(id="taskbar")
        self._name, self._words, self._done, self._total = "", "", 0, 0

    def start(self, name: str) -> None:
        self._name, self._words, self._done, self._total = clean(name), "", 0, 0
        self.add_class("-running")
        self.refresh()

    def progress(self, done: int, total: int | None, words: str) -> None:
        self._done, self._total, self._words = done, total or 0, clean(words)
        self.refresh()

    def stop(self) -> None:
        self.remove_class("-running")

    def render_line(self, y: int) -> Strip:
        share = min(1.0, self._done / self._total) if self._total else 0.0
        full = int(share * _CELLS)
        how_far = f"{int(share * 100):3d} %" if self._total else f"{self._done:,}" if self._done else ""
        primary = word_style(self.app, "primary")
        return strip_of(
            [
                (f" {self._name} ", Style(bold=True)),
                (_LEFT * full, primary),
                (_RIGHT * (_CELLS - full), Style(dim=True)),
                (f" {how_far} {self._words}".rstrip(), Style()),
                ("   esc gives it up", Style(dim=True)),
            ],
            self.size.width,
            self.rich_style,
        )
