"""Completion scripts, asked by the shell that reads them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from planner.cli import COMMANDS, main


def _completions(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> set[str]:
    """What bash offers for the last word."""
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "bursar.bash"
    script.write_text(capsys.readouterr().out)
    ask = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_bursar; printf "%s\\n" "${COMPREPLY[@]}"'
    answer = subprocess.run(
        ["bash", "-c", ask, "ask", str(script), *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    return set(answer.stdout.split())


def test_bash_completes_every_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty word after `bursar` offers all there is."""
    assert _completions(tmp_path, capsys, "bursar", "") >= set(COMMANDS)


def test_bash_completes_the_commands_of_guard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`bursar guard st` is status or stop."""
    assert _completions(tmp_path, capsys, "bursar", "guard", "st") == {"status", "stop"}


def test_bash_completes_files_and_choices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario is a file; a format is one of four words."""
    (tmp_path / "launch.yaml").touch()
    assert "launch.yaml" in _completions(tmp_path, capsys, "bursar", "plan", "la")
    assert _completions(tmp_path, capsys, "bursar", "plan", "--format", "m") == {"markdown"}


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_reads_its_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The script has no syntax error."""
    assert main(["completion", "zsh"]) == 0
    script = tmp_path / "_bursar"
    script.write_text(capsys.readouterr().out)
    subprocess.run(["zsh", "-n", str(script)], check=True)


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The choices are named."""
    with pytest.raises(SystemExit, match="2"):
        main(["completion", "klingon"])
    assert "bash" in capsys.readouterr().err
