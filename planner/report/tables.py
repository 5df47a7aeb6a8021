"""Rows to text, Markdown and CSV. Cells are data: nothing in them acts in a terminal, a page or a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

from pricing.printable import printable
from pricing.records import record

_NUMBER = re.compile(r"[+-]?[\d.]+", re.ASCII)
_ACTS_IN_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&@-])")


@record
class Column:
    """A heading and the side its cells lean to."""

    title: str
    align: Literal["left", "right"] = "left"


def text_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, indent: str = "") -> str:
    """Aligned columns under their headings, two spaces apart, without ruling."""
    grid = [[column.title for column in columns], *([printable(cell) for cell in row] for row in rows)]
    widths = [max(display_width(row[index]) for row in grid) for index in range(len(columns))]
    lines = ("  ".join(map(_pad, row, widths, (column.align for column in columns))) for row in grid)
    return "".join(f"{indent}{line.rstrip()}\n" for line in lines)


def markdown_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """A GitHub table; every character that means something in Markdown or HTML is escaped."""
    rule = ["---:" if column.align == "right" else "---" for column in columns]
    lines = [
        [column.title for column in columns],
        rule,
        *([markdown_text(cell) for cell in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def csv_table(titles: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """Comma-separated rows as RFC 4180 has them; text that a spreadsheet would run as a formula gets a leading quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def markdown_text(text: str) -> str:
    """User text as Markdown that shows it and does nothing else."""
    return (
        _ACTS_IN_MARKDOWN.sub(r"\\\1", printable(text))
        .replace("\\<", "&lt;")
        .replace("\\>", "&gt;")
        .replace("\\&", "&amp;")
        .replace("\\@", "&#64;")
    )


def display_width(text: str) -> int:
    """Terminal columns the text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(cell: str, width: int, align: str) -> str:
    gap = " " * (width - display_width(cell))
    return gap + cell if align == "right" else cell + gap


def _inert(cell: str | int | None) -> str:
    text = "" if cell is None else str(cell)
    acts = text[:1] in ("=", "+", "-", "@", "\t", "\r") and _NUMBER.fullmatch(text) is None
    return "'" + text if acts else text
