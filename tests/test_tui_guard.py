"""The Guard screen: what it shows of a ledger, live; what it says when there is none; what it may change."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from planner.guard.ledger import open_ledger
from planner.tui.app import BursarApp
from planner.tui.ledger.decisions import Decisions
from planner.tui.screens.guard import GuardScreen
from planner.tui.widgets.confirm import ConfirmScreen
from planner.tui.widgets.facts import FactsScreen
from tests.guarding import Clock
from tests.support import usd
from tests.test_tui_grid import HOSTILE
from tests.tui_ledger import at_rest, folder_with, small_ledger, text_of, until
from tests.tui_loop import in_loop
from tests.tui_support import SIZES, app_on, assert_golden, size_id


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time as the screen and the ledger see it."""
    clock = Clock()
    monkeypatch.setattr(GuardScreen, "now", lambda _: clock())
    return clock


@pytest.fixture(autouse=True)
def guard_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BursarApp, "DEFAULT_MODE", "guard")


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> str:
    return small_ledger(tmp_path / "guard.db", clock)


def app_for(tmp_path: Path, url: str | None, **fields: Any) -> BursarApp:  # noqa: ANN401 - fields of Workspace
    return app_on(folder=folder_with(tmp_path / "plans"), ledger=url, **fields)


async def shown(pilot: Pilot[Any], *words: str) -> None:
    await until(pilot, lambda: all(word in text_of(pilot.app) for word in words))


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_live_ledger_as_text(tmp_path: Path, ledger: str, size: tuple[int, int]) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "too-much" if size[0] > 140 else "refuse", "80 % in")
        await at_rest(pilot)
        assert_golden(app, "guard", "normal")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_no_ledger_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_for(tmp_path, None)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "No ledger is named")
        await at_rest(pilot)
        assert_golden(app, "guard", "empty")


@pytest.mark.parametrize("size", SIZES, ids=size_id)
@in_loop
async def test_a_missing_ledger_as_text(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_for(tmp_path, "sqlite:///missing.db")
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "there is no ledger here")
        await at_rest(pilot)
        assert_golden(app, "guard", "error")


@in_loop
async def test_a_light_theme_as_text(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger, theme="bursar-light")
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "80 % in")
        await at_rest(pilot)
        assert_golden(app, "guard", "light")
        assert not app.current_theme.dark


@in_loop
async def test_gauges_tell_state_next_threshold_and_pace(tmp_path: Path, ledger: str) -> None:
    """$3.02 of $6.00 is taken, most of it in ten minutes: 80 % is $4.80, less than six minutes away."""
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "80 % in")
        (row,) = [line for line in text_of(app).splitlines() if "catalogue-month   " in line and "┊" in line]
        assert "50.3 %" in row and "$2.98" in row
        assert "notified at 50 %; 80 % in ~5 min" in row
        assert "$18.12/h" in row


@in_loop
async def test_a_decision_made_meanwhile_appears_and_the_cursor_follows(
    tmp_path: Path, ledger: str, clock: Clock
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "too-much", "following")
        with open_ledger(ledger, clock=clock) as writer:
            writer.hold("fresh-call", usd("0.04"), ["studio-day"])
        await shown(pilot, "fresh-call")
        grid = app.screen.query_one(Decisions)
        assert grid.cursor_row == grid.row_count - 1


@in_loop
async def test_paused_it_reads_nothing_until_it_goes_on(tmp_path: Path, ledger: str, clock: Clock) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "too-much")
        await pilot.press("p")
        await shown(pilot, "paused")
        with open_ledger(ledger, clock=clock) as writer:
            writer.hold("fresh-call", usd("0.04"), ["studio-day"])
        await pilot.pause(1.2)
        assert "fresh-call" not in text_of(app)
        await pilot.press("p")
        await shown(pilot, "fresh-call")


@in_loop
async def test_holds_are_listed_lapsed_ones_first_with_what_to_do(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "too-much", "holds 1 open, 1 lapsed !", "outcome unknown 1 !")
        await pilot.press("o")
        await shown(pilot, "lease left")
        lines = text_of(app).splitlines()
        first = next(index for index, line in enumerate(lines) if "lapsed" in line and "10 min" in line)
        assert "open-1" in lines[first + 1]
        await pilot.press("enter")
        await shown(pilot, "bursar guard settle lost --usd AMOUNT")


