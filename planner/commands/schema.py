"""`bursar schema`: the JSON Schema of a scenario or of `bursar.yaml`, so that editors check and complete it."""

import argparse

from planner.commands.output import write_output
from planner.schema import schema_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "of",
        nargs="?",
        choices=("scenario", "policies"),
        default="scenario",
        metavar="{scenario,policies}",
        help="a scenario (default), or the team's policies in bursar.yaml",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")


def run(args: argparse.Namespace) -> int:
    if args.of == "policies":
        from planner.review.policies.schema import policies_schema_text

        write_output(args, policies_schema_text())
        return 0
    write_output(args, schema_text())
    return 0
