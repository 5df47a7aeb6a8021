"""A picture of each screen for the README: `python -m tests.screenshots [FOLDER]`.

SVG whose text can be selected and searched; nothing in it is fetched from anywhere, and the day is fixed.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from planner.tui.app import SCREENS, BursarApp
from planner.tui.screens.guard import GuardScreen
from tests.guarding import Clock
from tests.tui_ledger import at_rest, small_ledger, until
from tests.tui_support import app_on, screen_text

FOLDER = Path(".github/screenshots")
SIZE = (110, 32)
FIRST = Path("scenarios/marketplace-catalogue.yaml")
_OTHERS = ("accelerator-scale", "solo-founder", "titan-catalogue-2026")
_PATHS = (FIRST, *(FIRST.with_stem(name) for name in _OTHERS))
COMPLETE = {
    "plan": ("3,200 (was 3,000)", "credits left at month end"),
    "compare": ("list cost", "cash by month"),
    "prices": ("stable-image-ultra", "active"),
    "guard": ("catalogue-month", "refuse", "80 % in"),
    "review": ("warning", "scenarios/marketplace-catalogue.yaml"),
}
"""What each screen shows once everything is there."""
_FETCHED = re.compile(r"\s*(@font-face \{.*?\}|<!--.*?-->)", re.DOTALL)
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in asyncio.run(pictures()).items():
        path = folder / f"{name}.svg"
        path.write_text(svg, "utf-8", newline="\n")
        print(path)


async def pictures() -> dict[str, str]:
    """The SVG of each screen, by the screen's name: the same text whenever it is made."""
    made: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, _time() as clock:
        app = app_on(*_PATHS, ledger=small_ledger(Path(folder) / "guard.db", clock))
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("down", "right", "right")
            for mode in SCREENS:
                await pilot.press(mode.key)
                await until(pilot, partial(_has, app, COMPLETE[mode.name]))
                await at_rest(pilot)
                made[mode.name] = standing_alone(app.export_screenshot(title="bursar"), mode.name)
    return made


def _has(app: BursarApp, words: tuple[str, ...]) -> bool:
    return all(word in screen_text(app) for word in words)


def standing_alone(svg: str, name: str) -> str:
    """The picture without the fonts it would fetch, and with names that do not depend on its content."""
    svg = _FETCHED.sub("", svg).replace("Fira Code, monospace", _FONTS).replace("Fira Code", _FONTS)
    return re.sub(r"terminal-\d+", f"bursar-{name}", svg)


@contextmanager
def _time() -> Iterator[Clock]:
    """The moment at which the Guard screen is looked at."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GuardScreen, "now", lambda _: clock())
        yield clock


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
