"""The grid: what it draws, how its cursor moves, and how little of its rows it asks for."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_draw import measure
from planner.tui.widgets.grid_rows import Column, Row, Rows, RowsUnavailable, Source
from tests.tui_loop import in_loop
from tests.tui_support import screen_text

COLUMNS = (Column("name", 8), Column("usd", 7, "right"), Column("note"))


class Numbers:
    """Rows made when they are asked for; every question is written down."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return self.count

    def page(self, first: int, last: int) -> Sequence[Row]:
        self.asked.append((first, last))
        return [(f"n{index}", f"{index}.00", "") for index in range(first, last)]


class Slow:
    """Rows that come when the test says so."""

    def __init__(self, count: int, *, fails: bool = False) -> None:
        self.count, self.fails = count, fails
        self.asked: list[int] = []
        self.gate = asyncio.Event()

    def __len__(self) -> int:
        return self.count

    async def fetch(self, first: int, last: int) -> Sequence[Row]:
        self.asked.append(first)
        await self.gate.wait()
        if self.fails:
            raise RowsUnavailable("the disk is gone")
        return [(f"n{index}",) for index in range(first, last)]


class GridApp(App[None]):
    """One grid, and what it said."""

    def __init__(self, source: Source, columns: Sequence[Column] = COLUMNS, **options: Any) -> None:  # noqa: ANN401 - options of Grid
        super().__init__()
        self.grid = Grid(columns, source, **options)
        self.said: list[tuple[str, int, int]] = []
        self.failures: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_grid_selected(self, message: Grid.Selected) -> None:
        self.said.append(("selected", message.row, message.column))

    def on_grid_filter_wanted(self, message: Grid.FilterWanted) -> None:
        self.said.append(("filter", -1, -1))

    def on_grid_unavailable(self, message: Grid.Unavailable) -> None:
        self.failures.append(message.why)


def lines(app: App[Any]) -> list[str]:
    return screen_text(app).splitlines()


@in_loop
async def test_it_draws_a_heading_and_its_rows_in_columns() -> None:
    rows = Rows([("alpha", "1.50", "first"), ("beta", "12.00", "a note that is far too long for its column")])
    app = GridApp(rows)
    async with app.run_test(size=(40, 5)):
        assert lines(app)[:3] == [
            "  name          usd  note",
            "▸ alpha        1.50  first",
            "  beta        12.00  a note that is far…",
        ]


@in_loop
async def test_a_million_rows_are_asked_for_a_page_at_a_time() -> None:
    """Opening, going to the end and back asks for three pages of a hundred rows, whatever the number of rows."""
    source = Numbers(1_000_000)
    app = GridApp(source)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.press("G")
        assert lines(app)[-1].startswith("▸ n999999")
        await pilot.press("g")
        assert lines(app)[1].startswith("▸ n0")
    assert source.asked == [(0, 100), (999_900, 1_000_000)]


@pytest.mark.parametrize(
    ("keys", "row", "column"),
    [
        ("down down", 2, 0),
        ("j j k", 1, 0),
        ("right l", 0, 2),
        ("l l l l l", 0, 2),
        ("l h h", 0, 0),
        ("k", 0, 0),
        ("G", 99, 0),
        ("end j", 99, 0),
        ("pagedown", 8, 0),
        ("pagedown pagedown pageup", 8, 0),
        ("G g", 0, 0),
    ],
)
@in_loop
async def test_keys_move_the_cursor_and_stop_at_the_edges(keys: str, row: int, column: int) -> None:
    app = GridApp(Numbers(100))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press(*keys.split())
        assert (app.grid.cursor_row, app.grid.cursor_column) == (row, column)
        assert any(line.startswith(f"▸ n{row} ") for line in lines(app))


@in_loop
async def test_enter_and_a_double_click_open_a_row_and_a_single_click_does_not() -> None:
    app = GridApp(Numbers(100))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("down", "enter")
        assert app.said == [("selected", 1, 0)]
        await pilot.click(Grid, offset=(12, 4))
        assert (app.grid.cursor_row, app.grid.cursor_column) == (3, 1)
        assert app.said == [("selected", 1, 0)]
        await pilot.click(Grid, offset=(12, 6), times=2)
        assert app.said == [("selected", 1, 0), ("selected", 5, 1)]


