"""`bursar prices`: which price books there are, what they say, what changed between two, what to look at."""

import argparse
import sys
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from shutil import get_terminal_size

from planner.commands import BadUsage
from planner.commands.output import add_output_options, write_json, write_output
from planner.report.book_data import show_csv, show_json
from planner.report.book_lists import (
    BOOK_KEYS,
    CHECK_KEYS,
    DIFF_KEYS,
    Listing,
    book_check,
    book_diff,
    book_list,
)
from planner.report.book_show import Shown, show_markdown, show_text
from pricing.book import PriceBook, Rate
from pricing.findings import book_findings
from pricing.load import DEFAULT_VERSION, load_book, load_book_with_warnings, shipped_versions
from pricing.model_ids import parse_model_id
from pricing.nearest import nearest
from pricing.reading.scalars import parse_day

_BOOK = f"a shipped version, or the path of a book of your own (default: {DEFAULT_VERSION})"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", metavar="list|show|diff|check")
    parser.set_defaults(action="list", format="table", output=None)
    lists = commands.add_parser("list", help="the versions Bursar ships")
    show = commands.add_parser("show", help="the prices of one book")
    show.add_argument("book", nargs="?", metavar="VERSION|PATH", help=_BOOK)
    show.add_argument("--model", metavar="GLOB", help="only models that match, such as 'stability.*'")
    show.add_argument("--region", metavar="REGION", help="only prices of this region")
    diff = commands.add_parser("diff", help="what changed between two books")
    diff.add_argument("before", metavar="A", help="a version or a path")
    diff.add_argument("after", metavar="B", help="a version or a path")
    check = commands.add_parser("check", help="age, unverified rows, models at their end")
    check.add_argument("book", nargs="?", metavar="VERSION|PATH", help=_BOOK)
    check.add_argument("--as-of", metavar="DAY", type=_day, help="check as of this day (default: today, UTC)")
    for command in (lists, show, diff, check):
        add_output_options(command)


def run(args: argparse.Namespace) -> int:
    {"list": _list, "show": _show, "diff": _diff, "check": _check}[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    listing = book_list([load_book(version) for version in shipped_versions()], DEFAULT_VERSION)
    _write(args, listing, BOOK_KEYS, listing.records)


def _show(args: argparse.Namespace) -> None:
    book = load_book(args.book)
    shown = Shown(
        book, _chosen(book, args.model, args.region), whole=args.model is None and args.region is None
    )
    if args.format == "json":
        write_json(args, show_json(shown), inputs=_paths(book))
        return
    render = {"csv": show_csv, "markdown": show_markdown}.get(args.format)
    write_output(args, render(shown) if render else show_text(shown, width=_width(args)), inputs=_paths(book))


def _diff(args: argparse.Namespace) -> None:
    before, after = load_book(args.before), load_book(args.after)
    listing = book_diff(before, after)
    value = {"before": before.version, "after": after.version, "changes": listing.records}
    _write(args, listing, DIFF_KEYS, value, before, after)


def _check(args: argparse.Namespace) -> None:
    as_of = args.as_of or datetime.now(UTC).date()
    book, warnings = load_book_with_warnings(args.book)
    listing = book_check(book, (*warnings, *book_findings(book, as_of)), as_of)
    age = (as_of - book.published).days
    value = {"version": book.version, "as_of": str(as_of), "age_days": age, "findings": listing.records}
    _write(args, listing, CHECK_KEYS, value, book)


def _chosen(book: PriceBook, glob: str | None, region: str | None) -> tuple[Rate, ...]:
    """The rates that match; raises `BadUsage` when none does."""
    models = sorted({rate.sku.model_id for rate in book.rates})
    wanted = (
        models
        if glob is None
        else [each for each in models if fnmatchcase(each, parse_model_id(glob).model_id)]
    )
    if glob is not None and not wanted:
        remedy = nearest(parse_model_id(glob).model_id, models, "bursar prices show lists them")
        raise BadUsage(f"price book {book.version} has no model {glob!r}; {remedy}")
    rates = tuple(rate for rate in book.rates if rate.sku.model_id in wanted)
    regions = sorted({rate.sku.region for rate in rates})
    if region is not None and region not in regions:
        raise BadUsage(
            f"price book {book.version} has no such price in {region!r}; priced in {', '.join(regions)}"
        )
    return tuple(rate for rate in rates if region in (None, rate.sku.region))


def _write(
    args: argparse.Namespace, listing: Listing, keys: tuple[str, ...], value: object, *books: PriceBook
) -> None:
    inputs = [path for book in books for path in _paths(book)]
    if args.format == "json":
        write_json(args, value, inputs=inputs)
        return
    texts = {"csv": lambda: listing.csv(keys), "markdown": listing.markdown, "table": listing.text}
    write_output(args, texts[args.format](), inputs=inputs)


def _width(args: argparse.Namespace) -> int | None:
    """The columns of the terminal; None where the result goes to a pipe or a file."""
    return get_terminal_size().columns if args.output is None and sys.stdout.isatty() else None


def _paths(book: PriceBook) -> tuple[str, ...]:
    return (book.path,) if book.path else ()


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-01") from None
