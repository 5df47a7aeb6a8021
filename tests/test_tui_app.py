"""The shell of the terminal UI: screens, help, palette, themes, size, configuration, background work, and how it is started."""

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

import planner.tui.run as run_module
from planner.tui.app import SCREENS, BursarApp
from planner.tui.background import Progress
from planner.tui.config import Config, config_path, load_config
from planner.tui.dialogs.ask import AskScreen
from planner.tui.help import HelpScreen
from planner.tui.keymap import Bound, bindings, is_key
from planner.tui.run import CannotStart, run
from planner.tui.screens.base import BursarScreen
from planner.tui.screens.plan import PlanScreen
from planner.tui.widgets.facts import FactsScreen
from planner.tui.widgets.task_bar import TaskBar
from planner.tui.workspace import Workspace
from pricing.problems import Invalid
from tests.support import bursar
from tests.tui_loop import in_loop
from tests.tui_support import AS_OF, app_on, screen_text

SAMPLE = Path("planner/samples/solo-founder.yaml")


@in_loop
async def test_digits_open_the_screens_and_coming_back_finds_them_as_they_were() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "right")
        for mode in SCREENS:
            await pilot.press(mode.key)
            await pilot.pause()
            assert app.current_mode == mode.name
            assert screen_text(app).startswith(f" {mode.key} {mode.name.upper()}")
        await pilot.press("1")
        await pilot.pause()
        assert "260 (was 250)" in screen_text(app)


@in_loop
async def test_the_keys_fit_80_columns_and_a_click_presses_one() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        bar = screen_text(app).splitlines()[-1]
        assert bar == " ←→ turn  = type  s save  e export  12345 screens            ? help  ^p palette"
        await pilot.press("down", "right")
        await pilot.pause()
        bar = screen_text(app).splitlines()[-1]
        assert bar == " ←→ turn  = type  u undo  s save  e export  12345 screens    ? help  ^p palette"
        await pilot.click("#keybar", offset=(bar.index("? help"), 0))
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)


@in_loop
async def test_help_is_about_what_is_in_focus_and_lists_the_keys_there() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        shown = screen_text(app)
        assert "What if" in shown
        assert "← h  Turn the knob down" in shown
        await pilot.press("escape", "tab", "tab", "question_mark")
        await pilot.pause()
        assert "A table" in screen_text(app)


@in_loop
async def test_the_palette_finds_a_command_by_name() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press(*"findings")
        await pilot.pause(0.2)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert isinstance(app.screen, FactsScreen)
        assert "price book 2026-07-24 is 121 days old" in " ".join(screen_text(app).split())


@in_loop
async def test_below_80_by_24_a_message_says_what_is_needed() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(79, 24)) as pilot:
        await pilot.pause()
        assert "Bursar needs 80 columns and 24 rows; this is 79 x 24." in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause(0.1)
        assert "assets a month" in screen_text(app)


@in_loop
async def test_leaving_asks_only_where_something_is_unsaved() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "right", "2", "q")
        await pilot.pause()
        assert isinstance(app.screen, AskScreen)
        assert "Not saved: solo-founder.yaml" in screen_text(app)
        await pilot.press("escape", "1", "u", "q")
        await pilot.pause()
        assert not app.is_running or app._exit


@pytest.mark.parametrize("theme", ["bursar-dark", "bursar-light", "ansi-dark", "ansi-light", "nord"])
def test_every_theme_shows_the_same_text(theme: str) -> None:
    @in_loop
    async def run_() -> None:
        plain = app_on(SAMPLE)
        async with plain.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            expected = screen_text(plain)
        app = app_on(SAMPLE, theme=theme)
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            assert screen_text(app) == expected

    run_()


