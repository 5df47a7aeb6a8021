"""The reader's own editor at a line: `$VISUAL`, else `$EDITOR`, started with an argument list and never through a shell."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PLUS = frozenset(
    {
        "vi",
        "vim",
        "nvim",
        "view",
        "ex",
        "nano",
        "pico",
        "emacs",
        "emacsclient",
        "hx",
        "helix",
        "kak",
        "joe",
        "jed",
        "ne",
        "mg",
        "micro",
    }
)
_GOTO = frozenset({"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"})
_COLON = frozenset({"subl", "zed", "zeditor", "atom", "mate"})


class NoEditor(Exception):
    """No editor can be started; the message says what to set."""


def command(environment: Mapping[str, str], path: Path, line: int) -> list[str]:
    """The program and its arguments. An editor that is not known is given the file alone.

    The path is absolute, so that none can be taken for an option. Raises `NoEditor`.
    """
    name, words = _words(environment)
    program, place = Path(words[0]).name, str(path.resolve())
    if program in _PLUS:
        return [*words, f"+{line}", place]
    if program in _GOTO:
        return [*words, "--goto", f"{place}:{line}"]
    if program in _COLON:
        return [*words, f"{place}:{line}"]
    if not program:
        raise NoEditor(f"{name} names no program")
    return [*words, place]


def run(arguments: list[str]) -> str:
    """Starts it and waits; returns what went wrong, empty when nothing did."""
    try:
        done = subprocess.run(arguments, check=False)
    except FileNotFoundError:
        return f"{arguments[0]}: there is no such program; set VISUAL or EDITOR to one that is installed"
    except OSError as error:
        return f"{arguments[0]} cannot be started: {error.strerror}"
    return f"{arguments[0]} ended with code {done.returncode}" if done.returncode else ""


def _words(environment: Mapping[str, str]) -> tuple[str, list[str]]:
    for name in ("VISUAL", "EDITOR"):
        if value := environment.get(name, "").strip():
            try:
                return name, shlex.split(value)
            except ValueError as error:
                raise NoEditor(f"{name} is {value[:60]!r}, which cannot be read: {error}") from error
    raise NoEditor("neither VISUAL nor EDITOR is set; try: EDITOR=nano bursar")
