"""The knobs of a scenario: a line each under its pipeline, stage or pool; arrows turn them."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from planner.knobs import Knob
from planner.report.tables import display_width
from planner.report.what_if_words import value_words, was_words
from planner.tui.text import Run, clean, fit, strip_of
from planner.tui.theme import cursor_style, word_style
from pricing.records import record

LEAST_LABEL = 6
_TURN = Binding.Group("turn", compact=True)


@record
class _Line:
    """A heading, or the knob of that index."""

    heading: str = ""
    knob: int | None = None


class KnobList(ScrollView, can_focus=True):
    """Shows knobs and asks for turns; it changes nothing itself."""

    ALLOW_SELECT = False
    HELP = """\
What if
Each line is a figure of the scenario. Left and right turn it by a step, with shift by ten; the plan follows at
once. Enter or = types a value. r takes one knob back to the file, R all of them; u undoes, U does again.
A stage has a share once its file gives it one: for a mix of two models or qualities write two stages of the same
task, share_pct: 30 on one and share_pct: 70 on the other. One knob then turns both, the other takes the rest.
Nothing is written until you save with s, and then to a file of its own.
"""
    DEFAULT_CSS: ClassVar[str] = """
    KnobList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,h",
            "turn(-1)",
            "turn",
            group=_TURN,
            id="knob.less",
            tooltip="Turn the knob down",
        ),
        Binding(
            "right,l",
            "turn(1)",
            "turn",
            group=_TURN,
            id="knob.more",
            tooltip="Turn the knob up",
        ),
        Binding(
            "shift+left,H", "turn(-10)", "", show=False, id="knob.less10", tooltip="Turn it down ten steps"
        ),
        Binding(
            "shift+right,L", "turn(10)", "", show=False, id="knob.more10", tooltip="Turn it up ten steps"
        ),
        Binding("equals_sign,enter", "type", "type", key_display="=", id="knob.type", tooltip="Type a value"),
        Binding("r", "reset", "reset", show=False, id="knob.reset", tooltip="This knob back to the file"),
        Binding("up,k", "move(-1)", "", show=False, id="knob.up", tooltip="The knob above"),
        Binding("down,j", "move(1)", "", show=False, id="knob.down", tooltip="The knob below"),
        Binding("pageup", "move(-10)", "", show=False, id="knob.page_up", tooltip="Ten knobs up"),
        Binding("pagedown", "move(10)", "", show=False, id="knob.page_down", tooltip="Ten knobs down"),
        Binding("home,g", "move(-10000)", "", show=False, id="knob.first", tooltip="The first knob"),
        Binding("end,G", "move(10000)", "", show=False, id="knob.last", tooltip="The last knob"),
    ]

    class _Of(Message):
        def __init__(self, knob: Knob) -> None:
            super().__init__()
            self.knob = knob

    class Turned(_Of):
        """Someone turned a knob by some steps."""

        def __init__(self, knob: Knob, steps: int) -> None:
            super().__init__(knob)
            self.steps = steps

    class Reset(_Of):
        """A knob should say what the file says."""

    class TypeWanted(_Of):
        """Someone would like to type a value."""

    class Highlighted(_Of):
        """The cursor came to another knob."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._knobs: tuple[Knob, ...] = ()
        self._lines: list[_Line] = []
        self._cursor = 0

    @property
    def knob(self) -> Knob | None:
        """The one under the cursor."""
        return self._knobs[self._cursor] if self._knobs else None

    def show(self, knobs: Sequence[Knob]) -> None:
        """Shows other knobs, or the same with other values; only lines that differ are painted again."""
        before, self._knobs = self._knobs, tuple(knobs)
        if bool(before) != bool(self._knobs):
            self.refresh_bindings()
        if [knob.path for knob in before] != [knob.path for knob in knobs]:
            self._lay_out(before)
            return
        for line, each in enumerate(self._lines):
            if each.knob is not None and before[each.knob] != knobs[each.knob]:
                self._refresh_line(line)

    def _lay_out(self, before: Sequence[Knob]) -> None:
        """The cursor stays on the key it was on, where it still is."""
        here = before[self._cursor].path if self._cursor < len(before) else ""
        paths = [knob.path for knob in self._knobs]
        self._cursor = paths.index(here) if here in paths else 0
        self._lines, of = [], None
        for index, knob in enumerate(self._knobs):
            if knob.of != of and knob.of:
                self._lines.append(_Line(heading=knob.of))
            of = knob.of
            self._lines.append(_Line(knob=index))
        self.virtual_size = Size(1, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width, base = self.scrollable_content_region.width, self.rich_style
        if at >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[at]
        if line.knob is None:
            return strip_of(
                [(fit(f" {clean(line.heading)}", width), word_style(self.app, "primary"))], width, base
            )
        chosen = line.knob == self._cursor
        look = cursor_style(self.app, focused=self.has_focus) if chosen else Style()
        runs = [(text, style + look) for text, style in self._runs(self._knobs[line.knob], width)]
        return strip_of(runs, width, base + look)

    def _runs(self, knob: Knob, width: int) -> list[Run]:
        value, was = clean(value_words(knob.unit, knob.value)), clean(was_words(knob))
        room = width - 3 - (0 if not was else 1)
        label = max(LEAST_LABEL, min(len(knob.label), room - display_width(value) - display_width(was)))
        rest = max(1, room - label)
        value = fit(value, rest).rstrip() if display_width(value) > rest else value
        left = rest - display_width(value)
        was = fit(was, left).rstrip() if display_width(was) > left else was
        shown = f" {was}" if was and left > LEAST_LABEL else ""
        gap = " " * max(1, width - 2 - label - display_width(value) - display_width(shown))
        mark, strong = ("*", word_style(self.app, "accent")) if knob.changed else (" ", Style(bold=True))
        return [
            (f"{mark} ", strong),
            (fit(knob.label, label), Style()),
            (gap, Style()),
            (value, strong),
            (shown, Style(dim=True)),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a knob there is nothing to turn."""
        return bool(self._knobs) or action not in ("turn", "type", "reset", "move")

    def action_turn(self, steps: int) -> None:
        if self.knob is not None:
            self.post_message(self.Turned(self.knob, steps))

    def action_type(self) -> None:
        if self.knob is not None:
            self.post_message(self.TypeWanted(self.knob))

    def action_reset(self) -> None:
        if self.knob is not None:
            self.post_message(self.Reset(self.knob))

    def action_move(self, knobs: int) -> None:
        self._go(max(0, min(len(self._knobs) - 1, self._cursor + knobs)))

    def on_click(self, event: events.Click) -> None:
        """A click chooses a knob; one more on its left or right half turns it; a double click on its name types."""
        line = event.y + self.scroll_offset.y
        knob = self._lines[line].knob if line < len(self._lines) else None
        if knob is None:
            return
        if knob == self._cursor and event.chain == 1:
            self.action_turn(-1 if event.x < self.size.width // 2 else 1)
        elif event.chain == 2 and event.x < self.size.width // 2:
            self.action_type()
        self._go(knob)

    def on_focus(self) -> None:
        self._refresh_cursor()

    def on_blur(self) -> None:
        self._refresh_cursor()

    def _go(self, knob: int) -> None:
        if not self._knobs or knob == self._cursor:
            return
        self._refresh_cursor()
        self._cursor = knob
        self._refresh_cursor()
        line = self._line_of(knob)
        top, height = self.scroll_offset.y, max(1, self.scrollable_content_region.height)
        above = line - 1 if line and self._lines[line - 1].knob is None else line
        if above < top:
            self.scroll_to(y=above, animate=False, force=True)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False, force=True)
        self.post_message(self.Highlighted(self._knobs[knob]))

    def _line_of(self, knob: int) -> int:
        return next(index for index, line in enumerate(self._lines) if line.knob == knob)

    def _refresh_cursor(self) -> None:
        if self._knobs:
            self._refresh_line(self._line_of(self._cursor))

    def _refresh_line(self, line: int) -> None:
        self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))
