"""The Plan screen: the same numbers as `bursar plan`, knobs that recompute, undo, explanations, export, and every state."""

import json
import os
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.knobs import Knob
from planner.plan import plan_file
from planner.report.plan_formats import PLAN_FORMATS
from planner.report.plan_json import plan_json
from planner.tui.month_rows import MonthRows
from planner.tui.screens.plan import PlanScreen
from planner.tui.turning import Turning
from planner.tui.widgets.burndown import Burndown
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.knob_list import KnobList
from pricing.money import format_usd, parse_usd
from tests.support import bursar
from tests.tui_ledger import until
from tests.tui_loop import in_loop
from tests.tui_support import AS_OF, SIZES, app_on, assert_golden, screen_text, size_id

SAMPLES = Path("planner/samples")
PLAN = """\
name: One pool
start: 2026-12
months: 6
region: us-west-2
price_book: 2026-07-24
pipelines:
  - name: cards
    assets_per_month: 1000
    growth_pct_per_month: 10
    stages:
      - {name: draft, model: stability.stable-image-core-v1:1, candidates: 2}
credits:
  - {name: activate, balance_usd: 300, starts: 2026-11-01, expires: 2027-10-31, products: ["*"], bedrock_third_party: yes}
"""
BROKEN = PLAN.replace("months: 6", "mouths: 6").replace("candidates: 2", "candidates: 0")


def written(folder: Path, text: str = PLAN, name: str = "cards.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def plan_screen(pilot: Pilot[None]) -> PlanScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlanScreen)
    return screen


@in_loop
async def test_every_number_of_the_table_is_the_number_of_plan_json(tmp_path: Path) -> None:
    """Cell by cell, over every sample: the month, its cost, cash, each pool's draw, what is left and what is lost."""
    for sample in sorted(SAMPLES.glob("*.yaml")):
        app = app_on(sample)
        async with app.run_test(size=(160, 48)) as pilot:
            source = plan_screen(pilot).query_one("#months", Grid).source
            assert isinstance(source, MonthRows)
            expected = json_rows(plan_json(plan_file(str(sample), as_of=AS_OF)))
            assert [list(map(str, row)) for row in source.page(0, len(expected))] == expected


def json_rows(plan: dict[str, Any]) -> list[list[str]]:
    """The table as `plan --format json` has it, in the order of the grid's columns."""
    months, pools = plan["months"], [pool["name"] for pool in plan["pools"]]
    lost = parse_usd(plan["totals"]["forfeited"])
    rows = []
    for month in months:
        row = [month["month"], dollars(month["list_cost"], dot=False), dollars(month["out_of_pocket"])]
        row += [dollars(month["draws"].get(pool, "0")) for pool in pools]
        row += [dollars(total(month["balances"]))] if pools else []
        row += [dollars(total(month["forfeited"]))] if lost else []
        rows.append([*row, f"{month['images']:,}", f"{month['assets']:,}"])
    return rows


def total(amounts: dict[str, str]) -> str:
    return str(sum(parse_usd(amount) for amount in amounts.values()) / 1_000_000)


def dollars(amount: str, *, dot: bool = True) -> str:
    micros = parse_usd(f"{float(amount):.6f}")
    return format_usd(micros) if micros or not dot else "."


@in_loop
async def test_the_headline_says_when_credits_end_the_cash_and_what_is_lost(tmp_path: Path) -> None:
    """$300 pays $80.00, $88.00, $96.80 and $35.20 of $106.48; the rest is cash."""
    app = app_on(written(tmp_path))
    async with app.run_test(size=(160, 48)):
        head = screen_text(app).splitlines()[0]
    assert "1 PLAN  cards.yaml" in head
    assert "credits last to 2027-02" in head
    assert "cash by 2027-05 $317.24" in head
    assert "expires unused $0.00" in head
    assert "prices 121 d" in head


@in_loop
async def test_a_knob_recomputes_and_shows_what_the_file_says(tmp_path: Path) -> None:
    """1,000 assets become 1,200: $123.44 more cash, and the table follows."""
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "right")
        await pilot.pause()
        shown = screen_text(app)
        assert "1,200 (was 1,000)" in shown
        assert "1 change to the file" in shown
        assert "cash +$123.44" in shown
        assert "cards.yaml*" in shown
        assert "$96.00" in shown
        assert "assets_per_month: 1000" in (tmp_path / "cards.yaml").read_text("utf-8")


@in_loop
async def test_shift_turns_ten_steps_and_a_click_on_the_chosen_knob_turns_it(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "shift+right")
        await pilot.pause()
        assert "2,000 (was 1,000)" in screen_text(app)
        assert await pilot.click(KnobList, offset=(2, 2))
        await pilot.pause()
        assert "1,900 (was 1,000)" in screen_text(app)


