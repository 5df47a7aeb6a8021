"""The price book a scenario was planned with at the revision: a shipped version, or the team's own file as it was."""

from pathlib import Path, PurePosixPath
from posixpath import normpath

from planner.plan import book_of
from planner.review.blobs import Blobs, content_now, same_text
from planner.review.changes import Changes
from planner.review.dependencies import FOUND_BY_GIT
from planner.scenario_file import ScenarioFile
from pricing.book import PriceBook
from pricing.load import is_path
from pricing.loading.file import price_book
from pricing.problems import Invalid, Problem
from pricing.reading.source import parse_document


class BooksBefore:
    """Reads each book once, however many scenarios share it."""

    def __init__(self, changes: Changes, blobs: Blobs) -> None:
        self.changes = changes
        self.blobs = blobs
        self._read: dict[str, PriceBook] = {}

    def of(self, file: ScenarioFile, path: str, now: PriceBook | None = None) -> PriceBook:
        """The book of a scenario that stood at `path`, as git names it; raises `Invalid` when it cannot be had.

        A book outside the repository, or one that git does not keep, is taken as it is now: from `now`, where it is that.
        """
        name, top = file.scenario.price_book, Path(self.blobs.base.repository.top)
        if name is None or not is_path(name):
            return book_of(file, str(top / path))
        inside = self._inside(name, path)
        if inside is None or not self._has_changed(inside):
            current = str(top / path if inside is None else top / inside)
            if (
                now is not None
                and now.path is not None
                and Path(now.path).resolve() == Path(current).resolve()
            ):
                return now
            return book_of(file, current, None if inside is None else current)
        if inside not in self._read:
            self._read[inside] = self._book(inside, file)
        return self._read[inside]

    def _inside(self, name: str, path: str) -> str | None:
        """The book as git names it; None outside the repository."""
        if PurePosixPath(name).is_absolute():
            try:
                return Path(name).resolve().relative_to(self.blobs.base.repository.top).as_posix()
            except ValueError:
                return None
        inside = normpath(f"{path.rpartition('/')[0]}/{name}".lstrip("/"))
        return None if inside.startswith("../") else inside

    def _has_changed(self, inside: str) -> bool:
        if inside.lower().endswith(FOUND_BY_GIT):
            return inside in self.changes.moved
        before = self.blobs.at_base(inside)
        return before is not None and not same_text(before, content_now(self.blobs.base, inside))

    def _book(self, inside: str, file: ScenarioFile) -> PriceBook:
        content = self.blobs.at_base(inside)
        if content is None:
            problem = Problem(
                "error", "missing-file", "price_book", f"there was no {inside}", "", file.place("price_book")
            )
            raise Invalid((problem,), file.document.file, file.document.lines)
        return price_book(parse_document(content, inside), path=inside)[0]
