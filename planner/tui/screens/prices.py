"""The Prices screen: versions, rates with their model's life, what changed between two books, what to look at."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from planner.report.guard_words import count
from planner.tui.prices.origin import origin
from planner.tui.prices.price_table import price_table
from planner.tui.prices.rows import (
    VERSION_COLUMNS,
    Price,
    age_text,
    change_columns,
    change_rows,
    finding_columns,
    finding_rows,
    is_old,
    prices_of,
    version_rows,
)
from planner.tui.prices.shelf import Shelf, take_stock
from planner.tui.screens.base import BursarScreen
from planner.tui.text import clean
from planner.tui.wanted import Wanted, wanted
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.filter_bar import FilterBar
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Column, Row, Rows
from planner.tui.widgets.headline import Answer
from planner.tui.widgets.notice import Notice
from planner.tui.widgets.tab_line import Tab, TabLine
from pricing.book import PriceBook

_VIEWS = ("prices", "versions", "changes", "findings")


class PricesScreen(BursarScreen):
    """Books are read once, in a thread; `R` reads them again."""

    NUMBER: ClassVar[str] = "3"
    NAME: ClassVar[str] = "Prices"
    HELP = """\
Prices
The prices of one book, with the state of each model as of today and the scenarios of this folder that use a model
near or past its end. `v` lists the books: enter shows one, space marks the one that changes are read against.
`d` shows what changed, `w` what to look at before trusting the book, enter on a price where it comes from. On a
command line the same is `bursar prices show`, `diff` and `check`. Where there is little room, `?` after a price says
that it is not verified, and `!2` that two scenarios use the model.
"""
    DEFAULT_CSS: ClassVar[str] = """
    PricesScreen #prices-body, PricesScreen ContentSwitcher, PricesScreen ContentSwitcher Grid { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t", "view('prices')", "prices", show=False, id="prices.prices", tooltip="The prices of the book"
        ),
        Binding(
            "v",
            "view('versions')",
            "versions",
            show=False,
            id="prices.versions",
            tooltip="The price books there are",
        ),
        Binding(
            "d",
            "view('changes')",
            "changes",
            show=False,
            id="prices.changes",
            tooltip="What changed between two books",
        ),
        Binding(
            "w",
            "view('findings')",
            "look at",
            show=False,
            id="prices.findings",
            tooltip="What to look at in the book",
        ),
        Binding(
            "space", "against", "changes from", id="prices.against", tooltip="Read changes against this book"
        ),
        Binding(
            "R",
            "reload",
            "read again",
            show=False,
            id="prices.reload",
            tooltip="Read books and scenarios again",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shelf: Shelf | None = None
        self._shown = self._against = 0
        self._marked = False
        self._view = "prices"
        self._look_for: Wanted | None = None
        self._prices: list[Price] = []

    def compose_body(self) -> ComposeResult:
        yield Notice("loading", "Reading price books", id="prices-notice")
        with Vertical(id="prices-body"):
            yield TabLine("prices-views")
            with ContentSwitcher(initial="prices"):
                yield Grid(
                    (Column("model"),),
                    id="prices",
                    opens="source",
                    filterable=True,
                    empty="This book has no price.",
                )
                yield Grid(VERSION_COLUMNS, id="versions", opens="show", cell_cursor=False)
                yield Grid(change_columns(80), id="changes", cell_cursor=False, empty="Nothing changed.")
                yield Grid(
                    finding_columns(80),
                    id="findings",
                    opens="read",
                    cell_cursor=False,
                    empty="Nothing to look at.",
                )
        yield FilterBar()

    def on_mount(self) -> None:
        self.query_one("#prices-body").display = False
        self.action_reload()

    def on_resize(self, event: events.Resize) -> None:
        """Beside the one every screen has."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered."""
        if action == "against":
            return self._shelf is not None and self._view == "versions"
        return action != "view" or self._shelf is not None

    @property
    def book(self) -> PriceBook | None:
        return self._shelf.books[self._shown] if self._shelf else None

    def action_reload(self) -> None:
        files, price_book = self.workspace.files(), self.workspace.price_book
        self.in_background(
            "prices", lambda progress: take_stock(files, price_book, progress), self._took, self._failed
        )

    def action_view(self, view: str) -> None:
        if self._shelf is not None:
            self._view = view
            self.query_one(ContentSwitcher).current = view
            self._grid(view).focus()
            self.refresh_bindings()
            self._show()

    def action_against(self) -> None:
        row = self._grid("versions").cursor_row
        if self._shelf is not None and row < len(self._shelf.books):
            self._against, self._marked = row, True
            self._show()
        else:
            self.tell("This book cannot be used; enter says why", severity="warning")

    def go_back(self) -> None:
        if self._look_for is not None:
            self._look_for = None
            self._show()
        elif self._view != "prices":
            self.action_view("prices")

    @on(Grid.Selected)
    def _opened(self, event: Grid.Selected) -> None:
        shelf, book = self._shelf, self.book
        if shelf is None or book is None:
            return
        match event.grid.id:
            case "prices" if event.row < len(self._prices):
                found = origin(self._prices[event.row], book, shelf)
                self.app.push_screen(FactsScreen(found.title, found.facts, found.then))
            case "versions" if event.row < len(shelf.books):
                self._choose(shelf, event.row)
                self.action_view("prices")
            case "versions":
                broken = shelf.broken[event.row - len(shelf.books)]
                self.app.push_screen(FactsScreen(broken.name, [("why", broken.why)], ["R reads it again"]))
            case "findings" | "changes":
                row = event.grid.row(event.row) or ()
                texts = [cell if isinstance(cell, str) else cell.plain for cell in row]
                labels = [column.title or "change" for column in event.grid.columns]
                facts = [fact for fact in zip(labels, texts, strict=False) if fact[1]]
                self.app.push_screen(FactsScreen(book.version, facts))

    @on(Grid.FilterWanted)
    def _filter_wanted(self) -> None:
        self.query_one(FilterBar).open()

    @on(FilterBar.Applied)
    def _filter(self, event: FilterBar.Applied) -> None:
        self._look_for = wanted(event.text)
        self.action_view("prices")

    @on(TabLine.Chosen)
    def _tab_chosen(self, event: TabLine.Chosen) -> None:
        self.action_view(event.name)

    def _took(self, shelf: Shelf) -> None:
        first = self._shelf is None
        self._shelf, self._marked = shelf, self._marked and self._against < len(shelf.books)
        self._choose(shelf, shelf.default if first or self._shown >= len(shelf.books) else self._shown)
        self.query_one("#prices-notice").display = False
        self.query_one("#prices-body").display = True
        if first:
            self._grid("prices").focus()
            self.refresh_bindings()
        self._show()

    def _failed(self, error: BaseException) -> None:
        notice = self.query_one("#prices-notice", Notice)
        notice.say("error", "The price books cannot be read", [clean(error)], ["R reads them again"])
        notice.display = self._shelf is None

    def _choose(self, shelf: Shelf, shown: int) -> None:
        """A book that was marked stays what changes are read against."""
        self._shown = shown
        if not self._marked or self._against == shown:
            self._against = shelf.before(shown)

    def _show(self) -> None:
        shelf, book = self._shelf, self.book
        if shelf is None or book is None:
            self.say_headline("reading")
            return
        as_of, against = self.workspace.as_of, shelf.books[self._against]
        every = prices_of(book, shelf.users, as_of)
        columns, rows = price_table(every, self.size.width)
        shown = [each for each in zip(every, rows, strict=True) if self._matches(each[0])]
        self._prices = [price for price, _ in shown]
        grid = self._grid("prices")
        grid.empty = (
            f"No price matches /{self._look_for.text}; esc shows all"
            if self._look_for
            else "This book has no price."
        )
        grid.filtered = self._look_for is not None
        self._fill("prices", columns, [row for _, row in shown])
        self._fill("versions", VERSION_COLUMNS, version_rows(shelf, self._shown, self._against, as_of))
        changes, totals = change_rows(against, book)
        self._fill("changes", change_columns(self.size.width, changes), changes)
        findings = finding_rows(book, as_of)
        self._fill("findings", finding_columns(self.size.width, findings), findings)
        self._show_tabs(shelf, len(every), against, findings=len(findings), totals=totals)
        self._show_headline(book, every)

    def _matches(self, price: Price) -> bool:
        return self._look_for is None or price.words in self._look_for

    def _show_tabs(
        self, shelf: Shelf, prices: int, against: PriceBook, *, findings: int, totals: str
    ) -> None:
        tabs = [
            Tab("prices", "t", f"prices {prices}"),
            Tab("versions", "v", f"versions {len(shelf.books)}", alarming=bool(shelf.broken)),
            Tab("changes", "d", f"changes from {against.version}"),
            Tab("findings", "w", f"to look at {findings}"),
        ]
        found = f"/{self._look_for.text}: {len(self._prices)}" if self._look_for else ""
        self.query_one(TabLine).say(tabs, self._view, totals if self._view == "changes" else found)

    def _show_headline(self, book: PriceBook, prices: list[Price]) -> None:
        as_of = self.workspace.as_of
        ended = {price.rates[0].sku.model_id for price in prices if price.users and price.retired}
        answers = [
            Answer("", f"{age_text(book, as_of)} old", "warning" if is_old(book, as_of) else "plain", 2)
        ]
        if book.representative:
            answers.append(Answer("", "representative", "warning", 3))
        if ended:
            answers.append(Answer("", f"{count(len(ended), 'retired model')} in use !", "error", 3))
        unverified = sum(not rate.verified for rate in book.rates)
        answers.append(Answer("not verified", f"{unverified} of {len(book.rates)}", "plain", 1))
        self.say_headline(f"book {book.version}", answers)

    def _fill(self, name: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        grid = self._grid(name)
        if grid.columns != tuple(columns):
            grid.set_columns(columns)
        grid.set_source(Rows(rows), keep_cursor=True)

    def _grid(self, name: str) -> Grid:
        return self.query_one(f"#{name}", Grid)