@in_loop
async def test_enter_says_why_a_call_was_refused_and_what_was_sent_instead(
    tmp_path: Path, ledger: str
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "refuse")
        await pilot.press("slash", *"refuse", "enter")
        await shown(pilot, "/refuse: 1 found")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        assert "wanted $9.00, and catalogue-month had $3.02 left" in " ".join(text_of(app).split())
        await pilot.press("escape")
        await pilot.press("slash", *["backspace"] * 6, *"downgraded", "enter")
        await shown(pilot, "/downgraded: 2 found")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))
        assert "stability.stable-image-ultra-v1:1 any us-west-2" in text_of(app)


@in_loop
async def test_a_filter_shows_matches_only_takes_new_ones_and_goes_with_esc(
    tmp_path: Path, ledger: str, clock: Clock
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "too-much")
        await pilot.press("slash", *"settle !core", "enter")
        await shown(pilot, "/settle !core: 20 found")
        with open_ledger(ledger, clock=clock) as writer:
            writer.settle("open-1", usd("0.04"))
            writer.settle("lost", usd("0.14"))
        await shown(pilot, "/settle !core: 21 found")
        await pilot.press("escape")
        await shown(pilot, "refuse")
        assert "found" not in text_of(app)


@in_loop
async def test_the_kill_switch_is_seen_at_once_and_said_in_words(
    tmp_path: Path, ledger: str, clock: Clock
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "kill switch off")
        with open_ledger(ledger, clock=clock) as writer:
            writer.stop("a leak [/oops]", "ada")
        await shown(pilot, "kill switch STOPPED", "by ada: a leak [/oops]", "bursar guard resume")


@in_loop
async def test_without_permission_keys_that_change_say_why_they_do_not(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await shown(pilot, "refuse")
        before = Path(ledger.removeprefix("sqlite:///")).read_bytes()
        for key in ("K", "v", "s"):
            await pilot.press(key)
            await shown(pilot, "--allow-changes")
            assert not isinstance(app.screen, ConfirmScreen)
        assert Path(ledger.removeprefix("sqlite:///")).read_bytes() == before


@in_loop
async def test_stopping_takes_a_reason_and_the_budgets_name_typed(
    tmp_path: Path, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    app = app_for(tmp_path, ledger, allow_changes=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "refuse", "catalogue-month")
        await pilot.press("K", *"a leak", "tab", *"wrong", "enter")
        await shown(pilot, "that is not the name")
        await pilot.press(*["backspace"] * 5, *"catalogue-month", "enter")
        await shown(pilot, "kill switch STOPPED")
    with open_ledger(ledger) as after:
        stopped = after.stopped()
    assert stopped is not None
    assert (stopped.who, stopped.reason) == ("ada", "a leak")


@in_loop
async def test_esc_in_the_question_changes_nothing(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger, allow_changes=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await shown(pilot, "refuse")
        await pilot.press("K", *"a leak", "escape")
        await shown(pilot, "nothing was changed")
    with open_ledger(ledger) as after:
        assert after.stopped() is None


@pytest.mark.parametrize(
    ("keys", "state", "billed"),
    [(("s", *"0.04", "tab", *"invoice", "tab", *"lost", "enter"), "settled", "0.04"),
     (("v", *"never sent", "tab", *"lost", "enter"), "voided", "0")],
    ids=["settle", "void"],
)  # fmt: skip
@in_loop
async def test_a_lapsed_hold_is_settled_or_voided_by_typing_its_key(
    tmp_path: Path, ledger: str, keys: tuple[str, ...], state: str, billed: str
) -> None:
    app = app_for(tmp_path, ledger, allow_changes=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "1 lapsed")
        await pilot.press("o", *keys)
        await shown(pilot, "holds 1 open  ")
    with open_ledger(ledger) as after:
        hold = after.find("lost")
        (entry,) = [
            each for each in after.entries() if each.key == "lost" and each.kind in ("settle", "void")
        ]
    assert (hold.state, hold.billed) == (state, usd(billed))
    assert entry.tags["why"] in ("invoice", "never sent")
    assert entry.tags["who"]


@in_loop
async def test_an_amount_that_is_none_changes_nothing_and_says_so(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger, allow_changes=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await shown(pilot, "1 lapsed")
        await pilot.press("o", "s", *"four", "tab", *"invoice", "tab", *"lost", "enter")
        await shown(pilot, "nothing was changed")
    with open_ledger(ledger) as after:
        assert after.find("lost").state == "lapsed"


@in_loop
async def test_a_ledger_that_goes_away_stays_on_the_screen_marked_as_old_and_comes_back(
    tmp_path: Path, ledger: str, clock: Clock
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "too-much", "live")
        shutil.move(tmp_path / "guard.db", tmp_path / "away.db")
        clock.now += 30
        await pilot.press("r")
        await shown(pilot, "! as of 30 s ago", "30 s old", "too-much")
        shutil.move(tmp_path / "away.db", tmp_path / "guard.db")
        await pilot.press("r")
        await until(pilot, lambda: "as of" not in text_of(app) and " live " in text_of(app))


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_newer, "was written by a newer Bursar"),
        (lambda path: path.write_text("not a database, but long enough to be taken for one" * 50), "is not a SQLite database"),
        (lambda path: path.write_bytes(b""), "is empty; a guard makes it a ledger"),
        (_damage, "is damaged"),
    ],
    ids=["newer", "other", "empty", "damaged"],
)  # fmt: skip
@in_loop
async def test_a_ledger_that_cannot_be_read_is_said_in_one_clear_line(
    tmp_path: Path,
    ledger: str,
    spoil: Callable[[Path], object],
    said: str,
) -> None:
    spoil(tmp_path / "guard.db")
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, said, "r looks again")
        assert "Traceback" not in text_of(app)


