"""`bursar quote --model ID --body FILE|-`: the most one InvokeModel request can cost."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from planner.commands import BadUsage
from planner.commands.output import add_output_options, write_json, write_output
from planner.report.quote_report import quote_csv, quote_json, quote_markdown, quote_text
from pricing.load import load_book
from pricing.quote import quote
from pricing.requests.body import MAX_BODY_BYTES

STDIN = "-"
_TEXTS = {"table": quote_text, "csv": quote_csv, "markdown": quote_markdown}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        required=True,
        metavar="ID",
        help="a model id, a us.-prefixed id or an ARN that names a model",
    )
    parser.add_argument(
        "--body",
        required=True,
        metavar="FILE|-",
        help="the request body as JSON; - reads it from standard input",
    )
    parser.add_argument(
        "--region",
        metavar="REGION",
        help="where it is called (default: what the ARN names, else the model's first)",
    )
    parser.add_argument("--on", metavar="DAY", type=_day, help="the day of the price (default: today, UTC)")
    parser.add_argument(
        "--price-book", metavar="VERSION|PATH", help="price with this book (default: the newest)"
    )
    add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    book = load_book(args.price_book)
    on = args.on or datetime.now(UTC).date()
    result = quote(book, args.model, _read_body(args.body), region=args.region, on=on)
    inputs = () if args.body == STDIN else (args.body,)
    if args.format == "json":
        write_json(args, quote_json(result), inputs=inputs)
    else:
        write_output(args, _TEXTS[args.format](result), inputs=inputs)
    return 0


def _read_body(name: str) -> bytes:
    """At most one byte more than AWS takes, so that an endless stream ends too."""
    try:
        if name == STDIN and sys.stdin is None:
            raise ValueError("standard input is closed")
        if name == STDIN:
            return sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_BODY_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadUsage(
            f"{name} cannot be read: {why}; name a file that holds the request body as JSON"
        ) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-01") from None