@in_loop
async def test_a_click_on_the_heading_or_below_the_last_row_does_nothing() -> None:
    app = GridApp(Numbers(3))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("down")
        await pilot.click(Grid, offset=(3, 0))
        await pilot.click(Grid, offset=(3, 8))
        assert app.grid.cursor_row == 1


@in_loop
async def test_it_follows_new_rows_only_while_the_cursor_is_on_the_last() -> None:
    source = Numbers(30)
    app = GridApp(source, follow=True)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("G")
        source.count = 33
        app.grid.grown()
        await pilot.pause()
        assert app.grid.cursor_row == 32
        assert lines(app)[-1].startswith("▸ n32")
        await pilot.press("k")
        source.count = 40
        app.grid.grown()
        await pilot.pause()
        assert app.grid.cursor_row == 31
        assert lines(app)[-1].startswith("  n32")


@in_loop
async def test_it_does_not_follow_when_not_asked_to() -> None:
    source = Numbers(30)
    app = GridApp(source)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("G")
        source.count = 33
        app.grid.grown()
        await pilot.pause()
        assert app.grid.cursor_row == 29


@in_loop
async def test_rows_that_are_not_there_yet_show_their_place_and_only_those_in_sight_are_fetched() -> None:
    source = Slow(1_000_000)
    app = GridApp(source)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert lines(app)[1:3] == ["▸ …", "  …"]
        await pilot.press("end", "home", "end")
        source.gate.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert lines(app)[-1].startswith("▸ n999999")
        assert source.asked == [0, 999_900]


@in_loop
async def test_a_page_that_cannot_be_had_is_told_once() -> None:
    source = Slow(50, fails=True)
    app = GridApp(source)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        source.gate.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.failures == ["the disk is gone"]
        assert source.asked == [0]


@in_loop
async def test_copy_puts_the_whole_cell_or_row_on_the_clipboard() -> None:
    app = GridApp(Rows([("alpha beta gamma", "1.50", "\x1b[31mred")]))
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.press("c")
        assert app.clipboard == "alpha beta gamma"
        await pilot.press("C")
        assert app.clipboard == "alpha beta gamma\t1.50\t\\x1b[31mred"


@pytest.mark.parametrize(("filterable", "said"), [(True, [("filter", -1, -1)]), (False, [])])
@in_loop
async def test_slash_asks_for_a_filter_where_there_is_one(
    filterable: bool, said: list[tuple[str, int, int]]
) -> None:
    app = GridApp(Numbers(3), filterable=filterable)
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.press("slash")
        assert app.said == said


@in_loop
async def test_an_empty_grid_says_what_it_was_given_to_say() -> None:
    app = GridApp(Rows(), empty="no rows\nstart a guard")
    async with app.run_test(size=(40, 5)) as pilot:
        assert lines(app)[1:3] == [" no rows", " start a guard"]
        await pilot.press("enter", "c", "C", "G", "down")
        assert app.said == []


HOSTILE = (
    "[red]x[/red]",
    "[/oops]",
    "[@click=app.bell]press[/]",
    "\x1b[31mred\x1b]0;owned\x07",
    "\u202egnp.exe",
    "🧑‍🚀 emoji 漢字",
    "x" * 500,
    "tab\tnew\nline",
)


@pytest.mark.parametrize("text", HOSTILE)
@in_loop
async def test_hostile_text_is_shown_as_text_and_keeps_the_columns(text: str) -> None:
    """No control or direction character reaches the terminal, and the next column begins where it should."""
    app = GridApp(Rows([(text, "1.00", text), ("plain", "2.00", "note")]), (Column("name", 30), *COLUMNS[1:]))
    async with app.run_test(size=(80, 6)):
        shown = app.screen._compositor.render_strips(app.size)
        row = "".join(segment.text for segment in shown[1])
        assert all(character.isprintable() for character in row)
        assert shown[1].cell_length == 80
        cells = shown[1].crop(34, 41)
        assert cells.text.strip() == "1.00"
        for segment in shown[1]:
            assert not (segment.style and segment.style.meta)


