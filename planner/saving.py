"""A what-if saved as a scenario file: checked by loading it before it takes its place, and never over another file unasked."""

from pathlib import Path

from planner.files import make_file, replace_file
from planner.scenario import Scenario
from planner.scenario_edits import edited
from planner.scenario_file import ScenarioFile, read_scenario
from planner.scenario_paths import changes
from pricing.load import is_path
from pricing.problems import Invalid


class NotSaved(Exception):
    """Nothing was written; the message says why and what to do."""


class AlreadyThere(NotSaved):
    """A file of that name exists; save again with `replace=True` when that is meant."""


def scenario_text(file: ScenarioFile, now: Scenario, target: Path) -> str:
    """The file's text with what `now` changes, as it would be saved at `target`.

    Raises `NotSaved` unless the text, read again, is exactly `now`.
    """
    try:
        text = edited(file.document, changes(file.scenario, now))
        read = read_scenario(text, str(target)).scenario
    except (ValueError, Invalid) as error:
        raise NotSaved(f"the changed file would not be a valid scenario: {error}") from error
    if read != now:
        raise NotSaved(
            "the changed file would not mean the same as what is on the screen; nothing was written"
        )
    return text


def save_scenario(file: ScenarioFile, now: Scenario, target: Path, *, replace: bool = False) -> str:
    """Writes the changed scenario to `target`, whole or not at all; returns its text.

    Raises `AlreadyThere` when the file exists and `replace` is false, `NotSaved` for whatever else stands in the way.
    """
    source = Path(file.document.file)
    if target.suffix not in (".yaml", ".yml"):
        raise NotSaved(f"{target.name or target} must end in .yaml")
    book = now.price_book
    moved = target.absolute().parent.resolve() != source.absolute().parent.resolve()
    if moved and book is not None and is_path(book) and not Path(book).is_absolute():
        raise NotSaved(f"price_book {book} is found from {source.parent}: save beside it")
    text = scenario_text(file, now, target)
    _write(text, target, replace=replace)
    return text


def copy_sample(sample: Path, folder: Path) -> Path:
    """Copies a sample scenario into a folder, which is made if need be; raises as `save_scenario`."""
    target = folder / sample.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = sample.read_text("utf-8")
    except OSError as error:
        raise NotSaved(f"{folder} cannot be made: {error.strerror or error}") from error
    _write(text, target, replace=False)
    return target


def _write(text: str, target: Path, *, replace: bool) -> None:
    try:
        if replace:
            replace_file(target, (text,))
        else:
            make_file(target, text)
    except FileExistsError:
        raise AlreadyThere(f"{target} exists") from None
    except OSError as error:
        raise NotSaved(f"{target} cannot be written: {error.strerror or error}") from error
