"""`bursar.yaml`: found from a scenario upwards, read with a place for every problem.

The nearest file wins, whole: nothing is taken from one further up. The search ends at the folder that holds `.git`.
"""

import os
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Final

from planner.review.policies.globs import covers
from planner.review.policies.types import PolicyRows, ReviewBlock, TeamPolicy
from planner.review.settings import ReviewSettings
from pricing.nearest import nearest
from pricing.problems import Invalid, Problem, in_order
from pricing.reading.nodes import Document, Mapping, child_path, nearest_node, place_of
from pricing.reading.shape import bind_document
from pricing.reading.source import parse_document, read_document
from pricing.records import record

FILE_NAME: Final = "bursar.yaml"
_OTHER_NAME: Final = "bursar.yml"


@record
class PolicyFile:
    """A team's `bursar.yaml`."""

    path: str
    """As messages name it."""
    folder: str
    """Absolute; globs of paths start here."""
    settings: ReviewSettings
    exclude: tuple[str, ...]
    policies: tuple[TeamPolicy, ...]
    document: Document
    warnings: tuple[Problem, ...]

    def relative(self, path: str) -> str:
        """A file as the globs see it: below the folder, with forward slashes."""
        return os.path.relpath(os.path.abspath(path), self.folder).replace(os.sep, "/")  # noqa: PTH100 - links stay

    def excludes(self, path: str) -> bool:
        """Whether a scenario is not reviewed."""
        return bool(self.exclude) and covers(self.exclude, self.relative(path))

    def line(self, where: str) -> int:
        """The line of a dotted path such as `policies[0].limits.list_cost_usd`, or of its nearest parent."""
        place = self.document.place(where)
        return place.line if place else 1


def policy_file_for(path: str, known_rules: Collection[str] | None = None) -> PolicyFile | None:
    """The nearest `bursar.yaml` at or above the folder of a scenario; None where there is none.

    Raises `Invalid` as `read_policy_file` does, and for a `bursar.yml`. A file that has not changed is parsed once.
    """
    found = _nearest_file(Path(os.path.abspath(path)).parent)  # noqa: PTH100 - a link's own folder counts
    if found is None:
        return None
    shown = str(found) if Path(path).is_absolute() else os.path.relpath(found)
    return read_policy_file(shown, known_rules)


def read_policy_file(path: str, known_rules: Collection[str] | None = None) -> PolicyFile:
    """Reads one file; raises `Invalid` with every problem found.

    With `known_rules`, an id under `review.rules` that is not among them is such a problem.
    """
    try:
        stat = os.stat(path)  # noqa: PTH116 - as the key of the cache
    except (OSError, ValueError):
        return _read(path)  # raises `Invalid`, which says why
    file = _cached(path, str(Path.cwd()), (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    unknown = [] if known_rules is None else _unknown_rules(file, known_rules)
    if unknown:
        raise Invalid(in_order((*file.warnings, *unknown)), path, file.document.lines)
    return file


def parse_policy_file(source: bytes, path: str) -> PolicyFile:
    """The same for content that is no longer in the file; `path` is where it stood. Raises `Invalid`."""
    return _bound(path, parse_document(source, path))


def _nearest_file(folder: Path) -> Path | None:
    for above in (folder, *folder.parents):
        if (above / FILE_NAME).is_file():
            return above / FILE_NAME
        if (above / _OTHER_NAME).is_file():
            raise _misnamed(above / _OTHER_NAME)
        if (above / ".git").exists():
            return None
    return None


def _misnamed(path: Path) -> Invalid:
    """A policy that nobody is held to would look as if it were one."""
    message = f"is not read under this name, so none of it holds; rename it to {FILE_NAME}"
    return Invalid((Problem("error", "misnamed-policies", "", message),), os.path.relpath(path), ())


@lru_cache(maxsize=64)
def _cached(path: str, _working_folder: str, _state: tuple[int, ...]) -> PolicyFile:
    return _read(path)


def _read(path: str) -> PolicyFile:
    return _bound(path, read_document(path))


def _bound(path: str, document: Document) -> PolicyFile:
    from planner.review.policies.shape import POLICY_FILE_SHAPE  # only a team that has a file pays for it

    rows, warnings = bind_document(POLICY_FILE_SHAPE, document)
    return _policy_file(path, rows, document, warnings)


def _policy_file(
    path: str, rows: PolicyRows, document: Document, warnings: tuple[Problem, ...]
) -> PolicyFile:
    return PolicyFile(
        path=path.replace(os.sep, "/"),
        folder=str(Path(os.path.abspath(path)).parent),  # noqa: PTH100 - a link's own folder counts
        settings=_settings(rows.review),
        exclude=rows.review.exclude,
        policies=rows.policies,
        document=document,
        warnings=warnings,
    )


def _settings(review: ReviewBlock) -> ReviewSettings:
    return ReviewSettings(review.old_prices_days, review.forfeit_pct, review.rules)


def _unknown_rules(file: PolicyFile, known: Collection[str]) -> list[Problem]:
    written = nearest_node(file.document.root, "review.rules") if file.document.root else None
    keys = written.entries.values() if isinstance(written, Mapping) else ()
    return [
        Problem(
            "error",
            "unknown-rule",
            child_path("review.rules", key.text),
            "is not a rule",
            nearest(key.text, known, "bursar review --explain lists the rules"),
            place_of(key),
        )
        for key, _ in keys
        if key.text in file.settings.severities and key.text not in known
    ]
