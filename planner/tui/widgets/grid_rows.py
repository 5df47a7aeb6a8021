"""What a grid shows and where it comes from: columns, cells, and sources that are read a page at a time."""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from textual.cache import LRUCache
from textual.content import Content

from pricing.records import record

Cell = str | Content
"""Text is anybody's and shown as it stands; `Content` carries colours and is made by Bursar of text already clean."""
Row = Sequence[Cell]
PAGE_ROWS = 100
_PAGES = 24
"""Kept at a time: a few screens to either side of the one looked at."""


@record
class Column:
    """A column of a grid."""

    title: str
    width: int | None = None
    """Cells of the terminal; None shares what the others leave."""
    align: Literal["left", "right"] = "left"


class RowSource(Protocol):
    """Rows that are at hand."""

    def __len__(self) -> int: ...

    def page(self, first: int, last: int) -> Sequence[Row]:
        """The rows from `first` up to but without `last`; called while the screen is drawn, so it answers at once."""


@runtime_checkable
class RemoteRows(Protocol):
    """Rows that take time to get, from a file or a server: the grid shows their place until they are there."""

    def __len__(self) -> int: ...

    async def fetch(self, first: int, last: int) -> Sequence[Row]:
        """The rows from `first` up to but without `last`. Raises `RowsUnavailable`."""


Source = RowSource | RemoteRows


class RowsUnavailable(Exception):
    """A page of rows cannot be had now; the message says why."""


@record
class Rows:
    """A list as a source."""

    rows: Sequence[Row] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def page(self, first: int, last: int) -> Sequence[Row]:
        return self.rows[first:last]


class Pages:
    """The pages of a source that were looked at last."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._pages: LRUCache[int, Sequence[Row]] = LRUCache(_PAGES)

    def row(self, index: int) -> Row | None:
        """None while a remote row has not come yet."""
        number, place = divmod(index, PAGE_ROWS)
        page = self._pages.get(number)
        if page is None or place >= len(page):
            if isinstance(self.source, RemoteRows):
                return None
            page = self.source.page(number * PAGE_ROWS, min((number + 1) * PAGE_ROWS, len(self.source)))
            self._keep(number, page)
        return page[place] if place < len(page) else None

    def missing(self, first: int, last: int) -> int | None:
        """The first page that rows from `first` up to `last` need and that is not here, whole."""
        pages = (index // PAGE_ROWS for index in range(first, last) if self.row(index) is None)
        return next(pages, None)

    async def fetch(self, first: int, last: int) -> bool:
        """Gets the first page that is missing; False when none is, or when it came without the rows it should have.

        Raises `RowsUnavailable`.
        """
        number = self.missing(first, last)
        if number is None or not isinstance(self.source, RemoteRows):
            return False
        end = min((number + 1) * PAGE_ROWS, len(self.source))
        self._keep(number, await self.source.fetch(number * PAGE_ROWS, end))
        return self.missing(first, last) != number

    def _keep(self, number: int, page: Sequence[Row]) -> None:
        """The cache holds on to what it has under a key."""
        self._pages.discard(number)
        self._pages[number] = page
