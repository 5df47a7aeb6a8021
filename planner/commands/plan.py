"""`bursar plan FILE`: what a scenario costs, month by month, and who pays."""

import argparse
import os
import sys
from contextlib import suppress
from datetime import UTC, date, datetime

from planner.commands.output import add_output_options, write_json, write_output
from planner.plan import Plan, plan_file

WIDTH = 120
"""Columns of a table that goes to a pipe or a file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="a scenario, such as scenarios/marketplace-catalogue.yaml"
    )
    add_plan_options(parser)
    add_output_options(parser)


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """The options every planning command shares."""
    parser.add_argument(
        "--price-book", metavar="VERSION|PATH", help="plan with this price book instead of the scenario's"
    )
    parser.add_argument(
        "--as-of",
        metavar="DAY",
        type=day,
        default=None,
        help="count the age of the prices to this day (default: today, UTC)",
    )


def run(args: argparse.Namespace) -> int:
    plan = plan_file(args.file, as_of=args.as_of or today(), price_book=args.price_book)
    write_plan(args, plan)
    return 1 if plan.broken else 0


def write_plan(args: argparse.Namespace, plan: Plan) -> None:
    if args.format == "json":
        from planner.report.plan_json import plan_json

        write_json(args, plan_json(plan), inputs=(args.file,))
        return
    from planner.report.plan_text import plan_csv, plan_markdown, plan_text

    text = {"csv": plan_csv, "markdown": plan_markdown}.get(args.format)
    write_output(
        args,
        text(plan) if text else plan_text(plan, width=table_width(args), ascii_only=ascii_only(args)),
        inputs=(args.file,),
    )


def table_width(args: argparse.Namespace) -> int:
    """The terminal's width on a terminal; the same number everywhere else."""
    if args.output is not None or not sys.stdout.isatty():
        return WIDTH
    with suppress(OSError):
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH
    return WIDTH


def ascii_only(args: argparse.Namespace) -> bool:
    """True where the terminal cannot show block characters."""
    return args.output is None and not (sys.stdout.encoding or "").lower().startswith("utf")


def day(text: str) -> date:
    """An ISO day, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-01") from None


def today() -> date:
    return datetime.now(UTC).date()
