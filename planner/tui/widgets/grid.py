"""A table that draws only the rows in sight: a million of them cost what forty do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, TypeAlias

from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from planner.tui.background import begin
from planner.tui.widgets import grid_messages
from planner.tui.widgets.grid_draw import Spans, cell_text, draw, in_sight, measure, text_line
from planner.tui.widgets.grid_keys import CSS, HELP, KEYS, offered
from planner.tui.widgets.grid_rows import Column, Pages, RemoteRows, Row, Rows, RowsUnavailable, Source

_HEADER = 1
_WAITING = "…"


class Grid(ScrollView, can_focus=True):
    """Rows under a fixed heading, with a cursor on one cell. Rows come a page at a time from a `Source`."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"grid--header", "grid--cursor", "grid--cell", "grid--waiting"}
    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    HELP = HELP
    follow: reactive[bool] = reactive(False)
    """Whether the cursor stays on the last row while rows are added: only as long as it is there already."""
    cursor_row: reactive[int] = reactive(0, repaint=False)
    cursor_column: reactive[int] = reactive(0, repaint=False)
    empty: reactive[str] = reactive("")
    """What stands in place of the rows when there are none; lines are kept."""

    Highlighted: TypeAlias = grid_messages.Highlighted
    Selected: TypeAlias = grid_messages.Selected
    FilterWanted: TypeAlias = grid_messages.FilterWanted
    Unavailable: TypeAlias = grid_messages.Unavailable

    def __init__(
        self,
        columns: Sequence[Column],
        source: Source | None = None,
        *,
        empty: str = "",
        follow: bool = False,
        cell_cursor: bool = True,
        filterable: bool = False,
        opens: str = "open",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`cell_cursor` False moves by whole rows; left and right then scroll. `opens` is what enter does, in a word."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.cell_cursor = cell_cursor
        self.filterable, self.filtered = filterable, False
        enter = self._bindings.key_to_bindings["enter"]
        self._bindings.key_to_bindings["enter"] = [replace(each, description=opens) for each in enter]
        self.set_reactive(Grid.empty, empty)
        self.set_reactive(Grid.follow, follow)
        self._pages = Pages(Rows() if source is None else source)
        self._count = len(self._pages.source)
        self._spans: Spans = measure(self.columns, 80)
        self._strips: LRUCache[int, Strip] = LRUCache(256)
        self._fetching = False
        self._refused = False
        """Until the cursor moves or the source says something new, rows that could not be had are not asked for again."""

    @property
    def source(self) -> Source:
        return self._pages.source

    @property
    def row_count(self) -> int:
        return self._count

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last row, and that row in sight."""
        return self.cursor_row >= self._count - 1 and self.scroll_offset.y >= self.max_scroll_y - 1

    def set_columns(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.cursor_column = min(self.cursor_column, max(0, len(self.columns) - 1))
        self._measure()

    def set_source(self, source: Source, *, keep_cursor: bool = False) -> None:
        """Shows other rows, from the first one on unless the cursor is kept where it is."""
        at_end = self.follow and self.at_end
        self._pages, self._refused = Pages(source), False
        self._set_count(len(source))
        self._measure()
        if at_end:
            self.move_cursor(self._count - 1)
        else:
            self.move_cursor(self.cursor_row if keep_cursor else 0)

    def grown(self) -> None:
        """The source has more rows than before; those it had are the same. Remote ones are shown once they have come."""
        if self.follow and self.at_end and isinstance(self.source, RemoteRows):
            begin(self, "grid-grow", self._fetch_then_grow, self._pages)
        else:
            self._grow()

    def row(self, index: int) -> Row | None:
        """None for a row that has not come yet, and beyond the last."""
        return self._pages.row(index) if 0 <= index < self._count else None

    def move_cursor(self, row: int, column: int | None = None) -> None:
        """To the nearest cell there is, and into sight."""
        before, self._refused = (self.cursor_row, self.cursor_column), False
        self.cursor_row = max(0, min(row, self._count - 1))
        if column is not None:
            self.cursor_column = max(0, min(column, len(self.columns) - 1))
        self._show_cursor()
        if (self.cursor_row, self.cursor_column) != before:
            self.refresh()
            self.post_message(self.Highlighted(self, self.cursor_row, self.cursor_column))

    def action_move(self, rows: int, columns: int) -> None:
        if columns and not self.cell_cursor:
            self.scroll_relative(x=columns * 8, animate=False)
            return
        self.move_cursor(self.cursor_row + rows, self.cursor_column + columns)

    def action_page(self, direction: int) -> None:
        self.move_cursor(self.cursor_row + direction * max(1, self._body_height - 1))

    def action_end(self, which: str) -> None:
        self.move_cursor(0 if which == "first" else self._count - 1)

    def action_select(self) -> None:
        if self._count:
            self.post_message(self.Selected(self, self.cursor_row, self.cursor_column))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return offered(action, rows=self._count, filterable=self.filterable, filtered=self.filtered)

    def action_filter(self) -> None:
        self.post_message(self.FilterWanted(self))

    def action_copy(self, what: str) -> None:
        """The `cell` or the `row`, through the terminal (OSC 52), which works over ssh as well."""
        row = self.row(self.cursor_row) or ()
        cells = row if what == "row" else row[self.cursor_column : self.cursor_column + 1]
        if cells:
            text = "\t".join(map(cell_text, cells))
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied {len(text):,} characters", timeout=2, markup=False)

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """A scroll bar that was hidden while the grid scrolled has not heard of it."""
        self.vertical_scrollbar.position = self.scroll_y if shown else 0

    def on_click(self, event: events.Click) -> None:
        row = event.y - _HEADER + self.scroll_offset.y
        if event.y < _HEADER or row >= self._count:
            return
        self.move_cursor(row, self._spans.column_at(event.x + self.scroll_offset.x))
        if event.chain >= 2:
            self.action_select()

    def on_resize(self) -> None:
        self._measure()
        self._show_cursor()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width, style = self.size.width, self.rich_style
        if y < _HEADER:
            heading = [column.title for column in self.columns]
            strip = draw(heading, self._spans, self.get_visual_style("grid--header"))
            style = self.get_component_rich_style("grid--header")
        elif self._count:
            strip = self._row_strip(y - _HEADER + scroll_y)
        else:
            said = self.empty.splitlines()
            return text_line(f" {said[y - _HEADER]}" if y - _HEADER < len(said) else "", width, style)
        return in_sight(strip, self._spans, scroll_x, scroll_x + width, style)

    def _row_strip(self, index: int) -> Strip:
        if index >= self._count:
            return Strip([])
        at_cursor = index == self.cursor_row
        if not at_cursor and (strip := self._strips.get(index)):
            return strip
        row = self._pages.row(index)
        if row is None:
            self._want_rows()
            return draw((_WAITING,), self._spans, self.get_visual_style("grid--waiting"), cursor=at_cursor)
        if at_cursor:
            return self._cursor_strip(row)
        self._strips[index] = strip = draw(row, self._spans, self.visual_style)
        return strip

    def _cursor_strip(self, row: Row) -> Strip:
        """Reverse video where the terminal's own colours are used, which leave no room for a background."""
        style, cell = self.get_visual_style("grid--cursor"), self.get_visual_style("grid--cell")
        if self.app.no_color or self.app.native_ansi_color:
            base = self.visual_style
            style, cell = base + Style(bold=True), base + Style(reverse=self.has_focus)
        if not self.cell_cursor:
            return draw(row, self._spans, cell, cursor=True)
        return draw(row, self._spans, style, cursor=True, cell=(self.cursor_column, cell))

    def _want_rows(self) -> None:
        if not (self._fetching or self._refused):
            self._fetching = True
            self.call_later(self.run_worker, self._fetch_rows, group="grid-rows")

    async def _fetch_rows(self) -> None:
        """What is in sight, one page after the other; what is scrolled past meanwhile is not asked for."""
        try:
            while await self._pages.fetch(*self._in_sight(self._count)):
                self.refresh()
        except RowsUnavailable as error:
            self._refused = True
            self.post_message(self.Unavailable(self, str(error)))
        self._fetching = False

    async def _fetch_then_grow(self, pages: Pages) -> None:
        count = len(pages.source)
        try:
            while await pages.fetch(max(0, count - self._body_height), count):
                pass
        except RowsUnavailable as error:
            self.post_message(self.Unavailable(self, str(error)))
        else:
            if pages is self._pages:
                self._grow()

    def _grow(self) -> None:
        at_end, self._refused = self.follow and self.at_end, False
        self._set_count(len(self.source))
        if self._spans != measure(self.columns, self._width):
            self._measure()
        self.virtual_size = Size(self._spans.total, self._count + _HEADER)
        if at_end:
            self.move_cursor(self._count - 1)
        self.refresh()

    def _set_count(self, count: int) -> None:
        before, self._count = self._count, count
        if (before > 0) != (count > 0):
            self.refresh_bindings()

    def _in_sight(self, count: int) -> tuple[int, int]:
        first = self.scroll_offset.y
        return first, min(count, first + self._body_height)

    @property
    def _body_height(self) -> int:
        return max(1, self.scrollable_content_region.height - _HEADER)

    @property
    def _width(self) -> int:
        """Cells for the columns, known before the scroll bar is laid out."""
        height = self.content_size.height
        bar = self.styles.scrollbar_size_vertical if self._count + _HEADER > height else 0
        return self.content_size.width - bar

    def _measure(self) -> None:
        self._spans = measure(self.columns, self._width)
        self._strips.clear()
        self.virtual_size = Size(self._spans.total, self._count + _HEADER)
        self.refresh()

    def _show_cursor(self) -> None:
        """Scrolls as little as brings the cursor into sight, below the heading."""
        top, height = round(self.scroll_y), self._body_height
        if self.cursor_row < top:
            top = self.cursor_row
        elif self.cursor_row >= top + height:
            top = self.cursor_row - height + 1
        left = self.scroll_offset.x
        if self.cell_cursor:
            left = self._spans.scrolled_to(self.cursor_column, left, self._width)
        self.scroll_to(left, top, animate=False, force=True)
        if self.show_vertical_scrollbar:
            self.call_after_refresh(
                self.vertical_scrollbar.refresh
            )  # it may have been drawn before the count changed

    def watch_follow(self, follow: bool) -> None:
        if follow:
            self.move_cursor(self._count - 1)
