"""What a terminal would show of what a program writes to it, and nothing it does not know: another sequence fails the test."""

import codecs
import re
import unicodedata
from itertools import pairwise

_TOKEN = re.compile(
    r"\x1b\[(?P<private>[<>?]?)(?P<numbers>[0-9;]*)(?P<end>\$?[@-~])"
    r"|\x1b\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)",
    re.DOTALL,
)
MODES = {7, 25, 1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048}
"""What a program may switch: wrapping, cursor, mouse, focus, other screen, pasting, whole frames, size reports."""
CURSOR, OTHER_SCREEN = 25, 1049
_CLIPBOARD, _POINTER = "52", "22"


class Screen:
    """Rows of cells. `modes` are those switched on, `colours` the colours that were asked for, `copied` OSC 52."""

    def __init__(self, columns: int, rows: int) -> None:
        self.modes = {7, CURSOR}
        self.colours: set[str] = set()
        self.copied: list[str] = []
        self.rang = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Everything is drawn again after it."""
        self.columns, self.rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0

    @property
    def text(self) -> str:
        """One line a row, without blanks at its end."""
        return "\n".join("".join(row).rstrip() for row in self._cells)

    def feed(self, written: bytes) -> None:
        """Draws; raises `AssertionError` on whatever a terminal UI has no business to write."""
        text, at = self._rest + self._decoder.decode(written), 0
        while at < len(text) and (found := _TOKEN.match(text, at)) is not None:
            at = found.end()
            if found["text"]:
                self._write(found["text"])
            elif found["control"]:
                self._control(found["control"])
            elif found["command"] is not None:
                self._command(found["command"])
            else:
                self._sequence(found["private"], found["numbers"], found["end"])
        self._rest = text[at:]
        assert len(self._rest) < 20_000, f"a sequence without an end: {self._rest[:60]!r}"

    def _write(self, text: str) -> None:
        for character in text:
            width = _width(character)
            if width == 0 and self._x:
                self._cells[self._y][self._x - 1] += character
            elif self._x + width <= self.columns and self._y < self.rows:
                self._cells[self._y][self._x : self._x + width] = [character, *[""] * (width - 1)]
            self._x = min(self.columns, self._x + width)

    def _control(self, character: str) -> None:
        if character == "\r":
            self._x = 0
        elif character == "\n":
            self._y = min(self.rows - 1, self._y + 1)
        elif character == "\x07":
            self.rang += 1
        else:
            raise AssertionError(f"a control character was written: {character!r}")

    def _command(self, command: str) -> None:
        number, _, rest = command.partition(";")
        assert number in (_CLIPBOARD, _POINTER), f"a command to the terminal was written: {command!r}"
        if number == _CLIPBOARD:
            self.copied.append(rest)

    def _sequence(self, private: str, numbers: str, end: str) -> None:
        if end == "m" and not private:
            self._style(numbers)
        elif end == "H" and not private:
            row, _, column = numbers.partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif end in ("h", "l") and private == "?" and int(numbers) in MODES:
            (self.modes.add if end == "h" else self.modes.discard)(int(numbers))
        elif not (end == "$p" and private == "?") and not (end == "u" and private in ("<", ">")):
            raise AssertionError(f"an unknown sequence was written: ESC [ {private}{numbers}{end}")

    def _style(self, numbers: str) -> None:
        codes = numbers.split(";")
        if "38" in codes or "48" in codes:
            self.colours.update(f"{kind};{how}" for kind, how in pairwise(codes) if kind in ("38", "48"))
        else:
            self.colours.update(code for code in codes if 30 <= int(code or 0) <= 37 or 40 <= int(code or 0) <= 47
                                or 90 <= int(code or 0) <= 107)  # fmt: skip


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
