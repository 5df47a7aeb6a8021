"""What the Review screen looks at: everything that `bursar review` does, and the files beside it that say nothing at all."""

import codecs
from pathlib import Path
from typing import Final

from planner.tui.workspace import Workspace

_FIRST: Final = 4_096
"""Bytes that tell whether there is anything to read in a file."""


def paths_to_review(workspace: Workspace) -> list[str]:
    """Files and folders as they were named, then what Plan lists and a folder's review passes over: empty and binary files."""
    named = workspace.paths or (workspace.folder,)
    return [*map(str, named), *(str(path) for path in workspace.files() if says_nothing(path))]


def says_nothing(path: Path) -> bool:
    """Whether a file is empty, all comment, or no text: other YAML is somebody else's, such as a pipeline's."""
    try:
        with path.open("rb") as file:
            begun = file.read(_FIRST)
    except OSError:
        return False  # the review says why it cannot be read
    if begun.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in begun:
        return True
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(begun, final=len(begun) < _FIRST)
    except UnicodeDecodeError:
        return True
    lines = (line.strip() for line in text.splitlines())
    return len(begun) < _FIRST and all(not line or line[0] == "#" or line in ("---", "...") for line in lines)
