"""The grid of decisions: every entry of a ledger, or those that match some words."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from planner.tui.background import begin
from planner.tui.ledger.entry_rows import Chunks, EntryRows, ToldRow, entry_columns
from planner.tui.ledger.search import MOST, Matches, scan
from planner.tui.ledger.why import Explained, explain_entry
from planner.tui.wanted import wanted
from planner.tui.widgets.grid import Grid

if TYPE_CHECKING:
    from planner.tui.background import Progress
    from planner.tui.ledger.feed import Feed

Scan = Callable[["Progress"], int]
_EMPTY = "No decision yet: a guard writes one for each call.\nSee one at work with: bursar demo"


class Decisions(Grid):
    """Follows the newest entry until the cursor leaves it."""

    class Found(Message):
        """Older entries that match."""

        def __init__(self, matches: Matches, rows: Sequence[ToldRow]) -> None:
            super().__init__()
            self.matches, self.rows = matches, rows

    def __init__(self, id: str) -> None:
        super().__init__(entry_columns(80), empty=_EMPTY, follow=True, filterable=True, opens="why", id=id)
        self._feed: Feed | None = None
        self._chunks = Chunks()
        self._matches: Matches | None = None

    @property
    def state(self) -> str:
        """In a few words: what is shown, and whether it moves."""
        if self._matches is None:
            return ""
        most = f" (the newest {MOST:,})" if self._matches.full else ""
        return f"/{self._matches.look_for.text}: {len(self._matches):,} found{most}"

    def use(self, feed: "Feed") -> None:
        """Shows the entries of another feed, or of the same one after it was lost or has learned."""
        self._feed, self._chunks = feed, Chunks(feed.budgets)
        if self._matches is None:
            self._show_all()

    def fit_columns(self, width: int) -> None:
        columns = entry_columns(width)
        if columns != self.columns:
            self.set_columns(columns)
            if self._matches is not None:
                self._matches.columns = columns
            elif self._feed is not None:
                self._show_all()

    def update_entries(self) -> None:
        """There may be new entries."""
        last = self._feed.snapshot.last_seq if self._feed and self._feed.snapshot else 0
        if isinstance(self.source, EntryRows) and last < self.source.count:
            self._show_all()
        elif isinstance(self.source, EntryRows) and last > self.source.count:
            self.source.count = last
            self.grown()
        elif self._matches is not None and last > self._matches.last_seq:
            begin(self, "decisions-newer", self._add_newer, self._matches, last)

    def begin_search(self, text: str) -> Scan | None:
        """What looks for the words in a thread; None when there are none and every entry is shown again."""
        look_for, feed = wanted(text), self._feed
        if look_for is None or feed is None or feed.snapshot is None:
            self._matches, self.filtered = None, False
            if feed is not None:
                self._show_all()
            return None
        matches = self._matches = Matches(look_for, feed.snapshot.last_seq, self.columns)
        self.filtered = True
        self.empty = f"Nothing found for /{look_for.text}; esc shows every decision"
        self.set_source(matches)
        deliver = partial(self._deliver, matches)
        return partial(self._scan, feed, matches, deliver)

    async def explain(self, row: int) -> Explained:
        """Why the entry of a row is as it is. Raises `LedgerError`."""
        if self._feed is None:
            raise ValueError("there is no ledger to ask")
        if self._matches is not None:
            told = self._matches.told(row).told
            return await self._feed.reader.ask(lambda ledger: explain_entry(told, ledger))
        chunks = self._chunks
        return await self._feed.reader.ask(
            lambda ledger: explain_entry(chunks.told(ledger, row, row + 1)[0].told, ledger)
        )

    def on_decisions_found(self, message: Found) -> None:
        message.stop()
        if message.matches is not self._matches:
            return
        from_end = self.row_count - self.cursor_row
        self._matches.add_older(message.rows)
        self.set_source(self._matches, keep_cursor=True)
        self.move_cursor(self.row_count - from_end if from_end > 0 else self.row_count - 1)
        self.post_message(self.Changed())

    class Changed(Message):
        """What `state` says has changed."""

    def _show_all(self) -> None:
        feed = self._feed
        if feed is None:
            return
        last = feed.snapshot.last_seq if feed.snapshot else 0
        before = isinstance(self.source, EntryRows)
        self.empty = _EMPTY
        self.set_source(EntryRows(feed.reader, self._chunks, last, self.columns), keep_cursor=before)
        if not before:
            self.move_cursor(self.row_count - 1)

    def _deliver(self, matches: Matches, rows: Sequence[ToldRow]) -> None:
        self.post_message(self.Found(matches, rows))

    @staticmethod
    def _scan(
        feed: "Feed", matches: Matches, deliver: Callable[[Sequence[ToldRow]], None], progress: "Progress"
    ) -> int:
        return scan(
            feed.reader, feed.budgets, matches.last_seq, matches.look_for, deliver=deliver, progress=progress
        )

    async def _add_newer(self, matches: Matches, last: int) -> None:
        """The newest of the new ones, should there be more than are kept."""
        feed = self._feed
        if feed is None:
            return
        chunks, first = Chunks(feed.budgets), max(matches.last_seq, last - MOST)
        rows = await feed.reader.ask(lambda ledger: chunks.told(ledger, first, last))
        if matches is self._matches:
            matches.add_newer(rows, last)
            self.grown()
            self.post_message(self.Changed())
