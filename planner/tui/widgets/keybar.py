"""The row of keys at the bottom: what can be pressed now, as far as it fits; a click presses."""

from itertools import groupby
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import ActiveBinding, Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from planner.report.tables import display_width
from planner.tui.text import Run, strip_of
from planner.tui.theme import word_style
from pricing.records import record

LAST = ("app.help", "app.palette")
"""Ids of the bindings that are shown at the right edge and never left out."""


@record
class Shown:
    """A key, or several that belong together, and what it does."""

    keys: str
    words: str
    press: str
    """The key a click presses; for a group, its first."""
    enabled: bool
    id: str | None = None

    @property
    def width(self) -> int:
        return display_width(self.keys) + 1 + display_width(self.words)


class KeyBar(Widget):
    """Textual's own footer mounts a widget a key and mounts them again at every change of focus; this draws one line."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyBar { height: 1; background: $panel; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__(id="keybar")
        self._places: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: "Screen[object]") -> None:
        if screen is self.screen:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        first, last = self._entries()
        used = sum(entry.width + 2 for entry in last)
        runs: list[Run] = []
        at = 0
        self._places = []
        for entry in first:
            if at + 1 + entry.width + 1 > width - used:
                break
            at = self._draw(runs, entry, at)
        gap = max(0, width - at - used)
        runs.append((" " * gap, Style()))
        at += gap
        for entry in last:
            at = self._draw(runs, entry, at)
        return strip_of(runs, width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        for start, end, key in self._places:
            if start <= event.x < end:
                self.app.simulate_key(key)

    def _draw(self, runs: list[Run], entry: Shown, at: int) -> int:
        key = word_style(self.app, "primary") + Style(bold=True)
        off = Style(dim=not entry.enabled)
        runs += [(f" {entry.keys}", key + off), (f" {entry.words} ", off)]
        end = at + entry.width + 2
        self._places.append((at, end, entry.press))
        return end

    def _entries(self) -> tuple[list[Shown], list[Shown]]:
        shown = [each for each in self.screen.active_bindings.values() if each.binding.show]
        once: dict[tuple[int, str], ActiveBinding] = {}
        for each in shown:
            once.setdefault((id(each.node), each.binding.action), each)
        entries = [
            entry
            for group, members in groupby(once.values(), lambda each: each.binding.group)
            for entry in self._grouped(group, list(members))
        ]
        last = [entry for name in LAST for entry in entries if entry.id == name]
        return [entry for entry in entries if entry.id not in LAST], last

    def _grouped(self, group: Binding.Group | None, members: list[ActiveBinding]) -> list[Shown]:
        if group is None:
            return [self._shown(each) for each in members]
        keys = "".join(self.app.get_key_display(each.binding) for each in members)
        return [Shown(keys, group.description, members[0].binding.key, enabled=True)]

    def _shown(self, each: ActiveBinding) -> Shown:
        binding = each.binding
        return Shown(
            self.app.get_key_display(binding),
            binding.description,
            binding.key,
            each.enabled,
            binding.id,
        )