@pytest.mark.parametrize("name", [text for text in HOSTILE if text.isprintable() and len(text) <= 200])
@in_loop
async def test_hostile_names_in_a_ledger_show_as_text_in_every_view(
    tmp_path: Path, clock: Clock, name: str
) -> None:
    clock.now = 1_795_000_000.0
    url = f"sqlite:///{tmp_path}/guard.db"
    with open_ledger(url, clock=clock) as writer:
        writer.define(name, usd("1.00"), "month")
        writer.hold(name, usd("0.04"), [name], tags={"sku": name * 10, "tag:x": "\x1b[31m"})
        writer.stop("\x1b[2J\u202ereason", name)
    app = app_for(tmp_path, url)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "hold", "STOPPED")
        for key in ("enter", "escape", "o", "enter", "escape", "b", "d"):
            await pilot.press(key)
            await pilot.pause()
            assert all(line.isprintable() for line in text_of(app).splitlines())
        assert name[:8] in text_of(app)


@in_loop
async def test_a_password_in_the_url_is_never_shown(tmp_path: Path) -> None:
    app = app_for(tmp_path, "postgresql://ada:secret@db.example/guard")
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot, "cannot be shown")
        await pilot.pause()
        assert "secret" not in text_of(app)


@in_loop
async def test_the_mouse_opens_views_and_rows(tmp_path: Path, ledger: str) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, "1 lapsed")
        lines = text_of(app).splitlines()
        y = next(index for index, line in enumerate(lines) if "o holds" in line)
        await pilot.click(offset=(lines[y].index("o holds") + 2, y))
        await shown(pilot, "lease left")
        await pilot.click("#gauges", offset=(5, 1), times=2)
        await until(pilot, lambda: isinstance(app.screen, FactsScreen))


@in_loop
async def test_the_first_picture_of_the_gauges_has_the_columns_of_a_wide_screen(
    tmp_path: Path, ledger: str
) -> None:
    app = app_for(tmp_path, ledger)
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot, "studio-day")
        row = next(line for line in text_of(app).splitlines() if "studio-day  " in line)
        assert row.split()[2:6] == ["0.2", "%", "$19.96", "$20.00"]
