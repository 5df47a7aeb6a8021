"""Which files `bursar fmt` means: those named, and the scenarios and policy files in folders that are named."""

import os
from collections.abc import Iterator, Sequence

from planner.formatting.kinds import POLICY_FILE_NAME
from planner.review.discover import find_scenarios


def yaml_files(paths: Sequence[str]) -> list[str]:
    """Each file once, a link for the file it leads to; raises `NoSuchPath` for a path that is not there."""
    scenarios = find_scenarios(paths, excludes=lambda _: False).files
    found: dict[str, str] = {}
    for file in (*scenarios, *(file for path in paths for file in _policy_files(path))):
        found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _policy_files(path: str) -> Iterator[str]:
    """One that is named, or those below a folder, in the folders where scenarios are looked for."""
    if os.path.basename(path) == POLICY_FILE_NAME and os.path.isfile(path):  # noqa: PTH113, PTH119 - the name stays as it was written
        yield path
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        if POLICY_FILE_NAME in files:
            yield os.path.join(folder, POLICY_FILE_NAME)  # noqa: PTH118 - a Path would drop the ./ that was named
