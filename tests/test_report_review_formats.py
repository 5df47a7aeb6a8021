"""Several formats out of one review: `--also FORMAT=FILE`."""

import json
from pathlib import Path

import pytest

from planner.report.review_formats import FORMATS
from tests.support import bursar

SCENARIO = str(Path(__file__).parent.parent / "scenarios/solo-founder.yaml")


def test_one_run_writes_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is what `--format` prints."""
    also = [word for form in FORMATS for word in ("--also", f"{form}={tmp_path / form}")]
    assert bursar(capsys, "review", SCENARIO, *also).code == 0
    for form in FORMATS:
        alone = bursar(capsys, "review", SCENARIO, "--format", form).out
        assert (tmp_path / form).read_text("utf-8") == alone


def test_the_least_severity_that_fails_holds_for_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of the schema: JUnit beside the JSON counts it as a failure."""
    broken = tmp_path / "a.yaml"
    broken.write_text("name: x\nmonths: two\n", "utf-8")
    ran = bursar(capsys, "review", broken, "--format", "json", "--also", f"junit={tmp_path / 'junit.xml'}")
    errors = json.loads(ran.out)["counts"]["errors"]
    assert ran.code == 1
    assert f'failures="{errors}"' in (tmp_path / "junit.xml").read_text("utf-8")


def test_a_scenario_is_never_overwritten_by_its_review(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(Path(SCENARIO).read_text("utf-8"), "utf-8")
    ran = bursar(capsys, "review", file, "--also", f"json={file}")
    assert ran.code == 2
    assert "would overwrite the file it was read from" in ran.err
    assert file.read_text("utf-8") == Path(SCENARIO).read_text("utf-8")


@pytest.mark.parametrize("text", ["sarif", "sarif=", "html=x", "=x"])
def test_what_is_no_format_and_file_is_bad_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = bursar(capsys, "review", SCENARIO, f"--also={text}")
    assert ran.code == 2
    assert f"{text!r} is not FORMAT=FILE" in ran.err


def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = bursar(capsys, "review", SCENARIO, "--also", f"json={tmp_path}/no/such/folder.json")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "cannot be written: No such file or directory" in ran.err
