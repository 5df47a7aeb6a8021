"""A whole review: the files, each under the settings and policies that hold for it, and what a change does to them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from planner.plan import Plan
from planner.review.before import BookOf
from planner.review.discover import Found, find_scenarios, none_found
from planner.review.file import Reviewer
from planner.review.policies import PolicyFile, policy_file_for
from planner.review.quiet import QuietBelow
from planner.review.reviewed import Difference, Review, Reviewed
from planner.review.rules import RULES
from planner.review.settings import ReviewSettings
from planner.scenario_file import ScenarioFile
from pricing.problems import Problem
from pricing.records import replace

if TYPE_CHECKING:
    from planner.review.changes import Changes


class NothingToReview(Exception):
    """No path leads to a scenario; says what was found instead."""


def review(
    paths: Sequence[str],
    *,
    as_of: date,
    against: str | None = None,
    quiet_below: QuietBelow | None = None,
    everything: bool = False,
) -> tuple[Review, Found]:
    """Reviews the files, and with `against` only those that differ from that git revision, which it compares.

    `everything` reviews the files that are as they were too.

    Raises `NothingToReview`, `Invalid` for a `bursar.yaml` that is wrong, and `GitRefused` for a revision that cannot be
    read. What is wrong with a scenario is a finding.
    """
    excludes = _Excluded()
    found = find_scenarios(paths, excludes=excludes, missing_ok=against is not None)
    if against is not None:
        changes = changed_since(against, found, paths, excludes)
        return _against(found, changes, paths, as_of, quiet_below, everything=everything), found
    if not found.files:
        raise NothingToReview(none_found(paths, found))
    return Review(tuple(review_one(file, as_of) for file in found.files), None, as_of), found


def review_one(path: str, as_of: date) -> Reviewed:
    """One file under the settings and policies of the nearest `bursar.yaml`."""
    return reviewer_for(path, as_of).review_path(path)


def reviewer_for(path: str, as_of: date) -> Reviewer:
    """How the file at a path is reviewed."""
    return reviewer_under(policy_file_for(path, RULES), path, as_of)


def reviewer_under(policy_file: PolicyFile | None, path: str, as_of: date) -> Reviewer:
    """The same under the settings and policies of a given `bursar.yaml`."""
    if policy_file is None:
        return Reviewer(as_of, ReviewSettings())
    return Reviewer(as_of, policy_file.settings, _policies(policy_file, path, as_of))


def _policies(
    policy_file: PolicyFile, path: str, as_of: date
) -> Callable[[ScenarioFile, Plan | None], Iterable[Problem]]:
    from planner.review.policies.check import policy_findings  # only a team that has policies pays for it

    return lambda file, plan: policy_findings(policy_file, file, plan, as_of, path=path)


class _Excluded:
    """Whether `review.exclude` leaves a scenario out; looks for `bursar.yaml` once for each folder."""

    def __init__(self) -> None:
        self._policies: dict[str, PolicyFile | None] = {}

    def __call__(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        if folder not in self._policies:
            self._policies[folder] = policy_file_for(path, RULES)
        policy_file = self._policies[folder]
        return policy_file is not None and policy_file.excludes(path)


def changed_since(
    revision: str, found: Found, paths: Sequence[str], excludes: Callable[[str], bool]
) -> "Changes":
    """What git says of the files that were found, and which ones are gone."""
    from planner.review.changes import changed_paths  # git is asked only here

    changes = changed_paths(found.files, revision, paths=paths)
    removed = tuple(file for file in changes.removed if not excludes(changes.shown(file.path)))
    if not found.files and not removed:
        raise NothingToReview(none_found(paths, found))
    return replace(changes, removed=removed)


def _against(
    found: Found,
    changes: "Changes",
    paths: Sequence[str],
    as_of: date,
    quiet_below: QuietBelow | None,
    *,
    everything: bool,
) -> Review:
    """Files that are as they were are neither read nor planned, unless `everything` is asked for: nothing in them moves."""
    from planner.review.differences import difference

    files = tuple(review_one(path, as_of) for path in found.files if everything or path in changes.files)

    def review_before(content: bytes, name: str, book_of: BookOf, policies: PolicyFile | None) -> Reviewed:
        return reviewer_under(policies, name, as_of).review_source(content, name, book_of)

    compared: Difference = difference(
        files,
        changes.base.revision,
        paths=paths,
        as_of=as_of,
        changes=changes,
        review=review_before,
        quiet=quiet_below,
    )
    return Review(files, compared, as_of)
