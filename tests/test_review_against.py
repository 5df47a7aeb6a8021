"""`bursar review --against`: the command on real repositories, as a reviewer runs it."""

import json
from pathlib import Path

import pytest

from tests.repositories import SCENARIO, WorkTree, tree
from tests.support import Ran, bursar

__all__ = ["tree"]

FILE = "scenarios/catalogue.yaml"
MORE = ("assets_per_month: 100", "assets_per_month: 200")
POLICY = """\
policies:
  - name: small plans
    limits: {list_cost_usd: {max: 10}}
"""


def review(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    return bursar(capsys, "review", *arguments, "--as-of", "2026-08-01")


def compared(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    """The difference, of the review as JSON."""
    ran = review(capsys, *arguments, "--format", "json")
    assert ran.code in (0, 1), ran.err
    found: dict[str, object] = json.loads(ran.out)["difference"]
    return found


def test_only_what_changed_is_reviewed(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    """The file beside it is only counted; `--all` looks into it and finds what is wrong there."""
    tree.write("scenarios/other.yaml", SCENARIO.replace("core-v1:1", "core-v1:0"))
    tree.commit()
    tree.edit(FILE, MORE)
    ran = review(capsys, "scenarios", "--against", "HEAD")
    assert (ran.code, ran.err) == (0, "")
    assert "other.yaml" not in ran.out
    assert "list cost +$8 over 2 months (+100.0 %): scenario +$8, prices $0" in ran.out
    assert "1 changed, 1 unchanged" in ran.out
    everything = review(capsys, "scenarios", "--against", "HEAD", "--all")
    assert "scenarios/other.yaml:10:" in everything.out
    assert "1 changed, 1 unchanged" in everything.out


def test_nothing_to_tell_is_told(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    ran = review(capsys, "scenarios", "--against", "HEAD")
    assert (ran.code, ran.err) == (0, "")
    assert "1 unchanged" in ran.out


def test_a_quiet_change_is_counted(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.edit(FILE, MORE)
    assert (
        "1 below the threshold" in review(capsys, "scenarios", "--against", "HEAD", "--quiet-below", "25").out
    )
    assert "1 changed" in review(capsys, "scenarios", "--against", "HEAD", "--quiet-below", "2%").out


def test_the_last_scenario_may_go(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.folder / FILE).unlink()
    for path in ("scenarios", FILE):
        ran = review(capsys, path, "--against", "HEAD")
        assert (ran.code, ran.err) == (0, "")
        assert f"- {FILE}: removed" in ran.out


def test_a_file_that_is_no_scenario_any_more_is_not_passed_over(
    tree: WorkTree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.write(FILE, "# to do\n")
    ran = review(capsys, "scenarios", "--against", "HEAD")
    assert f"- {FILE}: removed" in ran.out
    assert "now: the file is still there, and is no scenario any more" in ran.out


def test_a_policy_that_a_team_tightens_is_news_for_scenarios_that_break_it(
    tree: WorkTree, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan costs $8.00: within $10, above $5. The scenario is as it was; the finding is new, and mended again."""
    tree.write("bursar.yaml", POLICY)
    tree.commit()
    tree.edit("bursar.yaml", ("max: 10", "max: 5"))
    files = compared(capsys, "scenarios", "--against", "HEAD")["files"]
    assert isinstance(files, list)
    assert [(file["path"], file["state"], len(file["new_findings"]), file["mended"]) for file in files] == [
        (FILE, "unchanged", 1, 0)
    ]
    tree.commit()
    tree.edit("bursar.yaml", ("max: 5", "max: 10"))
    files = compared(capsys, "scenarios", "--against", "HEAD")["files"]
    assert isinstance(files, list)
    assert [(file["path"], len(file["new_findings"]), file["mended"]) for file in files] == [(FILE, 0, 1)]


@pytest.mark.parametrize("folder", [".", "scenarios"])
def test_a_violation_that_was_there_is_not_new_wherever_one_stands(
    tree: WorkTree, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """The policy moves to another line and is not changed otherwise."""
    tree.write("bursar.yaml", POLICY.replace("max: 10", "max: 1"))
    tree.commit()
    tree.edit(FILE, MORE)
    tree.edit("bursar.yaml", ("policies:", "# ours\npolicies:"))
    monkeypatch.chdir(tree.folder / folder)
    for path in (".", str(tree.folder)):
        files = compared(capsys, path, "--against", "HEAD")["files"]
        assert isinstance(files, list)
        assert [(file["new_findings"], file["mended"]) for file in files] == [([], 0)]


def test_a_scenario_left_out_of_reviews_may_go_unseen(
    tree: WorkTree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.write("bursar.yaml", "review: {exclude: [scenarios/old/**]}\n")
    tree.write("scenarios/old/gone.yaml", "name: gone\nbudgets:\n  - {name: all, limit_usd: 5}\n")
    tree.commit()
    (tree.folder / "scenarios/old/gone.yaml").unlink()
    tree.edit(FILE, MORE)
    assert "gone" not in review(capsys, "scenarios", "--against", "HEAD").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--against", "nowhere"], "--against nowhere: git knows no such commit; known: main"),
        (["--against=--output=stolen"], "is not a revision; name a branch, a tag or a commit"),
        (["--against", "HEAD", "--quiet-below", "five"], "'five' is no threshold; write dollars such as 25 or $0.50"),
        (["--quiet-below", "5"], "--quiet-below is about changes: give --against REV as well"),
        (["--all"], "--all is about changes: without --against every file is reviewed anyway"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_line_and_exit_code_2(
    tree: WorkTree, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    ran = review(capsys, "scenarios", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not Path("stolen").exists()


def test_a_folder_without_git_is_one_line(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tree.folder.parent / "outside/plan.yaml"
    outside.parent.mkdir()
    outside.write_text(SCENARIO, encoding="utf-8")
    ran = review(capsys, outside, "--against", "HEAD")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == f"bursar: {outside.parent} is in no git repository; --against compares with a revision of one\n"
    )


def test_the_work_tree_stays_as_it_was(tree: WorkTree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.edit(FILE, MORE)
    tree.git("add", FILE)
    tree.edit(FILE, ("months: 2", "months: 3"))
    tree.write("scenarios/new.yaml", SCENARIO)
    before = tree.state()
    review(capsys, "scenarios", "--against", "main", "--all")
    assert tree.state() == before
