"""What a session of the terminal UI works on: which scenario files, which ledger, as of which day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pricing.records import record

SUFFIXES = (".yaml", ".yml")
_POLICIES = ("bursar.yaml", "bursar.yml")
"""What a team holds its scenarios to lies beside them and is none."""


@record
class Workspace:
    """What the command line asked for."""

    folder: Path
    """Where scenarios are listed and saved when no path was named."""
    as_of: date
    """The day ages of prices are counted to."""
    paths: tuple[Path, ...] = ()
    """Files and folders named on the command line; empty for `folder`."""
    ledger: str | None = None
    """A ledger URL for the Guard screen; None for the empty state."""
    allow_changes: bool = False
    """Whether the Guard screen may change the ledger at all."""
    price_book: str | None = None
    """Plans with this price book instead of the one each scenario names."""

    def files(self) -> tuple[Path, ...]:
        """The scenario files there are now: named files as given, folders by name; a named file may be missing."""
        found: dict[Path, None] = {}
        for path in self.paths or (self.folder,):
            found.update(dict.fromkeys(_within(path)))
        return tuple(found)


def _within(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if path.suffix or path.exists():
            yield path
        return
    try:
        found = sorted(path.iterdir())
    except OSError:
        yield path  # opening it says why it cannot be read
        return
    for each in found:
        if _may_be_scenario(each.name) and each.is_file():
            yield each


def _may_be_scenario(name: str) -> bool:
    return name.endswith(SUFFIXES) and not name.startswith(".") and name not in _POLICIES
