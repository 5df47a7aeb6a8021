"""The keys at the bottom: only those that do something now, on every screen and in every state."""

import gc
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.worker import Worker

from planner.tui.app import BursarApp
from planner.tui.background import begin
from tests.guarding import Clock
from tests.tui_ledger import folder_with, small_ledger, text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import app_on, screen_text

ALWAYS = ["12345 screens", "? help", "^p palette"]
PLAN = """\
name: p
start: 2026-12
months: 3
region: us-west-2
pipelines:
  - name: p
    assets_per_month: 1000
    stages:
      - {name: s, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1}
expect: {runway_months: {min: 0}}
"""


def bar(app: BursarApp) -> list[str]:
    """The entries of the last row."""
    return [entry for entry in screen_text(app).splitlines()[-1].strip().split("  ") if entry]


async def settled(pilot: Pilot[Any], word: str) -> list[str]:
    await until(pilot, lambda: word in text_of(pilot.app))
    app = pilot.app
    assert isinstance(app, BursarApp)
    return [entry.strip() for entry in bar(app)]


@pytest.mark.parametrize(
    ("mode", "word", "keys"),
    [
        ("plan", "No scenarios in", ["⏎ open"]),
        ("compare", "There is no scenario here", []),
        ("prices", "verified", ["⏎ source", "/ filter"]),
        ("guard", "No ledger is named", []),
        ("review", "There is nothing to review", ["R again"]),
    ],
)
def test_in_an_empty_folder(
    mode: str, word: str, keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", mode)

    @in_loop
    async def run() -> None:
        app = app_on(folder=tmp_path)
        async with app.run_test(size=(120, 30)) as pilot:
            assert await settled(pilot, word) == [*keys, *ALWAYS]

    run()


@in_loop
async def test_a_file_that_cannot_be_used_has_nothing_to_turn_save_or_export(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("name: [", "utf-8")
    app = app_on(path)
    async with app.run_test(size=(120, 30)) as pilot:
        assert await settled(pilot, "cannot be used") == ALWAYS
        await pilot.press("right", "s", "e", "u", "R", "f", "enter")
        assert "cannot be used" in text_of(app)
        path.write_text(PLAN, "utf-8")
        await pilot.press("f5")
        keys = await settled(pilot, "assets a month")
        assert keys == ["←→ turn", "= type", "s save", "e export", *ALWAYS]


@in_loop
async def test_more_problems_than_rows_can_be_scrolled_to(tmp_path: Path) -> None:
    """Without a mouse; a file mended has its knobs again."""
    path = tmp_path / "wrong.yaml"
    path.write_text("".join(f"wrong_{number}: 1\n" for number in range(40)), "utf-8")
    app = app_on(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, "wrong_1:")
        assert "wrong_39" not in text_of(app)
        await pilot.press("end")
        await until(
            pilot, lambda: "wrong_39" in text_of(app) and "Mend the file and press F5." in text_of(app)
        )
        path.write_text(PLAN, "utf-8")
        await pilot.press("f5", "down", "right")
        await until(pilot, lambda: "1,100 (was 1,000)" in text_of(app))


@in_loop
async def test_undo_is_offered_while_there_is_something_to_undo(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(PLAN, "utf-8")
    app = app_on(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, "assets a month")
        for key, offered in (("right", True), ("u", False), ("U", True), ("R", True)):
            await pilot.press(key)
            await pilot.pause()
            assert ("u undo" in " ".join(bar(app))) is offered, key


@in_loop
async def test_one_plan_alone_has_no_months_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "compare")
    (tmp_path / "p.yaml").write_text(PLAN, "utf-8")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(120, 30)) as pilot:
        assert await settled(pilot, "mark two or more") == ["⏎ open", "space mark", "d base", *ALWAYS]


@in_loop
async def test_a_filter_without_a_match_can_be_changed_and_has_nothing_to_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "prices")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, "RETIRED")
        await pilot.press("slash", *"nothing", "enter")
        assert await settled(pilot, "No price matches") == ["/ filter", *ALWAYS]


@in_loop
async def test_views_of_a_review_without_rows_offer_neither_ignore_nor_editor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "review")
    (tmp_path / "p.yaml").write_text(PLAN, "utf-8")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(120, 30)) as pilot:
        assert "i ignore" in await settled(pilot, "p.yaml")
        await pilot.press("x")
        assert await settled(pilot, "Nothing is set aside.") == ["a against", "R again", *ALWAYS]


@in_loop
async def test_a_guard_that_is_read_offers_what_its_view_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes the ledger is never among them."""
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "guard")
    clock = Clock()
    url = small_ledger(tmp_path / "guard.db", clock)
    app = app_on(folder=folder_with(tmp_path / "plans"), ledger=url)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, "refuse")
        assert await settled(pilot, "⏎ why") == ["⏎ why", "/ filter", "f follow", "p pause", *ALWAYS]
        await pilot.press("o")
        assert await settled(pilot, "lease left") == ["⏎ why", "p pause", *ALWAYS]
        await pilot.press("b")
        assert await settled(pilot, "No budget of this ledger") == ["p pause", *ALWAYS]


@in_loop
async def test_a_worker_that_is_replaced_before_it_begins_leaves_nothing_behind(tmp_path: Path) -> None:
    """A coroutine that is made and never run is a warning, which here is an error."""
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        ran: list[int] = []

        async def work(number: int) -> None:
            ran.append(number)

        workers: list[Worker[None]] = [begin(app.screen, "work", work, number) for number in range(3)]
        await workers[-1].wait()
        await pilot.pause()
        gc.collect()
        assert ran == [2]
