"""Price books by name or by path: the versions Bursar ships, and the files teams keep themselves."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from pricing.book import PriceBook
from pricing.errors import UnknownBook
from pricing.loading.file import price_book
from pricing.nearest import nearest
from pricing.problems import Problem
from pricing.reading.source import read_document

DEFAULT_VERSION: Final = "2026-07-24"
_BOOKS = Path(__file__).parent / "books"
_SUFFIXES = (".yaml", ".yml")


def shipped_versions() -> tuple[str, ...]:
    """The versions Bursar ships, the default one first."""
    names = sorted((path.stem for path in _BOOKS.glob("*.yaml")), reverse=True)
    return tuple(sorted(names, key=lambda name: name != DEFAULT_VERSION))


def load_book(name_or_path: str | Path | None = None, relative_to: Path | None = None) -> PriceBook:
    """The book of a shipped version or of a file; None for the default version.

    A name that ends in .yaml or .yml, or has a slash, is a path, starting in the folder `relative_to`.
    Raises `UnknownBook` for a version that is not shipped, and `Invalid` with every problem of the file.
    """
    return load_book_with_warnings(name_or_path, relative_to=relative_to)[0]


def load_book_with_warnings(
    name_or_path: str | Path | None = None, relative_to: Path | None = None
) -> tuple[PriceBook, tuple[Problem, ...]]:
    """As `load_book`, with what should be looked at in the file."""
    name = str(name_or_path if name_or_path is not None else DEFAULT_VERSION)
    if not is_path(name):
        return _shipped(name), ()
    path = (relative_to or Path()) / name
    return _own(path)


def is_path(name: str) -> bool:
    """Whether the name of a book means a file rather than a shipped version."""
    return name.endswith(_SUFFIXES) or "/" in name or "\\" in name


@cache
def _shipped(version: str) -> PriceBook:
    path = _BOOKS / f"{version}.yaml"
    if version not in shipped_versions():
        raise UnknownBook(
            f"{version[:80]!r} is not a price book that Bursar ships",
            nearest(version, shipped_versions(), "bursar prices list names them"),
            code="unknown-book",
        )
    return price_book(read_document(path))[0]


def _own(path: Path) -> tuple[PriceBook, tuple[Problem, ...]]:
    """A team's own book, read again only when the file has changed."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return price_book(read_document(path), path=str(path))  # raises `Invalid`, which says why
    return _read_own(path, (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=8)
def _read_own(path: Path, _state: tuple[int, ...]) -> tuple[PriceBook, tuple[Problem, ...]]:
    return price_book(read_document(path), path=str(path))