@in_loop
async def test_markup_in_a_cell_is_shown_letter_by_letter() -> None:
    app = GridApp(Rows([("[b]x[/]", "[/oops]", "")]))
    async with app.run_test(size=(40, 4)):
        assert lines(app)[1] == "▸ [b]x[/]   [/oops]"


@in_loop
async def test_the_cursor_can_be_seen_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = GridApp(Numbers(3))
    async with app.run_test(size=(40, 5)):
        assert lines(app)[1].startswith("▸ n0")
        styles = [segment.style for segment in app.screen._compositor.render_strips(app.size)[1]]
        assert any(style and style.reverse for style in styles)


@in_loop
async def test_columns_wider_than_the_grid_scroll_with_the_cursor() -> None:
    columns = [Column(f"c{index}", 20) for index in range(6)]
    app = GridApp(Rows([tuple(f"v{index}" for index in range(6))]), columns)
    async with app.run_test(size=(50, 6)) as pilot:
        assert "c5" not in lines(app)[0]
        await pilot.press("l", "l", "l", "l", "l")
        assert "c5" in lines(app)[0]
        assert "v5" in lines(app)[1]
        await pilot.press("h", "h", "h", "h", "h")
        assert lines(app)[0].startswith("  c0")


@in_loop
async def test_coloured_cells_keep_their_text_and_their_side() -> None:
    rows = Rows([("a", "1", ""), (Content.styled("warn", "bold red"), Content.styled("9.99", "green"), "")])
    app = GridApp(rows)
    async with app.run_test(size=(40, 5)):
        assert lines(app)[2] == "  warn         9.99"
        colours = {
            segment.text.strip(): segment.style
            for segment in app.screen._compositor.render_strips(app.size)[2]
        }
        warn = colours["warn"]
        assert warn is not None and warn.bold


@in_loop
async def test_the_source_can_be_replaced_and_the_cursor_kept() -> None:
    app = GridApp(Numbers(50))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("G")
        app.grid.set_source(Numbers(20), keep_cursor=True)
        await pilot.pause()
        assert app.grid.cursor_row == 19
        app.grid.set_source(Numbers(20))
        await pilot.pause()
        assert app.grid.cursor_row == 0


@in_loop
async def test_a_page_that_was_short_is_had_again_when_there_are_more_rows() -> None:
    """Both for rows at hand and for rows that take time."""
    for source in (Numbers(5), Slow(5)):
        app = GridApp(source, follow=True)
        async with app.run_test(size=(60, 10)) as pilot:
            if isinstance(source, Slow):
                source.gate.set()
            await pilot.press("G")
            await app.workers.wait_for_complete()
            source.count = 7
            app.grid.grown()
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert lines(app)[7].startswith("▸ n6")


@in_loop
async def test_a_scroll_bar_that_appears_later_shows_where_the_grid_is() -> None:
    """The grid scrolls to its last row in the moment in which it first gets more rows than fit."""
    source = Numbers(0)
    app = GridApp(source, follow=True)
    async with app.run_test(size=(60, 10)) as pilot:
        source.count = 50
        app.grid.grown()
        await pilot.pause()
        await pilot.pause()
        assert app.grid.scroll_y == 41
        assert app.grid.vertical_scrollbar.position == 41


@pytest.mark.parametrize(
    ("sight", "whole"),
    [
        ((0, 40), (0, 40)),
        ((0, 30), (0, 28)),
        ((5, 40), (12, 40)),
        ((5, 30), (12, 28)),
        ((0, 26), (0, 26)),
        ((0, 8), (0, 8)),
        ((3, 8), (3, 8)),
    ],
)
def test_a_column_that_is_cut_is_left_out(sight: tuple[int, int], whole: tuple[int, int]) -> None:
    """Columns stand at 2-12, 14-26 and 28-40; half of $976,342.21 would read as another amount. One alone is shown as far as it goes."""
    columns = (Column("a", 10), Column("b", 12), Column("c", 12))
    assert measure(columns, 40).whole(*sight) == whole
