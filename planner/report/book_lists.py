"""Price books beside one another: which there are, what changed between two, what to look at in one."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from planner.report.book_show import dollars, price_text
from planner.report.tables import Column, csv_table, markdown_table, markdown_text, text_table
from pricing.book import PriceBook, Rate
from pricing.changes import CardChange, Change, RateChange, ServiceChange, SizeChange, changes, tiers_text
from pricing.money import MICROS_PER_USD, decimal_usd
from pricing.printable import printable
from pricing.problems import Problem
from pricing.records import record

Sign = Literal["+", "-", "~"]
_WORD: dict[Sign, str] = {"+": "added", "-": "removed", "~": "changed"}


@record
class Listing:
    """The same rows for people and for machines."""

    head: str
    """What stands above the rows, for people."""
    columns: tuple[Column, ...]
    cells: list[list[str]]
    records: list[dict[str, Any]]
    foot: str = ""

    def text(self) -> str:
        return self._framed(printable(self.head), text_table(self.columns, self.cells), self.foot)

    def markdown(self) -> str:
        table = markdown_table(self.columns, self.cells)
        return self._framed(markdown_text(self.head), table, markdown_text(self.foot))

    def csv(self, titles: Sequence[str]) -> str:
        return csv_table(titles, [[_cell(record[title]) for title in titles] for record in self.records])

    def _framed(self, head: str, table: str, foot: str) -> str:
        parts = (head and f"{head}\n", table if self.cells else "", foot and f"{foot}\n")
        return "\n".join(filter(None, parts))


def _cell(value: object) -> str | int | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, (str, int)) or value is None else str(value)


BOOK_KEYS = ("version", "published", "rows", "rates", "models", "representative", "default", "title")


def book_list(books: Sequence[PriceBook], default: str) -> Listing:
    """The shipped versions."""
    records = [
        {
            "version": book.version,
            "published": str(book.published),
            "rows": book.row_count,
            "rates": len(book.rates),
            "models": len(book.cards),
            "representative": book.representative,
            "default": book.version == default,
            "title": book.title,
        }
        for book in books
    ]
    columns = (
        Column("version"),
        Column("published"),
        Column("rows", "right"),
        Column("rates", "right"),
        Column("models", "right"),
        Column("figures"),
        Column("what it is"),
    )
    cells = [
        [
            book.version + (" (default)" if book.version == default else ""),
            str(book.published),
            str(book.row_count),
            str(len(book.rates)),
            str(len(book.cards)),
            "representative" if book.representative else "AWS",
            book.title,
        ]
        for book in books
    ]
    return Listing("", columns, cells, records)


DIFF_KEYS = ("change", "kind", "subject", "before", "after", "percent")


def book_diff(before: PriceBook, after: PriceBook) -> Listing:
    """What changed from one book to another: `~ + -` lines, then one line of totals.

    People read one line for a change that is the same in several regions; machines one record per region.
    """
    found = changes(before, after)
    lines = [_Line(_sign(each[0]), *_described(each)) for each in _alike(found)]
    records = [_Line(_sign(change), *_described([change])).record() for change in found]
    totals = ", ".join(f"{sum(line.sign == sign for line in lines)} {_WORD[sign]}" for sign in _WORD)
    columns = (
        Column(""),
        Column("what"),
        Column("before", "right"),
        Column("after", "right"),
        Column("move", "right"),
    )
    head = f"Price book {before.version} -> {after.version}"
    return Listing(
        head,
        columns,
        [line.cells() for line in lines],
        records,
        totals if found else "nothing changed",
    )


@record
class _Line:
    """One change in words."""

    sign: Sign
    kind: str
    subject: str
    before: str
    after: str
    percent: Fraction | None

    def record(self) -> dict[str, Any]:
        return {
            "change": _WORD[self.sign],
            "kind": self.kind,
            "subject": self.subject,
            "before": self.before or None,
            "after": self.after or None,
            "percent": None if self.percent is None else decimal_usd(self.percent * MICROS_PER_USD),
        }

    def cells(self) -> list[str]:
        move = "" if self.percent is None else f"{float(self.percent):+.1f} %"
        return [self.sign, self.subject, self.before, self.after, move]


CHECK_KEYS = ("severity", "code", "subject", "message", "remedy")


def book_check(book: PriceBook, findings: Sequence[Problem], as_of: date) -> Listing:
    """What to look at in a book, most serious first, then one line of totals."""
    records: list[dict[str, Any]] = [
        {
            "severity": found.severity,
            "code": found.code,
            "subject": found.where or book.version,
            "message": found.message,
            "remedy": found.remedy,
        }
        for found in findings
    ]
    cells = [
        [
            record["severity"],
            record["subject"],
            "; ".join(filter(None, (record["message"], record["remedy"]))),
        ]
        for record in records
    ]
    warnings = sum(found.severity == "warning" for found in findings)
    days = (as_of - book.published).days
    head = f"Price book {book.version} as of {as_of}: {_age(days)}"
    columns = (Column("severity"), Column("of"), Column("finding"))
    return Listing(head, columns, cells, records, f"{warnings} warnings, {len(findings) - warnings} to know")


def _age(days: int) -> str:
    if days < 0:
        return f"its newest figure was read {-days} days later"
    return f"its newest figure is {days} days old"


def _sign(change: Change) -> Sign:
    if change.before is None:
        return "+"
    return "-" if change.after is None else "~"


def _alike(found: Sequence[Change]) -> list[list[Change]]:
    """Changes of rates that differ by nothing but their region, together; every other change alone."""
    groups: dict[object, list[Change]] = {}
    for number, change in enumerate(found):
        key: object = number
        if isinstance(change, RateChange):
            sku = change.sku
            key = (sku.model_id, sku.size_class, sku.quality, *map(_rate_text, (change.before, change.after)))
        groups.setdefault(key, []).append(change)
    return list(groups.values())


def _described(alike: Sequence[Change]) -> tuple[str, str, str, str, Fraction | None]:
    """Kind, subject, before, after and the move in per cent; regions of a rate joined."""
    match alike[0]:
        case RateChange(sku, before, after) as change:
            regions = ", ".join(each.sku.region for each in alike if isinstance(each, RateChange))
            subject = " ".join(filter(None, (sku.model_id, sku.size_class, sku.quality, regions)))
            moved = before is None or after is None or price_text(before) != price_text(after)
            show = _price_or_nothing if moved else _rate_text
            return "rate", subject, show(before), show(after), change.percent or None
        case SizeChange(model_id, sizes, quality, region, old, new) as change:
            made = ", ".join(map(str, sizes))
            subject = " ".join(filter(None, (model_id, made, quality, region)))
            return "size", subject, f"${dollars(old)}", f"${dollars(new)}", change.percent
        case CardChange(model_id, fact, was, now):
            return "model", f"{model_id} {fact}", was or "none", now or "none", None
        case ServiceChange(key, one, other):
            return "service", key, tiers_text(one) if one else "", tiers_text(other) if other else "", None
    raise AssertionError(f"not a change: {alike[0]}")


def _price_or_nothing(rate: Rate | None) -> str:
    return "" if rate is None else price_text(rate)


def _rate_text(rate: Rate | None) -> str:
    """The price with its days, where the days are what changed."""
    if rate is None:
        return ""
    until = f" to before {rate.valid_until}" if rate.valid_until else ""
    return f"{price_text(rate)} from {rate.valid_from}{until}"
