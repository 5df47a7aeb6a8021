"""The real program in a real terminal: a knob is turned, the what-if saved, the program left, and the file planned."""

import json
import sys
from pathlib import Path

import pexpect
import pytest

from tests.support import bursar
from tests.tui_support import AS_OF

SAMPLE = Path("planner/samples/solo-founder.yaml")
RIGHT, DOWN = "\x1b[C", "\x1b[B"


def test_a_what_if_is_turned_saved_and_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """250 assets a month become 270: `bursar plan` of the saved file says the cash that the screen said."""
    source = tmp_path / "launch.yaml"
    source.write_bytes(SAMPLE.read_bytes())
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "planner", "--as-of", str(AS_OF), str(source)],
        dimensions=(30, 120),
        encoding="utf-8",
        timeout=30,
        env={"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"},
    )  # fmt: skip
    try:
        terminal.expect_exact("assets a month")
        terminal.send(DOWN)
        terminal.send(RIGHT)
        terminal.expect_exact("(was 250)")
        terminal.send(RIGHT)
        terminal.expect_exact("$286.")
        terminal.send("s")
        terminal.expect_exact("Save as a scenario")
        terminal.send("\r")
        terminal.expect_exact("launch-what-if.yaml")
        terminal.send("q")
        terminal.expect(pexpect.EOF)
        terminal.close()
    finally:
        terminal.close(force=True)
    assert terminal.exitstatus == 0
    changed = source.read_text("utf-8").replace("assets_per_month: 250", "assets_per_month: 270")
    assert (tmp_path / "launch-what-if.yaml").read_text("utf-8") == changed
    ran = bursar(capsys, "plan", tmp_path / "launch-what-if.yaml", "--as-of", AS_OF, "--format", "json")
    assert json.loads(ran.out)["totals"]["out_of_pocket"] == "286.93908"
    assert ran.code == 0
