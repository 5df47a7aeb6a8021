"""What dialogs share: a framed page, lines of text, one-row inputs, and esc to close without doing anything."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from planner.tui.text import clean

T = TypeVar("T")


class Page(ModalScreen[T | None]):
    """Answers None when it is closed with esc."""

    DEFAULT_CSS: ClassVar[str] = """
    Page { align: center middle; }
    Page > * {
        width: 84; max-width: 96%; height: auto; max-height: 92%;
        padding: 1 2; background: $surface; border: round $primary;
    }
    Page Static { width: 1fr; height: auto; }
    Page Input { height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }
    Page Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "close", id="dialog.close", tooltip="Back, without doing anything"),
    ]

    def action_give_up(self) -> None:
        self.dismiss(None)


def title(text: str) -> Static:
    return Static(Content.styled(clean(text), "bold $primary"), markup=False)


def words(*lines: str, id: str | None = None, style: str = "") -> Static:
    """Lines of plain text; data in them is never markup."""
    return Static(_content(lines, style), id=id, markup=False)


def say(line: Static, *lines: str, style: str = "") -> None:
    """Shows other lines in a `words`."""
    line.update(_content(lines, style))


def entry(value: str, *, id: str, placeholder: str = "") -> Input:
    """A one-row input that starts with a value."""
    return Input(value=value, id=id, placeholder=placeholder, max_length=500, select_on_focus=True)


def _content(lines: tuple[str, ...], style: str) -> Content:
    return (
        Content.styled("\n".join(map(clean, lines)), style)
        if style
        else Content("\n".join(map(clean, lines)))
    )
