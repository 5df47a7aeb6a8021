"""The scenario files there are, one a line, or the samples where there are none yet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.message import Message

from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Column, Rows

SAMPLES = Path(__file__).parent.parent.parent / "samples"
_MOST_LISTED = 6


class ScenarioList(Grid):
    """Moving to a file opens it; enter goes on to its knobs, or copies a sample."""

    HELP = """\
Scenarios
Moving to a file opens it. * has changes that are not saved, ! cannot be used. [ and ] go through the files from
anywhere on the screen. Without any file the samples are listed, and enter copies one.
"""
    DEFAULT_CSS: ClassVar[str] = """
    ScenarioList { height: auto; background: $surface; }
    """

    class Chosen(Message):
        """A file should be shown."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class Entered(Chosen):
        """A file was opened with enter."""

    class SampleWanted(Chosen):
        """A sample should be copied."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__([Column("scenarios")], id=id, cell_cursor=False)
        self.files: tuple[Path, ...] = ()
        self._names: list[str] = []
        self._samples = sorted(SAMPLES.glob("*.yaml"))

    def list_files(self, files: Sequence[Path], marks: Mapping[Path, str]) -> None:
        """Shows the files with a mark before each; the samples where there are none."""
        self.files = tuple(files)
        names = [f"{marks.get(path, ' ')}{path.stem}" for path in files] or [
            f" {path.stem}" for path in self._samples
        ]
        if names == self._names:
            return
        self._names = names
        self.set_columns([Column("scenarios" if files else "samples: enter copies one")])
        self.set_source(Rows([(name,) for name in names]), keep_cursor=True)
        self.styles.height = min(_MOST_LISTED, len(names)) + 1

    def point_at(self, path: Path) -> None:
        if path in self.files:
            self.move_cursor(self.files.index(path))

    @on(Grid.Highlighted)
    def _moved(self, message: Grid.Highlighted) -> None:
        message.stop()
        if message.row < len(self.files):
            self.post_message(self.Chosen(self.files[message.row]))

    @on(Grid.Selected)
    def _opened(self, message: Grid.Selected) -> None:
        message.stop()
        if self.files:
            self.post_message(self.Entered(self.files[message.row]))
        else:
            self.post_message(self.SampleWanted(self._samples[message.row]))
