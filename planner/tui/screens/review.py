"""The Review screen: findings of every scenario with their source, set aside or opened in an editor, and what changed."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from planner.report.review_words import tally
from planner.review.discover import NoSuchPath
from planner.review.git import GitRefused
from planner.review.reviewed import Review
from planner.review.run import NothingToReview, review
from planner.tui.reviewing.excerpt import Excerpt
from planner.tui.reviewing.looked_at import paths_to_review
from planner.tui.reviewing.mending import MendingScreen
from planner.tui.reviewing.rows import (
    IGNORED_COLUMNS,
    Item,
    SetAside,
    change_columns,
    change_rows,
    finding_columns,
    item_rows,
    items,
    set_aside,
    set_aside_rows,
    shift_facts,
)
from planner.tui.text import clean
from planner.tui.wanted import Wanted, wanted
from planner.tui.widgets.confirm import ConfirmScreen, Question
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.filter_bar import FilterBar
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_rows import Rows
from planner.tui.widgets.headline import Answer, Look
from planner.tui.widgets.notice import Kind, Notice
from planner.tui.widgets.tab_line import Tab, TabLine
from pricing.problems import Invalid

_REFUSED = (NothingToReview, NoSuchPath, GitRefused, Invalid, OSError)


class ReviewScreen(MendingScreen):
    """Reviews in a thread when it is opened, when a file was edited from here, and with `R`."""

    NUMBER: ClassVar[str] = "5"
    NAME: ClassVar[str] = "Review"
    HELP = """\
