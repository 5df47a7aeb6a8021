"""Asks before something is done: what will happen, what to fill in, and a name to type where it cannot be undone."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from planner.tui.text import clean
from pricing.records import record

_NAME = "name"


@record
class Question:
    """A line to fill in."""

    name: str
    label: str
    placeholder: str = ""
    optional: bool = False
    """Whether it may stay empty."""
    value: str = ""
    """What stands in it at first."""


class ConfirmScreen(ModalScreen[Mapping[str, str] | None]):
    """Answers what was filled in, by name; None when it was given up. Nothing happens before the name is typed."""

    DEFAULT_CSS: ClassVar[str] = """
    ConfirmScreen { align: center middle; }
    ConfirmScreen VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        padding: 1 2; background: $surface; border: round $error;
    }
    ConfirmScreen Static { width: 1fr; height: auto; }
    ConfirmScreen Input { height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }
    ConfirmScreen Input:focus { border: none; }
    ConfirmScreen #wrong { color: $error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "cancel", id="confirm.cancel", tooltip="Change nothing"),
    ]

    def __init__(
        self, title: str, lines: Sequence[str], questions: Sequence[Question], expected: str = ""
    ) -> None:
        """`expected` is what has to be typed, letter by letter; empty where filling in is enough."""
        super().__init__()
        self._title, self._lines = clean(title), [clean(line) for line in lines]
        self._questions = tuple(questions)
        self._expected = expected

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            text = [
                Content.styled(self._title, "bold $error"),
                Content(""),
                *map(Content, self._lines),
                Content(""),
            ]
            yield Static(Content("\n").join(text), markup=False)
            for question in self._questions:
                yield Static(clean(question.label), markup=False)
                yield Input(
                    question.value, clean(question.placeholder), id=f"answer-{question.name}", max_length=500
                )
            if self._expected:
                named = Content.assemble("type ", (clean(self._expected), "bold"), " to confirm")
                yield Static(named, markup=False)
                yield Input(id=f"answer-{_NAME}", max_length=300)
            yield Static("", id="wrong", markup=False)
            yield Static(
                Content.styled("enter confirms, tab goes on, esc changes nothing", "dim"), markup=False
            )

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def action_give_up(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the first line that is not right, and confirms when there is none."""
        event.stop()
        for question in self._questions:
            if not self._typed(question.name) and not question.optional:
                self._wrong(question.name, f"{question.label}: fill this in")
                return
        if self._expected and self._typed(_NAME) != self._expected.strip():
            shown = "" if not self._typed(_NAME) else "that is not the name; nothing was changed"
            self._wrong(_NAME, shown)
            return
        self.dismiss({question.name: self._typed(question.name) for question in self._questions})

    def _wrong(self, name: str, why: str) -> None:
        self.query_one("#wrong", Static).update(Content(clean(why)))
        self.query_one(f"#answer-{name}", Input).focus()

    def _typed(self, name: str) -> str:
        return self.query_one(f"#answer-{name}", Input).value.strip()
