"""Data as text on a screen. Names people chose reach Textual only as `Content`, segments and strips: never as markup."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from planner.report.tables import display_width
from pricing.printable import printable

LONGEST = 1_000
Run = tuple[str, Style]
"""Clean text and how it looks."""


def clean(text: object, limit: int = LONGEST) -> str:
    """The text with every hidden character visible: it can neither steer the terminal nor hide."""
    return printable(str(text), limit)


def plain(text: object, limit: int = LONGEST) -> Content:
    """Clean text as content: markup in it is shown, not obeyed."""
    return Content(clean(text, limit))


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: padded, or cut with an ellipsis at the end."""
    wide = display_width(text)
    if wide > width:
        text = _cut(text, width)
        wide = display_width(text)
    gap = " " * (width - wide)
    return gap + text if right else text + gap


def cut_middle(text: str, width: int) -> str:
    """No wider than `width`: what names have in common mostly stands at their beginning, so more of the end is kept."""
    if len(text) <= width or not text.isascii():
        return text if display_width(text) <= width else fit(text, width)
    end = max(0, (width - 1) // 2)
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines no wider than `width`, broken at spaces where there are any; at least one line."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while display_width(line) > width > 0:
            head = _head(line, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line]


def strip_of(runs: Sequence[Run], width: int, base: Style) -> Strip:
    """One row of exactly `width` cells; neighbouring runs of one look become one segment."""
    segments = [Segment(text, base + style) for text, style in runs if text]
    return Strip(segments).adjust_cell_length(width, base).simplify()


def _cut(text: str, width: int) -> str:
    return "" if width < 1 else _head(text, width - 1) + "…"


def _head(text: str, width: int) -> str:
    """The longest beginning no wider than `width`, at least one character when there is room for one."""
    used = 0
    for index, character in enumerate(text):
        used += display_width(character)
        if used > width:
            return text[: max(index, 1 if width else 0)] if index else text[:1]
    return text
