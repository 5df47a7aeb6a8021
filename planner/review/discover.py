"""Which files a review looks at: those named, and the scenarios in folders that are named."""

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from pricing.printable import printable
from pricing.records import record

_YAML: Final = (".yaml", ".yml")
_NOT_SCENARIOS: Final = frozenset({"bursar.yaml", "bursar.yml"})
_TOP_KEY: Final = re.compile(
    r"""^["']?(name|start|months|region|price_book|price_overrides|pipelines|background_spend|credits|budgets|ladder"""
    r"""|policy|expect)["']?[ \t]*:""",
    re.MULTILINE,
)
_STRONG: Final = frozenset(
    {"price_overrides", "pipelines", "background_spend", "credits", "budgets", "ladder", "expect"}
)
"""Keys that few other kinds of YAML have."""
_SCHEMA: Final = "scenario.schema.json"
_FIRST: Final = 4_000
_SNIFFED: Final = 200_000
"""Bytes of a file that are looked at to tell what it is."""


@record
class Found:
    """What there is to review."""

    files: tuple[str, ...]
    """As they are named, or found below a folder that is named; with forward slashes."""
    others: int = 0
    """YAML files in the folders that are no scenarios."""
    excluded: int = 0
    """Scenarios that `review.exclude` in `bursar.yaml` leaves out."""


class NoSuchPath(Exception):
    """A path that was named does not exist, or a folder cannot be read."""


def find_scenarios(
    paths: Sequence[str], *, excludes: Callable[[str], bool], missing_ok: bool = False
) -> Found:
    """Each file once, in the order named; raises `NoSuchPath` for a path that is not there, unless that is all right."""
    files: dict[str, str] = {}
    others = excluded = 0
    for path in paths:
        if not Path(path).exists() and not missing_ok:
            raise NoSuchPath(f"{path}: there is no such file or folder")
        for file, is_scenario in _below(path):
            if not is_scenario:
                others += 1
            elif excludes(file):
                excluded += 1
            else:
                files.setdefault(os.path.realpath(file), file)
    return Found(tuple(files.values()), others, excluded)


def looks_like_scenario(text: str) -> bool:
    """Whether YAML text is meant as a scenario, valid or not: by its keys, or by the schema it names."""
    keys: set[str] = set()
    for match in _TOP_KEY.finditer(text):  # most are told by their first lines
        keys.add(match[1])
        if len(keys) >= 3 or (len(keys) == 2 and keys & _STRONG):
            return True
    return _SCHEMA in text[:1000]


def _below(path: str) -> Iterator[tuple[str, bool]]:
    """Files with whether each is a scenario; a file that is named is one, unless it holds policies."""
    if not Path(path).is_dir():
        if Path(path).exists() and Path(path).name not in _NOT_SCENARIOS:
            yield _shown(path), True
        return
    for folder, folders, names in os.walk(path, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(names):
            if name.endswith(_YAML) and name not in _NOT_SCENARIOS:
                file = os.path.join(folder, name)  # noqa: PTH118 - a Path would drop the ./ that was named
                yield _shown(file), _is_scenario(file)


def _refuse(error: OSError) -> NoReturn:
    raise NoSuchPath(f"{error.filename}: cannot be read: {error.strerror}") from error


def _is_scenario(file: str) -> bool:
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a FIFO must not block
        try:
            return any(map(_may_be_scenario, _beginnings(descriptor)))
        finally:
            os.close(descriptor)
    except OSError:
        return True  # what cannot be read is reported, not passed over


def _may_be_scenario(begun: bytes) -> bool:
    """UTF-16 cannot be read as a scenario, and is reported: who saved it as that has meant it to be reviewed."""
    return begun.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or looks_like_scenario(
        begun.decode("utf-8", "replace")
    )


def _beginnings(descriptor: int) -> Iterator[bytes]:
    """The first lines, which tell most files, then all that is looked at."""
    begun = os.read(descriptor, _FIRST)
    yield begun
    if len(begun) == _FIRST:
        yield begun + os.read(descriptor, _SNIFFED - _FIRST)


def _shown(path: str) -> str:
    return path.replace(os.sep, "/")


def none_found(paths: Sequence[str], found: Found) -> str:
    """What to say when there is nothing to review."""
    named = ", ".join(printable(path, 80) for path in paths[:3])
    others = f"; {found.others} YAML files there are no scenarios" if found.others else ""
    excluded = f"; review.exclude in bursar.yaml leaves out {found.excluded}" if found.excluded else ""
    return f"{named}: no scenario found{others}{excluded}; name a file, or bursar init writes a first one"