def test_no_color_is_obeyed_and_pools_differ_by_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour reaches the terminal, and the cursor is reverse video."""
    monkeypatch.setenv("NO_COLOR", "1")

    @in_loop
    async def run_() -> None:
        app = app_on(Path("planner/samples/marketplace-catalogue.yaml"))
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            assert "█ A poc  ▓ B activate" in screen_text(app)
            styles = [
                seg.style
                for strip in app.screen._compositor.render_strips(app.size)
                for seg in strip
                if seg.style
            ]
            shown = [
                app._filters[-1].apply([seg], app.screen.background_colors[1])
                for strip in app.screen._compositor.render_strips(app.size)
                for seg in strip
            ]
            colours = {
                seg.style.color.name for parts in shown for seg in parts if seg.style and seg.style.color
            }
            assert colours <= {"default"}
            assert any(style.reverse for style in styles)

    run_()


@in_loop
async def test_work_in_the_background_shows_how_far_it_is_and_esc_gives_it_up() -> None:
    """What is given up never reports; what ends does, on the screen's own thread."""
    app = app_on(SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, BursarScreen)
        done: list[int] = []
        go, started = Event(), Event()

        def slow(progress: Progress) -> int:
            progress.step(50, 100, "half")
            started.set()
            go.wait(10)
            progress.step(99, 100)
            return 7

        worker = screen.in_background("reading", slow, done.append)
        started.wait(10)
        await pilot.pause()
        assert " reading " in screen_text(app)
        assert " 50 % half" in screen_text(app)
        await pilot.press("escape")
        go.set()
        await pilot.pause()
        assert worker.is_cancelled
        assert not screen.query_one(TaskBar).has_class("-running")
        again = screen.in_background("reading", lambda progress: 8, done.append)
        await again.wait()
        await pilot.pause()
        assert done == [8]


@in_loop
async def test_work_that_fails_says_so_and_the_screen_stays() -> None:
    app = app_on(SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, BursarScreen)

        def broken(progress: Progress) -> int:
            raise OSError("no [red]disk[/red]")

        screen.in_background("reading", broken, lambda _: None)
        await pilot.pause(0.1)
        assert [note.message for note in app._notifications] == ["reading: no [red]disk[/red]"]
        assert isinstance(app.screen, PlanScreen)


