"""The Guard screen: budgets as gauges, decisions as they happen, holds and credit pools of any ledger, live."""

import asyncio
import time
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker

from planner.guard.errors import LedgerError
from planner.guard.ledger import Hold
from planner.report.guard_words import span
from planner.tui.background import begin
from planner.tui.ledger.decisions import Decisions
from planner.tui.ledger.feed import Feed
from planner.tui.ledger.live import LiveLedger, View
from planner.tui.ledger.operator import OperatorScreen
from planner.tui.ledger.scenarios import Pools
from planner.tui.ledger.why import Explained, explain_gauge, explain_hold, explain_pool
from planner.tui.ledger.words import NO_LEDGER, Said, answers, failed, ledger_name, opening
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.filter_bar import FilterBar
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.notice import Kind, Notice
from planner.tui.widgets.tab_line import TabLine


class GuardScreen(OperatorScreen):
    """Reads a ledger every second in a thread of its own, and changes it only when asked to and allowed to."""

    NUMBER: ClassVar[str] = "4"
    NAME: ClassVar[str] = "Guard"
    HELP = """\
Guard
Budgets of a ledger as gauges, with a mark at each threshold and when the next one is reached at the pace of the
last quarter of an hour. Below, every decision as it happens; `o` lists holds nobody has resolved, lapsed ones first,
and `b` what the credit pools behind a budget have left. `enter` says why. On a command line the same is
`bursar guard status`, `tail --follow` and `holds`.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "d",
            "view('decisions')",
            "decisions",
            show=False,
            id="guard.decisions",
            tooltip="Decisions as they happen",
        ),
        Binding(
            "o", "view('holds')", "holds", show=False, id="guard.holds", tooltip="Holds nobody has resolved"
        ),
        Binding(
            "b", "view('pools')", "pools", show=False, id="guard.pools", tooltip="What credit pools have left"
        ),
        Binding("f", "follow", "follow", id="guard.follow", tooltip="Stay on the newest decision"),
        Binding("p", "pause", "pause", id="guard.pause", tooltip="Stop reading the ledger, or go on"),
        Binding(
            "r", "look", "look again", show=False, id="guard.look", tooltip="Read the ledger again at once"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.feed: Feed | None = None
        self.paused = False
        self._lost = False
        self._watching: Worker[None] | None = None

    def compose_body(self) -> ComposeResult:
        yield Notice(id="guard-notice")
        yield LiveLedger("guard-live")
        yield FilterBar()

    def now(self) -> float:
        """POSIX seconds."""
        return time.time()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered."""
        shown = self.feed is not None and self.feed.snapshot is not None
        match action:
            case "follow":
                return shown and self.live.view == "decisions"
            case "pause" | "view" | "switch":
                return shown
            case "void" | "settle":
                return shown and self.live.view == "holds"
            case "look":
                return self.feed is not None
        return True

    @property
    def live(self) -> LiveLedger:
        return self.query_one(LiveLedger)

    def on_mount(self) -> None:
        url = self.workspace.ledger
        if url is not None:
            self.feed = Feed(url, self.workspace.files(), self.now)
            self.live.use(self.feed)
        self._show()
        self.set_interval(1.0, self._tick)

    def on_unmount(self) -> None:
        if self.feed is not None:
            self.feed.close()

    def on_screen_resume(self) -> None:
        self.look_now()

    def on_screen_suspend(self) -> None:
        """What nobody sees is not read."""
        if self._watching is not None:
            self._watching.cancel()

    def on_resize(self, event: events.Resize) -> None:
        """Beside the one every screen has."""
        self.live.fit(self.size.width)
        self._show()

    def look_now(self) -> None:
        if self.feed is not None:
            self._watching = begin(self, "guard-watch", self._watch, self.feed)

    def chosen_hold(self) -> Hold | None:
        return self.live.chosen_hold()

    def chosen_budget(self) -> str:
        return self.live.chosen_budget()

    def action_view(self, view: View) -> None:
        if self.feed is None or self.feed.snapshot is None:
            return
        self.live.open(view)
        self.refresh_bindings()
        if view == "pools":
            begin(self, "guard-pools", self._work_out_pools, self.feed)
        self._show()

    def action_follow(self) -> None:
        self.live.decisions.follow = not self.live.decisions.follow
        self._show()

    def action_pause(self) -> None:
        self.paused = not self.paused
        self._show()
        if not self.paused:
            self.look_now()

    def action_look(self) -> None:
        self.paused = False
        self.look_now()

    def go_back(self) -> None:
        if self.live.decisions.filtered:
            self._look_for("")
        elif self.live.view != "decisions":
            self.action_view("decisions")

    @on(Grid.FilterWanted)
    def _filter_wanted(self) -> None:
        if self.feed is not None and self.feed.snapshot is not None:
            self.query_one(FilterBar).open()

    @on(FilterBar.Applied)
    def _filter(self, event: FilterBar.Applied) -> None:
        self._look_for(event.text)
        self.live.decisions.focus()

    @on(TabLine.Chosen)
    def _tab_chosen(self, event: TabLine.Chosen) -> None:
        self.action_view(cast("View", event.name))

    @on(Decisions.Changed)
    def _decisions_changed(self) -> None:
        self._show(redraw=False)

    @on(Grid.Unavailable)
    def _rows_missing(self, event: Grid.Unavailable) -> None:
        if self.feed is not None:
            self.feed.error = event.why
            self._show()

    @on(Grid.Selected)
    def _why(self, event: Grid.Selected) -> None:
        feed, now = self.feed, self.now()
        if feed is None or feed.snapshot is None:
            return
        match event.grid.id:
            case "gauges" if event.row < len(gauges := feed.gauges()):
                self._explain(explain_gauge(gauges[event.row], feed.pace, now))
            case "holds" if (hold := self.chosen_hold()) is not None:
                self._explain(explain_hold(hold, now, allow_changes=self.workspace.allow_changes))
            case "pools" if self.live.pools is not None and event.row < len(self.live.pools.pools):
                self._explain(explain_pool(self.live.pools.pools[event.row]))
            case "decisions":
                begin(self, "guard-why", self._explain_decision, event.row)

    def _look_for(self, text: str) -> None:
        scan = self.live.decisions.begin_search(text)
        if scan is not None:
            self.in_background("search", scan, lambda _: self._show())
        self._show()

    async def _explain_decision(self, row: int) -> None:
        try:
            self._explain(await self.live.decisions.explain(row))
        except LedgerError as error:
            self.tell(str(error), severity="error")

    def _explain(self, explained: Explained) -> None:
        self.app.push_screen(FactsScreen(explained.title, explained.facts, explained.then))

    async def _watch(self, feed: Feed) -> None:
        """Looks, shows, waits, for as long as the screen is seen."""
        while True:
            if not self.paused:
                changed = await feed.refresh()
                if self._lost and not feed.error:
                    self.live.use(feed)
                self._lost = bool(feed.error)
                self._show(redraw=changed)
                if feed.snapshot is not None and feed.known is None:
                    await self._learn(feed)
            await asyncio.sleep(feed.wait_s)

    async def _learn(self, feed: Feed) -> None:
        try:
            await feed.learn()
        except LedgerError as error:
            feed.error = str(error)
        self.live.use(feed)
        self._show()

    async def _work_out_pools(self, feed: Feed) -> None:
        try:
            self.live.pools = await feed.pools()
        except LedgerError as error:
            self.live.pools = Pools((), str(error))
        self._show()

    def _tick(self) -> None:
        """Marks what is shown as old even while the ledger does not answer."""
        if self.feed is not None and (self.feed.stale or self.paused):
            self._show(redraw=False)

    def _show(self, *, redraw: bool = True) -> None:
        feed = self.feed
        shown = feed is not None and feed.snapshot is not None
        self.query_one("#guard-notice").display = not shown
        if self.live.display != shown:
            self.live.display = shown
            self.set_focus(self.live.decisions if shown else None)
            self.refresh_bindings()
        if feed is None:
            self._say(NO_LEDGER, "empty")
            self.say_headline("no ledger")
        elif feed.snapshot is None:
            self._say(
                failed(feed.url, feed.error) if feed.error else opening(feed.url),
                "error" if feed.error else "loading",
            )
            self.say_headline(ledger_name(feed.url))
        else:
            stale = feed.stale and not self.paused
            state = "paused" if self.paused else f"{span(feed.age_s)} old" if stale else "live"
            self.say_headline(
                ledger_name(feed.url), answers(feed.snapshot, state, stale=stale or self.paused)
            )
            self.live.show(paused=self.paused, redraw=redraw)

    def _say(self, said: Said, kind: Kind) -> None:
        self.query_one("#guard-notice", Notice).say(kind, said.title, said.lines, said.then)
