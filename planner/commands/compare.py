"""`bursar compare A B...`: scenarios side by side, the first one the base."""

import argparse

from planner.commands import BadUsage
from planner.commands.output import add_output_options, write_json, write_output
from planner.commands.plan import add_plan_options
from planner.commands.terminal import table_width, today
from planner.compare import compare
from planner.plan import plan_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="two or more scenarios; the first is the base"
    )
    add_plan_options(parser)
    add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    from planner.report import compare_text as report

    if len(args.files) < 2:
        raise BadUsage("compare takes two or more scenarios; bursar plan shows one")
    plans = [plan_file(file, as_of=args.as_of or today(), price_book=args.price_book) for file in args.files]
    comparison = compare(plans)
    if args.format == "json":
        write_json(args, report.compare_json(comparison), inputs=args.files)
        return 0
    writers = {"csv": report.compare_csv, "markdown": report.compare_markdown}
    text = (
        writers[args.format](comparison)
        if args.format in writers
        else report.compare_text(comparison, width=table_width(args))
    )
    write_output(args, text, inputs=args.files)
    return 0
