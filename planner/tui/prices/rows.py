"""Price books, their rates, findings and changes as rows."""

from collections.abc import Mapping, Sequence
from datetime import date

from textual.content import Content

from planner.report.book_lists import book_check, book_diff
from planner.report.book_show import by_price, rate_cells
from planner.report.guard_words import count
from planner.report.tables import display_width
from planner.tui.prices.shelf import Shelf
from planner.tui.text import clean
from planner.tui.widgets.grid_rows import Column, Row
from pricing.book import PriceBook, Rate
from pricing.findings import OLD_AFTER_DAYS, book_findings
from pricing.records import record

_MIDDLE = 100
_MOVE, _LEAST_OF = 10, 26
_EDGES = 11
"""Cells that the cursor's mark, the scroll bar and the gaps of five columns take."""
_SIGN_LOOKS = {"+": "$success", "-": "$error", "~": "$warning"}
_SEVERITY_LOOKS = {"error": "bold $error", "warning": "bold $warning"}


@record
class Price:
    """Rates that differ by nothing but their region, and what is to say of their model."""

    rates: tuple[Rate, ...]
    state: str
    look: str
    users: tuple[str, ...]

    @property
    def short_state(self) -> str:
        """The state without the day it is about."""
        return self.state.partition(" ")[0].rstrip(",") if self.retired else self.state.partition(",")[0]

    @property
    def retired(self) -> bool:
        return self.state.startswith("RETIRED")

    @property
    def words(self) -> str:
        """What a filter looks in."""
        return " ".join((*rate_cells(list(self.rates)), self.state, *self.users))


def prices_of(book: PriceBook, users: Mapping[str, tuple[str, ...]], as_of: date) -> list[Price]:
    """Every price of a book, in its order."""
    found = []
    for rates in by_price(book.rates):
        model_id = rates[0].sku.model_id
        state, look = state_of(book, model_id, as_of)
        found.append(Price(tuple(rates), state, look, users.get(model_id, ())))
    return found


def state_of(book: PriceBook, model_id: str, as_of: date) -> tuple[str, str]:
    """How far a model is in its life, in words, and the look of that."""
    life = book.cards[model_id].lifecycle
    if life.retired(as_of):
        return f"RETIRED {life.end_of_life}", "bold $error"
    if life.near_end(as_of) and life.end_of_life is not None:
        return f"ends in {(life.end_of_life - as_of).days} days", "bold $warning"
    if life.legacy_from is not None and life.legacy_from <= as_of:
        return "Legacy" + (f", ends {life.end_of_life}" if life.end_of_life else ""), "$warning"
    return "active", ""


VERSION_COLUMNS = (
    Column("", 1),
    Column("version", 19),
    Column("age", 9, "right"),
    Column("rates", 5, "right"),
    Column("what it is"),
)


def version_rows(shelf: Shelf, shown: int, against: int, as_of: date) -> list[Row]:
    """One for each book, then those that cannot be had."""
    rows: list[Row] = [
        (
            "●" if index == shown else "~" if index == against else "",
            book.version,
            age_text(book, as_of),
            str(len(book.rates)),
            ("representative: " if book.representative else "") + book.title,
        )
        for index, book in enumerate(shelf.books)
    ]
    for broken in shelf.broken:
        why = Content.styled(clean(f"cannot be used: {broken.why}"), "$error")
        rows.append((Content.styled("✗", "bold $error"), broken.name, "", "", why))
    return rows


def age_text(book: PriceBook, as_of: date) -> str:
    days = (as_of - book.published).days
    return count(days, "day") if days >= 0 else f"{-days} d later"


def is_old(book: PriceBook, as_of: date) -> bool:
    return (as_of - book.published).days > OLD_AFTER_DAYS


def change_columns(width: int, rows: Sequence[Row] = ()) -> tuple[Column, ...]:
    """What changed is as wide as it has to be, so that the figures stand beside it."""
    side = 14 if width < _MIDDLE else 24
    room = width - 1 - 2 * side - _MOVE - _EDGES
    widest = max((display_width(str(row[1])) for row in rows), default=room)
    return (
        Column("", 1),
        Column("what", min(room, widest)),
        Column("before", side, "right"),
        Column("after", side, "right"),
        Column("move", _MOVE, "right"),
    )


def change_rows(before: PriceBook, after: PriceBook) -> tuple[list[Row], str]:
    """What `bursar prices diff` says, and its line of totals."""
    listing = book_diff(before, after)
    rows: list[Row] = [
        (Content.styled(cells[0], f"bold {_SIGN_LOOKS[cells[0]]}"), *cells[1:]) for cells in listing.cells
    ]
    return rows, listing.foot


def finding_columns(width: int, rows: Sequence[Row] = ()) -> tuple[Column, ...]:
    """What a finding is about in full, where a third of the width is enough for it."""
    widest = max((display_width(str(row[1])) for row in rows), default=0)
    return (Column("severity", 8), Column("of", max(_LEAST_OF, min(widest, width // 3))), Column("finding"))


def finding_rows(book: PriceBook, as_of: date) -> list[Row]:
    """What `bursar prices check` says."""
    listing = book_check(book, book_findings(book, as_of), as_of)
    return [
        (Content.styled(clean(cells[0]), _SEVERITY_LOOKS.get(cells[0], "")), *cells[1:])
        for cells in listing.cells
    ]