def configured(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bursar" / "config.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_configuration_lies_where_xdg_says(tmp_path: Path) -> None:
    assert config_path({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "bursar" / "config.yaml"
    assert config_path({"HOME": "/home/ann"}) == Path("/home/ann/.config/bursar/config.yaml")
    assert config_path({"HOME": "/home/ann", "XDG_CONFIG_HOME": "relative"}) == Path(
        "/home/ann/.config/bursar/config.yaml"
    )


def test_without_a_configuration_everything_has_its_default(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.yaml") == Config()


@in_loop
async def test_keys_can_be_remapped(tmp_path: Path) -> None:
    config = load_config(
        configured(tmp_path, "theme: bursar-light\nkeys: {plan.undo: ctrl+z, knob.more: 'plus,right'}\n")
    )
    app = BursarApp(app_on(SAMPLE).workspace, theme=config.theme, keys=config.keys)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "bursar-light"
        await pilot.press("down", "plus", "right", "u", "ctrl+z")
        await pilot.pause()
        assert "260 (was 250)" in screen_text(app)
        assert "^z undo" in screen_text(app)


def test_every_wrong_entry_of_the_configuration_is_reported_at_once(tmp_path: Path) -> None:
    path = configured(tmp_path, "theme: bursar-lihgt\nkeys:\n  plan.undoo: z\n  plan.save: hyperspace\n")
    with pytest.raises(Invalid) as refused:
        load_config(path)
    lines = str(refused.value).splitlines()
    assert [line.partition(": error: ")[2] for line in lines if ": error: " in line] == [
        "theme: 'bursar-lihgt' is not a theme; did you mean bursar-light?  [unknown-theme]",
        'keys."plan.undoo": is not the id of a key binding; did you mean plan.undo?  [unknown-key-id]',
        (
            "keys.\"plan.save\": 'hyperspace' is not a key; write keys as ctrl+z, f6, shift+left, question_mark or a "
            "single character  [unknown-key-name]"
        ),
    ]
    assert "    3 |   plan.undoo: z" in lines


def test_two_bindings_of_one_screen_cannot_share_a_key(tmp_path: Path) -> None:
    path = configured(tmp_path, "keys: {plan.save: e}\n")
    with pytest.raises(Invalid, match=r"e is the key of plan\.export as well"):
        load_config(path)


@in_loop
async def test_a_configuration_that_cannot_be_used_is_shown_and_the_defaults_apply(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        load_config(configured(tmp_path, "thema: dark\n"))
    app = BursarApp(app_on(SAMPLE).workspace, wrong_config=refused.value)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "The configuration is not used" in screen_text(app)
        assert "did you mean theme?" in " ".join(screen_text(app).replace("│", " ").split())
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, PlanScreen)


def test_every_binding_of_ours_has_an_id_of_its_own_and_says_what_it_does() -> None:
    found = bindings()
    assert {"app.help", "plan.save", "knob.more", "grid.select"} <= {each.id for each in found}
    assert [each.id for each in found if not each.id or "." not in each.id] == []
    by_id: dict[str, Bound] = {}
    for each in found:
        assert by_id.setdefault(each.id, each).owner == each.owner, each.id
        assert all(is_key(key) for key in each.keys), each


@pytest.mark.parametrize(
    ("name", "known"),
    [("x", True), ("ctrl+z", True), ("shift+left", True), ("f5", True), ("question_mark", True), ("ö", True),
     ("", False), ("ctrl+", False), ("hyperspace", False), ("left+ctrl", False)],
)  # fmt: skip
def test_names_of_keys(name: str, known: bool) -> None:
    assert is_key(name) is known


def test_a_workspace_lists_files_as_given_and_folders_by_name(tmp_path: Path) -> None:
    """Hidden files, policies and other suffixes are left out; a named file may be missing, and is shown as such."""
    (tmp_path / "folder.yaml").mkdir()
    for name in ("b.yaml", "a.yml", ".c.yaml", "d.txt", "bursar.yaml", "bursar.yml"):
        (tmp_path / name).write_text("", "utf-8")
    named = tmp_path / "gone.yaml"
    workspace = Workspace(folder=tmp_path, as_of=AS_OF)
    assert [path.name for path in workspace.files()] == ["a.yml", "b.yaml"]
    both = Workspace(folder=tmp_path, as_of=AS_OF, paths=(named, tmp_path, tmp_path / "b.yaml"))
    assert [path.name for path in both.files()] == ["gone.yaml", "a.yml", "b.yaml"]


def test_a_folder_named_alone_is_where_scenarios_are_listed_and_saved(tmp_path: Path) -> None:
    """Also one that does not exist yet; several paths are listed, and saved beside ./scenarios."""
    args = run_module._parser().parse_args([str(tmp_path / "new")])
    workspace = run_module._workspace(args)
    assert (workspace.folder, workspace.paths, workspace.files()) == (tmp_path / "new", (), ())
    both = run_module._workspace(run_module._parser().parse_args([str(tmp_path), str(SAMPLE)]))
    assert (both.folder, both.paths) == (Path("scenarios"), (tmp_path, SAMPLE))


def test_without_a_terminal_nothing_opens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone it prints the usage as before; with options it says that it needs a terminal."""
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    alone = bursar(capsys)
    assert (alone.code, "usage: bursar COMMAND" in alone.err) == (2, True)
    for arguments in (["scenarios"], [str(SAMPLE)], ["--ledger", "memory://"]):
        ran = bursar(capsys, *arguments)
        assert ran.code == 2
        assert (
            ran.err
            == "bursar: the terminal UI needs a terminal; bursar --help lists the commands, --web serves it to a browser\n"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--colour"], "unrecognized arguments: --colour"),
        (["--as-of", "soon"], "'soon' is not a day"),
        (["--port", "0"], "'0' is not a port"),
    ],
)
def test_wrong_options_are_one_line_and_exit_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = bursar(capsys, *arguments)
    assert ran.code == 2
    assert message in ran.err


def test_web_without_its_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    with pytest.raises(CannotStart, match=r"pip install 'bursar\[web\]'"):
        run(["--web"])


def test_the_plan_path_loads_no_textual() -> None:
    script = "import sys; from planner.cli import main; main(['plan', sys.argv[1]]); print('textual' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script, str(SAMPLE)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "False"


def test_the_plan_screen_loads_neither_other_screens_nor_dialogs() -> None:
    """Start-up is paid every time: what opens later is imported later."""
    script = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tests.tui_support import app_on\n"
        "async def show():\n    app = app_on(Path(sys.argv[1]))\n    async with app.run_test(size=(80, 24)): pass\n"
        "asyncio.run(show())\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('planner.tui.screens.', 'planner.tui.dialogs', 'pandas', 'boto3', 'textual.widgets._markdown'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(SAMPLE)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["planner.tui.screens.base", "planner.tui.screens.plan"]
