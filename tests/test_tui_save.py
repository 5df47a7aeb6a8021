"""Saving a what-if: only the changed values of the file differ, what was saved plans like the screen, nothing is lost."""

import difflib
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.widgets import Input

from planner.cli import main
from planner.formatting import formatted
from planner.plan import plan_file
from planner.report.plan_json import plan_json
from planner.saving import AlreadyThere, NotSaved, copy_sample, save_scenario, scenario_text
from planner.scenario_file import ScenarioFile, load_scenario, read_scenario
from planner.scenario_paths import Value, with_value
from planner.tui.screens.plan import PlanScreen
from planner.what_if import WhatIf
from pricing.load import load_book
from pricing.records import replace
from pricing.sizes import Size
from tests.support import bursar
from tests.tui_loop import in_loop
from tests.tui_support import AS_OF, app_on, screen_text

SAMPLE = Path("scenarios/marketplace-catalogue.yaml")
UNTIDY = """\
# our plan
name:   launch      # padded on purpose
start: 2026-12
months: 10
region: us-west-2


pipelines:
- name: a       # lists need no indent
  assets_per_month: 3_000.50
  stages:
  -   {name: draft,   model: "stability.stable-image-core-v1:1",  candidates: 2}
  - name: final
    model: 'stability.sd3-5-large-v1:0'     # cheaper than ultra
    outputs: 16   # all shapes
    # a word to the next reader
  - { name: old,
      model: amazon.titan-image-generator-v2:0, # until June
      size: 512x512,
      quality: premium }
credits: [ {name: pool, balance_usd: 25_000, starts: 2026-11-20, expires: never,
   products: ["*"] } ]"""


