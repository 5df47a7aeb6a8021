"""Rows for people and for machines, and a table that becomes blocks where the terminal is too narrow for it."""

from collections.abc import Mapping, Sequence

from planner.report.guard_words import packed
from planner.report.tables import Column, csv_table, display_width, markdown_table, markdown_text, text_table
from pricing.printable import printable
from pricing.records import record

LONGEST = 1_000
"""Characters of a line that carries words a person chose."""


@record
class Listing:
    """The same rows in every format; `cells` are for people, `records` for machines."""

    columns: tuple[Column, ...]
    cells: Sequence[Sequence[str]]
    keys: tuple[str, ...]
    records: Sequence[Mapping[str, object]]
    head: tuple[str, ...] = ()
    """Lines above the rows."""
    foot: tuple[str, ...] = ()

    def text(self, width: int | None) -> str:
        """A table, or a block for each row where the table is wider than `width`; None for no bound."""
        table = text_table(self.columns, self.cells) if self.cells else ""
        if width is not None and max(map(display_width, table.splitlines()), default=0) > width:
            table = "".join(self._block(row, width) for row in self.cells)
        return _framed(_lines(self.head), table, _lines(self.foot))

    def markdown(self) -> str:
        table = markdown_table(self.columns, self.cells) if self.cells else ""
        head, foot = ("".join(f"{markdown_text(line)}\n" for line in each) for each in (self.head, self.foot))
        return _framed(head, table, foot)

    def csv(self) -> str:
        return csv_table(
            self.keys, [[machine_cell(record[key]) for key in self.keys] for record in self.records]
        )

    def _block(self, row: Sequence[str], width: int) -> str:
        words = [
            f"{column.title} {printable(cell, LONGEST)}".strip()
            for column, cell in zip(self.columns[1:], row[1:], strict=True)
            if cell
        ]
        return "\n".join([printable(row[0], LONGEST), *packed(words, width)]) + "\n"


def machine_cell(value: object) -> str | int | None:
    """A value as CSV has it: whole, with every hidden character visible."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or value is None:
        return value
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return printable(text, len(text) or 1)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{printable(line, LONGEST)}\n" for line in lines)


def _framed(*parts: str) -> str:
    return "\n".join(filter(None, parts))