@in_loop
async def test_undo_goes_back_turn_by_turn_and_redo_forth(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "right", "right")
        for key, value in (("u", "1,200"), ("u", "1,100"), ("U", "1,200"), ("u", "1,100"), ("u", "1,000")):
            await pilot.press(key)
            await pilot.pause()
            assert f" {value} " in screen_text(app).splitlines()[3]
        assert plan_screen(pilot).unsaved() == []
        assert " u undo " not in screen_text(app)


@in_loop
async def test_r_takes_one_knob_back_and_capital_r_all(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "down", "right", "r")
        await pilot.pause()
        assert "1 change to the file" in screen_text(app)
        await pilot.press("right", "R")
        await pilot.pause()
        assert "to the file" not in screen_text(app)


@in_loop
async def test_a_value_is_typed_and_a_wrong_one_says_what_would_do(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "equals_sign")
        await pilot.pause()
        assert "pipelines[0].assets_per_month, line 8" in screen_text(app)
        entry = app.screen.query_one(Input)
        entry.value = "many"
        await pilot.press("enter")
        await pilot.pause()
        assert "is not a decimal number" in screen_text(app)
        entry.value = "2_500"
        await pilot.press("enter")
        await pilot.pause()
        assert "2,500 (was 1,000)" in screen_text(app)


@in_loop
async def test_what_cannot_be_planned_is_said_and_the_plan_stays(tmp_path: Path) -> None:
    """450 stages over six months are a plan, over ten years more than can be worked out while someone waits."""
    stage = "      - {name: draft, model: stability.stable-image-core-v1:1, candidates: 2}\n"
    stages = "".join(stage.replace("draft", f"s{number}") for number in range(450))
    app = app_on(written(tmp_path, PLAN.replace(stage, stages)))
    async with app.run_test(size=(100, 30)) as pilot:
        session = plan_screen(pilot).session
        assert session is not None
        plan = session.plan
        await pilot.press("equals_sign")
        await pilot.pause()
        app.screen.query_one(Input).value = "120"
        await pilot.press("enter")
        await pilot.pause()
        (note,) = app._notifications
        assert "split it into several scenarios" in note.message
        assert session.plan is plan


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["right"], ["$80.00 list cost in 2026-12", "2,000 image x $0.04", "source: AWS pricing page"]),
        (
            ["right", "right", "right"],
            ["activate pays $80.00", "it is the only credit in 2026-12 that covers"],
        ),
        (["right", "right", "right", "right"], ["$300.00 - $80.00 paid = $220.00"]),
        (
            ["down", "down", "down", "right", "right"],
            ["$71.28 out of pocket in 2027-03", "runs out on 2027-03"],
        ),
        (["right"] * 5, ["2,000 images in 2026-12", "cards / draft: assets x 2 candidates x 1 outputs"]),
        (["down", *["right"] * 6], ["1,100 assets in 2027-01", "1000 in the first month x (1 + 10 %) ^ 1"]),
        (["G", "right", "right"], ["out of pocket, 2026-12 to 2027-05: $317.24"]),
    ],
)
def test_enter_explains_a_number(tmp_path: Path, keys: list[str], words: list[str]) -> None:
    """The formula, the price row with its source, which pool pays and why, what is paid in cash and why."""

    @in_loop
    async def run() -> None:
        app = app_on(written(tmp_path))
        async with app.run_test(size=(160, 48)) as pilot:
            app.screen.query_one("#months", Grid).focus()
            await pilot.press(*keys, "enter")
            await pilot.pause()
            shown = " ".join(screen_text(app).replace("│", " ").split())
            for word in words:
                assert word in shown, word

    run()


MIX = PLAN.replace(
    "      - {name: draft, model: stability.stable-image-core-v1:1, candidates: 2}\n",
    "      - {name: premium, model: stability.stable-image-ultra-v1:1, share_pct: 30}\n"
    "      - {name: standard, model: stability.stable-image-core-v1:1, share_pct: 70}\n",
)


@in_loop
async def test_the_share_of_a_mix_is_turned_explained_and_says_what_takes_the_rest(tmp_path: Path) -> None:
    """1,000 assets: 300 at $0.14 and 700 at $0.04 are $70; at 35 % it is $75, of 350 and 650 images."""
    app = app_on(written(tmp_path, MIX))
    async with app.run_test(size=(160, 48)) as pilot:
        assert "$70.00" in screen_text(app)
        await pilot.press(*["down"] * 7, "right")
        await pilot.pause()
        shown = screen_text(app)
        assert "cards / premium, rest standard" in shown
        assert "35 % (was 30 %)" in shown
        assert "$75.00" in shown
        await pilot.press("equals_sign")
        await pilot.pause()
        asked = screen_text(app)
        assert "pipelines[0].stages[1].share_pct takes the rest" in asked
        assert "above 0 and below 100" in asked
        await pilot.press("escape", "s")
        await pilot.pause()
        saving = " ".join(screen_text(app).split())
        assert "pipelines[0].stages[0].share_pct: 30 -> 35" in saving
        assert "pipelines[0].stages[1].share_pct: 70 -> 65" in saving
        await pilot.press("escape")
        app.screen.query_one("#months", Grid).focus()
        await pilot.press(*["right"] * 5, "enter")
        await pilot.pause()
        why = " ".join(screen_text(app).replace("│", " ").split())
        assert "350 cards / premium: assets x 35 % share x 1 candidates x 1 outputs" in why
        assert "650 cards / standard: assets x 65 % share x 1 candidates x 1 outputs" in why


