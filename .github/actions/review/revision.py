"""The revision to compare with, from what started the workflow."""

import os
import subprocess
from pathlib import Path
from typing import Any

_TIMEOUT_S = 120
_NOTHING = "0" * 40
"""What a push of a new branch replaced."""
TOO_SHALLOW = (
    "the clone has too little history to compare with {base}: give actions/checkout `fetch-depth: 0`; "
    "until then the review says what is found, not what changes"
)


def base_revision(event: dict[str, Any]) -> str | None:
    """The commit the change starts from; None where the event has none (a schedule, a run by hand)."""
    if "pull_request" in event:
        return _merged_into(event["pull_request"]["head"]["sha"]) or str(event["pull_request"]["base"]["sha"])
    if "merge_group" in event:
        return str(event["merge_group"]["base_sha"])
    before = event.get("before")
    if before and before != _NOTHING:
        return str(before)
    default = event.get("repository", {}).get("default_branch")
    return f"origin/{default}" if before and default else None


def is_reachable(base: str) -> bool:
    """Whether git can compare with it; a shallow clone is first deepened by the one commit most events need."""
    return _has_common(base) or (_deepen() and _has_common(base))


def trusting_workspace() -> dict[str, str]:
    """The environment for git: in a container job the checkout belongs to another user, which git refuses to read."""
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        **os.environ,
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": "safe.directory",
        f"GIT_CONFIG_VALUE_{count}": str(Path.cwd()),
        "GIT_TERMINAL_PROMPT": "0",
    }


def _merged_into(head: str) -> str | None:
    """The base that the checked-out merge of a pull request was made with: newer than the one in the event.

    A shallow clone hides the parents of its last commit; the commit itself still names them.
    """
    code, commit = _git("cat-file", "-p", "HEAD")
    parents = [line.split()[1] for line in commit.splitlines() if line.startswith("parent ")]
    return parents[0] if code == 0 and len(parents) == 2 and parents[1] == head else None


def _has_common(base: str) -> bool:
    return _git("merge-base", "--end-of-options", base, "HEAD")[0] == 0


def _deepen() -> bool:
    if _git("rev-parse", "--is-shallow-repository")[1].strip() != "true":
        return False
    code, head = _git("rev-parse", "HEAD")
    return code == 0 and _git("fetch", "--quiet", "--no-tags", "--depth=2", "origin", head.strip())[0] == 0


def _git(*arguments: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["git", *arguments],
            env=trusting_workspace(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 1, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")
