"""Which scenario files differ from a revision, found by git: what did not change is neither planned nor parsed.

A file counts as changed when its text did, or something that it reads: a price book of the team's own, or a
`bursar.yaml` in its folder or above. Line endings alone are no change.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from planner.review.blobs import Blobs, blobs_of, content_now, same_text
from planner.review.dependencies import FOUND_BY_GIT, Dependencies, may_be_book
from planner.review.git import Base, GitRefused, find_base, find_repository, literal
from planner.review.policies.load import FILE_NAME
from planner.review.renames import paired
from pricing.printable import printable
from pricing.records import EMPTY, record

_YAML: Final = (":(top,icase,glob)**/*.yaml", ":(top,icase,glob)**/*.yml")
_HIDDEN: Final = re.compile(r"/(?:\.[^/]*|node_modules)/")
"""Folders that no review looks into by itself."""


@record
class ChangedFile:
    """One scenario that is not as it was, or whose price book or team policy is not."""

    path: str
    """As git names it, from the top; for a removed file as it was."""
    before_path: str | None
    """None for a new file."""
    state: Literal["changed", "renamed", "new", "removed", "unchanged"]
    """`unchanged` when only what it reads has changed."""


@record
class Changes:
    """The scenarios of a review, told apart by whether a revision has them as they are."""

    base: Base
    files: Mapping[str, ChangedFile] = EMPTY
    """By the path as it was named, in that order: those to review in full."""
    removed: tuple[ChangedFile, ...] = ()
    """Files below what was named that are no longer there, scenarios or not."""
    unchanged: int = 0
    """How many of the files are as they were."""
    moved: frozenset[str] = frozenset()
    """Every YAML file of the repository that is not as it was, under its old and its new name, as git names them."""
    folders: tuple[tuple[str, str], ...] = ()
    """What was named, and what git calls it."""
    contents: Mapping[str, bytes] = EMPTY
    """What edited files were, as far as that was read on the way; by the path as git names it."""

    def shown(self, path: str) -> str:
        """A file that is no longer there, by the name it would be found under; elsewhere, from the working folder."""
        for name, inside in self.folders:
            if path == inside:
                return name
            if not inside or path.startswith(f"{inside}/"):
                return PurePosixPath(name, path[len(inside) :].lstrip("/")).as_posix()
        return os.path.relpath(f"{self.base.repository.top}/{path}").replace(os.sep, "/")


@record
class _Entry:
    """A line of `git diff-index --raw`."""

    status: str
    path: str
    before: str
    """The same as `path`, but for renames."""


def changed_paths(files: Sequence[str], revision: str, *, paths: Sequence[str]) -> Changes:
    """What of `files` has changed since HEAD left `revision`, work tree included.

    `paths` is what was named on the command line, files and folders; removed files are looked for below them.
    Raises `GitRefused` when the revision cannot be read or a named file lies in another repository.
    """
    repository = find_repository(next(iter(paths or files), "."))
    base = find_base(repository, revision)
    below = [repository.relative(path) for path in paths]
    named = _named(base, files, paths)
    with blobs_of(base) as blobs:
        contents: dict[str, bytes] = {}
        entries = [entry for entry in _entries(base, below) if _differs(entry, blobs, contents)]
        tracked = _tracked(base, below)
        changed = _changed(entries, tracked, named, blobs)
        texts = frozenset(name for entry in entries for name in (entry.path, entry.before))
        scenarios = {path for path in named.values() if not may_be_book(contents.get(path))}
        reads = Dependencies(blobs, texts - scenarios, tracked)
        touched = {name for name, path in named.items() if path not in changed and reads.changed_for(path)}
    kept = {
        name: changed.get(path) or ChangedFile(path, path, "unchanged")
        for name, path in named.items()
        if path in changed or name in touched
    }
    return Changes(
        base=base,
        files=kept,
        removed=tuple(_removed(changed, below, frozenset(named.values()))),
        unchanged=len(files) - len(kept),
        moved=texts,
        folders=tuple(zip(paths, below, strict=True)),
        contents=contents,
    )


def _named(base: Base, files: Sequence[str], paths: Sequence[str]) -> dict[str, str]:
    """Each file as git names it, without those that lie in a repository of their own below this one."""
    folders: dict[str, tuple[str, bool]] = {}
    named = {}
    for file in files:
        folder, name = os.path.split(file)
        if folder not in folders:
            inside = base.repository.relative(folder or os.curdir)
            folders[folder] = (inside, _is_foreign(base.repository.top, inside))
        inside, foreign = folders[folder]
        if not foreign:
            named[file] = f"{inside}/{name}" if inside else name
        elif file in paths:
            message = "lies in a repository of its own (a submodule or a nested clone); review it by itself"
            raise GitRefused(f"{printable(file)} {message}")
    return named


def _is_foreign(top: str, inside: str) -> bool:
    steps = inside.split("/") if inside else []
    return any(Path(top, *steps[: count + 1], ".git").exists() for count in range(len(steps)))


def _entries(base: Base, below: Sequence[str]) -> Iterator[_Entry]:
    """Every YAML file of the repository and every named one that git does not see as it was."""
    out = base.repository.run(
        "diff-index",
        "--raw",
        "-z",
        "--find-renames",
        "--no-relative",
        "--ignore-submodules=all",
        "--no-ext-diff",
        "--no-textconv",
        base.commit,
        "--",
        *_YAML,
        *map(literal, filter(None, below)),
    )
    words = iter(out.split(b"\0"))
    for word in words:
        if word:
            status = word.rsplit(b" ", 1)[1][:1].decode()
            before = os.fsdecode(next(words))
            yield _Entry(status, os.fsdecode(next(words)) if status in "RC" else before, before)


def _tracked(base: Base, below: Sequence[str]) -> frozenset[str]:
    specs = (*_YAML, *map(literal, filter(None, below)))
    out = base.repository.run("ls-files", "-z", "--full-name", "--", *specs)
    return frozenset(os.fsdecode(name) for name in out.split(b"\0") if name)


def _differs(entry: _Entry, blobs: Blobs, contents: dict[str, bytes]) -> bool:
    """False where git only doubts a file, because its times changed or its line endings did.

    What a changed file was is kept in `contents`: it is wanted again.
    """
    if entry.status != "M":
        return True
    before = blobs.at_base(entry.path)
    if same_text(before, content_now(blobs.base, entry.path)):
        return False
    if before is not None:
        contents[entry.path] = before
    return True


def _changed(
    entries: Sequence[_Entry], tracked: frozenset[str], named: Mapping[str, str], blobs: Blobs
) -> dict[str, ChangedFile]:
    """By path as git names it; files that git does not keep are new, or an old one moved by hand."""
    changed = {}
    for entry in entries:
        if entry.status == "D":
            changed[entry.path] = ChangedFile(entry.path, entry.path, "removed")
        elif entry.status == "A":
            changed[entry.path] = ChangedFile(entry.path, None, "new")
        elif entry.status == "R":
            changed[entry.path] = ChangedFile(entry.path, entry.before, "renamed")
        else:
            changed[entry.path] = ChangedFile(entry.path, entry.path, "changed")
    gone = [path for path, file in changed.items() if file.state == "removed"]
    unkept = [path for path in named.values() if path not in tracked]
    for path in unkept:
        if path in gone:  # taken out of the index, still in the folder
            gone.remove(path)
            same = same_text(blobs.at_base(path), content_now(blobs.base, path))
            changed[path] = ChangedFile(path, path, "unchanged" if same else "changed")
        else:
            changed[path] = ChangedFile(path, None, "new")
    fresh = [path for path, file in changed.items() if file.state == "new" and path in unkept]
    for before, now in paired(gone, fresh, blobs.at_base, partial(content_now, blobs.base)):
        del changed[before]
        changed[now] = ChangedFile(now, before, "renamed")
    return {path: file for path, file in changed.items() if file.state != "unchanged"}


def _removed(
    changed: Mapping[str, ChangedFile], below: Sequence[str], named: frozenset[str]
) -> Iterator[ChangedFile]:
    """Gone, moved to where it is no scenario of this review, or still there but no longer meant as one."""
    for file in changed.values():
        before = file.before_path
        if before is not None and file.path not in named and _is_looked_at(before, below):
            yield ChangedFile(before, before, "removed")


def _is_looked_at(path: str, below: Sequence[str]) -> bool:
    """Whether a review of what was named would have come across a file."""
    if path in below:
        return True
    if not path.lower().endswith(FOUND_BY_GIT) or path.rpartition("/")[2] == FILE_NAME:
        return False
    inside = [
        path.removeprefix(f"{folder}/") for folder in below if not folder or path.startswith(f"{folder}/")
    ]
    return any(not _HIDDEN.search(f"/{rest}") for rest in inside)
