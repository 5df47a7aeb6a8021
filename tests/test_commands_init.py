"""`bursar init`: files that are right as they stand, and nothing that was there is touched."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from planner.commands.init import _create
from planner.formatting import formatted
from planner.review.policies import policy_file_for
from planner.review.policies.check import policy_findings
from planner.scenario_file import load_scenario
from planner.schema import schema_text
from planner.starter import POLICIES, slug, starter_scenario
from tests.support import AS_OF, bursar

Capture = pytest.CaptureFixture[str]
WRITTEN = [".bursar/bursar.schema.json", ".bursar/scenario.schema.json", "bursar.yaml", "scenarios/shop.yaml"]


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_it_writes_a_scenario_policies_and_schemas(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    ran = bursar(capsys, "init", folder)
    assert ran.code == 0
    assert files_in(folder) == WRITTEN
    assert sorted(ran.out.splitlines()) == [f"wrote {folder}/{file}" for file in WRITTEN]
    assert f"bursar plan {folder}/scenarios/shop.yaml" in ran.err


@pytest.mark.parametrize("guard_only", [False, True])
def test_what_it_writes_is_right_as_it_stands(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, guard_only: bool
) -> None:
    """The starter plans, is formatted, keeps its own policies, and each editor line names a schema that is there."""
    monkeypatch.chdir(tmp_path)
    assert bursar(capsys, "init", "--name", "My Shop", *["--guard"] * guard_only).code == 0
    path = Path("scenarios/my-shop.yaml")
    assert bursar(capsys, "fmt", "--check", ".").code == 0
    assert bursar(capsys, "plan", path).code == (2 if guard_only else 0)
    for written in (path, Path("bursar.yaml")):
        schema = written.read_text().partition("$schema=")[2].partition("\n")[0]
        assert (written.parent / schema).is_file()
    file, policies = load_scenario(path), policy_file_for(str(path))
    assert file.warnings == ()
    assert policies is not None
    assert list(policy_findings(policies, file, None, AS_OF)) == []
    assert Path(".bursar/scenario.schema.json").read_text() == schema_text()


@pytest.mark.parametrize("guard_only", [False, True])
def test_a_review_of_what_it_writes_finds_nothing_to_mend(
    capsys: Capture, tmp_path: Path, *, guard_only: bool
) -> None:
    bursar(capsys, "init", tmp_path, *["--guard"] * guard_only)
    ran = bursar(capsys, "review", tmp_path, "--format", "json", "--fail-on", "warning")
    assert ran.code == 0, ran.out + ran.err
    assert all(problem["severity"] == "info" for problem in _findings(ran.out))


def _findings(review: str) -> list[dict[str, str]]:
    return [problem for file in json.loads(review)["files"] for problem in file["findings"]]


def test_every_policy_it_offers_in_a_comment_is_one(tmp_path: Path) -> None:
    """Taking the `# ` away leaves a valid file."""
    path = tmp_path / "bursar.yaml"
    path.write_text(
        POLICIES.replace("  # - name", "  - name").replace("  #   ", "    ").replace("  # rules", "  rules")
    )
    policies = policy_file_for(str(tmp_path / "s.yaml"))
    assert policies is not None
    assert [policy.name for policy in policies.policies] == [
        "the guard fails closed",
        "prices are AWS's own",
        "no surprises",
        "cheap drafts",
        "fresh prices",
        "every scenario has a monthly budget",
    ]


def test_nothing_is_overwritten_and_only_what_is_missing_is_written(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    mine = tmp_path / "scenarios" / "mine.yml"
    mine.write_text("name: mine\n")
    (tmp_path / "bursar.yaml").symlink_to("elsewhere.yaml")
    ran = bursar(capsys, "init", tmp_path)
    assert (ran.code, mine.read_text()) == (0, "name: mine\n")
    assert ran.out.splitlines() == [
        f"wrote {tmp_path}/.bursar/scenario.schema.json",
        f"wrote {tmp_path}/.bursar/bursar.schema.json",
    ]
    assert f"kept {tmp_path}/scenarios/mine.yml: it was there already" in ran.err
    assert f"kept {tmp_path}/bursar.yaml: it was there already" in ran.err
    assert os.path.lexists(tmp_path / "bursar.yaml")
    assert not (tmp_path / "elsewhere.yaml").exists()
    again = bursar(capsys, "init", tmp_path)
    assert (again.code, again.out) == (0, "")
    assert "Nothing was missing." in again.err


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "s.yaml"
    assert _create(target, "first")
    assert not _create(target, "second")
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_written_is_one_clear_line(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = bursar(capsys, "init", tmp_path / "file" / "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"bursar: {tmp_path}/file/x/scenarios cannot be written: Not a directory\n"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Shop", "shop"),
        ("My Shop & Co.", "my-shop-co"),
        ("日本", "images"),
        ("..", "images"),
        ("a" * 60, "a" * 40),
        ("no", "no"),
        ("12:30", "12-30"),
        ("[/red]\x1b[31m", "red-31m"),
    ],
)
def test_any_name_makes_a_valid_file(folder: str, name: str) -> None:
    assert slug(folder) == name
    formatted(starter_scenario(slug(folder), date(2026, 12, 31)), "s.yaml")


def test_a_plan_begins_with_the_next_month_and_the_pool_today() -> None:
    text = starter_scenario("shop", date(2026, 12, 31))
    assert "start: 2027-01 " in text
    assert "starts: 2026-12-31\n" in text
    assert "expires: 2028-12-30 " in text