@in_loop
async def test_help_says_how_a_stage_gets_a_share(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        app.screen.query_one(KnobList).focus()
        await pilot.press("question_mark")
        await pilot.pause()
        shown = " ".join(screen_text(app).replace("│", " ").split())
        assert "A stage has a share once its file gives it one" in shown
        assert "share_pct: 30 on one and share_pct: 70 on the other" in shown


@in_loop
async def test_chart_and_table_point_at_the_same_month(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        app.screen.query_one(Burndown).focus()
        await pilot.press("right", "right")
        await pilot.pause()
        grid = app.screen.query_one("#months", Grid)
        assert grid.cursor_row == 2
        await pilot.press("enter")
        await pilot.pause()
        assert "of credit left at the end of 2027-02" in screen_text(app)


@pytest.mark.parametrize("form", list(PLAN_FORMATS))
def test_an_export_is_what_the_command_line_writes(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog shows the command; running it writes the same file."""
    source = written(tmp_path)
    monkeypatch.chdir(tmp_path)

    @in_loop
    async def run() -> None:
        app = app_on(source)
        async with app.run_test(size=(160, 48)) as pilot:
            await pilot.press("e", *["right"] * list(PLAN_FORMATS).index(form))
            await pilot.pause()
            shown = " ".join(screen_text(app).replace("│", " ").split())
            assert f"--as-of 2026-11-22 --format {form} -o cards-plan" in shown
            await pilot.press("enter")
            await pilot.pause()

    run()
    (exported,) = tmp_path.glob("cards-plan.*")
    printed = bursar(capsys, "plan", source, "--as-of", AS_OF, "--format", form).out
    assert exported.read_bytes().decode() == printed


@in_loop
async def test_an_unsaved_what_if_is_exported_as_shown_and_says_that_no_command_writes_it_yet(
    tmp_path: Path,
) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "e", "right")
        await pilot.pause()
        assert "this what-if is in no file yet: save it with s" in screen_text(app)
        target = tmp_path / "out.json"
        app.screen.query_one("#path", Input).value = str(target)
        await pilot.press("enter")
        await pilot.pause()
    assert json.loads(target.read_text("utf-8"))["months"][0]["list_cost"] == "88.00"


@in_loop
async def test_a_file_that_cannot_be_used_shows_its_problems_in_place(tmp_path: Path) -> None:
    """Every one with its line; mended, F5 plans it."""
    path = written(tmp_path, BROKEN)
    app = app_on(path)
    async with app.run_test(size=(100, 30)) as pilot:
        shown = " ".join(screen_text(app).split())
        assert "is not a known key; did you mean months?" in shown
        assert "3 | mouths: 6" in shown
        assert "candidates: must be between 1 and 1_000, got 0" in shown
        written(tmp_path)
        await pilot.press("f5")
        await pilot.pause()
        assert "credits last to 2027-02" in screen_text(app) or "credits to 2027-02" in screen_text(app)


@in_loop
async def test_a_file_changed_on_disk_is_noticed_and_read_again_only_when_asked(tmp_path: Path) -> None:
    path = written(tmp_path)
    app = app_on(path)
    async with app.run_test(size=(160, 48)) as pilot:
        written(tmp_path, PLAN.replace("1000", "2000"))
        os.utime(path, ns=(1, 1))
        plan_screen(pilot)._look_at_disk()
        await pilot.pause()
        shown = screen_text(app)
        assert "file changed: F5 reads it" in shown
        assert "$80.00" in shown
        await pilot.press("f5")
        await pilot.pause()
        assert "file changed" not in screen_text(app)
        assert "$160.00" in screen_text(app)


@in_loop
async def test_reading_again_asks_before_a_what_if_is_lost(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "right", "f5")
        await pilot.pause()
        assert "These changes would be lost:" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "1 change to the file" in screen_text(app)
        await pilot.press("f5", "y")
        await pilot.pause()
        assert "to the file" not in screen_text(app)


@in_loop
async def test_several_scenarios_are_listed_and_each_keeps_its_what_if(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, PLAN.replace("One pool", "Another"), "other.yaml")
    written(tmp_path, BROKEN, "broken.yaml")
    app = app_on(folder=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        assert "!broken" in screen_text(app)
        await pilot.press("right_square_bracket", "enter", "down", "right", "right_square_bracket")
        await pilot.pause()
        assert "other.yaml" in screen_text(app).splitlines()[0]
        assert "*cards" in screen_text(app)
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert "1,100 (was 1,000)" in screen_text(app)


@in_loop
async def test_without_scenarios_a_sample_is_copied_on_request(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    app = app_on(folder=folder)
    async with app.run_test(size=(100, 30)) as pilot:
        shown = screen_text(app)
        assert "solo-founder" in shown
        assert not folder.exists()
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause()
        assert "solo-founder.yaml" in screen_text(app).splitlines()[0]
    assert (folder / "solo-founder.yaml").read_bytes() == (SAMPLES / "solo-founder.yaml").read_bytes()


HOSTILE = "[/oops][red]x[/red] [@click=app.bell]y[/] 👩‍🎨 " + "n" * 100


@in_loop
async def test_names_with_markup_are_shown_as_text_everywhere(tmp_path: Path) -> None:
    """Pipeline, stage, pool and product: in the knobs, the chart, the table, the explanation and the dialogs."""
    name = json.dumps(HOSTILE, ensure_ascii=False)
    text = PLAN.replace("name: cards", f"name: {name}").replace("name: draft", f"name: {name}")
    text = text.replace("name: activate", f"name: {name}").replace("One pool", '"[/bold]"')
    app = app_on(written(tmp_path, text))
    async with app.run_test(size=(100, 30)) as pilot:
        assert "[/oops][red]x" in screen_text(app)
        app.screen.query_one("#months", Grid).focus()
        await pilot.press("right", "right", "right", "enter")
        await pilot.pause()
        assert "[/oops][red]x[/red] [@click=app.bell]y[/]" in screen_text(app)
        await pilot.press("escape", "f", "escape", "s")
        await pilot.pause()
        assert "[/bold]" in screen_text(app)
        assert "\x1b" not in screen_text(app)


@in_loop
async def test_the_rows_are_made_only_for_what_is_seen(tmp_path: Path) -> None:
    rows = MonthRows(plan_file(str(written(tmp_path)), as_of=AS_OF))
    assert len(rows) == 7
    assert [row[0] for row in rows.page(4, 99)] == ["2027-04", "2027-05", "total"]


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@pytest.mark.parametrize("state", ["normal", "turned", "light", "error", "empty"])
def test_the_screen_looks_as_recorded(
    tmp_path: Path, size: tuple[int, int], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = (SAMPLES / "marketplace-catalogue.yaml").resolve()
    monkeypatch.chdir(tmp_path)
    written(tmp_path, BROKEN, "broken.yaml")
    paths = {"error": [Path("broken.yaml")], "empty": []}.get(state, [sample])

    @in_loop
    async def run() -> None:
        app = app_on(*paths, theme="bursar-light" if state == "light" else None)
        async with app.run_test(size=size) as pilot:
            if state == "turned":
                await pilot.press("down", "right", "right", "down", "right")
            await pilot.pause()
            assert_golden(app, "plan", state)

    run()


def slow_turns(screen: PlanScreen, turned: list[tuple[str, int]]) -> Turning:
    """Turning where a plan takes a tenth of a second of work."""

    def make(knob: Knob, steps: int) -> None:
        turned.append((knob.path, steps))
        done = thread_time() + 0.1
        while thread_time() < done:
            pass

    return Turning(screen, make)


@in_loop
async def test_turns_that_come_while_a_slow_plan_is_made_are_made_at_once_afterwards(tmp_path: Path) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, turned = plan_screen(pilot), list[tuple[str, int]]()
        first, *_ = screen._body.knobs._knobs
        turning = slow_turns(screen, turned)
        for steps in (1, 1, 10, -1):
            turning.turn(first, steps)
        assert turned == [(first.path, 1)]
        await until(pilot, lambda: len(turned) == 2)
        assert turned == [(first.path, 1), (first.path, 10)]


@in_loop
async def test_waiting_turns_are_made_before_another_knob_is_turned_and_before_the_plan_is_used(
    tmp_path: Path,
) -> None:
    app = app_on(written(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, turned = plan_screen(pilot), list[tuple[str, int]]()
        first, second, *_ = screen._body.knobs._knobs
        turning = slow_turns(screen, turned)
        for knob, steps in ((first, 1), (first, 2), (first, 3), (second, 1)):
            turning.turn(knob, steps)
        turning.catch_up()
        assert turned == [(first.path, 1), (first.path, 5), (second.path, 1)]
        turning.catch_up()
        assert len(turned) == 3
