"""Price books, their rates, findings and changes as rows."""

from collections.abc import Mapping, Sequence
from datetime import date

from textual.content import Content

from planner.report.book_lists import book_check, book_diff
from planner.report.book_show import by_price, price_text, rate_cells
from planner.report.guard_words import count
from planner.tui.prices.shelf import Shelf
from planner.tui.text import clean
from planner.tui.wanted import Wanted
from planner.tui.widgets.grid_rows import Cell, Column, Row
from pricing.book import PriceBook, Rate
from pricing.findings import OLD_AFTER_DAYS, book_findings
from pricing.records import record

_MIDDLE, _WIDE = 100, 140
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


def price_columns(width: int) -> tuple[Column, ...]:
    """As many as a grid of that width has room for."""
    if width < _MIDDLE:
        return (
            Column("model", 27),
            Column("size", 6),
            Column("quality", 8),
            Column("usd", 12, "right"),
            Column("state", 17),
        )
    if width < _WIDE:
        return (
            Column("model", 38),
            Column("size", 11),
            Column("quality", 9),
            Column("usd", 12, "right"),
            Column("state", 18),
        )
    return (
        Column("model", 36),
        Column("size", 11),
        Column("quality", 9),
        Column("usd", 12, "right"),
        Column("regions", 20),
        Column("state", 33),
        Column("verified", 8),
        Column("source"),
    )


def price_row(price: Price, columns: Sequence[Column]) -> Row:
    cells = rate_cells(list(price.rates))
    short = columns[0].width or 0
    model = cells[0] if len(cells[0]) <= short else cells[0].partition(".")[2]
    values: dict[str, Cell] = {
        "model": model,
        "size": cells[1],
        "quality": cells[2],
        "usd": price_text(price.rates[0]),
        "regions": cells[3],
        "state": _state(price, brief=len(columns) == 5),
        "verified": cells[6],
        "source": cells[7],
    }
    return [values[column.title] for column in columns]


def chosen(prices: Sequence[Price], look_for: Wanted | None) -> list[Price]:
    return [price for price in prices if look_for is None or price.words in look_for]


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


def change_columns(width: int) -> tuple[Column, ...]:
    side = 14 if width < _MIDDLE else 24
    return (
        Column("", 1),
        Column("what"),
        Column("before", side, "right"),
        Column("after", side, "right"),
        Column("move", 10, "right"),
    )


def change_rows(before: PriceBook, after: PriceBook) -> tuple[list[Row], str]:
    """What `bursar prices diff` says, and its line of totals."""
    listing = book_diff(before, after)
    rows: list[Row] = [
        (Content.styled(cells[0], f"bold {_SIGN_LOOKS[cells[0]]}"), *cells[1:]) for cells in listing.cells
    ]
    return rows, listing.foot


FINDING_COLUMNS = (Column("severity", 8), Column("of", 34), Column("finding"))


def finding_rows(book: PriceBook, as_of: date) -> list[Row]:
    """What `bursar prices check` says."""
    listing = book_check(book, book_findings(book, as_of), as_of)
    return [
        (Content.styled(clean(cells[0]), _SEVERITY_LOOKS.get(cells[0], "")), *cells[1:])
        for cells in listing.cells
    ]


def _state(price: Price, *, brief: bool) -> Content:
    """The model's state, who is hit by it, and whether the price was verified; `brief` where there is little room."""
    marks = []
    if price.users and price.state != "active":
        marks.append(f"! {len(price.users)} use" if brief else f"! {count(len(price.users), 'scenario')}")
    if not all(rate.verified for rate in price.rates):
        marks.append("unverified" if brief else "not verified")
    state = price.state.partition(" ")[0].rstrip(",") if brief and marks else price.state
    if not marks and state == "active":
        return Content.styled("active", "$text-muted")
    return Content.assemble((state, price.look), *(f"; {mark}" for mark in marks))
