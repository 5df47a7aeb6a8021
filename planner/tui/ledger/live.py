"""What the Guard screen shows of a ledger it can read: gauges, and below them one of three views."""

import time
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Static

from planner.guard.ledger import Hold
from planner.report.guard_words import span
from planner.tui.ledger.decisions import Decisions
from planner.tui.ledger.feed import Feed
from planner.tui.ledger.gauge_rows import gauge_columns, gauge_rows
from planner.tui.ledger.hold_rows import HoldRows, hold_columns
from planner.tui.ledger.pool_rows import pool_columns, pool_rows
from planner.tui.ledger.scenarios import Pools
from planner.tui.ledger.words import stale_text, stopped_text, tabs
from planner.tui.text import plain
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Row, Rows
from planner.tui.widgets.tab_line import TabLine

View = Literal["decisions", "holds", "pools"]
_REDRAW_S = 5.0
"""Forecasts and ages move while nothing is written; often enough is every few seconds."""


class LiveLedger(Vertical):
    """Attributes down: `show` draws the feed as it is now."""

    DEFAULT_CSS: ClassVar[str] = """
    LiveLedger { height: 1fr; }
    LiveLedger #banner { height: auto; max-height: 4; padding: 0 1; color: $error; text-style: bold; }
    LiveLedger #gauges { height: 2; max-height: 40%; }
    LiveLedger ContentSwitcher { height: 1fr; }
    LiveLedger ContentSwitcher Grid { height: 1fr; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.view: View = "decisions"
        self.pools: Pools | None = None
        self._feed: Feed | None = None
        self._width = 80
        """Of the screen: before the first layout this widget has none of its own."""
        self._gauge_rows: list[Row] = []
        self._drawn: object = None
        self._drawn_at = 0.0

    def compose(self) -> ComposeResult:
        yield Static(id="banner", markup=False)
        no_budget = "The ledger has no budget yet: no guard has started on it."
        yield Grid(gauge_columns(80), id="gauges", cell_cursor=False, opens="why", empty=no_budget)
        yield TabLine(id="views")
        with ContentSwitcher(initial="decisions"):
            yield Decisions("decisions")
            yield Grid(
                hold_columns(80), id="holds", opens="why", empty="No hold is open, and none has lapsed."
            )
            yield Grid(pool_columns(80), id="pools", cell_cursor=False, opens="why", empty="Working out …")

    @property
    def decisions(self) -> Decisions:
        return self.query_one(Decisions)

    def grid(self, name: str) -> Grid:
        return self.query_one(f"#{name}", Grid)

    def use(self, feed: Feed) -> None:
        """Shows another feed, or the same one after it was lost."""
        self._feed = feed
        self.decisions.use(feed)

    def open(self, view: View) -> None:
        self.view = view
        self.query_one(ContentSwitcher).current = view
        self.grid(view).focus()

    def chosen_hold(self) -> Hold | None:
        grid = self.grid("holds")
        if self.view != "holds" or not isinstance(grid.source, HoldRows) or grid.cursor_row >= grid.row_count:
            return None
        return grid.source.holds[grid.cursor_row]

    def chosen_budget(self) -> str:
        gauges, row = self._feed.gauges() if self._feed else (), self.grid("gauges").cursor_row
        return gauges[row].name if row < len(gauges) else ""

    def fit(self, width: int) -> None:
        """Columns for the width there is."""
        self._width = width
        self.grid("gauges").set_columns(gauge_columns(width))
        self.grid("holds").set_columns(hold_columns(width))
        self.grid("pools").set_columns(pool_columns(width))
        self.decisions.fit_columns(width)

    def show(self, *, paused: bool, redraw: bool = True) -> None:
        """`redraw` False leaves the rows as they are for a few seconds when nothing was written."""
        feed = self._feed
        if feed is None or feed.snapshot is None:
            return
        self._show_banner(feed)
        self._show_views(paused=paused)
        if redraw or time.monotonic() - self._drawn_at >= _REDRAW_S:
            self._drawn_at = time.monotonic()
            self._show_gauges(feed)
            self.decisions.update_entries()
            self.grid("holds").set_source(
                HoldRows(feed.snapshot, self.grid("holds").columns), keep_cursor=True
            )
            self._show_pools(feed)

    def _show_banner(self, feed: Feed) -> None:
        said = [stopped_text(feed.snapshot.stopped)] if feed.snapshot and feed.snapshot.stopped else []
        if feed.stale:
            said.append(stale_text(feed.age_s, feed.error))
        banner = self.query_one("#banner", Static)
        if said != self._drawn:
            self._drawn = said
            banner.update(plain("\n".join(said)) if len(said) < 2 else plain(said[0]) + "\n" + plain(said[1]))
            banner.display = bool(said)

    def _show_gauges(self, feed: Feed) -> None:
        grid, stopped = self.grid("gauges"), bool(feed.snapshot and feed.snapshot.stopped)
        rows = gauge_rows(feed.gauges(), feed.pace, feed.clock(), self._width, stopped=stopped)
        if rows != self._gauge_rows:
            self._gauge_rows = rows
            grid.set_source(Rows(rows), keep_cursor=True)
            grid.styles.height = max(2, len(rows) + 1)

    def _show_pools(self, feed: Feed) -> None:
        if self.pools is not None:
            grid = self.grid("pools")
            grid.empty = self.pools.why_none
            grid.set_source(Rows(pool_rows(self.pools.pools, feed.today, self._width)), keep_cursor=True)

    def _show_views(self, *, paused: bool) -> None:
        if self._feed is None or self._feed.snapshot is None:
            return
        age = f"paused, as of {span(self._feed.age_s)} ago" if paused else ""
        following = "following" if self.decisions.follow and self.decisions.at_end and not paused else ""
        state = (
            ", ".join(filter(None, (self.decisions.state, age or following)))
            if self.view == "decisions"
            else age
        )
        pools = len(self.pools.pools) if self.pools and self.pools.pools else None
        self.query_one(TabLine).say(tabs(self._feed.snapshot, pools), self.view, state)

    @on(Grid.Highlighted)
    def _moved(self) -> None:
        self._show_views(paused=False)
