"""A user's own theme and keys: `bursar/config.yaml` in the folder for configuration (XDG), checked like every file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from planner.tui.theme import THEMES
from pricing.nearest import nearest
from pricing.problems import Invalid, Problem
from pricing.reading.nodes import Document, child_path
from pricing.reading.scalars import Text
from pricing.reading.shape import Field, MapOf, Record, bind_document
from pricing.reading.source import read_document
from pricing.records import EMPTY, record, replace


@record
class Config:
    """What a user set; everything has a default."""

    theme: str | None = None
    keys: Mapping[str, str] = EMPTY
    """Id of a binding to its keys, separated by commas."""


_CONFIG: Final = Record(
    Config,
    (
        Field("theme", Text(60), "The theme to start with."),
        Field(
            "keys",
            MapOf(Text(60), Text(120, expected="a key such as ctrl+z, or several separated by commas")),
            "Id of a binding to its keys.",
        ),
    ),
    title="a configuration",
)


def config_path(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_CONFIG_HOME/bursar/config.yaml`, by default below `~/.config`."""
    base = environment.get("XDG_CONFIG_HOME") or ""
    folder = (
        Path(base) if base.startswith("/") else Path(environment.get("HOME") or "~").expanduser() / ".config"
    )
    return folder / "bursar" / "config.yaml"


def load_config(path: Path) -> Config:
    """The configuration; the default where there is no such file. Raises `Invalid` with every problem of it."""
    if not path.exists():
        return Config()
    document = read_document(path)
    config, _ = bind_document(_CONFIG, document)
    problems = [*_theme_problems(config), *(_key_problems(config.keys) if config.keys else ())]
    if problems:
        raise Invalid([_placed(problem, document) for problem in problems], str(path), document.lines)
    return config


def _placed(problem: Problem, document: Document) -> Problem:
    return replace(problem, place=document.place(problem.where))


def _theme_problems(config: Config) -> list[Problem]:
    from textual.theme import BUILTIN_THEMES

    names = [*(theme.name for theme in THEMES), *BUILTIN_THEMES]
    if config.theme is None or config.theme in names:
        return []
    message = f"{config.theme!r} is not a theme"
    return [
        Problem("error", "unknown-theme", "theme", message, nearest(config.theme, names, ", ".join(names)))
    ]


def _key_problems(keys: Mapping[str, str]) -> list[Problem]:
    from planner.tui.keymap import bindings

    known = bindings()
    ids = {each.id for each in known}
    problems = []
    for id_, text in keys.items():
        where = child_path("keys", id_)
        if id_ not in ids:
            remedy = nearest(id_, sorted(ids), "bursar's README lists them")
            problems.append(
                Problem("error", "unknown-key-id", where, "is not the id of a key binding", remedy)
            )
        problems += _misnamed(where, text)
    if not problems:
        problems += _clashes(keys)
    return problems


def _misnamed(where: str, text: str) -> list[Problem]:
    from planner.tui.keymap import is_key

    wrong = [key.strip() for key in text.split(",") if not is_key(key.strip())]
    remedy = "write keys as ctrl+z, f6, shift+left, question_mark or a single character"
    return [Problem("error", "unknown-key-name", where, f"{key!r} is not a key", remedy) for key in wrong]


def _clashes(keys: Mapping[str, str]) -> list[Problem]:
    """Two bindings of one screen or widget on one key."""
    from textual.keys import _character_to_key

    from planner.tui.keymap import bindings

    taken: dict[tuple[str, str], str] = {}
    problems = []
    for each in sorted(bindings(), key=lambda bound: bound.id in keys):
        names = keys[each.id].split(",") if each.id in keys else each.keys
        for name in (key.strip() for key in names):
            key = (each.owner, _character_to_key(name) if len(name) == 1 else name)
            other = taken.setdefault(key, each.id)
            if other != each.id:
                message = f"{name} is the key of {other} as well"
                problems.append(
                    Problem(
                        "error",
                        "key-clash",
                        child_path("keys", each.id),
                        message,
                        "give one of them another key",
                    )
                )
    return problems
