"""A panel that says what is so and what to do next: for empty, loading, stale and failed screens."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.content import Content
from textual.widgets import Static

from planner.tui.text import clean
from pricing.problems import Invalid

Kind = Literal["empty", "error", "loading", "stale", "info"]
_SIGNS: dict[Kind, str] = {"empty": "○", "error": "✗", "loading": "…", "stale": "!", "info": "i"}
_STYLES: dict[Kind, str] = {
    "empty": "bold $primary",
    "error": "bold $error",
    "loading": "bold $primary",
    "stale": "bold $warning",
    "info": "bold $primary",
}


class Notice(Static):
    """A title with a sign, lines below it, and what to do next. All of it is shown as text, never read as markup."""

    DEFAULT_CSS: ClassVar[str] = """
    Notice { width: 1fr; height: auto; padding: 1 2; }
    """

    def __init__(
        self,
        kind: Kind = "info",
        title: str = "",
        lines: Sequence[str] = (),
        then: Sequence[str] = (),
        *,
        id: str | None = None,
    ) -> None:
        """`lines` say what is so; `then` what to do next, each a line of its own."""
        super().__init__(_content(kind, title, lines, then), id=id, markup=False)

    def say(self, kind: Kind, title: str, lines: Sequence[str] = (), then: Sequence[str] = ()) -> None:
        """Says something else."""
        self.update(_content(kind, title, lines, then))

    def say_invalid(self, error: Invalid, then: Sequence[str] = ()) -> None:
        """Every problem of a file, with its source lines."""
        count = len(error.problems)
        title = f"{error.file} cannot be used: {count} {'problem' if count == 1 else 'problems'}"
        self.say("error", title, str(error).splitlines(), then)


def _content(kind: Kind, title: str, lines: Sequence[str], then: Sequence[str]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(f"{_SIGNS[kind]} {clean(title)}", _STYLES[kind])]
    parts += [f"\n\n{clean(line)}" if index == 0 else f"\n{clean(line)}" for index, line in enumerate(lines)]
    parts += [
        ((f"\n\n{clean(line)}" if index == 0 else f"\n{clean(line)}"), "$accent")
        for index, line in enumerate(then)
    ]
    return Content.assemble(*parts)
