"""The command line: find the command, import only what it needs, turn what went wrong into one line and an exit code.

Exit codes: 0 fine, 1 a policy or expectation is broken, 2 bad input, 130 interrupted.
"""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from planner.commands import BadUsage
from pricing.errors import PriceError
from pricing.printable import printable
from pricing.problems import Invalid

COMMANDS = {
    "plan": "what a scenario costs, month by month, and who pays",
    "compare": "scenarios side by side",
    "review": "what to look at in scenarios, and what a change to them does",
    "prices": "the price books: list, show, diff, check",
    "quote": "the most one InvokeModel request can cost",
    "guard": "the run-time guard: status, tail, holds, corrections, verify, export, stop",
    "local-bedrock": "a Bedrock on this machine that counts what it would bill",
    "fmt": "scenario files in one order and spelling, comments kept",
    "init": "a starter scenario and policies for a repository",
    "schema": "the JSON Schema of a scenario or of bursar.yaml, for editors",
    "completion": "a completion script for your shell",
    "demo": "plan the sample scenario; needs no AWS account",
}
OK, BROKEN, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; everything a user can get wrong ends as one clear line on stderr and exit code 2."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _show_what_the_terminal_can()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except Invalid as error:
        sys.stderr.write(f"{error}\n")
    except PriceError as error:
        sys.stderr.write(f"bursar: {printable(str(error), 600)}  [{error.code}]\n")
    except BadUsage as error:
        sys.stderr.write(f"bursar: {printable(str(error), 600)}\n")
    except BrokenPipeError:
        _close_stdout()
        return OK
    except OSError as error:  # mostly a full disk: what a file of theirs refuses, commands say themselves
        _close_stdout()
        where = f"{error.filename}: " if error.filename else "the result cannot be written: "
        sys.stderr.write(f"bursar: {printable(f'{where}{error.strerror or error}', 600)}\n")
    except KeyboardInterrupt:
        return INTERRUPTED
    return BAD_INPUT


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name == "--version":
        return _version()
    if name in COMMANDS:
        from planner.commands.parser import Parser

        module = import_module(f"planner.commands.{name.replace('-', '_')}")
        parser = Parser(prog=f"bursar {name}", description=_sentence(COMMANDS[name]))
        module.add_arguments(parser)
        result: int = module.run(parser.parse_args(arguments[1:]))
        return result
    if name in ("-h", "--help", "help"):
        sys.stdout.write(_usage())
        return OK
    if _opens_screens(arguments):
        return _open_screens(arguments)
    if name:
        from planner.commands.parser import without_secrets

        raise BadUsage(f"{without_secrets(name)!r} is not a command{_did_you_mean(name)}")
    sys.stderr.write(_usage())
    return BAD_INPUT


def _close_stdout() -> None:
    """What is still to be written goes nowhere, so that the interpreter does not fail over it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _opens_screens(arguments: Sequence[str]) -> bool:
    """Nothing but options and scenario paths opens the terminal UI; nothing at all only where there is a terminal."""
    if not arguments:
        return sys.stdin.isatty() and sys.stdout.isatty()
    first = arguments[0]
    return first.startswith("-") or first.endswith((".yaml", ".yml")) or os.path.isdir(first)  # noqa: PTH112 - pathlib is not loaded here


def _open_screens(arguments: Sequence[str]) -> int:
    from planner.tui.run import CannotStart, run

    try:
        return run(arguments)
    except CannotStart as error:
        raise BadUsage(str(error)) from error


def _sentence(purpose: str) -> str:
    return f"{purpose[:1].upper()}{purpose[1:]}."


def _show_what_the_terminal_can() -> None:
    """Characters the terminal's encoding lacks are written as escapes, never as a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _usage() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name.ljust(width)}{purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [
            "Bursar: what Bedrock image generation will cost, which AWS credits pay for it, and until when.",
            "",
            "usage: bursar COMMAND [options]",
            "       bursar [PATH...] [--ledger URL] [--web]     the terminal UI, on ./scenarios by default",
            "",
            *lines,
            "",
            "bursar COMMAND --help says more. Start with: bursar demo",
            "",
        ]
    )


def _did_you_mean(name: str) -> str:
    from pricing.nearest import nearest

    remedy = nearest(name, COMMANDS)
    return f"; {remedy}" if remedy else "; bursar --help lists them"


def _version() -> int:
    from importlib.metadata import version

    sys.stdout.write(f"bursar {version('bursar')}\n")
    return OK


if __name__ == "__main__":
    sys.exit(main())