def changed(text: str, **values: Value) -> list[str]:
    """The lines of a diff after changing values, by the short names of `PATHS`."""
    file = read_scenario(text, "plan.yaml")
    now = file.scenario
    for path, value in values.items():
        now = with_value(now, PATHS[path], value)
    made = scenario_text(file, now, Path("plan.yaml"))
    lines = difflib.unified_diff(text.splitlines(), made.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


PATHS = {
    "months": "months",
    "name": "name",
    "assets": "pipelines[0].assets_per_month",
    "growth": "pipelines[0].growth_pct_per_month",
    "draft_outputs": "pipelines[0].stages[0].outputs",
    "final_model": "pipelines[0].stages[1].model",
    "final_candidates": "pipelines[0].stages[1].candidates",
    "final_outputs": "pipelines[0].stages[1].outputs",
    "old_model": "pipelines[0].stages[2].model",
    "old_size": "pipelines[0].stages[2].size",
    "old_quality": "pipelines[0].stages[2].quality",
    "balance": "credits[0].balance_usd",
    "expires": "credits[0].expires",
}


def test_a_value_is_replaced_in_place_and_keeps_how_it_was_written() -> None:
    """Padding, comments and grouped digits stay."""
    assert changed(UNTIDY, assets=Fraction(12_345), months=12) == [
        "-months: 10",
        "+months: 12",
        "-  assets_per_month: 3_000.50",
        "+  assets_per_month: 12_345",
    ]


def test_a_missing_key_is_added_beside_its_neighbours_in_the_style_of_its_mapping() -> None:
    assert changed(UNTIDY, growth=Fraction(17, 2), draft_outputs=3, final_candidates=4) == [
        "+  growth_pct_per_month: 8.5",
        '-  -   {name: draft,   model: "stability.stable-image-core-v1:1",  candidates: 2}',
        '+  -   {name: draft,   model: "stability.stable-image-core-v1:1",  candidates: 2, outputs: 3}',
        "+    candidates: 4",
    ]


def test_keys_that_mean_nothing_any_more_are_taken_out_and_comments_stay() -> None:
    assert changed(UNTIDY, old_model="stability.stable-outpaint-v1:0", old_size=None, old_quality=None) == [
        "-      model: amazon.titan-image-generator-v2:0, # until June",
        "-      size: 512x512,",
        "-      quality: premium }",
        "+      model: stability.stable-outpaint-v1:0, # until June",
        "+       }",
    ]


def test_a_share_is_saved_with_the_rest_of_its_pair_and_nothing_else() -> None:
    """30 and 70 % become 45 and 55 %; the comment beside stays."""
    text = UNTIDY.replace("candidates: 2}", "candidates: 2, share_pct: 30.0}").replace(
        "outputs: 16 ", "share_pct: 70 "
    )
    file = read_scenario(text, "plan.yaml")
    made = WhatIf(file.scenario, file.scenario, load_book())
    share = next(knob for knob in made.knobs() if knob.label == "share")
    saved = scenario_text(file, made.turned(share, 3), Path("plan.yaml"))
    assert saved == text.replace("share_pct: 30.0", "share_pct: 45").replace("share_pct: 70", "share_pct: 55")


def test_days_amounts_and_names_are_written_as_a_person_writes_them() -> None:
    """A name that YAML would read otherwise is quoted."""
    lines = changed(UNTIDY, name="no", balance=1_234_500_000, expires=date(2027, 1, 31))
    assert [line for line in lines if line[0] == "+"] == [
        '+name:   "no"      # padded on purpose',
        "+credits: [ {name: pool, balance_usd: 1_234.5, starts: 2026-11-20, expires: 2027-01-31,",
    ]


def test_line_ends_of_the_file_are_kept() -> None:
    file = read_scenario(UNTIDY.replace("\n", "\r\n"), "plan.yaml")
    now = with_value(file.scenario, "pipelines[0].growth_pct_per_month", Fraction(5))
    made = scenario_text(file, now, Path("plan.yaml"))
    assert made.count("\r\n") == made.count("\n") == UNTIDY.count("\n") + 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_knobs_are_turned_the_saved_text_means_what_is_on_the_screen(data: st.DataObject) -> None:
    """Of every sample, any knobs by any steps: read again it is the same scenario, and every comment is still there."""
    path = data.draw(st.sampled_from(sorted(Path("scenarios").glob("*.yaml"))))
    file = load_scenario(path)
    book = load_book(file.scenario.price_book)
    now = file.scenario
    for _ in range(data.draw(st.integers(1, 5))):
        made = WhatIf(file.scenario, now, book)
        now = made.turned(data.draw(st.sampled_from(made.knobs())), data.draw(st.integers(-12, 12)))
    text = scenario_text(file, now, path)
    assert read_scenario(text, "again.yaml").scenario == now
    assert comments(text) == comments(file.document.text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_what_if_of_a_formatted_scenario_is_formatted(data: st.DataObject) -> None:
    """New keys stand where `bursar fmt` has them and digits are grouped as it does."""
    path = data.draw(st.sampled_from(sorted(Path("scenarios").glob("*.yaml"))))
    file = load_scenario(path)
    book = load_book(file.scenario.price_book)
    now = file.scenario
    for _ in range(data.draw(st.integers(1, 5))):
        made = WhatIf(file.scenario, now, book)
        now = made.turned(data.draw(st.sampled_from(made.knobs())), data.draw(st.integers(-40, 40)))
    text = scenario_text(file, now, path)
    assert formatted(text, "saved.yaml") == text


def test_a_key_that_belongs_behind_a_list_is_added_behind_it(tmp_path: Path) -> None:
    """The comment below the list stays with what follows; `bursar fmt --check` has nothing to say."""
    source = tmp_path / "plan.yaml"
    source.write_text(
        "name: launch\nstart: 2026-12\nmonths: 10\nregion: us-west-2\n\npipelines:\n  - name: a\n"
        "    assets_per_month: 900\n    stages:\n      - name: draft\n        model: stability.stable-image-core-v1:1\n"
        "    # kept a month\n    supporting:\n      storage_mb: 3\n",
        "utf-8",
    )
    file = load_scenario(source)
    now = with_value(file.scenario, "pipelines[0].rework_pct", Fraction(5))
    now = with_value(now, "pipelines[0].assets_per_month", Fraction(1_200))
    text = save_scenario(file, now, tmp_path / "saved.yaml")
    assert text.splitlines()[7:14] == [
        "    assets_per_month: 1_200",
        "    stages:",
        "      - name: draft",
        "        model: stability.stable-image-core-v1:1",
        "    rework_pct: 5",
        "    # kept a month",
        "    supporting:",
    ]
    assert main(["fmt", "--check", str(source), str(tmp_path / "saved.yaml")]) == 0


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def sample() -> ScenarioFile:
    return load_scenario(SAMPLE)


def test_a_file_that_exists_is_replaced_only_when_that_is_meant(tmp_path: Path) -> None:
    target = tmp_path / "launch.yaml"
    target.write_text("name: mine\n", "utf-8")
    with pytest.raises(AlreadyThere, match=r"launch\.yaml exists"):
        save_scenario(sample(), sample().scenario, target)
    assert target.read_text("utf-8") == "name: mine\n"
    save_scenario(sample(), sample().scenario, target, replace=True)
    assert target.read_text("utf-8") == SAMPLE.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["launch.yaml"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plan.txt", r"must end in \.yaml"),
        ("there/is/none.yaml", "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_written_says_why(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(NotSaved, match=message):
        save_scenario(sample(), sample().scenario, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_scenario_with_a_book_beside_it_is_saved_beside_it(tmp_path: Path) -> None:
    """Elsewhere `price_book: ./ours.yaml` would name another file, or none."""
    source = tmp_path / "plan.yaml"
    source.write_text(
        SAMPLE.read_text("utf-8").replace("price_book: 2026-07-24", "price_book: ./ours.yaml"), "utf-8"
    )
    file = load_scenario(source)
    (tmp_path / "other").mkdir()
    with pytest.raises(NotSaved, match=r"price_book \./ours\.yaml is found from .*: save beside it"):
        save_scenario(file, file.scenario, tmp_path / "other" / "plan.yaml")
    save_scenario(file, replace(file.scenario, months=6), tmp_path / "shorter.yaml")
    assert "months: 6\n" in (tmp_path / "shorter.yaml").read_text("utf-8")


def test_a_change_that_has_no_key_in_the_file_is_refused() -> None:
    """The budgets are no knobs: a text without them would not mean what is on the screen."""
    now = replace(sample().scenario, budgets=())
    with pytest.raises(NotSaved, match="would not mean the same"):
        scenario_text(sample(), now, SAMPLE)


def test_a_sample_is_copied_into_a_folder_that_is_made_for_it(tmp_path: Path) -> None:
    source = Path("planner/samples/solo-founder.yaml")
    copied = copy_sample(source, tmp_path / "scenarios")
    assert copied.read_bytes() == source.read_bytes()
    with pytest.raises(AlreadyThere):
        copy_sample(source, tmp_path / "scenarios")


@in_loop
async def test_a_what_if_saved_from_the_screen_plans_as_the_screen_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three knobs, s, enter: the new file's `bursar plan --format json` is the plan that was on the screen."""
    source = tmp_path / "launch.yaml"
    source.write_text(SAMPLE.read_text("utf-8"), "utf-8")
    app = app_on(source)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "right", "down", "right", "down", "shift+right")
        screen = app.screen
        assert isinstance(screen, PlanScreen)
        assert screen.session is not None
        shown = plan_json(screen.session.plan)
        await pilot.press("s")
        await pilot.pause()
        assert "pipelines[0].assets_per_month: 3000 -> 3200" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "launch-what-if" in screen_text(app)
        assert screen.unsaved() == []
    target = tmp_path / "launch-what-if.yaml"
    assert source.read_text("utf-8") == SAMPLE.read_text("utf-8")
    printed = json.loads(bursar(capsys, "plan", target, "--as-of", AS_OF, "--format", "json").out)
    assert printed == shown
    assert shown["totals"]["list_cost"] == "97811.774723"


@in_loop
async def test_saving_over_a_file_asks_a_second_time(tmp_path: Path) -> None:
    source = tmp_path / "launch.yaml"
    source.write_text(SAMPLE.read_text("utf-8"), "utf-8")
    app = app_on(source)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "s")
        await pilot.pause()
        app.screen.query_one("#path", Input).value = str(source)
        await pilot.press("enter")
        await pilot.pause()
        assert "exists; enter again replaces it" in " ".join(screen_text(app).split())
        assert "assets_per_month: 3_000" in source.read_text("utf-8")
        await pilot.press("enter")
        await pilot.pause()
    assert "assets_per_month: 3_100" in source.read_text("utf-8")


@in_loop
async def test_what_cannot_be_saved_is_said_in_the_dialog_and_nothing_is_lost(tmp_path: Path) -> None:
    source = tmp_path / "launch.yaml"
    source.write_text(SAMPLE.read_text("utf-8"), "utf-8")
    app = app_on(source)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "s")
        await pilot.pause()
        for path, message in (("", "a file needs a name"), ("x.txt", "must end in .yaml")):
            app.screen.query_one("#path", Input).value = path
            await pilot.press("enter")
            await pilot.pause()
            assert message in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "1 change to the file" in screen_text(app)


@pytest.mark.parametrize(("path", "size"), [("name: x\n", None)])
def test_an_edit_of_what_the_file_does_not_have_is_an_error(path: str, size: Size | None) -> None:
    file = read_scenario(dedent(path), "x.yaml")
    with pytest.raises(NotSaved):
        scenario_text(file, replace(file.scenario, months=3), Path("x.yaml"))


def test_the_plan_of_a_saved_copy_is_the_plan_of_its_source(tmp_path: Path) -> None:
    """Without any change, byte for byte the same file."""
    save_scenario(sample(), sample().scenario, tmp_path / "copy.yaml")
    assert (tmp_path / "copy.yaml").read_bytes() == SAMPLE.read_bytes()
    assert plan_json(plan_file(str(tmp_path / "copy.yaml"), as_of=AS_OF)) == plan_json(
        plan_file(str(SAMPLE), as_of=AS_OF)
    )
