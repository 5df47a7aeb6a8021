"""`bursar plan FILE`: what a scenario costs, month by month, and who pays."""

import argparse

from planner.commands.output import add_output_options, write_json, write_output
from planner.commands.terminal import ascii_only, day, table_width, today
from planner.plan import Plan, plan_file


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
