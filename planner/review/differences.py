"""What a change does to scenarios: their figures, lines and findings against a git revision.

The order is fixed: the scenario's edit is made first, under the prices of before, and the change of prices second.
A change of prices is another `price_book:` in the file, or a book of the team's own that is not as it was. Overrides
stand in the scenario, so they are its edit.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from planner.review.before import Past, Reviewer, why_unplanned
from planner.review.blobs import blobs_of, content_now
from planner.review.changes import ChangedFile, Changes, changed_paths
from planner.review.compared import compared, prices_of, sides
from planner.review.discover import looks_like_scenario
from planner.review.quiet import QuietBelow
from planner.review.reviewed import Difference, FileDifference, Reviewed
from planner.review.shifts import shifts_of_one


def difference(
    files: Sequence[Reviewed],
    revision: str,
    *,
    paths: Sequence[str],
    as_of: date,
    changes: Changes | None = None,
    review: Reviewer | None = None,
    quiet: QuietBelow | None = None,
) -> Difference:
    """Each reviewed file against the commit where HEAD left `revision`; raises `GitRefused` when that cannot be read.

    `paths` is what was named on the command line. `changes` spares finding the changed files a second time. `review` is
    how the files of now were reviewed, so that findings compare like with like; without it only the plan's own count.
    """
    if changes is None:
        changes = changed_paths([file.path for file in files], revision, paths=paths)
    with blobs_of(changes.base) as blobs:
        past = Past(changes, blobs, as_of, review)
        found = [*_of_reviewed(files, changes, past), *_of_removed(changes, past)]
    shown = [file for file in found if quiet is None or not quiet.hides(file)]
    reviewed = sum(file.path in changes.files for file in files)
    silent = reviewed - sum(file.state != "removed" for file in found)
    return Difference(
        revision=revision,
        commit=changes.base.commit,
        files=tuple(sorted(shown, key=lambda file: file.path)),
        unchanged=changes.unchanged + silent,
        quiet=len(found) - len(shown),
    )


def _of_reviewed(files: Sequence[Reviewed], changes: Changes, past: Past) -> Iterator[FileDifference]:
    """Files whose text changed, and of the others those where something else moved them."""
    for now in files:
        change = changes.files.get(now.path)
        if change is None:
            continue
        if change.before_path is None:
            yield _new(now)
            continue
        name = now.path if change.before_path == change.path else changes.shown(change.before_path)
        before = past.of(change.before_path, name, prices_of(now))
        file = compared(change.state, name, before, now)
        if file.state != "unchanged" or file.shifts or file.new_findings or file.mended:
            yield file


def _new(now: Reviewed) -> FileDifference:
    why = why_unplanned(now)
    return FileDifference(
        path=now.path,
        before_path=None,
        state="invalid" if why else "new",
        shifts=() if now.plan is None else shifts_of_one(now.plan, gone=False),
        new_findings=now.findings,
        notes=sides("", why),
    )


def _of_removed(changes: Changes, past: Past) -> Iterator[FileDifference]:
    for change in changes.removed:
        name = changes.shown(change.path)
        before = past.of(change.path, name)
        if before.reviewed.file is not None or _was_meant_as_scenario(past.blobs.at_base(change.path)):
            plan = before.reviewed.plan
            yield FileDifference(
                path=name,
                before_path=name,
                state="removed",
                shifts=() if plan is None else shifts_of_one(plan, gone=True),
                notes=sides(before.why, _remains(change, past)),
            )


def _remains(change: ChangedFile, past: Past) -> str:
    stands = content_now(past.blobs.base, change.path) is not None
    return "the file is still there, and is no scenario any more" if stands else ""


def _was_meant_as_scenario(content: bytes | None) -> bool:
    return content is not None and looks_like_scenario(content.decode("utf-8", "replace"))
