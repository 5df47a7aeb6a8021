"""The least that a Textual program is, for ratios: one line of text, and a key that changes it."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static


class Hello(App[None]):
    """Says hello; `right` counts."""

    BINDINGS: ClassVar[list[BindingType]] = [("right", "count", "count"), ("q", "quit", "quit")]

    def __init__(self) -> None:
        super().__init__()
        self.counted = 0

    def compose(self) -> ComposeResult:
        yield Static("Hello, world")

    def action_count(self) -> None:
        self.counted += 1
        self.query_one(Static).update(f"Hello, world {self.counted}")


if __name__ == "__main__":
    Hello().run()
