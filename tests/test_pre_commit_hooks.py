"""The hooks that pre-commit offers: the files they ask for, and their commands run as pre-commit runs them."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import bursar

ROOT = Path(__file__).parent.parent
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
SAMPLE = (ROOT / "scenarios/solo-founder.yaml").read_text("utf-8")


def command(hook: str) -> list[str]:
    """The hook's entry without the name of the program."""
    program, *arguments = shlex.split(HOOKS[hook]["entry"])
    assert program == "bursar"
    return arguments


def test_there_are_two_hooks_that_install_themselves() -> None:
    assert {name: hook["language"] for name, hook in HOOKS.items()} == {
        "bursar-review": "python",
        "bursar-fmt": "python",
    }


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("scenarios/a.yaml", True),
        ("team/scenarios/deep/a.yml", True),
        ("scenarios/a.yaml.txt", False),
        ("myscenarios/a.yaml", False),
    ],
)
def test_hooks_take_scenarios_and_nothing_else(hook: str, path: str, taken: bool) -> None:
    assert takes(hook, path) is taken


@pytest.mark.parametrize("path", ["bursar.yaml", "team/bursar.yaml", "scenarios/bursar.yaml"])
def test_policies_are_formatted_and_are_no_scenario_to_review(path: str) -> None:
    assert (takes("bursar-fmt", path), takes("bursar-review", path)) == (True, False)


def takes(hook: str, path: str) -> bool:
    """pre-commit searches for the patterns from the top of the repository."""
    excluded = HOOKS[hook].get("exclude", "^$")
    return bool(re.search(HOOKS[hook]["files"], path)) and not re.search(excluded, path)


def test_review_fails_on_a_broken_scenario_and_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As pre-commit calls it: the staged files as arguments, a code that is not 0 stops the commit."""
    good, broken = tmp_path / "good.yaml", tmp_path / "broken.yaml"
    good.write_text(SAMPLE, "utf-8")
    broken.write_text(SAMPLE.replace("months: 12", "months: two"), "utf-8")
    assert bursar(capsys, *command("bursar-review"), good).code == 0
    ran = bursar(capsys, *command("bursar-review"), good, broken)
    assert ran.code == 1
    assert f"{broken}:5:9: error: months: " in ran.out


def test_fmt_leaves_a_formatted_scenario_alone_and_mends_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """pre-commit stops a commit by the file having changed."""
    file = tmp_path / "a.yaml"
    file.write_text(SAMPLE, "utf-8")
    assert bursar(capsys, *command("bursar-fmt"), file).code == 0
    assert file.read_text("utf-8") == SAMPLE
    file.write_text(SAMPLE.replace("months: 12", "months:   12"), "utf-8")
    assert bursar(capsys, *command("bursar-fmt"), file).code == 0
    assert file.read_text("utf-8") == SAMPLE
