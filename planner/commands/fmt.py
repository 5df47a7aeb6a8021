"""`bursar fmt PATH...`: scenario files and `bursar.yaml` in one order of keys and one spelling, comments kept.

Exit codes: 0 done, 1 with --check or --diff when a file would change, 2 when a file cannot be formatted.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from planner.commands import BadUsage
from planner.files import replace_file
from planner.formatting import NotKept, formatted
from planner.formatting.files import yaml_files
from planner.review.discover import NoSuchPath
from pricing.printable import printable
from pricing.problems import Invalid
from pricing.reading.text import LARGEST_FILE, file_text, text_of

STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="scenario files, bursar.yaml, or folders of them; - formats standard input to standard output",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list what would change and exit with code 1"
    )
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; show what would change and exit with code 1"
    )


def run(args: argparse.Namespace) -> int:
    if STDIN in args.paths:
        return _run_on_stdin(args)
    try:
        files = yaml_files(args.paths)
    except NoSuchPath as error:
        raise BadUsage(str(error)) from error
    if not files:
        raise BadUsage(f"no scenario in {', '.join(args.paths)}; name a file, or a folder that has one")
    changed, failed = [], 0
    for file in files:
        try:
            if _run_on_file(args, file):
                changed.append(file)
        except (Invalid, NotKept, OSError) as error:
            failed += 1
            sys.stderr.write(f"{_words(error, file)}\n")
    _summarize(args, changed, len(files) - failed, failed)
    return 2 if failed else int(bool(changed) and (args.check or args.diff))


def _run_on_file(args: argparse.Namespace, file: str) -> bool:
    """Whether the file is not formatted, or was not before this."""
    before = file_text(file)
    after = formatted(before, file)
    if after.encode() == Path(file).read_bytes():
        return False
    if args.diff:
        sys.stdout.writelines(_diff(before, after, file))
    elif args.check:
        sys.stdout.write(f"{printable(file, 500)}\n")
    else:
        replace_file(Path(file).resolve(), (after,))
        sys.stdout.write(f"formatted {printable(file, 500)}\n")
    return True


def _run_on_stdin(args: argparse.Namespace) -> int:
    if len(args.paths) > 1:
        raise BadUsage("- stands alone: standard input is one file")
    content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    try:
        before = text_of(content, STDIN)
        after = formatted(before, STDIN)
    except NotKept as error:
        raise BadUsage(str(error)) from error
    changed = after.encode() != content
    if args.diff:
        sys.stdout.writelines(_diff(before, after, STDIN))
    elif not args.check:
        sys.stdout.write(after)
    return int(changed and (args.check or args.diff))


def _diff(before: str, after: str, file: str) -> Iterator[str]:
    from difflib import unified_diff

    name = printable(file, 500)
    lines, formatted_lines = before.splitlines(), after.splitlines()
    if lines == formatted_lines:
        yield f"{name}: only line ends or a byte order mark would change\n"
    for line in unified_diff(lines, formatted_lines, name, f"{name} formatted", lineterm=""):
        yield f"{printable(line, 10_000)}\n"


def _words(error: Exception, file: str) -> str:
    if isinstance(error, OSError):
        return f"{printable(file, 500)}: cannot be written: {error.strerror or error}; it was left as it is"
    return str(error)


def _summarize(args: argparse.Namespace, changed: Sequence[str], sound: int, failed: int) -> None:
    """One line for people, on stderr."""
    said = []
    if changed and (args.check or args.diff):
        said.append(
            f"{len(changed)} of {_files(sound)} would change; to format: bursar fmt {_arguments(args.paths)}"
        )
    elif changed:
        said.append(f"{_files(len(changed))} formatted, {sound - len(changed)} already were")
    elif sound:
        said.append(f"{_files(sound)} already formatted")
    if failed:
        said.append(f"{_files(failed)} could not be formatted and {_were(failed)} left alone")
    sys.stderr.write(f"{'; '.join(said)}\n")


def _arguments(paths: Sequence[str]) -> str:
    from shlex import join

    return printable(join(paths), 500)


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