Review
What `bursar review` finds in the scenarios, with the lines it is about. Enter opens the file in $VISUAL or $EDITOR at
the line, `i` sets the finding aside with a reason, as a comment above the line. `a` compares with a git revision:
`d` then lists what the change does to each plan. `x` lists what was set aside, and why.
"""
    DEFAULT_CSS: ClassVar[str] = """
    ReviewScreen #review-body, ReviewScreen ContentSwitcher, ReviewScreen ContentSwitcher > * { height: 1fr; }
    ReviewScreen #finding-list { height: 1fr; min-height: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f", "view('findings')", "findings", show=False, id="review.findings", tooltip="What was found"
        ),
        Binding(
            "x",
            "view('aside')",
            "set aside",
            show=False,
            id="review.aside",
            tooltip="What comments set aside",
        ),
        Binding(
            "d", "view('changes')", "changes", show=False, id="review.changes", tooltip="What the change does"
        ),
        Binding("i", "ignore", "ignore", id="review.ignore", tooltip="Set this finding aside, with a reason"),
        Binding("a", "against", "against", id="review.against", tooltip="Compare with a git revision"),
        Binding("R", "rerun", "again", id="review.rerun", tooltip="Review the files again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._review: Review | None = None
        self._view = "findings"
        self._revision: str | None = None
        self._look_for: Wanted | None = None
        self._items: list[Item] = []
        self._aside: list[SetAside] = []

    def compose_body(self) -> ComposeResult:
        yield Notice("loading", "Reviewing", id="review-notice")
        with Vertical(id="review-body"):
            yield TabLine("review-views")
            with ContentSwitcher(initial="findings"):
                with Vertical(id="findings"):
                    yield Grid(
                        finding_columns(80),
                        id="finding-list",
                        opens="editor",
                        filterable=True,
                        cell_cursor=False,
                    )
                    yield Excerpt(id="excerpt")
                yield Grid(
                    IGNORED_COLUMNS,
                    id="aside",
                    opens="editor",
                    cell_cursor=False,
                    empty="Nothing is set aside.",
                )
                yield Grid(change_columns(80), id="changes", opens="explain", cell_cursor=False)
        yield FilterBar()

    def on_mount(self) -> None:
        self.query_one("#review-body").display = False
        self.action_rerun()

    def on_resize(self, event: events.Resize) -> None:
        """Beside the one every screen has."""
        self._grid("changes").set_columns(change_columns(event.size.width))
        self._grid("finding-list").set_columns(finding_columns(event.size.width))
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered."""
        if action == "ignore":
            item = self.chosen_item() if self._view == "findings" else None
            return item is not None and item.problem is not None
        return self._review is not None or action not in ("against", "view")

    def action_rerun(self) -> None:
        paths = paths_to_review(self.workspace)
        as_of, revision = self.workspace.as_of, self._revision
        self.in_background(
            "review", lambda _: review(paths, as_of=as_of, against=revision)[0], self._reviewed, self._refused
        )

    def action_view(self, view: str) -> None:
        if self._review is not None:
            self._view = view
            self.query_one(ContentSwitcher).current = view
            self._grid("finding-list" if view == "findings" else view).focus()
            self._show()

    def action_against(self) -> None:
        ask = ConfirmScreen(
            "Compare with a git revision",
            ["A branch, a tag or a commit. An empty line reviews the files as they are."],
            [Question("revision", "revision", "main", optional=True, value=self._revision or "")],
        )
        self.app.push_screen(ask, self._compare_with)

    def go_back(self) -> None:
        if self._look_for is not None:
            self._look_for = None
            self._show()
        elif self._view != "findings":
            self.action_view("findings")
        elif self._revision is not None:
            self._compare_with({"revision": ""})

    @on(Grid.Selected)
    def _opened(self, event: Grid.Selected) -> None:
        if event.grid.id == "finding-list" and (item := self.chosen_item()) is not None:
            self.open_in_editor(item.file.path, item.line)
        elif event.grid.id == "aside" and event.row < len(self._aside):
            self.open_in_editor(self._aside[event.row].file.path, self._aside[event.row].line)
        elif event.grid.id == "changes" and self._review is not None and self._review.difference is not None:
            file = self._review.difference.files[event.row]
            self.app.push_screen(FactsScreen(file.path, list(shift_facts(file))))

    @on(Grid.Highlighted)
    def _moved(self, event: Grid.Highlighted) -> None:
        if event.grid.id == "finding-list":
            self._show_excerpt()

    @on(Grid.FilterWanted)
    def _filter_wanted(self) -> None:
        self.query_one(FilterBar).open()

    @on(FilterBar.Applied)
    def _filter(self, event: FilterBar.Applied) -> None:
        self._look_for = wanted(event.text)
        self.action_view("findings")

    @on(TabLine.Chosen)
    def _tab_chosen(self, event: TabLine.Chosen) -> None:
        self.action_view(event.name)

    def _compare_with(self, said: Mapping[str, str] | None) -> None:
        if said is not None:
            self._revision = said["revision"] or None
            self.action_rerun()

    def _reviewed(self, found: Review) -> None:
        first = self._review is None
        self._review = found
        self.query_one("#review-notice").display = False
        self.query_one("#review-body").display = True
        if self._view == "changes" and found.difference is None:
            self.action_view("findings")
        self._show()
        if first:
            self._grid("finding-list").focus()
            found_at = (index for index, item in enumerate(self._items) if item.problem is not None)
            self._grid("finding-list").move_cursor(next(found_at, 0))

    def _refused(self, error: BaseException) -> None:
        """What was shown stays, where the question was about a revision; otherwise there is nothing to show."""
        if not isinstance(error, _REFUSED):
            raise error
        if self._revision is not None and self._review is not None:
            self._revision = self._review.difference.revision if self._review.difference else None
            self.tell(f"{error}", severity="error")
            return
        notice = self.query_one("#review-notice", Notice)
        if isinstance(error, Invalid):
            notice.say_invalid(error, ["R reviews again"])
        else:
            kind: Kind = "empty" if isinstance(error, NothingToReview) else "error"
            notice.say(
                kind,
                "There is nothing to review",
                [clean(error)],
                ["bursar init writes a first scenario; R reviews again"],
            )
        notice.display = True
        self.query_one("#review-body").display = False
        self._review, self._items = None, []
        self.set_focus(None)
        self.offer_by()
        self.say_headline("nothing to review")

    def _show(self) -> None:
        found = self._review
        if found is None:
            return
        self._items, self._aside = items(found, self._look_for), set_aside(found)
        grid = self._grid("finding-list")
        grid.empty = (
            f"Nothing matches /{self._look_for.text}; esc shows all" if self._look_for else "No file differs."
        )
        grid.set_source(Rows(item_rows(self._items)), keep_cursor=True)
        self._grid("aside").set_source(Rows(set_aside_rows(self._aside)), keep_cursor=True)
        changes = self._grid("changes")
        files = found.difference.files if found.difference else ()
        changes.empty = (
            "No scenario changed." if found.difference else "Press a and name a git revision to compare with."
        )
        changes.set_source(Rows(change_rows(files, changes.columns)), keep_cursor=True)
        grid.filtered = self._look_for is not None
        self._show_tabs(found)
        self._show_excerpt()

    def _show_tabs(self, found: Review) -> None:
        problems = [problem for file in found.files for problem in file.findings]
        against = f" against {found.difference.revision}" if found.difference else ""
        changed = f" {len(found.difference.files)}" if found.difference else ""
        tabs = [
            Tab("findings", "f", f"findings {len(problems)}", alarming=found.count("error") > 0),
            Tab("aside", "x", f"set aside {len(self._aside)}"),
            Tab("changes", "d", f"changes{changed}{against}"),
        ]
        matching = sum(item.problem is not None for item in self._items)
        self.query_one(TabLine).say(
            tabs, self._view, f"/{self._look_for.text}: {matching}" if self._look_for else ""
        )
        look: Look = "error" if found.count("error") else "warning" if found.count("warning") else "good"
        files = f"{len(found.files)} {'file' if len(found.files) == 1 else 'files'}"
        self.say_headline(f"{files}{against}", [Answer("", tally(problems), look, 1)])

    def _show_excerpt(self) -> None:
        item = self.chosen_item()
        self.query_one(Excerpt).show_item(item, *self.size)
        self.offer_by(self._view, item is not None and item.problem is not None)

    def chosen_item(self) -> Item | None:
        row = self._grid("finding-list").cursor_row
        return self._items[row] if row < len(self._items) else None

    def _grid(self, name: str) -> Grid:
        return self.query_one(f"#{name}", Grid)
