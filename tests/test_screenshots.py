"""The README's pictures of the screens: whole, readable, of the program as it is, and fetching nothing."""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from planner.tui.app import SCREENS
from tests.screenshots import COMPLETE, FOLDER, pictures
from tests.tui_loop import in_loop

NAMES = [mode.name for mode in SCREENS]


def words_of(svg: str) -> str:
    """The text that a reader can select, in order; a row is in parts, one for each colour."""
    parts = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)
    return squeezed(html.unescape("".join(parts)))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", NAMES)
def test_each_screen_has_a_picture_that_stands_alone(name: str) -> None:
    """Well-formed, with its text as text; no script, and no address but the name of its own format."""
    svg = (FOLDER / f"{name}.svg").read_text("utf-8")
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert re.findall(r"https?://[^\s\"']+", svg) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in svg
    assert "@font-face" not in svg
    assert all(squeezed(word) in words_of(svg) for word in COMPLETE[name])


@in_loop
async def test_the_pictures_are_of_the_program_as_it_is() -> None:
    """`make screenshots` writes them again."""
    made = await pictures()
    assert list(made) == NAMES
    for name, svg in made.items():
        kept = (FOLDER / f"{name}.svg").read_text("utf-8")
        assert words_of(kept) == words_of(svg), f"{name}.svg is out of date: make screenshots"


def test_there_is_no_picture_of_a_screen_that_is_gone() -> None:
    assert sorted(path.stem for path in Path(FOLDER).iterdir()) == sorted(NAMES)
