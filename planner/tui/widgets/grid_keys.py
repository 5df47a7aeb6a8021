"""The keys of a grid, and how it looks."""

from typing import Final

from textual.binding import Binding, BindingType

HELP: Final = """A table
Arrows or h j k l move the cursor, g and G go to the ends. Enter explains or opens the row."""


def offered(action: str, *, rows: int, filterable: bool, filtered: bool) -> bool:
    """Whether a key does anything: without rows there is nothing to open, to copy or to look for."""
    if action == "filter":
        return filterable and (rows > 0 or filtered)
    return rows > 0 or action not in ("select", "copy")


KEYS: Final[list[BindingType]] = [
    Binding("enter", "select", "open", id="grid.select", tooltip="Explain or open this row"),
    Binding("up,k", "move(-1, 0)", "Up", show=False, id="grid.up"),
    Binding("down,j", "move(1, 0)", "Down", show=False, id="grid.down"),
    Binding("left,h", "move(0, -1)", "Left", show=False, id="grid.left"),
    Binding("right,l", "move(0, 1)", "Right", show=False, id="grid.right"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="grid.page_up"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="grid.page_down"),
    Binding("home,g", "end('first')", "First row", show=False, id="grid.first"),
    Binding("end,G", "end('last')", "Last row", show=False, id="grid.last"),
    Binding("c", "copy('cell')", "Copy", show=False, id="grid.copy", tooltip="Copy this cell"),
    Binding(
        "C",
        "copy('row')",
        "Copy row",
        show=False,
        id="grid.copy_row",
        tooltip="Copy this row, tab-separated",
    ),
    Binding("slash", "filter", "filter", id="grid.filter", tooltip="Show only rows with some words"),
]

CSS: Final = """
    Grid {
        scrollbar-size-vertical: 1;
        & > .grid--header { text-style: bold; background: $panel; }
        & > .grid--cursor { background: $panel; }
        & > .grid--cell { background: $panel; }
        & > .grid--waiting { color: $text-muted; }
        &:focus > .grid--cursor { background: $panel; text-style: bold; }
        &:focus > .grid--cell { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    }
"""
