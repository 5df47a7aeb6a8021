"""The burn-down chart: credits left at each month's end, stacked by pool. Drawn line by line; a chart library costs ten times that."""

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from planner.projection import Projection
from planner.tui.theme import series_fill, series_styles, word_style
from planner.tui.widgets.burndown_draw import GUTTER, WIDEST_STEP, Look, draw


class Burndown(Widget, can_focus=True):
    """A chart with one selected month; `Selected` says that a month should be explained."""

    HELP = """\
The burn-down chart
Each bar is what the credit pools hold at the end of a month, stacked by pool: colour and letter name the pool.
Below the months stand the days that matter: where a pool expires with something left, where one is empty, and
where cash starts. Left and right choose a month, enter explains its balances.
"""
    DEFAULT_CSS: ClassVar[str] = """
    Burndown { height: 1fr; color: $foreground; }
    Burndown:focus { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "earlier", show=False, id="chart.earlier", tooltip="The month before"),
        Binding("right,l", "move(1)", "later", show=False, id="chart.later", tooltip="The month after"),
        Binding(
            "enter",
            "explain",
            "explain",
            id="chart.explain",
            tooltip="Explain the credits left in this month",
        ),
    ]

    class Moved(Message):
        """Another month is selected."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Explained(Moved):
        """The balances of a month should be explained."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plan: Projection | None = None
        self._selected = 0
        self._strips: list[Strip] = []
        self._drawn: tuple[object, ...] = ()

    def show(self, plan: Projection) -> None:
        """Draws another projection; the selected month stays where it is."""
        self._plan = plan
        self._selected = min(self._selected, len(plan.months) - 1)
        self.refresh()

    def select(self, index: int) -> None:
        """Marks a month, without a message."""
        if self._plan is not None and index != self._selected and 0 <= index < len(self._plan.months):
            self._selected = index
            self.refresh()

    def render_line(self, y: int) -> Strip:
        if self._plan is None:
            return Strip.blank(self.size.width, self.rich_style)
        key = (self._plan, self._selected, self.size, self.has_focus, self.app.theme)
        if self._drawn != key:
            self._drawn = key
            month = self._plan.months[self._selected].month
            self._strips = draw(self._plan, *self.size, self._look(len(self._plan.pools)), month)
        return self._strips[y]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._plan is not None or action not in ("move", "explain")

    def action_move(self, months: int) -> None:
        if self._plan is not None:
            self.select(max(0, min(len(self._plan.months) - 1, self._selected + months)))
            self.post_message(self.Moved(self._selected))

    def action_explain(self) -> None:
        self.post_message(self.Explained(self._selected))

    def on_click(self, event: events.Click) -> None:
        if self._plan is None:
            return
        count = len(self._plan.months)
        room = max(1, self.size.width - GUTTER - 2)
        each = max(1, -(-count // room))
        step = max(1, min(WIDEST_STEP, room // max(1, -(-count // each))))
        index = (event.x - GUTTER - 1) // step * each
        if 0 <= index < count:
            self.select(index)
            self.post_message(self.Moved(index))

    def _look(self, pools: int) -> Look:
        count = max(1, pools)
        plain = self.app.no_color
        return Look(
            self.rich_style,
            Style(dim=True),
            Style(bold=True, reverse=True) if self.has_focus else Style(bold=True),
            word_style(self.app, "warning"),
            series_styles(self.app, count),
            tuple(series_fill(self.app, index) for index in range(count)),
            plain,
        )
