"""The text of a file a person wrote, or one clear problem: read without hanging, decoded without guessing."""

import os
import re
import stat
from pathlib import Path

from pricing.printable import printable
from pricing.problems import Invalid, Place, Problem

LARGEST_FILE = 1_000_000
"""Bytes; far beyond any plan, and parsed in about a second."""

HIDDEN_IN_FILES = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""What no file may hold: control characters, bidirectional overrides, invisible text.

Joiners and marks that scripts need may stay."""

_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_SHOWN = 5


def file_text(path: str | Path) -> str:
    """The text of a regular UTF-8 file of at most `LARGEST_FILE` bytes; raises `Invalid` for any other."""
    file = str(path)
    try:
        content = _content(file)
    except FileNotFoundError:
        raise _unreadable(file, "missing-file", "there is no such file", _similar_file(file)) from None
    except PermissionError:
        raise _unreadable(file, "unreadable-file", "cannot be read: permission denied") from None
    except OSError as error:
        raise _unreadable(file, "unreadable-file", f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise _unreadable(file, "unreadable-file", "cannot be read: its name has a null character") from None
    return text_of(content, file)


def text_of(content: bytes, file: str) -> str:
    """Bytes as text, a byte order mark taken off; raises `Invalid` unless they are UTF-8."""
    if len(content) > LARGEST_FILE:
        raise _too_large(file)
    for bom, name in _BOMS:
        if content.startswith(bom):
            raise _unreadable(file, "encoding", f"is {name} text", "save it as UTF-8")
    if b"\0" in content:
        raise _unreadable(file, "binary-file", "is binary data, not YAML text")
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _not_utf8(content, error.start, file) from None


def checked_text(text: str, file: str) -> str:
    """Text that did not come from a file, held to the same limit."""
    if len(text) > LARGEST_FILE or len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        raise _too_large(file)
    return text.removeprefix("\ufeff")


def hidden_characters(text: str) -> tuple[Problem, ...]:
    """A problem for each of the first characters nobody can see."""
    if text.isascii() and text.isprintable():
        return ()
    found = []
    for match in HIDDEN_IN_FILES.finditer(text):
        line, column = _position(text, match.start())
        message = f"has the control or invisible character {printable(match.group())}"
        found.append(Problem("error", "control-character", "", message, "take it out", Place(line, column)))
        if len(found) == _SHOWN:
            break
    return tuple(found)


def _content(file: str) -> bytes:
    """Opens without waiting: a FIFO or device is refused before it is read."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_regular(os.fstat(descriptor).st_mode, file)
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(LARGEST_FILE + 1)
    finally:
        os.close(descriptor)


def _check_regular(mode: int, file: str) -> None:
    if stat.S_ISDIR(mode):
        raise _unreadable(file, "not-a-file", "is a directory", "give the path of one YAML file in it")
    if not stat.S_ISREG(mode):
        raise _unreadable(file, "not-a-file", "is not a regular file", "give the path of a YAML file")


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unreadable(file: str, code: str, message: str, remedy: str = "") -> Invalid:
    return Invalid((Problem("error", code, "", message, remedy),), file)


def _too_large(file: str) -> Invalid:
    return _unreadable(
        file, "too-large", f"is larger than {LARGEST_FILE:,} bytes", "split it into several scenarios"
    )


def _not_utf8(content: bytes, index: int, file: str) -> Invalid:
    line, column = _position(content[:index].decode("utf-8").removeprefix("\ufeff") + " ", -1)
    message = f"is not UTF-8 text: byte 0x{content[index]:02x} at line {line}, column {column}"
    return Invalid(
        (Problem("error", "encoding", "", message, "save it as UTF-8", Place(line, column)),), file
    )


def _similar_file(file: str) -> str:
    from pricing.nearest import nearest  # only a miss pays for it

    path = Path(file)
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.suffix in {".yaml", ".yml"}]
    except (OSError, ValueError):
        return ""
    return printable(nearest(path.name, beside)) if beside else ""
