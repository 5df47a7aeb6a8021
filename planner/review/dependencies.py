"""What an unchanged scenario reads that may have changed: the team policy above it, and a price book of its own."""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

from planner.review.blobs import Blobs, content_now, same_text
from planner.review.policies.load import FILE_NAME
from pricing.load import is_path
from pricing.problems import Invalid
from pricing.reading.nodes import Mapping, Scalar
from pricing.reading.source import parse_document

FOUND_BY_GIT: Final = (".yaml", ".yml")
"""How the names end of the files that git is asked for."""
_NOT_WAITING: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_MOST: Final = 60_000
"""Bytes that hold nearly every scenario whole."""
_SIMPLE_BOOK = re.compile(rb"^price_book:[ ]+([\w.-]+)[ ]*(?:#.*)?\r?$", re.ASCII | re.MULTILINE)
"""A version, or a file beside the scenario; what is written in any other way is read as YAML."""


class Dependencies:
    """Holds scenarios against the files that did change; all paths as git names them."""

    def __init__(self, blobs: Blobs, changed: frozenset[str], tracked: frozenset[str]) -> None:
        """`changed` are YAML files other than scenarios; `tracked` all that git keeps."""
        self.blobs = blobs
        self.base = blobs.base
        self.changed = changed
        self.tracked = tracked
        self._policies: dict[str, bool] = {}
        self._others: dict[Path, bool] = {}

    def changed_for(self, path: str) -> bool:
        """Whether something that the scenario at `path` reads is not as it was."""
        folder = path.rpartition("/")[0]
        if folder not in self._policies:
            self._policies[folder] = self._policy_changed(path)
        return self._policies[folder] or self._book_changed(folder, path)

    def _policy_changed(self, path: str) -> bool:
        """Looks from the scenario upwards: the nearest policy counts, whole."""
        for above in folders_above(path):
            policy = f"{above}/{FILE_NAME}" if above else FILE_NAME
            stands = Path(self.base.repository.top, policy).is_file()
            if policy in self.changed or (stands and policy not in self.tracked):
                return True
            if stands:
                return False
        return False

    def _book_changed(self, folder: str, path: str) -> bool:
        book = own_book(self._content(path), path)
        if book is None or (not self.changed and book.lower().endswith(FOUND_BY_GIT)):
            return False
        place = Path(self.base.repository.top, folder, book).resolve()
        if book.lower().endswith(FOUND_BY_GIT):
            return place in self._places
        if place not in self._others:
            self._others[place] = self._has_changed(place)
        return self._others[place]

    def _content(self, path: str) -> bytes:
        """A scenario of the work tree; this is done for every file of a review, so without a `Path`."""
        try:
            descriptor = os.open(f"{self.base.repository.top}/{path}", _NOT_WAITING)
            try:
                begun = os.read(descriptor, _MOST)
            finally:
                os.close(descriptor)
        except (OSError, ValueError):
            return b""
        return begun if len(begun) < _MOST else content_now(self.base, path) or b""

    def _has_changed(self, place: Path) -> bool:
        """A book under a name that git was not asked for; outside the repository, or not kept by git, it is as it was."""
        try:
            inside = place.relative_to(self.base.repository.top).as_posix()
        except ValueError:
            return False
        before = self.blobs.at_base(inside)
        return before is not None and not same_text(before, content_now(self.base, inside))

    @cached_property
    def _places(self) -> frozenset[Path]:
        return frozenset(Path(self.base.repository.top, path).resolve() for path in self.changed)


def folders_above(path: str) -> Iterator[str]:
    """The folder of a file and every one above it, up to the top of the repository, which is empty."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def may_be_book(content: bytes | None) -> bool:
    """Whether a file that stands among scenarios could be a price book."""
    return content is not None and b"models" in content and b"rates" in content


def own_book(content: bytes, name: str) -> str | None:
    """The file a scenario names as its price book; None for a shipped version."""
    if b"price_book" not in content and b"\\" not in content:
        return None
    simple = _SIMPLE_BOOK.search(content)
    if simple is not None:
        book = simple[1].decode()
        return book if is_path(book) else None
    try:
        root = parse_document(content, name).root
    except Invalid:
        return None
    value = root.get("price_book") if isinstance(root, Mapping) else None
    return value.text if isinstance(value, Scalar) and is_path(value.text) else None
