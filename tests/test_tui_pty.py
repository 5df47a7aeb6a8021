"""The real program in a real terminal: opened, played with, saved, left; and what a terminal is like afterwards."""

import json
import os
import signal
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import HOSTILE
from tests.pty_program import Program, bursar_command, figures, running
from tests.pty_screen import CURSOR, OTHER_SCREEN, Screen
from tests.tui_support import AS_OF

SAMPLE = Path("planner/samples/marketplace-catalogue.yaml")
READY = "palette"
"""The last thing of a screen that is painted."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to work in, with one scenario where `bursar` looks for them."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "launch.yaml").write_bytes(SAMPLE.read_bytes())
    return tmp_path


def opened(folder: Path, *arguments: object, columns: int = 160, rows: int = 48, **environment: str) -> Any:  # noqa: ANN401 - a context manager
    environment = {"XDG_CONFIG_HOME": str(folder / "config"), **environment}
    command = bursar_command(*arguments, "--as-of", AS_OF)
    return running(command, columns=columns, rows=rows, cwd=folder, environment=environment)


def planned(path: Path) -> Any:  # noqa: ANN401 - the JSON of a plan
    """What `bursar plan --format json` says."""
    command = bursar_command("plan", path, "--as-of", AS_OF, "--format", "json")
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def dollars(text: str) -> str:
    return f"${Decimal(text):,.2f}"


def amounts(*texts: str) -> list[str]:
    """As a row of the screen has them: nothing where there is nothing."""
    return [dollars(text) for text in texts if Decimal(text)]


def leave(program: Program) -> None:
    program.press("q")
    assert program.ended() == 0


def test_a_what_if_is_turned_saved_and_left_and_the_file_plans_as_the_screen_said(folder: Path) -> None:
    """Two steps of a knob: every amount of every month on the screen is the one `bursar plan` prints for the new file."""
    with opened(folder) as program:
        before = program.until("launch.yaml", "assets a month", "3,000", READY)
        program.press("down", "right", "right")
        program.until("launch.yaml*", "3,200 (was 3,000)", "1 change to the file")
        shown = program.until_quiet()
        program.press("s")
        program.until("pipelines[0].assets_per_month: 3000 -> 3200", "enter saves")
        program.press("enter")
        program.until("1 PLAN  launch-what-if.yaml ", "saved as scenarios/launch-what-if.yaml")
        assert figures(shown, "total") != figures(before, "total")
        leave(program)
    saved = folder / "scenarios" / "launch-what-if.yaml"
    assert (folder / "scenarios" / "launch.yaml").read_bytes() == SAMPLE.read_bytes()
    assert saved.read_text("utf-8") == SAMPLE.read_text("utf-8").replace("3_000", "3_200", 1)
    plan = planned(saved)
    for month in plan["months"]:
        said = [month["list_cost"], month["out_of_pocket"], *month["draws"].values()]
        left = f"{sum(map(Decimal, month['balances'].values())):f}"
        assert figures(shown, month["month"]) == amounts(*said, left, *month["forfeited"].values())
    totals = plan["totals"]
    drawn = [pool["drawn"] for pool in plan["pools"]]
    assert figures(shown, "total") == amounts(
        totals["list_cost"], totals["out_of_pocket"], *drawn, totals["forfeited"]
    )
    headline = shown.splitlines()[0]
    assert f"cash by 2028-05 {dollars(totals['out_of_pocket'])}" in headline
    assert f"expires unused {dollars(totals['forfeited'])}" in headline


def test_the_terminal_is_given_back_as_it_was(folder: Path) -> None:
    """Inside: the other screen, no cursor, the mouse. After q: what was there before, the cursor, and no more reports."""
    with opened(folder) as program:
        program.until(READY)
        assert {OTHER_SCREEN, 1000, 1003, 1006, 2004} <= program.screen.modes
        assert CURSOR not in program.screen.modes
        leave(program)
        assert program.screen.modes == {7, CURSOR}
        assert program.screen.rang == 0


def test_ctrl_c_leaves_as_q_does(folder: Path) -> None:
    """Nothing is unsaved: it ends. Something is: it asks, and esc stays."""
    with opened(folder) as program:
        program.until(READY)
        program.press("down", "right")
        program.until("3,100 (was 3,000)")
        program.press("ctrl+c")
        program.until("Not saved: launch.yaml")
        program.press("escape")
        program.until_so(lambda text: "Not saved" not in text, "the question is gone")
        program.press("u")
        program.until_so(lambda text: "(was 3,000)" not in text, "the change is undone")
        program.press("ctrl+c")
        assert program.ended() == 0
        assert program.screen.modes == {7, CURSOR}


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(folder: Path, ended_by: signal.Signals) -> None:
    """As when the terminal's window is closed: nothing is left running."""
    with opened(folder) as program:
        program.until(READY)
        os.kill(program.pid, ended_by)
        assert program.ended() in (-ended_by, 128 + ended_by, 0)


