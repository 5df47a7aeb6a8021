"""Which files a review looks at."""

import os
from pathlib import Path

import pytest

from planner.review.discover import Found, NoSuchPath, find_scenarios, looks_like_scenario


def found(*paths: object, excluded: str = "") -> Found:
    return find_scenarios(
        [str(path) for path in paths], excludes=lambda path: bool(excluded) and excluded in path
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scenarios, one of them broken, among other YAML."""
    for name, text in {
        "a.yaml": "name: a\nbudgets: []\n",
        "deep/er/b.yml": "name: b\nstart: 2026-12\npipelines: [\n",
        "bursar.yaml": "policies: []\n",
        "book.yaml": "version: x\ntitle: y\nmodels: {}\n",
        "compose.yaml": "name: web\nservices: {}\n",
        ".github/workflows/ci.yaml": "name: ci\nbudgets: x\n",
        "node_modules/x/c.yaml": "name: c\nbudgets: []\n",
        "readme.md": "name: d\nbudgets: []\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_folder_is_searched_for_what_looks_like_a_scenario(folder: Path) -> None:
    assert found(folder) == Found((f"{folder}/a.yaml", f"{folder}/deep/er/b.yml"), others=2)


def test_a_file_that_is_named_is_reviewed_whatever_it_looks_like(folder: Path) -> None:
    assert found(folder / "readme.md", folder / "book.yaml").files == (
        f"{folder}/readme.md",
        f"{folder}/book.yaml",
    )


def test_a_file_is_reviewed_once_however_often_it_is_named(folder: Path) -> None:
    (folder / "link.yaml").symlink_to(folder / "a.yaml")
    assert found(folder / "a.yaml", folder, folder / "deep" / ".." / "a.yaml").files == (
        f"{folder}/a.yaml",
        f"{folder}/deep/er/b.yml",
    )


def test_a_circle_of_links_ends(folder: Path) -> None:
    (folder / "deep" / "up").symlink_to(folder)
    assert len(found(folder).files) == 2


def test_excluded_files_are_counted(folder: Path) -> None:
    assert found(folder, excluded="/deep/") == Found((f"{folder}/a.yaml",), others=2, excluded=1)


def test_a_path_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(NoSuchPath, match=r"nope: there is no such file or folder"):
        found(folder / "nope")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("name: a\npipelines: []\n", True),
        ("nam: a\nbudgets: []\ncredits: []\n", True),
        ("name: a\nstart: 2026-12\nmonths: 3\npipelnes: []\n", True),
        ("# yaml-language-server: $schema=../planner/schema/scenario.schema.json\n", True),
        ('"name": a\r\n"budgets": []\r\n', True),
        ("", False),
        ("name: a\n", False),
        ("pipelines:\n  default: []\nimage: x\n", False),
        ("name: svc\nregion: x\n", False),
        ("apiVersion: v1\nkind: Policy\npolicy: x\n", False),
        ("x:\n  name: a\n  budgets: []\n  credits: []\n", False),
    ],
)
def test_a_scenario_is_told_by_its_keys(text: str, answer: bool) -> None:
    assert looks_like_scenario(text) is answer


def test_what_cannot_be_read_is_not_passed_over(folder: Path) -> None:
    (folder / "dangling.yaml").symlink_to(folder / "gone.yaml")
    assert f"{folder}/dangling.yaml" in found(folder).files


def test_a_folder_that_cannot_be_read_is_not_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in it is not known; a review without it would look like a whole one."""
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(NoSuchPath, match=r"/deep: cannot be read: Permission denied"):
        found(folder)


def test_a_policy_file_that_is_named_is_no_scenario(folder: Path) -> None:
    """So that `bursar review *.yaml` works; the policies are read for the scenarios they hold for."""
    assert found(folder / "bursar.yaml", folder / "a.yaml") == Found((f"{folder}/a.yaml",))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_file_in_utf_16_is_not_passed_over(folder: Path, encoding: str) -> None:
    """Nothing else in the folder is reviewed less for it, and the file is an error instead of an unseen one."""
    (folder / "wide.yaml").write_bytes("\ufeffname: w\nbudgets: []\n".encode(encoding))
    assert f"{folder}/wide.yaml" in found(folder).files
