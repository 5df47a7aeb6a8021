"""Where results go: stdout, or a file that is replaced whole or not at all."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from planner.commands import BadUsage
from planner.files import replace_file

FORMATS = ("table", "json", "csv", "markdown")


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """`--format` and `-o`, as every reading command takes them."""
    parser.add_argument(
        "--format",
        choices=formats,
        default=formats[0],
        help=f"how to write the result (default: {formats[0]})",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to FILE instead of the terminal; replaced whole or not at all",
    )


def write_output(args: argparse.Namespace, text: str, *, inputs: Iterable[str] = ()) -> None:
    """Prints the text, or replaces the file `-o` names; never one of the files the command read."""
    write_parts(args, (text,), inputs=inputs)


def write_parts(args: argparse.Namespace, parts: Iterable[str], *, inputs: Iterable[str] = ()) -> None:
    """The same for text that is too long to be held whole."""
    if args.output is None:
        sys.stdout.writelines(parts)
        return
    write_file(args.output, parts, inputs=inputs)


def write_file(name: str, parts: Iterable[str], *, inputs: Iterable[str] = ()) -> None:
    """Replaces a file that a person named; never one of the files the command read."""
    target = Path(name)
    _refuse_inputs(target, inputs)
    try:
        replace_file(target, parts)
    except OSError as error:
        raise BadUsage(
            f"{name} cannot be written: {error.strerror or error}; name a file in a folder you may write to"
        ) from error


def write_json(args: argparse.Namespace, value: object, *, inputs: Iterable[str] = ()) -> None:
    """The value as JSON, keys in their order, non-ASCII kept as text."""
    import json

    write_output(args, json.dumps(value, indent=2, ensure_ascii=False) + "\n", inputs=inputs)


def _refuse_inputs(target: Path, inputs: Iterable[str]) -> None:
    for name in inputs:
        source = Path(name)
        if target.exists() and source.exists() and target.samefile(source):
            raise BadUsage(f"-o {target} would overwrite the file it was read from; name another file")
