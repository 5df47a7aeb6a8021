"""What tests of the terminal UI share: an app on a folder of scenarios, and its screen as text, compared with goldens."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from textual.app import App

from planner.tui.app import BursarApp
from planner.tui.workspace import Workspace

AS_OF = date(2026, 11, 22)
SIZES = ((80, 24), (100, 30), (160, 48))
GOLDEN = Path(__file__).parent / "golden" / "tui"

for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM", "XDG_CONFIG_HOME"):
    os.environ.pop(_name, None)  # what a screen looks at is the same on every machine


def app_on(*paths: Path, folder: Path | None = None, theme: str | None = None, **fields: Any) -> BursarApp:  # noqa: ANN401 - fields of Workspace
    """The app on named files, or on a folder; nothing moves by itself and no configuration is read."""
    workspace = Workspace(folder=folder or Path("scenarios"), as_of=AS_OF, paths=paths, **fields)
    app = BursarApp(workspace, theme=theme)
    app.animation_level = "none"
    return app


def screen_text(app: App[Any]) -> str:
    """The screen as a reader sees it: one line a row, without trailing blanks."""
    strips = app.screen._compositor.render_strips(app.size)
    return "".join(f"{''.join(segment.text for segment in strip).rstrip()}\n" for strip in strips)


def size_id(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def assert_golden(app: App[Any], screen: str, state: str) -> None:
    """The screen is what `tests/golden/tui/<screen>-<state>-<size>.txt` says; `BURSAR_GOLDEN=write` writes it."""
    path = GOLDEN / f"{screen}-{state}-{app.size.width}x{app.size.height}.txt"
    shown = screen_text(app)
    if os.environ.get("BURSAR_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, "utf-8")
    assert path.exists(), f"{path} is missing; BURSAR_GOLDEN=write writes it"
    assert shown == path.read_text("utf-8")
