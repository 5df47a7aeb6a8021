"""Runs `bursar review` for a workflow: annotations, the page of the run, files for later steps, one comment.

Needs nothing but Python and the `bursar` beside it. Exits 0 once the review is written down, whatever it found: the
last step of the action fails the job, after the uploads.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import comment
import revision
import runner
from github_api import Api, Refused

BAD_INPUT = 2
_TIMEOUT_S = 600
_FORMATS = ("json", "markdown", "github", "sarif")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def main() -> int:
    """0; the verdict is the output `exit-code`."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    os.chdir(os.environ.get("GITHUB_WORKSPACE") or ".")
    try:
        _review()
    except runner.BadInput as error:
        runner.annotate("error", str(error))
        runner.write_outputs({"exit-code": BAD_INPUT})
    return 0


def _review() -> None:
    event = runner.read_event()
    wants_annotations, wants_comment = runner.switch("ANNOTATIONS"), runner.switch("COMMENT")
    folder = Path(tempfile.mkdtemp(prefix="bursar-review-", dir=os.environ.get("RUNNER_TEMP") or None))
    files = {form: folder / f"review.{form}" for form in _FORMATS}
    code = _run(_arguments(event), files)
    if not files["json"].exists():
        runner.write_outputs({"exit-code": code or BAD_INPUT})
        return
    values = json.loads(files["json"].read_bytes())
    body = comment.tagged(files["markdown"].read_text("utf-8"), runner.text_input("COMMENT_TAG"))
    if wants_annotations:
        runner.say(files["github"].read_text("utf-8"))
    runner.add_summary(body)
    _drop_ignored(files["sarif"])
    address = _comment(event, values, body) if wants_comment else None
    runner.write_outputs(_outputs(values, files, code, address))


def _arguments(event: dict[str, Any]) -> list[str]:
    """Options with their values in one word, then paths: nothing a path or revision starts with makes it an option."""
    fail_on = runner.text_input("FAIL_ON") or "error"
    if fail_on not in ("error", "warning", "never"):
        raise runner.BadInput(f"fail-on: {fail_on!r} is none of error, warning and never")
    against = _against(event)
    quiet = runner.text_input("QUIET_BELOW")
    return [
        *([f"--fail-on={fail_on}"] if fail_on != "never" else []),
        *([f"--against={against}"] if against else []),
        *([f"--quiet-below={quiet}"] if quiet and against else []),
        "--",
        *_paths(),
    ]


def _against(event: dict[str, Any]) -> str | None:
    asked = runner.text_input("AGAINST")
    if asked:
        return None if asked == "none" else asked
    base = revision.base_revision(event)
    if base is None or revision.is_reachable(base):
        return base
    runner.annotate("warning", revision.TOO_SHALLOW.format(base=base[:12] if len(base) == 40 else base))
    return None


def _paths() -> list[str]:
    paths = []
    for line in filter(None, map(str.strip, runner.text_input("PATHS").splitlines())):
        is_pattern = glob.has_magic(line) and not Path(line).exists()
        found = sorted(glob.iglob(line, recursive=True)) if is_pattern else [line]  # noqa: PTH207 - patterns may be absolute
        if not found:
            raise runner.BadInput(f"paths: nothing matches {line!r}")
        paths += found
    if not paths:
        raise runner.BadInput("paths: name a scenario or a folder of scenarios")
    return paths


def _run(arguments: list[str], files: dict[str, Path]) -> int:
    """One review that writes every format; what it says on its way goes to the log."""
    command = Path(sys.executable).with_name("bursar")
    also = [f"--also={form}={path}" for form, path in files.items() if form != "json"]
    done = subprocess.run(
        [command, "review", "--format=json", f"--output={files['json']}", *also, *arguments],
        env=revision.trusting_workspace(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    said = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
    if said:
        runner.log(said)
    if done.returncode == BAD_INPUT and not files["json"].exists():
        runner.annotate("error", said.splitlines()[0] if said else "bursar review failed and said nothing")
    if done.returncode == 1 and (runner.text_input("FAIL_ON") or "error") == "never":
        return 0
    return done.returncode


def _drop_ignored(sarif: Path) -> None:
    """Takes out what a comment sets aside: code scanning shows suppressed results as open alerts."""
    log = json.loads(sarif.read_bytes())
    for run in log["runs"]:
        run["results"] = [result for result in run["results"] if not result.get("suppressions")]
    sarif.write_text(json.dumps(log), "utf-8")


def _comment(event: dict[str, Any], values: dict[str, Any], body: str) -> str | None:
    """The comment's address. Whatever stands in its way is told, and the review stays on the page of the run."""
    number = (event.get("pull_request") or {}).get("number")
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    token = runner.text_input("TOKEN")
    if number is None or not _REPOSITORY.fullmatch(repository):
        return None
    if not token:
        runner.annotate(
            "notice", "no comment: there is no github-token; the review is on the page of this run"
        )
        return None
    try:
        api = Api(os.environ.get("GITHUB_API_URL", "https://api.github.com"), token)
        return comment.keep(
            api, f"/repos/{repository}/issues/{int(number)}", body, post=_is_worth_one(values)
        )
    except Refused as error:
        runner.annotate("notice", f"no comment: {_why(error, event)}; the review is on the page of this run")
    return None


def _is_worth_one(values: dict[str, Any]) -> bool:
    """A change that moves something; without a revision to compare with, a finding above a note."""
    counts = values["counts"]
    return bool(values["moves"] if values["difference"] else counts["errors"] or counts["warnings"])


def _why(error: Refused, event: dict[str, Any]) -> str:
    if error.status not in (401, 403, 404):
        return f"GitHub's API: {error}"
    base, head = (event["pull_request"].get(side, {}).get("repo") or {} for side in ("base", "head"))
    if base.get("full_name") != head.get("full_name"):
        return "a pull request from a fork may not write comments"
    return f"the token may not write comments ({error}); give the job `permissions: pull-requests: write`"


def _outputs(
    values: dict[str, Any], files: dict[str, Path], code: int, address: str | None
) -> dict[str, object]:
    moved = (values["difference"] or {}).get("list_cost") or {}
    return {
        "headline": values["headline"],
        "moves": str(values["moves"]).lower(),
        "list-cost-change": moved.get("change"),
        "errors": values["counts"]["errors"],
        "warnings": values["counts"]["warnings"],
        "json-file": files["json"],
        "markdown-file": files["markdown"],
        "sarif-file": files["sarif"],
        "comment-url": address,
        "exit-code": code,
    }


if __name__ == "__main__":
    sys.exit(main())
