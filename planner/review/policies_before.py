"""The team policy that held for a scenario at the revision, so that a finding is new where the policy is."""

import os
from pathlib import Path

from planner.review.blobs import Blobs
from planner.review.changes import Changes
from planner.review.dependencies import folders_above
from planner.review.policies import PolicyFile, parse_policy_file, read_policy_file
from planner.review.policies.load import FILE_NAME
from pricing.problems import Invalid


class PoliciesBefore:
    """Reads each policy file once."""

    def __init__(self, changes: Changes, blobs: Blobs) -> None:
        self.changes = changes
        self.blobs = blobs
        self._read: dict[str, tuple[bool, PolicyFile | None]] = {}

    def of(self, path: str, name: str) -> PolicyFile | None:
        """The nearest `bursar.yaml` at or above a file; None where none was, or it was no valid one.

        `path` is the file as git names it, `name` as the review does. A policy that git does not keep is taken as it is.
        """
        above = os.path.dirname(name)  # noqa: PTH120 - a Path would drop the ./ that was named
        for folder in folders_above(path):
            policy = f"{folder}/{FILE_NAME}" if folder else FILE_NAME
            shown = os.path.normpath(f"{above or os.curdir}/{FILE_NAME}")
            if shown not in self._read:
                self._read[shown] = self._policy(policy, shown)
            stood, file = self._read[shown]
            if stood:
                return file
            above = f"{above or os.curdir}/{os.pardir}"
        return None

    def _policy(self, policy: str, shown: str) -> tuple[bool, PolicyFile | None]:
        """Whether there was one, and what it said; one that was invalid hides those further up all the same."""
        try:
            if policy in self.changes.moved:
                content = self.blobs.at_base(policy)
                return content is not None, None if content is None else parse_policy_file(content, shown)
            stands = Path(self.blobs.base.repository.top, policy).is_file()
            return stands, read_policy_file(shown) if stands else None
        except Invalid:
            return True, None
