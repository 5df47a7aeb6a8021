"""The Compare screen: scenarios marked with space, figures with their distance from the base, months on one scale."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from planner.tui.app import BursarApp
from planner.tui.screens.plan import PlanScreen
from planner.tui.widgets.facts import FactsScreen
from tests.support import bursar
from tests.tui_ledger import at_rest, text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import SIZES, app_on, assert_golden, size_id

PLAN = """\
name: {name}
start: 2026-12
months: {months}
region: us-west-2
pipelines:
  - name: p
    assets_per_month: {assets}
    stages:
      - {{name: s, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1}}
credits:
  - {{name: pool, balance_usd: 100, starts: 2026-11-01, expires: 2027-12-31, products: ["*"], bedrock_third_party: yes}}
"""


@pytest.fixture(autouse=True)
def compare_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "compare")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three scenarios: $40, $80 and $400 a month."""
    for name, assets in (("a-small", 1_000), ("b-middle", 2_000), ("c-large", 10_000)):
        (tmp_path / f"{name}.yaml").write_text(PLAN.format(name=name, assets=assets, months=6), "utf-8")
    return tmp_path


async def shown(pilot: Pilot[Any], *words: str) -> None:
    await until(pilot, lambda: all(word in text_of(pilot.app) for word in words))


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_two_scenarios_as_text(folder: Path, size: tuple[int, int]) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "cash by month")
        await at_rest(pilot)
        assert_golden(app, "compare", "normal")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_an_empty_folder_as_text(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_on(folder=Path())
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "There is no scenario here")
        await at_rest(pilot)
        assert_golden(app, "compare", "empty")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_scenario_that_cannot_be_planned_as_text(folder: Path, size: tuple[int, int]) -> None:
    (folder / "b-middle.yaml").write_text("name: broken\nmonths: many\n", "utf-8")
    app = app_on(folder=folder)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "cash by month", "✗")
        await at_rest(pilot)
        assert_golden(app, "compare", "error")


@in_loop
async def test_a_light_theme_as_text(folder: Path) -> None:
    app = app_on(folder=folder, theme="bursar-light")
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "cash by month")
        await at_rest(pilot)
        assert_golden(app, "compare", "light")


@in_loop
async def test_space_marks_d_sets_the_base_and_differences_follow(folder: Path) -> None:
    """Six months: $240 and $2,400; the second costs $2,160 more, the first $2,160 less."""
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "cash by month")
        await pilot.press("down", "space", "down", "space")
        await shown(pilot, "2 of 3 scenarios", "+$2,160.00 (+900.0 %) ▴")
        await pilot.press("d")
        await shown(pilot, "base c-large", "-$2,160.00 (-90.0 %) ▾")


@in_loop
async def test_the_figures_are_those_of_the_command_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = bursar(
        capsys, "compare", folder / "a-small.yaml", folder / "b-middle.yaml", "--as-of", "2026-11-22"
    )
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "cash by month")
        said = " ".join(text_of(app).split())
        for line in ran.out.splitlines()[1:]:
            words = [word for word in line.split("  ") if word.strip()]
            assert all(" ".join(word.split()) in said for word in words), line


@in_loop
async def test_no_more_than_five_are_compared(tmp_path: Path) -> None:
    for number in range(6):
        text = PLAN.format(name=f"s{number}", assets=100, months=2)
        (tmp_path / f"s{number}.yaml").write_text(text, "utf-8")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await shown(pilot, "cash by month")
        await pilot.press(*["down", "down", "space", "down", "space", "down", "space"])
        await shown(pilot, "5 of 6 scenarios")
        await pilot.press("down", "space")
        await shown(pilot, "5 scenarios are compared at the most")
        assert "5 of 6 scenarios" in text_of(app)


@in_loop
async def test_enter_opens_the_plan_of_the_scenario(folder: Path) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "cash by month")
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await shown(pilot, "c-large.yaml")


@in_loop
async def test_a_scenario_that_cannot_be_planned_says_why_and_cannot_be_marked(folder: Path) -> None:
    (folder / "b-middle.yaml").write_text("name: broken\nmonths: many\n", "utf-8")
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await shown(pilot, "cash by month")
        await pilot.press("down", "space")
        await shown(pilot, "b-middle.yaml cannot be planned")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))


@in_loop
async def test_m_shows_other_figures_by_month_on_one_scale(folder: Path) -> None:
    """The cheaper plan's months are half as high as the dearer one's."""
    app = app_on(folder=folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "cash by month")
        await pilot.press("m")
        await shown(pilot, "list cost by month", "█ $80")
        lines = text_of(app).splitlines()
        assert any(line.startswith(" A a-small") and "▄" in line and "█" not in line for line in lines)
        assert any(line.startswith(" B b-middle") and "█" in line for line in lines)


@pytest.mark.parametrize("name", ["[/oops]", "[red]x[/red]", "x" * 150, "漢字 🧑"])
@in_loop
async def test_hostile_names_show_as_text(tmp_path: Path, name: str) -> None:
    for number in range(2):
        text = PLAN.format(name=f'"{name}"', assets=100, months=2)
        (tmp_path / f"s{number}.yaml").write_text(text, "utf-8")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "cash by month")
        assert name[:6] in text_of(app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        assert name[:6] in text_of(app)
