"""Runs the steps of an action as a runner does: their own lines, in bash, with the inputs as their `env` says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github/actions/review"
VENV = Path(sys.prefix)
"""What runs the tests has a `bursar` too."""
METADATA: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text("utf-8"))
_EXPRESSION = re.compile(r"\$\{\{ (inputs|github|steps\.\w+\.outputs)[.]([\w-]+) \}\}")


@dataclass(frozen=True)
class Outcome:
    """What the job shows for it."""

    code: int
    """Of the step that ended it."""
    log: str
    outputs: Mapping[str, str]
    summary: str


class Runner:
    """A job with a checkout in `workspace`, started by an event."""

    def __init__(self, workspace: Path, temporary: Path, api_url: str, token: str) -> None:
        self.workspace = workspace
        self._temporary = temporary
        self._api_url = api_url
        self._token = token
        temporary.mkdir()
        (temporary / "bursar-review").symlink_to(VENV)  # what the step before installs

    def run(self, event: Mapping[str, Any], **inputs: str) -> Outcome:
        """The steps with a `run` line after the installation; inputs not given have their defaults."""
        values = {name: str(each.get("default", "")) for name, each in METADATA["inputs"].items()}
        values["github-token"] = self._token
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        environment = self._environment(event)
        log, code = "", 0
        outputs: dict[str, str] = {}
        for step in METADATA["runs"]["steps"]:
            if "run" not in step or step["name"] == "Install Bursar":
                continue
            names = {key: self._expanded(text, values, outputs) for key, text in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.workspace,
                env=environment | names,
                capture_output=True,
                check=False,
            )
            log += (done.stdout + done.stderr).decode()
            outputs |= self._outputs() if step.get("id") == "review" else {}
            code = done.returncode
            if code:
                break
        return Outcome(code, log, outputs, (self._temporary / "summary").read_text("utf-8"))

    def _environment(self, event: Mapping[str, Any]) -> dict[str, str]:
        event_path = self._temporary / "event.json"
        event_path.write_text(json.dumps(event), "utf-8")
        for name in ("output", "summary"):
            (self._temporary / name).write_text("", "utf-8")
        kept = {name: os.environ[name] for name in ("PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")}
        return kept | {
            "HOME": str(self._temporary),
            "RUNNER_TEMP": str(self._temporary),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_API_URL": self._api_url,
            "GITHUB_EVENT_PATH": str(event_path),
            "GITHUB_OUTPUT": str(self._temporary / "output"),
            "GITHUB_REPOSITORY": "acme/plans",
            "GITHUB_STEP_SUMMARY": str(self._temporary / "summary"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "BURSAR_RETRY_UNIT_S": "0",
        }

    def _outputs(self) -> dict[str, str]:
        """The `name<<end` blocks, as the runner reads them."""
        lines = iter((self._temporary / "output").read_text("utf-8").splitlines())
        found = {}
        for line in lines:
            name, end = line.split("<<", 1)
            value = []
            while (each := next(lines)) != end:
                value.append(each)
            found[name] = "\n".join(value)
        return found

    @staticmethod
    def _expanded(text: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            return inputs[match[2]] if match[1] == "inputs" else outputs.get(match[2], "")

        return _EXPRESSION.sub(value, text)
