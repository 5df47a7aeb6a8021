"""`bursar completion SHELL`: a script that completes commands, options and files; it runs nothing of Bursar itself."""

import argparse
import sys
from importlib import import_module

import shtab

_FILES = ("FILE", "PATH", "FOLDER")
"""A placeholder with one of these in its name stands for a file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help="the shell that will read the script")
    parser.epilog = (
        'bash: eval "$(bursar completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit.'
    )


def run(args: argparse.Namespace) -> int:
    sys.stdout.write(f"{shtab.complete(_whole_parser(), shell=args.shell)}\n")
    return 0


def _whole_parser() -> argparse.ArgumentParser:
    """Every command's parser under one, as only a completion script needs it."""
    from planner.cli import COMMANDS

    whole = argparse.ArgumentParser(prog="bursar")
    commands = whole.add_subparsers()
    for name, purpose in COMMANDS.items():
        parser = commands.add_parser(name, help=purpose)
        import_module(f"planner.commands.{name.replace('-', '_')}").add_arguments(parser)
    _complete_files(whole)
    return whole


def _complete_files(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:  # argparse has no public way to list them
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_files(command)
        elif any(word in str(action.metavar) for word in _FILES):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
