"""The Review screen: findings with their source, an editor at the line, findings set aside, and what a change does."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from planner.review.run import review_one
from planner.tui.app import BursarApp
from planner.tui.reviewing import editor, ignore
from planner.tui.widgets.confirm import ConfirmScreen
from planner.tui.widgets.facts import FactsScreen
from pricing.problems import Place
from pricing.records import replace
from tests.tui_ledger import at_rest, text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import AS_OF, SIZES, app_on, assert_golden, size_id

PLAN = """\
# yaml-language-server: $schema=../planner/schema/scenario.schema.json
name: {name}
start: 2026-05
months: 2
region: us-east-1
pipelines:
  - name: p
    assets_per_month: 1000
    stages:
      - {{name: s, task: TEXT_IMAGE, model: amazon.titan-image-generator-v2:0, size: 1024x1024}}
"""


@pytest.fixture(autouse=True)
def review_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "review")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan on a model near its end, and a file that is no valid scenario; the working folder, so that paths are short."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN.format(name="Titan"), "utf-8")
    (tmp_path / "wrong.yaml").write_text("name: Wrong\nstart: 2026-13\nmonths: many\nbudgets: []\n", "utf-8")
    return Path()


async def shown(pilot: Pilot[Any], *words: str) -> None:
    await until(pilot, lambda: all(word in text_of(pilot.app) for word in words))


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_findings_as_text(folder: Path, size: tuple[int, int]) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "plan.yaml", "wrong.yaml")
        await pilot.press("G")
        await at_rest(pilot)
        assert_golden(app, "review", "normal")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_folder_without_scenarios_as_text(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_on(folder=Path())
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "There is nothing to review")
        await at_rest(pilot)
        assert_golden(app, "review", "empty")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_wrong_settings_as_text(folder: Path, size: tuple[int, int]) -> None:
    Path("bursar.yaml").write_text("review:\n  rulez: {}\n", "utf-8")
    app = app_on(folder=folder)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "bursar.yaml", "cannot be used")
        await at_rest(pilot)
        assert_golden(app, "review", "error")


@in_loop
async def test_empty_and_binary_files_that_plan_lists_are_findings_too_and_other_yaml_is_not(
    folder: Path,
) -> None:
    Path("empty.yaml").write_bytes(b"")
    Path("comment.yaml").write_text("# later\n---\n", "utf-8")
    Path("picture.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    Path("latin.yaml").write_bytes("größe".encode("latin-1"))
    Path("pipeline.yaml").write_text("services:\n  web: {image: nginx}\n", "utf-8")
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "plan.yaml", "wrong.yaml")
        said = text_of(app)
        assert "6 files" in said
        for name in ("empty", "comment", "picture", "latin"):
            assert f"{name}.yaml: 1 error" in said
        assert "pipeline.yaml" not in said
        await pilot.press("slash", *"picture.yaml", "enter", "down")
        await shown(pilot, "▸ ✗", "picture.yaml: 1 error")


@in_loop
async def test_a_folder_with_nothing_but_an_empty_file_shows_it(folder: Path) -> None:
    Path("plan.yaml").unlink()
    Path("wrong.yaml").write_bytes(b"")
    app = app_on(folder=folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "1 file", "wrong.yaml: 1 error")


@in_loop
async def test_an_error_of_a_policy_is_not_set_aside_but_says_whose_it_is_and_who_can_change_it(
    folder: Path,
) -> None:
    """Before a reason is asked for."""
    Path("bursar.yaml").write_text(
        "policies:\n  - name: at home\n    regions: {allow: [eu-west-1]}\n", "utf-8"
    )
    app = app_on(folder=folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "policy-region")
        await pilot.press("slash", *"policy-region", "enter", "down", "i")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        said = " ".join(text_of(app).replace("│", " ").split())
        assert "policy 'at home' of bursar.yaml, line 3, is the team's" in said
        assert (
            "Mend the scenario, or ask who keeps bursar.yaml to change line 3 or give the policy severity: warning"
            in said
        )
        assert "ignore" not in Path("plan.yaml").read_text("utf-8")


@in_loop
async def test_a_light_theme_as_text(folder: Path) -> None:
    app = app_on(folder=folder, theme="bursar-light")
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "plan.yaml", "wrong.yaml")
        await at_rest(pilot)
        assert_golden(app, "review", "light")


@in_loop
async def test_the_line_of_a_finding_is_shown_with_its_neighbours_and_why_it_matters(folder: Path) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "wrong.yaml")
        await pilot.press("slash", *"months many", "enter")
        await pilot.press("down")
        await shown(pilot, "▸   3 │ months: many", "    2 │ start: 2026-13", "    4 │ budgets: []")


def test_an_editor_is_started_with_an_argument_list_at_the_line(tmp_path: Path) -> None:
    file = tmp_path / "-rf $(x) ; .yaml"
    expected = {
        "vim": ["vim", "+7", str(file)],
        "nano -w": ["nano", "-w", "+7", str(file)],
        "/usr/bin/emacs -nw": ["/usr/bin/emacs", "-nw", "+7", str(file)],
        "hx": ["hx", "+7", str(file)],
        "code --wait": ["code", "--wait", "--goto", f"{file}:7"],
        "subl": ["subl", f"{file}:7"],
        "my-editor": ["my-editor", str(file)],
    }
    for name, arguments in expected.items():
        assert editor.command({"EDITOR": name}, file, 7) == arguments
    assert editor.command({"EDITOR": "nano", "VISUAL": "vi"}, file, 7)[0] == "vi"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "neither VISUAL nor EDITOR is set"),
        ({"EDITOR": "  "}, "neither"),
        ({"VISUAL": "vi 'x"}, "VISUAL is"),
    ],
)
def test_without_an_editor_it_says_what_to_set(environment: dict[str, str], said: str) -> None:
    with pytest.raises(editor.NoEditor, match=said):
        editor.command(environment, Path("a.yaml"), 1)


def test_an_editor_that_is_not_installed_or_fails_is_said() -> None:
    assert "there is no such program" in editor.run(["/no/such/editor", "x"])
    assert editor.run(["false"]) == "false ended with code 1"
    assert editor.run(["true"]) == ""


@in_loop
async def test_enter_without_an_editor_says_so_and_nothing_breaks(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await shown(pilot, "wrong.yaml")
        await pilot.press("enter")
        await shown(pilot, "neither VISUAL nor EDITOR is set")


@in_loop
async def test_a_finding_is_set_aside_with_a_reason_after_two_questions(folder: Path) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "near-end-of-life")
        await pilot.press("slash", *"near-end-of-life", "enter", "down", "i")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press(*"a backtest", "enter")
        await shown(pilot, "Write the comment?", "# bursar: ignore near-end-of-life a backtest")
        assert "bursar: ignore" not in Path("plan.yaml").read_text("utf-8")
        await pilot.press("y")
        await shown(pilot, "set aside 1")
        await pilot.press("x")
        await shown(pilot, "a backtest")
    lines = Path("plan.yaml").read_text("utf-8").splitlines()
    assert lines[9] == "      # bursar: ignore near-end-of-life a backtest"
    assert [*lines[:9], *lines[10:]] == PLAN.format(name="Titan").splitlines()


@in_loop
async def test_giving_up_either_question_writes_nothing(folder: Path) -> None:
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "near-end-of-life")
        await pilot.press("slash", *"near-end-of-life", "enter", "down", "i", *"why", "escape")
        await pilot.press("i", *"why", "enter")
        await shown(pilot, "Write the comment?")
        await pilot.press("escape")
        await pilot.pause()
    assert Path("plan.yaml").read_text("utf-8") == PLAN.format(name="Titan")


def test_a_finding_that_makes_the_file_unusable_cannot_be_set_aside(folder: Path) -> None:
    found = review_one("wrong.yaml", AS_OF)
    with pytest.raises(ignore.CannotIgnore, match="unusable"):
        ignore.prepare(found, found.findings[0], "because", AS_OF)


def test_a_reason_is_one_printable_line(folder: Path) -> None:
    found = review_one("plan.yaml", AS_OF)
    problem = next(each for each in found.findings if each.code == "near-end-of-life")
    for reason in ("", "  ", "a\nb: c", "x" * 301, "\x1b[31m"):
        with pytest.raises(ignore.CannotIgnore, match="a reason is"):
            ignore.prepare(found, problem, reason, AS_OF)


def test_a_comment_that_would_change_the_scenario_is_refused(folder: Path) -> None:
    """In the middle of a text over two lines a comment would end it."""
    text = PLAN.format(name="Titan\n  again")
    Path("plan.yaml").write_text(text, "utf-8")
    found = review_one("plan.yaml", AS_OF)
    problem = next(each for each in found.findings if each.code == "near-end-of-life")
    with pytest.raises(ignore.CannotIgnore, match="would change the scenario"):
        ignore.prepare(found, replace(problem, place=Place(3, 3)), "because", AS_OF)
    with pytest.raises(ignore.CannotIgnore, match="was changed meanwhile"):
        ignore.prepare(found, replace(problem, place=Place(99, 1)), "because", AS_OF)
    assert Path("plan.yaml").read_text("utf-8") == text


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    found = review_one("plan.yaml", AS_OF)
    problem = next(each for each in found.findings if each.code == "near-end-of-life")
    edit = ignore.prepare(found, problem, "because", AS_OF)
    Path("plan.yaml").write_text(PLAN.format(name="Changed"), "utf-8")
    with pytest.raises(ignore.CannotIgnore, match="was changed meanwhile"):
        ignore.write(edit)
    assert Path("plan.yaml").read_text("utf-8") == PLAN.format(name="Changed")


def test_the_file_keeps_its_permissions_and_a_link_stays_a_link(folder: Path) -> None:
    Path("plan.yaml").rename("real.yaml")
    Path("real.yaml").chmod(0o640)
    Path("plan.yaml").symlink_to("real.yaml")
    found = review_one("plan.yaml", AS_OF)
    problem = next(each for each in found.findings if each.code == "near-end-of-life")
    ignore.write(ignore.prepare(found, problem, "because", AS_OF))
    assert Path("plan.yaml").is_symlink()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o640
    assert "# bursar: ignore near-end-of-life because" in Path("real.yaml").read_text("utf-8")


def _git(*arguments: str) -> None:
    names = {
        f"GIT_{who}_{what}": "ada@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    subprocess.run(["git", *arguments], check=True, capture_output=True, env={**os.environ, **names})


@in_loop
async def test_against_a_revision_it_shows_what_the_change_does(folder: Path) -> None:
    """1,000 pictures at $0.01 become 2,000: two months cost $40 in place of $20."""
    Path("wrong.yaml").unlink()
    _git("init", "-q", "-b", "main")
    _git("add", ".")
    _git("commit", "-q", "-m", "first")
    Path("plan.yaml").write_text(PLAN.format(name="Titan").replace("1000", "2000"), "utf-8")
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "near-end-of-life")
        await pilot.press("d")
        await shown(pilot, "Press a and name a git revision")
        await pilot.press("a", *"main", "enter")
        await shown(pilot, "changes 1 against main", "+$20 (", "$20 -> $40")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        assert "assets_per_month: 2000" in text_of(app)


@in_loop
async def test_a_revision_that_does_not_exist_is_said_and_the_findings_stay(folder: Path) -> None:
    _git("init", "-q", "-b", "main")
    app = app_on(folder=folder)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await shown(pilot, "near-end-of-life")
        await pilot.press("a", *"nowhere", "enter")
        await shown(pilot, "nowhere", "near-end-of-life")
        await until(pilot, lambda: "against nowhere" not in text_of(app))


@pytest.mark.parametrize("name", ["[/oops]", "[red]x[/red]", "x" * 180, "漢字 🧑"])
@in_loop
async def test_hostile_names_show_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    file = f"{name.replace('/', '_')}.yaml"
    Path(file).write_text(f'name: "{name}"\nmonths: "{name}"\nbudgets: "[/{name}"\n', "utf-8")
    app = app_on(folder=Path())
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, name.replace("/", "_")[:6])
        await pilot.press("down", "down")
        await pilot.pause()
        assert name[:6] in text_of(app)
