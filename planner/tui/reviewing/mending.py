"""What can be done about a finding: open the file in an editor at the line, or set it aside with a reason."""

import os
from collections.abc import Mapping
from pathlib import Path

from textual.app import SuspendNotSupported

from planner.tui.dialogs.ask import AskScreen
from planner.tui.reviewing import editor, ignore
from planner.tui.reviewing.rows import Item
from planner.tui.screens.base import BursarScreen
from planner.tui.widgets.confirm import ConfirmScreen, Question
from planner.tui.widgets.facts import FactsScreen


class MendingScreen(BursarScreen):
    """A screen with a finding under its cursor."""

    def chosen_item(self) -> Item | None:
        """What is under the cursor."""
        return None

    def action_rerun(self) -> None:
        """Reviews the files again."""

    def action_ignore(self) -> None:
        item = self.chosen_item()
        if item is None or item.problem is None:
            self.tell("Choose a finding first", severity="warning")
            return
        try:
            ignore.check_may(item.file, item.problem)
        except ignore.CannotIgnore as error:
            self.app.push_screen(FactsScreen("Not set aside", [(item.problem.code, f"{error}")]))
            return
        lines = [f"{item.file.path}:{item.line}: {item.problem.code}", item.problem.message]
        ask = ConfirmScreen(
            "Set a finding aside", lines, [Question("why", "reason (it will stand in the file)")]
        )
        self.app.push_screen(ask, lambda said: self._prepare(item, said))

    def _prepare(self, item: Item, said: Mapping[str, str] | None) -> None:
        """Shows the line that will be written and asks once more."""
        if said is None or item.problem is None:
            return
        try:
            edit = ignore.prepare(item.file, item.problem, said["why"], self.workspace.as_of)
        except ignore.CannotIgnore as error:
            self.tell(f"Not set aside: {error}", severity="warning")
            return
        lines = [f"This line goes into {item.file.path}, above line {edit.number}:", "", edit.line.strip()]
        ask = AskScreen("Write the comment?", lines, "writes it")
        self.app.push_screen(ask, lambda yes: self._write(edit) if yes else None)

    def _write(self, edit: ignore.Edit) -> None:
        try:
            ignore.write(edit)
        except ignore.CannotIgnore as error:
            self.tell(f"Not set aside: {error}", severity="warning")
        else:
            self.tell(f"written to {edit.path.name}, line {edit.number}")
        self.action_rerun()

    def open_in_editor(self, path: str, line: int) -> None:
        try:
            arguments = editor.command(os.environ, Path(path), line)
            with self.app.suspend():
                wrong = editor.run(arguments)
        except editor.NoEditor as error:
            self.tell(f"{error}", severity="warning")
            return
        except SuspendNotSupported:
            self.tell("this terminal cannot be lent to an editor", severity="warning")
            return
        if wrong:
            self.tell(wrong, severity="error")
        self.action_rerun()
