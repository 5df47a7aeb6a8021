"""A page over the screen with what is known of one thing: why a decision was taken, where a price comes from."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from planner.report.tables import display_width
from planner.tui.text import clean, wrapped

_WIDEST = 100
_EDGES = 8
"""Cells that border, padding and scroll bar take."""


class FactsScreen(ModalScreen[None]):
    """Labels and what they stand for; esc or enter closes it, c copies it."""

    DEFAULT_CSS: ClassVar[str] = """
    FactsScreen { align: center middle; }
    FactsScreen VerticalScroll {
        width: 104; max-width: 96%; height: auto; max-height: 92%;
        padding: 1 2; background: $surface; border: round $primary;
    }
    FactsScreen Static { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "close", id="facts.close", tooltip="Back to the screen"),
        Binding("c", "copy", "copy", id="facts.copy", tooltip="Copy all of it"),
    ]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]], then: Sequence[str] = ()) -> None:
        """`then` are lines below, on what can be done next. All of it is shown as text, never read as markup."""
        super().__init__()
        self._title = clean(title, 200)
        self._facts = [(clean(label, 60), clean(value)) for label, value in facts]
        self._then = [clean(line) for line in then]

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._page(self.app.size.width), markup=False)

    def on_resize(self) -> None:
        self.query_one(Static).update(self._page(self.app.size.width))

    def action_copy(self) -> None:
        lines = [self._title, *(f"{label}: {value}" for label, value in self._facts), *self._then]
        self.app.copy_to_clipboard("\n".join(lines))
        self.notify("copied", markup=False)

    def _page(self, screen_width: int) -> Content:
        labels = max((display_width(label) for label, _ in self._facts), default=0)
        width = max(20, min(_WIDEST, int(screen_width * 0.96) - _EDGES) - labels - 2)
        lines = [Content.styled(self._title, "bold $primary"), Content("")]
        for label, value in self._facts:
            gap = " " * (labels - display_width(label))
            first, *rest = wrapped(value, width)
            lines.append(Content.assemble((f"{gap}{label}", "$text-muted"), f"  {first}"))
            lines += [Content(" " * (labels + 2) + each) for each in rest]
        if self._then:
            lines += [Content(""), *(Content.styled(line, "$accent") for line in self._then)]
        return Content("\n").join([*lines, Content(""), Content.styled("esc closes, c copies", "dim")])
