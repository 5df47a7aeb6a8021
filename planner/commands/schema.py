"""`bursar schema`: the JSON Schema of a scenario, so that editors check and complete it."""

import argparse

from planner.commands.output import write_output
from planner.schema import schema_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")


def run(args: argparse.Namespace) -> int:
    write_output(args, schema_text())
    return 0
