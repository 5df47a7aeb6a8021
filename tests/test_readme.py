"""The README shows what the program prints. `BURSAR_GOLDEN=write` renews its output blocks."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import bursar

README = Path("README.md").resolve()
_OUTPUT = re.compile(r"<!-- output: (?P<arguments>[^\n]*) -->\n```text\n(?P<shown>.*?)```\n", re.DOTALL)
_FILE = re.compile(r"<!-- file: (?P<name>[^\n]*) -->\n```yaml\n(?P<text>.*?)```\n", re.DOTALL)
OUTPUTS = [match["arguments"] for match in _OUTPUT.finditer(README.read_text("utf-8"))]


@pytest.mark.parametrize("arguments", OUTPUTS)
def test_an_output_block_is_what_the_command_prints(
    arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = README.read_text("utf-8")
    for match in _FILE.finditer(text):
        (tmp_path / match["name"]).write_text(match["text"], "utf-8")
    (tmp_path / "scenarios").symlink_to(Path("scenarios").resolve())
    monkeypatch.chdir(tmp_path)
    ran = bursar(capsys, *arguments.split())
    printed = "\n".join(line.rstrip() for line in (ran.out or ran.err).splitlines()) + "\n"
    if os.environ.get("BURSAR_GOLDEN") == "write":
        block = f"<!-- output: {arguments} -->\n```text\n"
        text = _OUTPUT.sub(
            lambda match: f"{block}{printed}```\n" if match["arguments"] == arguments else match[0], text
        )
        README.write_text(text, "utf-8")
    (shown,) = [match["shown"] for match in _OUTPUT.finditer(text) if match["arguments"] == arguments]
    assert printed == shown


def test_the_guard_in_ten_lines_runs_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a Bedrock on loopback: one Core image for $0.04."""
    from planner.guard.testing import LocalBedrock

    (code,) = re.findall(r"<!-- test: guard -->\n```python\n(.*?)```\n", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "scenarios").symlink_to(Path("scenarios").resolve())
    monkeypatch.chdir(tmp_path)
    with LocalBedrock() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", endpoint.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        scope: dict[str, Any] = {}
        exec(code, scope)  # noqa: S102 - the README's own lines
        scope["guard"].close()
        assert endpoint.billed.images == 1
    assert capsys.readouterr().out == "0.04 5999960000\n"


def test_every_command_the_readme_names_exists() -> None:
    from planner.cli import COMMANDS

    named = set(re.findall(r"bursar ([a-z][a-z-]*)", README.read_text("utf-8")))
    assert named <= set(COMMANDS)


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", README.read_text("utf-8"))
    assert links
    assert all((README.parent / link).exists() for link in links)
