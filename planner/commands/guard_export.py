"""`bursar guard export`: settled calls for spreadsheets, cost tools and programs."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from planner.commands import BadUsage
from planner.commands.guard_ledger import files_of, reading
from planner.commands.output import write_parts
from planner.guard.calls import PastCall, past_calls
from planner.guard.export import FOCUS, PLAIN, Account, Row, focus_row, plain_record, plain_row
from planner.guard.reconciliation import Days
from planner.report.guard_words import count
from planner.report.tables import csv_table

_BATCH = 1_000


def export(args: argparse.Namespace) -> int:
    days, account = days_of(args), Account(args.account, args.account_name)
    with reading(args) as ledger:
        under_way: list[str] = []
        calls = _counted(past_calls(ledger, until=ledger.last_seq()), days, under_way)
        match args.format:
            case "focus":
                parts = _csv(FOCUS, (focus_row(call, account) for call in calls))
            case "json":
                parts = _json(map(plain_record, calls))
            case _:
                parts = _csv(PLAIN, map(plain_row, calls))
        write_parts(args, parts, inputs=files_of(args))
    if under_way:
        sys.stderr.write(f"bursar: {count(len(under_way), 'call')} still under way, not in the export\n")
    return 0


def days_of(args: argparse.Namespace) -> Days:
    """`--from` and `--to`; raises `BadUsage` when they are in the wrong order."""
    if args.first is not None and args.last is not None and args.first > args.last:
        raise BadUsage(f"--from {args.first} is after --to {args.last}; swap them")
    return Days(args.first, args.last)


def _counted(calls: Iterable[PastCall], days: Days, under_way: list[str]) -> Iterator[PastCall]:
    for call in calls:
        if call.held_at not in days:
            continue
        if call.state == "open":
            under_way.append(call.key)
        else:
            yield call


def _csv(titles: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """A batch at a time, so that a long history needs little memory."""
    heading = csv_table(titles, ())
    yield heading
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        yield csv_table(titles, [list(row.values()) for row in batch])[len(heading) :]


def _json(rows: Iterable[dict[str, object]]) -> Iterator[str]:
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"
