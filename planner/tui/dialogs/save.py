"""Saving a what-if: where to, under which name, and exactly which keys of the file change."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from planner.saving import AlreadyThere, NotSaved
from planner.tui.dialogs.page import Page, entry, say, title, words

Save = Callable[[str, str, bool], None]
"""Takes the path, the scenario's name and whether a file that is there may be replaced; raises `NotSaved`."""
_SHOWN = 8


class SaveScreen(Page[str]):
    """Answers the path that was written."""

    HELP = """\
Save as a scenario
The new file is the old one with the changed values in it: comments, order and spelling stay. It is read back and
must mean what is on the screen before it takes its name. A file that exists is replaced only after a second enter.
"""
    DEFAULT_CSS: ClassVar[str] = """
    SaveScreen #wrong { color: $error; text-style: bold; }
    """

    def __init__(self, path: str, name: str, changes: Sequence[str], save: Save) -> None:
        super().__init__()
        self._path, self._title, self._changes, self._save = path, name, tuple(changes), save
        self._warned_of = ""

    def compose(self) -> ComposeResult:
        shown = self._changes[:_SHOWN]
        more = len(self._changes) - len(shown)
        with VerticalScroll(can_focus=False):
            yield title("Save as a scenario")
            yield words(
                *(shown or ("nothing differs from the file",)), *((f"and {more} more",) if more else ()), ""
            )
            yield words("file")
            yield entry(self._path, id="path")
            yield words("name of the scenario")
            yield entry(self._title, id="name")
            yield words("", id="wrong")
            yield words("enter saves, tab goes on, esc writes nothing", style="dim")

    @on(Input.Changed)
    def _edited(self) -> None:
        self._warned_of = ""
        say(self.query_one("#wrong", Static), "")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        path = self.query_one("#path", Input).value.strip()
        try:
            self._save(path, self.query_one("#name", Input).value.strip(), self._warned_of == path)
        except AlreadyThere as error:
            self._warned_of = path
            say(self.query_one("#wrong", Static), f"{error}; enter again replaces it")
        except NotSaved as error:
            say(self.query_one("#wrong", Static), str(error))
        else:
            self.dismiss(path)