def test_another_size_is_another_layout_and_a_too_small_one_says_so(folder: Path) -> None:
    with opened(folder, columns=100, rows=30) as program:
        program.until("credits left at month end", READY)
        program.resize(200, 60)
        wide = program.until("credits left at month end", "total", READY)
        assert max(map(len, wide.splitlines())) > 190
        program.resize(79, 24)
        program.until("Bursar needs 80 columns and 24 rows; this is 79 x 24.")
        program.resize(80, 23)
        program.until("this is 80 x 23.")
        program.resize(80, 24)
        small = program.until("assets a month", READY)
        assert "Bursar needs" not in small
        leave(program)


def test_no_color_is_obeyed(folder: Path) -> None:
    """Not one colour reaches the terminal, on any screen."""
    with opened(folder, NO_COLOR="1") as program:
        program.until(READY)
        for key, name in (("2", "COMPARE"), ("3", "PRICES"), ("4", "GUARD"), ("5", "REVIEW"), ("1", "PLAN")):
            program.press(key)
            program.until(f"{key} {name}", READY)
        leave(program)
        assert program.screen.colours == set()


def test_in_colour_there_are_colours(folder: Path) -> None:
    with opened(folder) as program:
        program.until(READY)
        leave(program)
        assert any(colour.startswith("38") for colour in program.screen.colours)


@pytest.mark.parametrize("arguments", [[], ["scenarios"]], ids=["alone", "with a folder"])
def test_without_a_terminal_it_says_so_and_writes_nothing_else(folder: Path, arguments: list[str]) -> None:
    ran = subprocess.run(
        bursar_command(*arguments),
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "usage: bursar COMMAND" in ran.stderr or "needs a terminal" in ran.stderr
    assert "\x1b" not in ran.stderr


def test_a_first_start_offers_the_samples_and_copies_one(tmp_path: Path) -> None:
    with opened(tmp_path, columns=100, rows=30) as program:
        program.until("no scenarios yet", "solo-founder", READY)
        program.press("enter")
        program.until("copied to scenarios/", "assets a month")
        leave(program)
    copied = list((tmp_path / "scenarios").iterdir())
    assert len(copied) == 1
    assert planned(copied[0])["months"]


def test_names_from_a_file_act_on_nothing(folder: Path) -> None:
    """Names with markup, right-to-left marks and 500 characters are text on every screen; `Screen` refuses any sequence of theirs."""
    names = [text for text in HOSTILE.values() if text.isprintable() and '"' not in text and "\\" not in text]
    assert names
    text = SAMPLE.read_text("utf-8")
    for number, name in enumerate([*names, "n" * 120]):
        path = folder / "scenarios" / f"hostile-{number:02}.yaml"
        path.write_text(text.replace("name: poc", f'name: "{name}"', 1), "utf-8")
    with opened(folder, columns=120, rows=40) as program:
        program.until(READY)
        for _ in names:
            program.press("]")
            program.until_quiet()
        for key in "25341":
            program.press(key)
            program.until_quiet()
            assert "Traceback" not in program.text
        leave(program)


def test_the_screen_of_these_tests_refuses_what_no_screen_should_get() -> None:
    """A title, a report of the cursor, a control character: each fails the test it happens in."""
    for written in (b"\x1b]0;owned\x07", b"\x1b[6n", b"\x1b[2J", b"\x08", b"\xc2\x9b31m"):
        with pytest.raises(AssertionError):
            Screen(80, 24).feed(written)
    screen = Screen(10, 2)
    screen.feed(b"\x1b[2;3H\x1b[38;5;20mab\xe7\x8c\xabc\r\n")
    assert screen.text == "\n  ab猫c"
    assert screen.colours == {"38;5"}


def test_mashing_keys_ends_in_a_working_screen(folder: Path) -> None:
    """Two hundred keys at once, over all screens and dialogs: it answers afterwards."""
    with opened(folder) as program:
        program.until(READY)
        keys = ["down", "right", "1", "tab", "2", "m", "enter", "3", "t", "/", "x", "escape", "4", "5", "?"]
        program.press(*(keys[(7 * number) % len(keys)] for number in range(200)))
        program.until_quiet(1)
        for _ in range(4):
            program.press("escape")
            program.until_quiet()
        program.press("1")
        program.until("1 PLAN", READY)
        assert "Traceback" not in program.text
        program.press("ctrl+q")
        program.until_quiet()
        program.press("enter")
        assert program.ended() == 0
