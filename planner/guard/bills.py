"""A file of bills, one row a call: `key,billed_usd` as CSV with a heading, or the same as a JSON list of objects.

`hold_id` may stand for `key`, and other columns are passed over, so what `bursar guard` exports can be corrected and
read back. Amounts are read as they are written; nothing goes through a float.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from planner.guard.reconciliation import Billed
from pricing.money import MoneyError, parse_usd
from pricing.printable import printable
from pricing.problems import Invalid, Place, Problem, in_order

LARGEST_BYTES = 64_000_000
KEYS, AMOUNT = ("key", "hold_id"), "billed_usd"
_REMEDY = "write the key of a hold and what it was billed in dollars, such as 0.04; 0 for not billed"

Report = Callable[[int, str, str], None]
"""Takes a line, a code and a message."""


def read_bills(name: str) -> tuple[Billed, ...]:
    """Every row, in the order of the file; raises `Invalid` with all that is wrong with it."""
    problems: list[Problem] = []

    def report(line: int, code: str, message: str) -> None:
        place = Place(line, 1) if line else None
        problems.append(Problem("error", code, "", message, _REMEDY, place))

    text = _text(name, report)
    bills: list[Billed] = []
    if text is not None:
        rows = _json_rows if _is_json(name, text) else _csv_rows
        bills = [bill for bill in (_bill(row, report) for row in rows(text, report)) if bill is not None]
        _refuse_twice(bills, report)
        if not bills and not problems:
            report(0, "no-rows", "has no bill in it")
    if problems:
        raise Invalid(in_order(problems), name)
    return tuple(bills)


Row = tuple[int, object, object]
"""Line, key and amount as they are written."""


def _text(name: str, report: Report) -> str | None:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        report(0, "unreadable", f"cannot be read: {said}")
        return None
    if len(content) > LARGEST_BYTES:
        report(0, "too-large", f"is larger than {LARGEST_BYTES:,} bytes")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        report(line, "not-text", "is not UTF-8 text")
        return None


def _is_json(name: str, text: str) -> bool:
    return name.lower().endswith(".json") or text.lstrip()[:1] in ("[", "{")


def _csv_rows(text: str, report: Report) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        titles = [title.strip() for title in next(reader, [])]
        key = next((titles.index(known) for known in KEYS if known in titles), None)
        if key is None or AMOUNT not in titles:
            report(1, "no-heading", "has no heading with the columns key and billed_usd")
            return
        amount = titles.index(AMOUNT)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, _cell(row, key), _cell(row, amount)
    except csv.Error as error:
        report(reader.line_num, "not-csv", f"is not CSV: {error}")


def _cell(row: list[str], index: int) -> str:
    """What was quoted for a spreadsheet's sake is read without that quote."""
    text = row[index].strip() if index < len(row) else ""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _json_rows(text: str, report: Report) -> Iterator[Row]:
    try:
        rows = json.loads(text, parse_float=str, parse_int=str)
    except json.JSONDecodeError as error:
        report(error.lineno, "not-json", f"is not JSON: {error.msg}")
        return
    except RecursionError:
        report(0, "not-json", "is nested too deeply")
        return
    if not isinstance(rows, list):
        report(0, "not-a-list", "is no list of bills")
        return
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, next((row[known] for known in KEYS if known in row), ""), row.get(AMOUNT, "")
        else:
            report(number, "not-a-bill", f"element {number} is no object")


def _bill(row: Row, report: Report) -> Billed | None:
    line, key, amount = row
    if not isinstance(key, str) or not key or not key.isprintable():
        report(line, "no-key", "names no hold")
        return None
    try:
        usd = parse_usd(amount if isinstance(amount, str) else repr(amount))
    except MoneyError as error:
        report(line, "no-amount", f"{printable(key, 80)}: {error}")
        return None
    if usd < 0:
        report(line, "negative", f"{printable(key, 80)}: a bill cannot be negative")
        return None
    return Billed(key, usd, line)


def _refuse_twice(bills: list[Billed], report: Report) -> None:
    first: dict[str, int] = {}
    for bill in bills:
        if bill.key in first:
            report(bill.line, "twice", f"{printable(bill.key, 80)} is in row {first[bill.key]} already")
        first.setdefault(bill.key, bill.line)
