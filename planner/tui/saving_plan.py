"""Save and export from the Plan screen: the dialogs, and what they are allowed to write."""

from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from planner.files import replace_file
from planner.report.plan_formats import PLAN_FORMATS, SUFFIXES
from planner.report.what_if_words import change_words
from planner.saving import NotSaved
from planner.tui.dialogs.export import Exported, ExportScreen, Format
from planner.tui.dialogs.save import SaveScreen
from planner.tui.plan_session import PlanSession

if TYPE_CHECKING:
    from planner.tui.screens.plan import PlanScreen


def ask_to_save(screen: "PlanScreen", session: PlanSession) -> None:
    """Opens the save dialog; the screen shows the new file afterwards."""
    changes = [change_words(change) for change in session.changes]
    target = session.path if session.gone else _free_name(session.path)
    page = SaveScreen(str(target), session.now.name, changes, partial(_save, session))
    screen.app.push_screen(page, lambda path: screen.saved(Path(path)) if path else None)


def ask_to_export(screen: "PlanScreen", session: PlanSession) -> None:
    """Opens the export dialog for what is on the screen."""
    formats = [
        Format(name, SUFFIXES[name], partial(write, session.plan)) for name, write in PLAN_FORMATS.items()
    ]
    stem = Path(f"{session.path.stem}-plan")
    page = ExportScreen(stem, formats, partial(command, session), partial(_write, session))
    screen.app.push_screen(page, partial(_exported, screen))


def command(session: PlanSession, format_: str, path: str) -> str:
    """The shell line that writes the same; for an unsaved what-if, what has to come first."""
    if session.changed:
        return "this what-if is in no file yet: save it with s, and a command can write the same"
    book = session.asked.price_book
    parts = ["bursar", "plan", quote(str(session.path)), *(["--price-book", quote(book)] if book else [])]
    parts += ["--as-of", session.asked.as_of.isoformat(), "--format", format_, "-o", quote(path)]
    return " ".join(parts)


def _save(session: PlanSession, path: str, name: str, replace: bool) -> None:
    if not path:
        raise NotSaved("a file needs a name")
    if not name:
        raise NotSaved("a scenario needs a name")
    session.save(Path(path).expanduser(), name, replace_file=replace)


def _free_name(path: Path) -> Path:
    """`launch-what-if.yaml`, or the first number that is not taken."""
    stem = path.stem.partition("-what-if")[0]
    for number in range(1, 1_000):
        made = path.with_name(f"{stem}-what-if{'' if number == 1 else f'-{number}'}{path.suffix}")
        if not made.exists():
            return made
    return path.with_name(f"{stem}-what-if-new{path.suffix}")


def _write(session: PlanSession, path: str, text: str, replace: bool) -> str | None:
    """Writes whole or not at all; what stood in the way otherwise."""
    target = Path(path).expanduser()
    if not path:
        return "a file needs a name"
    if target.exists() and session.path.exists() and target.samefile(session.path):
        return f"{path} is the scenario itself; name another file"
    if target.exists() and not replace:
        return f"{path} exists; enter again replaces it"
    try:
        replace_file(target, (text,))
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}"
    return None


def _exported(screen: "PlanScreen", done: Exported | None) -> None:
    if done is not None:
        screen.tell(f"{done.format} copied" if done.path is None else f"written to {done.path}")
