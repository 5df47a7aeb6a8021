"""A program in a terminal of its own: pressing keys, and waiting for what its screen shows."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pexpect

from tests.pty_screen import Screen

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "tab": "\t",
    "shift+right": "\x1b[1;2C", "escape": "\x1b", "backspace": "\x7f", "ctrl+c": "\x03", "ctrl+q": "\x11",
    "f5": "\x1b[15~", "pagedown": "\x1b[6~", "home": "\x1b[H", "end": "\x1b[F",
}  # fmt: skip
WITHIN_S = 30
_QUIET_S = 0.3


class Program:
    """A process whose terminal is a `Screen`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int,
        rows: int,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = Screen(columns, rows)
        self.written = 0
        self._process = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=None if cwd is None else str(cwd),
            env={**_ours(), **(environment or {})},
            dimensions=(rows, columns),
            timeout=WITHIN_S,
        )
        self._process.delaybeforesend = None

    @property
    def text(self) -> str:
        return self.screen.text

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def press(self, *keys: str) -> None:
        """Names of `KEYS`, or text as it is typed."""
        self._process.send("".join(KEYS.get(key, key) for key in keys))

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        self._process.setwinsize(rows, columns)

    def until(self, *words: str) -> str:
        """Reads until the screen has all of the words, and returns it."""
        return self.until_so(lambda text: all(word in text for word in words), ", ".join(words))

    def until_so(self, seen: Callable[[str], object], what: str) -> str:
        limit = monotonic() + WITHIN_S
        while not seen(self.text):
            assert monotonic() < limit, f"not seen within {WITHIN_S} s: {what}\n{self.text}"
            assert self.read(0.2) or self._process.isalive(), f"ended before: {what}\n{self.text}"
        return self.text

    def until_quiet(self, quiet_s: float = _QUIET_S) -> str:
        """Reads until nothing was written for so long."""
        while self.read(quiet_s):
            pass
        return self.text

    def read(self, wait_s: float) -> bytes:
        """What was written, waiting for it so long; empty where nothing was."""
        try:
            written = self._process.read_nonblocking(1 << 20, wait_s)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return b""
        assert isinstance(written, bytes)
        self.written += len(written)
        self.screen.feed(written)
        return written

    def ended(self) -> int:
        """Reads to the end; the exit code, or minus the signal that ended it."""
        limit = monotonic() + WITHIN_S
        while self._process.isalive() or self.read(0.1):
            self.read(0.1)
            assert monotonic() < limit, f"still running after {WITHIN_S} s\n{self.text}"
        code, signal = self._process.exitstatus, self._process.signalstatus
        assert code is not None or signal is not None
        return code if code is not None else -(signal or 0)

    def close(self) -> None:
        self._process.close(force=True)


def _ours() -> dict[str, str]:
    """The environment, in colour; compiled modules are kept, as they are for everybody who uses the program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE")
    }
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


@contextmanager
def running(
    command: Sequence[str],
    *,
    columns: int = 100,
    rows: int = 30,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """A program that is ended with the block."""
    program = Program(command, columns=columns, rows=rows, cwd=cwd, environment=environment)
    try:
        yield program
    finally:
        program.close()


def bursar_command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "planner", *map(str, arguments)]


def figures(text: str, row: str) -> list[str]:
    """The amounts of the row of a table that begins with a word, in order; the table stands below whatever else has it."""
    found = re.findall(rf"\b{re.escape(row)} +(-?\$.*)", text)
    assert found, f"no row {row}\n{text}"
    return re.findall(r"-?\$[\d,]+(?:\.\d+)?", found[-1])
