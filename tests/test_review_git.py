"""Reading a repository at another revision: what is found, what is refused, and that nothing is touched."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from planner.review.blobs import Blobs, blobs_of
from planner.review.changes import Changes, changed_paths
from planner.review.git import GitRefused, find_base, find_repository
from tests.repositories import SCENARIO, WorkTree, repository, tree

__all__ = ["tree"]

FILE = "scenarios/catalogue.yaml"
MORE = ("assets_per_month: 100", "assets_per_month: 200")


def found(revision: str = "HEAD", paths: Sequence[str] = ("scenarios",)) -> Changes:
    """The changes of every scenario below the paths."""
    files = sorted(
        str(file)
        for path in map(Path, paths)
        for file in (path.rglob("*.yaml") if path.is_dir() else [path])
        if file.name != "bursar.yaml"
    )
    return changed_paths(files, revision, paths=list(paths))


def states(changes: Changes) -> dict[str, tuple[str, str | None]]:
    """Each file that changed: its state and where it was."""
    everything = [*changes.files.items(), *((file.path, file) for file in changes.removed)]
    return {name: (file.state, file.before_path) for name, file in everything}


def refusal(revision: str, near: str = ".") -> str:
    with pytest.raises(GitRefused) as caught:
        find_base(find_repository(near), revision)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_nothing_has_changed_against_head(tree: WorkTree) -> None:
    changes = found()
    assert states(changes) == {}
    assert changes.unchanged == 1


def test_edits_count_whether_committed_staged_or_only_saved(tree: WorkTree) -> None:
    for name in ("a", "b", "c", "d"):
        tree.write(f"scenarios/{name}.yaml", SCENARIO.replace("Catalogue", name))
    first = tree.commit()
    tree.edit("scenarios/a.yaml", MORE)
    tree.commit()
    tree.edit("scenarios/b.yaml", MORE)
    tree.git("add", "scenarios/b.yaml")
    tree.edit("scenarios/c.yaml", MORE)
    changes = found(first)
    assert states(changes) == {
        f"scenarios/{name}.yaml": ("changed", f"scenarios/{name}.yaml") for name in ("a", "b", "c")
    }
    assert changes.unchanged == 2


def test_new_files_count_whether_git_knows_them_or_not(tree: WorkTree) -> None:
    tree.write("scenarios/known.yaml", "name: known\n")
    tree.git("add", "scenarios/known.yaml")
    tree.write("scenarios/unknown.yaml", "name: unknown\n")
    tree.write("scenarios/intended.yaml", "name: intended\n")
    tree.git("add", "--intent-to-add", "scenarios/intended.yaml")
    tree.write(".gitignore", "ignored.yaml\n")
    tree.write("scenarios/ignored.yaml", "name: ignored\n")
    new = ("known", "unknown", "intended", "ignored")
    assert states(found()) == {f"scenarios/{name}.yaml": ("new", None) for name in sorted(new)}


@pytest.mark.parametrize("how", ["deleted", "deleted and staged"])
def test_a_file_that_is_gone_is_removed(tree: WorkTree, how: str) -> None:
    (tree.folder / FILE).unlink()
    if "staged" in how:
        tree.git("add", "--all")
    changes = found()
    assert states(changes) == {FILE: ("removed", FILE)}
    assert changes.unchanged == 0


def test_other_files_that_are_gone_are_none_of_the_reviews_business(tree: WorkTree) -> None:
    """A text beside the scenarios, a team policy, scenarios elsewhere and where no review looks."""
    tree.write("scenarios/notes.txt", "notes")
    tree.write("scenarios/bursar.yaml", "policies: []\n")
    others = ("elsewhere/other.yaml", "scenarios/.old/other.yaml", "scenarios/js/node_modules/other.yaml")
    for number, name in enumerate(others):
        tree.write(name, SCENARIO.replace("Catalogue", f"Other {number}"))
    tree.commit()
    for name in ("scenarios/notes.txt", "scenarios/bursar.yaml", *others):
        (tree.folder / name).unlink()
    assert found().removed == ()


def test_a_file_taken_out_of_the_index_but_kept_is_the_same_file(tree: WorkTree) -> None:
    tree.git("rm", "--quiet", "--cached", FILE)
    assert states(found()) == {}
    tree.edit(FILE, MORE)
    assert states(found()) == {FILE: ("changed", FILE)}


@pytest.mark.parametrize("staged", [True, False], ids=["git mv", "mv"])
@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "with an edit"])
def test_a_renamed_file_is_followed(tree: WorkTree, staged: bool, edited: bool) -> None:
    (tree.folder / "scenarios/pictures").mkdir()
    (tree.folder / FILE).rename(tree.folder / "scenarios/pictures/shop.yaml")
    if edited:
        tree.edit("scenarios/pictures/shop.yaml", MORE)
    if staged:
        tree.git("add", "--all")
    assert states(found()) == {"scenarios/pictures/shop.yaml": ("renamed", FILE)}


def test_a_file_that_shares_little_is_another_one(tree: WorkTree) -> None:
    (tree.folder / FILE).unlink()
    tree.write("scenarios/guard.yaml", "name: guard\nbudgets:\n  - {name: all, limit_usd: 5}\n")
    assert states(found()) == {FILE: ("removed", FILE), "scenarios/guard.yaml": ("new", None)}


def test_a_scenario_moved_out_of_what_was_named_is_removed_from_there(tree: WorkTree) -> None:
    tree.git("mv", FILE, "retired.yaml")
    assert states(found()) == {FILE: ("removed", FILE)}


def test_two_files_moved_by_hand_are_told_apart_by_their_lines(tree: WorkTree) -> None:
    tree.write("scenarios/b.yaml", "name: b\nbudgets:\n  - {name: all, limit_usd: 5}\n")
    tree.commit()
    (tree.folder / "scenarios/b.yaml").rename(tree.folder / "scenarios/1.yaml")
    (tree.folder / FILE).rename(tree.folder / "scenarios/2.yaml")
    assert states(found()) == {
        "scenarios/1.yaml": ("renamed", "scenarios/b.yaml"),
        "scenarios/2.yaml": ("renamed", FILE),
    }


def test_line_endings_times_and_modes_are_no_change(tree: WorkTree) -> None:
    path = tree.folder / FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o755)
    assert found().unchanged == 1
    tree.git("checkout", "--quiet", "--", FILE)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert found().unchanged == 1


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        "two\nlines",
        'quo"te',
        "übersicht",
        "日本",
        "tab\tbed",
        ":(top)magic",
        "-option",
        "back\\slash",
        "*?[a]",
    ],
)
def test_names_of_any_kind_are_files_like_others(tree: WorkTree, name: str) -> None:
    path = f"scenarios/{name}.yaml"
    tree.write(path)
    tree.commit()
    tree.edit(path, MORE)
    changes = found()
    assert states(changes) == {path: ("changed", path)}
    with blobs_of(changes.base) as blobs:
        assert blobs.at_base(path) == SCENARIO.encode()
    tree.git("mv", "--", path, "scenarios/plain.yaml")
    assert states(found()) == {"scenarios/plain.yaml": ("renamed", path)}


def test_names_that_are_not_utf8_are_files_like_others(tree: WorkTree) -> None:
    path = os.fsdecode(b"scenarios/caf\xe9.yaml")
    tree.write(path)
    tree.commit()
    tree.edit(path, MORE)
    changes = found()
    assert states(changes) == {path: ("changed", path)}
    with blobs_of(changes.base) as blobs:
        assert blobs.at_base(path) == SCENARIO.encode()


def test_a_pull_request_is_judged_from_where_it_left(tree: WorkTree) -> None:
    """What others merged into main since is none of its doing; merging main brings nothing in either."""
    tree.write("scenarios/others.yaml", SCENARIO.replace("Catalogue", "Others"))
    start = tree.commit()
    tree.git("checkout", "--quiet", "-b", "feature")
    tree.edit(FILE, MORE)
    tree.commit()
    tree.git("checkout", "--quiet", "main")
    tree.edit("scenarios/others.yaml", ("months: 2", "months: 5"))
    main = tree.commit()
    tree.git("checkout", "--quiet", "feature")
    assert found("main").base.commit == start
    assert states(found("main")) == {FILE: ("changed", FILE)}
    tree.git("merge", "--quiet", "--no-edit", "main")
    assert found("main").base.commit == main
    assert states(found("main")) == {FILE: ("changed", FILE)}


def test_a_merge_commit_checked_out_by_a_build_server_shows_the_pull_request(tree: WorkTree) -> None:
    tree.git("checkout", "--quiet", "-b", "feature")
    tree.edit(FILE, MORE)
    tree.commit()
    tree.git("checkout", "--quiet", "main")
    tree.write("scenarios/others.yaml", SCENARIO.replace("Catalogue", "Others"))
    tree.commit()
    tree.git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    tree.git("checkout", "--quiet", "--detach")
    assert states(found("HEAD^1")) == {FILE: ("changed", FILE)}
    assert states(found("HEAD^2"))["scenarios/others.yaml"] == ("new", None)


def test_a_conflict_is_a_change(tree: WorkTree) -> None:
    tree.git("checkout", "--quiet", "-b", "feature")
    tree.edit(FILE, MORE)
    tree.commit()
    tree.git("checkout", "--quiet", "main")
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 300"))
    tree.commit()
    with pytest.raises(subprocess.CalledProcessError):
        tree.git("merge", "--quiet", "feature")
    assert states(found()) == {FILE: ("changed", FILE)}


@pytest.mark.parametrize("name", ["v1", "main", "HEAD~1", ":/first", "main@{0}", "@", "HEAD"])
def test_a_revision_is_named_as_in_git(tree: WorkTree, name: str) -> None:
    tree.git("tag", "-a", "v1", "-m", "annotated")
    tree.commit()
    assert len(find_base(find_repository("."), name).commit) == 40


def test_before_the_first_commit_another_branch_is_the_base_itself(tree: WorkTree) -> None:
    commit = tree.git("rev-parse", "main").strip()
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.edit(FILE, MORE)
    assert found("main").base.commit == commit
    assert states(found("main")) == {FILE: ("changed", FILE)}
    assert refusal("HEAD") == ("--against HEAD: git knows no such commit; known: main")


def test_histories_without_a_common_commit_are_not_compared(tree: WorkTree) -> None:
    tree.git("checkout", "--quiet", "--orphan", "other")
    tree.commit()
    assert refusal("main") == (
        "--against main: it and HEAD have no common commit here; name a revision of this branch's own history"
    )


def test_a_shallow_clone_says_how_to_fetch_what_is_missing(tree: WorkTree) -> None:
    tree.git("checkout", "--quiet", "-b", "feature")
    tree.edit(FILE, MORE)
    tree.commit()
    tree.git("checkout", "--quiet", "main")
    tree.commit("main moves on")
    clone = tree.folder.parent / "clone"
    tree.git("clone", "--quiet", "--depth=1", "--branch=feature", f"file://{tree.folder}", str(clone))
    brings = "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 in actions/checkout, brings the history"
    assert refusal("origin/main", str(clone)) == f"--against origin/main: git knows no such commit; {brings}"
    shallow = WorkTree(clone)
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert (
        refusal("origin/main", str(clone))
        == f"--against origin/main: it and HEAD have no common commit here; {brings}"
    )
    shallow.git("fetch", "--quiet", "--unshallow", "origin", "main:refs/remotes/origin/main")
    os.chdir(clone)
    assert states(found("origin/main")) == {FILE: ("changed", FILE)}


@pytest.mark.parametrize(
    "revision",
    [
        "--output=stolen",
        "-",
        "--",
        "-h",
        "--all",
        "",
        "  ",
        "a\0b",
        "x" * 501,
        "--end-of-options",
        "--upload-pack=touch stolen",
    ],
)
def test_a_revision_is_never_an_option(tree: WorkTree, revision: str) -> None:
    before = sorted(tree.folder.iterdir())
    assert "is not a revision; name a branch, a tag or a commit" in refusal(revision)
    assert sorted(tree.folder.iterdir()) == before


@pytest.mark.parametrize(
    "revision",
    [
        "main..main",
        "main scenarios",
        "HEAD:scenarios",
        "$(touch stolen)",
        "no\nsuch",
        "\x1b[31mred",
        "^main",
        "0" * 40,
    ],
)
def test_what_names_no_commit_is_refused_in_one_line(tree: WorkTree, revision: str) -> None:
    message = refusal(revision)
    assert "git knows no such commit" in message
    assert "\x1b" not in message
    assert not (tree.folder / "stolen").exists()


def test_a_misspelt_revision_is_mended(tree: WorkTree) -> None:
    tree.git("tag", "release-2026")
    assert refusal("relaese-2026").endswith("did you mean release-2026?")
    tree.git("update-ref", "refs/remotes/origin/develop", "HEAD")
    assert refusal("develop").endswith("did you mean origin/develop?")


def test_a_folder_without_a_repository_is_named(tmp_path: Path, tree: WorkTree) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    assert refusal("main", str(outside)) == (
        f"{outside} is in no git repository; --against compares with a revision of one"
    )


def test_a_bare_repository_has_no_work_tree(tmp_path: Path, tree: WorkTree) -> None:
    tree.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    message = "is inside a bare repository or a .git folder; --against needs a work tree"
    assert refusal("main", str(tmp_path / "bare.git")).endswith(message)
    assert refusal("main", str(tree.folder / ".git")).endswith(message)


def test_a_machine_without_git_is_told_so(
    tree: WorkTree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal("main") == "git is not installed, or not on PATH; --against needs it"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_explained(tree: WorkTree) -> None:
    for path in (tree.folder, tree.folder / ".git"):
        os.chown(path, 12345, 12345)
    assert refusal("main") == (
        f"git does not trust {tree.folder}: it belongs to another user; if you do: "
        f"git config --global --add safe.directory {tree.folder}"
    )


def test_a_file_of_another_repository_is_refused(tmp_path: Path, tree: WorkTree) -> None:
    other = repository(tmp_path / "other")
    other.write("x.yaml")
    with pytest.raises(
        GitRefused, match=r"other/x\.yaml is outside the repository .*team; review one repository at a time"
    ):
        found(paths=("scenarios", str(other.folder / "x.yaml")))


def test_paths_are_relative_to_where_the_command_runs(
    tree: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.edit(FILE, MORE)
    tree.write("gone.yaml")
    tree.commit()
    (tree.folder / "gone.yaml").unlink()
    tree.edit(FILE, ("months: 2", "months: 3"))
    monkeypatch.chdir(tree.folder / "scenarios")
    assert states(found(paths=["."])) == {"catalogue.yaml": ("changed", FILE)}
    assert states(found(paths=["catalogue.yaml"])) == {"catalogue.yaml": ("changed", FILE)}
    above = found(paths=[".."])
    assert states(above) == {
        "../scenarios/catalogue.yaml": ("changed", FILE),
        "gone.yaml": ("removed", "gone.yaml"),
    }
    assert above.shown("gone.yaml") == "../gone.yaml"
    monkeypatch.chdir(tree.folder.parent)
    assert states(found(paths=["team/scenarios"])) == {f"team/{FILE}": ("changed", FILE)}
    assert states(found(paths=[str(tree.folder / FILE)])) == {str(tree.folder / FILE): ("changed", FILE)}


def test_a_linked_folder_is_followed(tree: WorkTree) -> None:
    tree.edit(FILE, MORE)
    (tree.folder.parent / "shortcut").symlink_to(tree.folder / "scenarios")
    link = str(tree.folder.parent / "shortcut/catalogue.yaml")
    assert states(found(paths=[link])) == {link: ("changed", FILE)}


def test_a_linked_file_is_read_through_the_link_at_the_revision_too(tree: WorkTree) -> None:
    (tree.folder / "scenarios/link.yaml").symlink_to("catalogue.yaml")
    tree.commit()
    with blobs_of(find_base(find_repository("."), "HEAD")) as blobs:
        assert blobs.at_base("scenarios/link.yaml") == SCENARIO.encode()


def test_a_work_tree_of_its_own_compares_with_its_own_branch(
    tree: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.git("worktree", "add", "--quiet", "-b", "feature", "../feature")
    feature = WorkTree(tree.folder.parent / "feature")
    feature.edit(FILE, MORE)
    monkeypatch.chdir(feature.folder)
    assert states(found("main")) == {FILE: ("changed", FILE)}


def test_work_trees_beside_a_bare_clone_work(tree: WorkTree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.git("clone", "--quiet", "--bare", ".", "../layout/.bare")
    bare = tree.folder.parent / "layout/.bare"
    tree.git("worktree", "add", "--quiet", "-b", "feature", "../feature", folder=bare)
    feature = WorkTree(bare.parent / "feature")
    feature.edit(FILE, MORE)
    monkeypatch.chdir(feature.folder)
    assert states(found("main")) == {FILE: ("changed", FILE)}


def test_a_repository_kept_apart_from_its_files_is_named_by_the_environment(
    tree: WorkTree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tree.folder / ".git").rename(tmp_path / "apart.git")
    tree.edit(FILE, MORE)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "apart.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tree.folder))
    assert states(found()) == {FILE: ("changed", FILE)}


def test_a_hook_sees_the_commit_that_is_being_made(tree: WorkTree) -> None:
    """Git starts hooks with GIT_DIR and an index of their own."""
    hook = tree.folder / ".git/hooks/pre-commit"
    code = (
        "from planner.review.changes import changed_paths\n"
        f"found = changed_paths(['{FILE}'], 'HEAD', paths=['{FILE}'])\n"
        "open('seen', 'w').write(str([file.state for file in found.files.values()]))\n"
    )
    python, root = os.sys.executable, Path(__file__).parent.parent  # type: ignore[attr-defined]
    hook.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {python} - <<"END"\n{code}END\n')
    hook.chmod(0o755)
    tree.edit(FILE, MORE)
    tree.git("commit", "--quiet", "--all", "-m", "more")
    assert (tree.folder / "seen").read_text() == "['changed']"


def test_a_submodule_is_another_repository(tree: WorkTree) -> None:
    inner = repository(tree.folder.parent / "inner")
    inner.write("shared.yaml")
    inner.commit()
    tree.git("submodule", "--quiet", "add", f"file://{inner.folder}", "scenarios/shared")
    tree.commit()
    WorkTree(tree.folder / "scenarios/shared").edit("shared.yaml", MORE)
    changes = found()
    assert states(changes) == {}
    assert changes.unchanged == 2
    named = "scenarios/shared/shared.yaml"
    with pytest.raises(GitRefused, match=r"scenarios/shared/shared.yaml lies in a repository of its own"):
        found(paths=["scenarios", named])
    assert states(found(paths=[named])) == {named: ("changed", "shared.yaml")}


def test_a_changed_team_policy_concerns_every_scenario_below_it(tree: WorkTree) -> None:
    tree.write("scenarios/eu/shop.yaml", SCENARIO.replace("Catalogue", "Shop"))
    tree.write("scenarios/bursar.yaml", "policies: []\n")
    tree.commit()
    assert found().unchanged == 2
    tree.write("scenarios/eu/bursar.yaml", "policies: []\n")
    assert states(found()) == {"scenarios/eu/shop.yaml": ("unchanged", "scenarios/eu/shop.yaml")}
    tree.write("scenarios/bursar.yaml", "policies: [] # none\n")
    assert sorted(states(found())) == [FILE, "scenarios/eu/shop.yaml"]


@pytest.mark.parametrize(
    "written", ["../prices/own.yaml", '"../prices/ow\\x6e.yaml"', "../prices/linked.yaml # ours"]
)
def test_a_changed_price_book_concerns_the_scenarios_that_name_it(tree: WorkTree, written: str) -> None:
    tree.write("prices/own.yaml", "version: own\n")
    (tree.folder / "prices/linked.yaml").symlink_to("own.yaml")
    tree.write("scenarios/own.yaml", SCENARIO.replace("2026-07-24", written))
    tree.commit()
    tree.write("prices/other.yaml", "version: other\n")
    assert states(found()) == {}
    tree.write("prices/own.yaml", "version: ours\n")
    assert states(found()) == {"scenarios/own.yaml": ("unchanged", "scenarios/own.yaml")}


@pytest.mark.parametrize("book", ["../prices/own.book", "./own", "../prices/linked"])
def test_a_changed_price_book_under_any_name_concerns_the_scenarios_that_name_it(
    tree: WorkTree, book: str
) -> None:
    """Git is asked for YAML files only, so such a book is held against what it was by itself."""
    for name in ("prices/own.book", "scenarios/own"):
        tree.write(name, "version: own\n")
    (tree.folder / "prices/linked").symlink_to("own.book")
    tree.write("scenarios/own.yaml", SCENARIO.replace("2026-07-24", book))
    tree.write("scenarios/other.yaml", SCENARIO.replace("2026-07-24", "/nowhere/at/all.book"))
    tree.commit()
    assert states(found()) == {}
    for name in ("prices/own.book", "scenarios/own"):
        tree.write(name, "version: ours\n")
    assert states(found()) == {"scenarios/own.yaml": ("unchanged", "scenarios/own.yaml")}


def test_a_moved_price_book_concerns_the_scenarios_that_named_it(tree: WorkTree) -> None:
    tree.write("prices/own.yaml", "version: own\n")
    tree.write("scenarios/own.yaml", SCENARIO.replace("2026-07-24", "../prices/own.yaml"))
    tree.commit()
    tree.git("mv", "prices/own.yaml", "prices/new.yaml")
    assert states(found()) == {"scenarios/own.yaml": ("unchanged", "scenarios/own.yaml")}


def test_content_comes_as_it_was_or_not_at_all(tree: WorkTree) -> None:
    tree.write("scenarios/large.yaml", b"a" * 3_000_000)
    tree.write("scenarios/empty.yaml", b"")
    tree.commit()
    blobs = Blobs(find_base(find_repository("."), "HEAD"))
    assert blobs.at_base("scenarios/none.yaml") is None
    assert blobs.at_base("scenarios") is None
    assert blobs.at_base(FILE) == SCENARIO.encode()
    assert len(blobs.at_base("scenarios/large.yaml") or b"") == 1_000_001
    assert blobs.at_base("scenarios/empty.yaml") == b""
    assert blobs.at_base(FILE) == SCENARIO.encode()
    blobs.close()
    blobs.close()


def test_the_repositorys_own_configuration_runs_nothing(tree: WorkTree) -> None:
    """A monitor, an external diff, a text filter, hooks and a pager: each would leave a file behind."""
    stolen = tree.folder.parent / "stolen"
    script = tree.write("../steal.sh", f"#!/bin/sh\ntouch {stolen}\n")
    script.chmod(0o755)
    tree.write(".gitattributes", "*.yaml diff=steal\n")
    tree.commit()
    for key in ("core.fsmonitor", "diff.external", "diff.steal.textconv", "diff.steal.command", "core.pager"):
        tree.git("config", key, str(script))
    tree.git("config", "color.ui", "always")
    tree.git("config", "core.quotepath", "true")
    tree.git("config", "diff.relative", "true")
    tree.git("config", "diff.renames", "false")
    tree.git("config", "diff.orderFile", "/nowhere")
    tree.git("-c", "core.fsmonitor=false", "mv", FILE, "scenarios/über.yaml")
    changes = found()
    assert states(changes) == {"scenarios/über.yaml": ("renamed", FILE)}
    with blobs_of(changes.base) as blobs:
        assert blobs.at_base(FILE) == SCENARIO.encode()
    assert not stolen.exists()


@pytest.mark.parametrize(
    "name",
    [
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_TRACE",
    ],
)
def test_settings_of_the_environment_change_nothing(
    tree: WorkTree, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    tree.edit(FILE, MORE)
    assert states(found()) == {FILE: ("changed", FILE)}


def test_a_dirty_index_and_work_tree_stay_to_the_last_byte(tree: WorkTree) -> None:
    """Status, index, references, and content and time of every file, those of `.git` included."""
    for name in ("staged", "both", "stale", "gone"):
        tree.write(f"scenarios/{name}.yaml", SCENARIO.replace("Catalogue", name))
    tree.commit()
    tree.edit("scenarios/staged.yaml", MORE)
    tree.edit("scenarios/both.yaml", MORE)
    tree.git("add", "--all")
    tree.edit("scenarios/both.yaml", ("months: 2", "months: 4"))
    tree.write("scenarios/untracked.yaml", "name: guard\nbudgets:\n  - {name: all, limit_usd: 5}\n")
    (tree.folder / "scenarios/gone.yaml").unlink()
    os.utime(tree.folder / "scenarios/stale.yaml", (1_000_000_000, 1_000_000_000))
    before = tree.state()
    changes = found("main")
    with blobs_of(changes.base) as blobs:
        assert blobs.at_base("scenarios/gone.yaml") is not None
    assert tree.state() == before
    assert sorted(states(changes)) == [
        f"scenarios/{name}.yaml" for name in ("both", "gone", "staged", "untracked")
    ]
