"""The Prices screen: books, rates with their model's life, changes, findings, and where a price comes from."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.style import Style

from planner.tui.app import BursarApp
from planner.tui.prices.price_table import price_table
from planner.tui.prices.rows import prices_of
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.grid_draw import draw, measure
from pricing.load import load_book, shipped_versions
from pricing.records import replace
from tests.support import bursar
from tests.tui_ledger import at_rest, text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import AS_OF, SIZES, app_on, assert_golden, screen_text, size_id

TITAN = """\
name: Titan
start: 2026-01
months: 2
region: us-east-1
pipelines:
  - name: p
    assets_per_month: 10
    stages:
      - {name: s, task: TEXT_IMAGE, model: amazon.titan-image-generator-v2:0, size: 1024x1024}
"""


@pytest.fixture(autouse=True)
def prices_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "prices")


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


async def shown(pilot: Pilot[Any], *words: str) -> None:
    await until(pilot, lambda: all(word in text_of(pilot.app) for word in words))


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_the_default_book_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_on(folder=folder(tmp_path, titan=TITAN))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "RETIRED")
        await at_rest(pilot)
        assert_golden(app, "prices", "normal")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_filter_without_a_match_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_on(folder=tmp_path)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "RETIRED")
        await pilot.press("slash", *"nothing", "enter")
        await shown(pilot, "No price matches /nothing")
        await at_rest(pilot)
        assert_golden(app, "prices", "empty")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_book_that_cannot_be_read_as_text(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder(tmp_path, own=TITAN.replace("region:", "price_book: ./ours.yaml\nregion:")))
    app = app_on(folder=Path())
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "RETIRED")
        await pilot.press("v")
        await shown(pilot, "cannot be used")
        await at_rest(pilot)
        assert_golden(app, "prices", "error")


@in_loop
async def test_a_light_theme_as_text(tmp_path: Path) -> None:
    app = app_on(folder=folder(tmp_path, titan=TITAN), theme="bursar-light")
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "RETIRED")
        await at_rest(pilot)
        assert_golden(app, "prices", "light")


@in_loop
async def test_at_80_columns_prices_of_two_regions_can_be_told_apart_and_unverified_ones_are_marked(
    tmp_path: Path,
) -> None:
    app = app_on(folder=folder(tmp_path, titan=TITAN))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "RETIRED")
        lines = [line[2:].rstrip("▅▇ ") for line in screen_text(app).splitlines()]
        assert "titan-image-generator-v2:0  1024   premium   $0.012   us-east-1    RETIRED !1" in lines
        assert "titan-image-generator-v2:0  1024   premium   $0.012?  us-west-2    RETIRED !1" in lines
        assert "titan-image-g…or-v1/custom  1024   standard  $0.020?  us-east-1    RETIRED" in lines


@pytest.mark.parametrize("width", [80, 90, 100, 120, 140, 160, 200])
@pytest.mark.parametrize("version", shipped_versions())
def test_no_two_prices_of_a_book_look_alike_and_no_column_is_cut(version: str, width: int) -> None:
    book = load_book(version)
    users = dict.fromkeys(book.cards, ("a.yaml",))
    columns, rows = price_table(prices_of(book, users, AS_OF), width)
    spans = measure(columns, width - 1)
    assert spans.total <= width - 1
    drawn = [draw(row, spans, Style()).text for row in rows]
    assert len(set(drawn)) == len(drawn) == len(rows)


def test_a_price_that_ends_says_when_and_names_that_shorten_to_one_are_left_whole() -> None:
    """A book of one's own may hold a price for some time only, and sizes that mean another thing."""
    book = load_book("2025-02-28")
    first, *_ = prices_of(book, {}, AS_OF)
    rate = first.rates[0]
    ended = replace(first, rates=(replace(rate, valid_until=date(2026, 3, 1)),))
    square = replace(first, rates=(replace(rate, sku=replace(rate.sku, size_class="512x512")),))
    _, rows = price_table([first, ended, square], 80)
    assert [str(row[1]) for row in rows] == ["512", "512", "512x512"]
    assert [str(row[5]) for row in rows] == ["RETIRED", "RETIRED to 2026-03-01", "RETIRED"]


@in_loop
async def test_a_retired_model_names_the_scenarios_that_use_it(tmp_path: Path) -> None:
    app = app_on(folder=folder(tmp_path, titan=TITAN))
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "1 retired model in use !", "! 1 scenario")
        await pilot.press("slash", *"titan-image-generator-v2 1024 premium", "enter")
        await shown(pilot, "amazon.titan-image-generator-v2:0")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        said = text_of(app)
        for words in (
            "$0.012",
            "used by  titan.yaml",
            "end of life",
            "in 2025-02-28",
            "in 2026-representative",
            "source",
        ):
            assert words in said


@in_loop
async def test_changes_between_two_chosen_books_are_those_of_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = bursar(capsys, "prices", "diff", "2026-representative", "2026-07-24")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "RETIRED")
        await pilot.press("v", "g")
        await shown(pilot, "what it is")
        await pilot.press("space", "down", "enter", "d")
        await shown(pilot, "changes from 2026-representative", "added,")
        assert ran.out.splitlines()[-1].strip() in text_of(app)
        assert all(line.split()[1] in text_of(app) for line in ran.out.splitlines()[3:12])


@in_loop
async def test_what_to_look_at_is_listed_and_esc_goes_back(tmp_path: Path) -> None:
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "RETIRED")
        await pilot.press("w")
        await shown(pilot, "warning")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query_one("#prices", Grid).has_focus)


@pytest.mark.parametrize("name", ["[/oops]", "[red]x[/red]", "x" * 120, "🧑 漢字"])
@in_loop
async def test_hostile_file_names_show_as_text(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name.replace('/', '_')}.yaml").write_text(TITAN, "utf-8")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "RETIRED 2026-06-30 !1")
        await pilot.press("slash", *"titan-image-generator-v2 1024", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        assert name.replace("/", "_")[:6] in text_of(app)
