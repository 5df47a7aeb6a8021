"""`?`: what the focused thing is for, and every key that works there."""

from textwrap import dedent
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from planner.report.tables import display_width


class HelpScreen(ModalScreen[None]):
    """A page over the screen; esc or ? closes it."""

    DEFAULT_CSS: ClassVar[str] = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        padding: 1 2; background: $surface; border: round $primary;
    }
    HelpScreen Static { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,q,enter", "dismiss", "close", id="help.close", tooltip="Back to the screen"
        )
    ]

    def __init__(self, page: Content) -> None:
        super().__init__()
        self._page = page

    @classmethod
    def of(cls, screen: Screen[Any]) -> "HelpScreen":
        """The help of what is in focus on a screen."""
        return cls(Content("\n").join([*_words(screen), *_keys(screen)]))

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._page, markup=False)


def _words(screen: Screen[Any]) -> list[Content]:
    start: Widget = screen.focused or screen
    for node in start.ancestors_with_self:
        if isinstance(node, Widget) and node.HELP:
            title, _, body = dedent(node.HELP).strip().partition("\n")
            return [Content.styled(title, "bold $primary"), Content(_flowing(body)), Content("")]
    return []


def _flowing(text: str) -> str:
    """Paragraphs as wide as the page; an empty line parts them."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _keys(screen: Screen[Any]) -> list[Content]:
    app = screen.app
    rows: dict[str, tuple[list[str], str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        words = binding.tooltip or binding.description
        if words and binding.id is not None:
            rows.setdefault(words, ([], words))[0].append(app.get_key_display(binding))
    shown = [(" ".join(keys), words) for keys, words in rows.values()]
    width = max((display_width(keys) for keys, _ in shown), default=0)
    lines = [Content.assemble((keys.rjust(width), "bold $primary"), f"  {words}") for keys, words in shown]
    return [
        Content.styled("Keys here", "bold $primary"),
        *lines,
        Content(""),
        Content.styled("esc closes", "dim"),
    ]
