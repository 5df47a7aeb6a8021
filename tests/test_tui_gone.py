"""A scenario whose file is taken away while it is open: it says so, nothing is lost, and it can be saved or let go of."""

from pathlib import Path

import pytest

import planner.tui.screens.plan as plan_module
from planner.tui.app import BursarApp
from planner.tui.dialogs.ask import AskScreen
from planner.tui.dialogs.save import SaveScreen
from planner.tui.screens.plan import PlanScreen
from tests.tui_ledger import text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import app_on, screen_text

PLAN = """\
name: {name}   # ours
start: 2026-12
months: 3
region: us-west-2
pipelines:
  - name: p
    assets_per_month: 1000
    stages:
      - {{name: s, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1}}
"""


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "_LOOK_EVERY_S", 0.02)


def two_plans(folder: Path) -> tuple[Path, Path]:
    paths = folder / "a.yaml", folder / "b.yaml"
    for path in paths:
        path.write_text(PLAN.format(name=path.stem), "utf-8")
    return paths


def messages(app: BursarApp) -> list[str]:
    return [note.message for note in app._notifications]


@in_loop
async def test_it_says_once_that_the_file_is_gone_what_is_kept_and_how_to_go_on(tmp_path: Path) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "right")
        first.unlink()
        await until(pilot, lambda: "file is gone: s saves it anew" in screen_text(app))
        assert messages(app) == [
            "a.yaml is gone. The plan stays here with 1 change until you leave; s saves it as a file, F5 lets go of it"
        ]
        await pilot.pause(0.1)
        assert len(messages(app)) == 1
        assert "1,100 (was 1,000)" in screen_text(app)


@in_loop
async def test_saving_offers_the_path_it_had_and_brings_it_back_with_its_comments(tmp_path: Path) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right")
        first.unlink()
        await until(pilot, lambda: "file is gone" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SaveScreen))
        await pilot.press("enter")
        await until(pilot, first.exists)
        assert first.read_text("utf-8") == PLAN.format(name="a").replace("1000", "1100")
        await until(pilot, lambda: "gone" not in screen_text(app).splitlines()[0])


@in_loop
async def test_it_stays_in_the_list_and_other_scenarios_can_be_looked_at_meanwhile(tmp_path: Path) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        first.unlink()
        await until(pilot, lambda: "file is gone" in screen_text(app))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: " b.yaml" in screen_text(app).splitlines()[0])
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: " a.yaml" in screen_text(app).splitlines()[0])
        assert "file is gone" in screen_text(app)


@in_loop
async def test_reading_again_asks_before_it_lets_go_and_then_opens_another(tmp_path: Path) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right")
        first.unlink()
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, AskScreen))
        assert "Let go of a.yaml?" in text_of(app)
        assert "1000 -> 1100" in text_of(app).replace(",", "")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        assert "1,100 (was 1,000)" in screen_text(app)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, AskScreen))
        await pilot.press("y")
        await until(pilot, lambda: " b.yaml" in screen_text(app).splitlines()[0])


@in_loop
async def test_leaving_asks_also_where_nothing_was_changed(tmp_path: Path) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        first.unlink()
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, AskScreen))
        assert "Not saved: a.yaml" in text_of(app)


@in_loop
async def test_a_file_that_comes_back_changed_is_changed_and_one_that_was_only_touched_too(
    tmp_path: Path,
) -> None:
    first, _ = two_plans(tmp_path)
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        first.unlink()
        await until(pilot, lambda: "file is gone" in screen_text(app))
        first.write_text(PLAN.format(name="another"), "utf-8")
        await until(pilot, lambda: "file changed: F5 reads it" in screen_text(app))
