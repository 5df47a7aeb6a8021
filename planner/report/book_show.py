"""One price book as text and Markdown: its rates, then everything else it records."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from planner.report.tables import Column, display_width, markdown_table, markdown_text, text_table
from pricing.book import PriceBook, Rate
from pricing.changes import tiers_text
from pricing.money import Micros, decimal_usd
from pricing.printable import printable
from pricing.records import record

Row = list[str]


@record
class Shown:
    """What of a book is shown: some of its rates, and the rest of it unless the rates were chosen."""

    book: PriceBook
    rates: tuple[Rate, ...]
    whole: bool
    """True when nothing was left out."""


_RATES = (
    Column("model"),
    Column("size class"),
    Column("quality"),
    Column("region"),
    Column("per image", "right"),
    Column("valid"),
    Column("verified"),
    Column("source"),
)
_SERVICES = (Column("service"), Column("price"), Column("region"), Column("verified"), Column("source"))
_ALLOWANCES = (Column("free each month"), Column("quantity"), Column("verified"), Column("source"))
_OTHER = (Column("other price"), Column("price"), Column("verified"), Column("source"))


def show_text(shown: Shown, *, width: int | None = None) -> str:
    """The book's tables one below the other; rates that differ only by region share a line.

    Where the rates do not fit `width`, each model gets a heading and its rates keep what decides the price.
    """
    tables = [text_table(columns, rows) for columns, rows in _tables(shown)]
    if width is not None and max(map(display_width, tables[0].splitlines())) > width:
        tables = [_by_model(shown), *(_narrow(columns, rows) for columns, rows in list(_tables(shown))[1:])]
    return "\n".join([f"{_headline(shown.book)}\n", *tables, *_notes(shown)])


def show_markdown(shown: Shown) -> str:
    """The same tables for a page."""
    tables = [markdown_table(columns, rows) for columns, rows in _tables(shown)]
    return "\n".join([f"### {markdown_text(_headline(shown.book))}\n", *tables, *_notes(shown)])


def dollars(value: Micros | Fraction) -> str:
    """A unit price with at least three decimals, so that prices of images line up."""
    whole, _, decimals = decimal_usd(value).partition(".")
    return f"{whole}.{decimals:0<3}"


def price_text(rate: Rate) -> str:
    """`$0.008`, or `$0.120-0.140` where people quote a range."""
    low = "" if rate.low_price is None else f"{dollars(Fraction(rate.low_price, rate.per))}-"
    return f"${low}{dollars(rate.unit_price)}"


def yes(verified: bool) -> str:
    return "yes" if verified else "no"


def _headline(book: PriceBook) -> str:
    marks = ", ".join(
        mark for mark in ("representative" if book.representative else "", book.path or "") if mark
    )
    counts = f"{book.row_count} rows, {len(book.rates)} rates, {len(book.cards)} models"
    named = printable(book.version) + (f" ({printable(marks)})" if marks else "")
    return f"Price book {named}: {printable(book.title)}; {counts}"


def _tables(shown: Shown) -> Iterator[tuple[Sequence[Column], list[Row]]]:
    yield _RATES, [rate_cells(rates) for rates in by_price(shown.rates)]
    if shown.whole:
        tables = (
            (_SERVICES, _services(shown.book)),
            (_ALLOWANCES, _allowances(shown.book)),
            (_OTHER, _other(shown.book)),
        )
        yield from ((columns, rows) for columns, rows in tables if rows)


def _services(book: PriceBook) -> list[Row]:
    return [
        [each.key, tiers_text(each), each.region, yes(each.verified), each.source]
        for each in book.services.values()
    ]


def _allowances(book: PriceBook) -> list[Row]:
    return [
        [each.key, f"{each.quantity:,} {each.unit}", yes(each.verified), each.source]
        for each in book.allowances
    ]


def _other(book: PriceBook) -> list[Row]:
    return [
        [each.item, f"${decimal_usd(each.unit_price)} per {each.unit}", yes(each.verified), each.source]
        for each in book.other_prices
    ]


def _by_model(shown: Shown) -> str:
    """Each model above its rates."""
    rows = [rate_cells(rates) for rates in by_price(shown.rates)]
    table = text_table(_RATES[1:5], [row[1:5] for row in rows], indent="  ").splitlines(keepends=True)
    lines = [table[0]]
    for number, row in enumerate(rows):
        if number == 0 or rows[number - 1][0] != row[0]:
            lines.append(f"{printable(row[0])}\n")
        lines.append(table[number + 1].rstrip("\n") + ("" if row[6] == "yes" else "  not verified") + "\n")
    return "".join(lines)


def _narrow(columns: Sequence[Column], rows: list[Row]) -> str:
    """The first two cells of each row, as lines a terminal can break."""
    lines = (f"  {printable(row[0])}: {printable(row[1])}\n" for row in rows)
    return f"{columns[0].title}\n{''.join(lines)}"


def by_price(rates: Iterable[Rate]) -> list[list[Rate]]:
    """Rates that differ by nothing but their region, together."""
    groups: dict[tuple[object, ...], list[Rate]] = {}
    for rate in rates:
        sku = rate.sku
        key = (
            sku.model_id,
            sku.size_class,
            sku.quality,
            price_text(rate),
            _valid(rate),
            rate.verified,
            rate.source,
        )
        groups.setdefault(key, []).append(rate)
    return list(groups.values())


def rate_cells(rates: list[Rate]) -> Row:
    """A row of rates that differ by nothing but their region."""
    rate, sku = rates[0], rates[0].sku
    source, *others = rate.source.split("; ")
    return [
        sku.model_id,
        sku.size_class,
        sku.quality or "",
        ", ".join(each.sku.region for each in rates),
        price_text(rate),
        _valid(rate),
        yes(rate.verified),
        source + (f" (+{len(others)})" if others else ""),
    ]


def _valid(rate: Rate) -> str:
    until = "on" if rate.valid_until is None else f"to before {rate.valid_until}"
    return f"{rate.valid_from} {until}"


def _notes(shown: Shown) -> Iterator[str]:
    if shown.book.representative:
        yield "Figures people plan with, not AWS's own: use an AWS book before committing to a number.\n"
    if not all(rate.verified for rate in shown.rates):
        yield "Not verified: read in one source that is not AWS's, or assumed; --format json has the notes.\n"
