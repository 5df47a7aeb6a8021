"""The GitHub Action, run as the runner runs it: its own steps, a real repository, a local server for GitHub's API."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.action_runner import METADATA, Outcome, Runner
from tests.github_server import TOKEN, Mood, Server, github
from tests.repositories import SCENARIO, WorkTree, repository, tree

__all__ = ["tree"]

FILE = "scenarios/catalogue.yaml"
MORE = ("assets_per_month: 100", "assets_per_month: 200")
HEADLINE = "list cost +$8 over 2 months (+100.0 %): scenario +$8, prices $0"
MARKER = "<!-- bursar review -->"
SCHEMAS = Path(__file__).with_name("schemas")


@pytest.fixture
def api() -> Iterator[Server]:
    with github() as server:
        yield server


@pytest.fixture
def runner(tree: WorkTree, tmp_path: Path, api: Server) -> Runner:
    return Runner(tree.folder, tmp_path / "runner", api.url, TOKEN)


def pull_request(base: str, head: str, *, fork: bool = False) -> dict[str, Any]:
    """The event of a pull request, as far as the action reads it."""
    repo = {"full_name": "acme/plans"}
    return {
        "pull_request": {
            "number": 7,
            "base": {"sha": base, "repo": repo},
            "head": {"sha": head, "repo": {"full_name": "mallory/plans"} if fork else repo},
        }
    }


def changed(tree: WorkTree) -> dict[str, Any]:
    """A commit that doubles the assets, on its pull request."""
    base = tree.git("rev-parse", "HEAD").strip()
    tree.edit(FILE, MORE)
    return pull_request(base, tree.commit())


class TestComment:
    def test_the_first_run_posts_a_comment(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        """Marker and headline; its address is an output, the same text is on the page of the run."""
        done = runner.run(changed(tree))
        assert done.code == 0, done.log
        assert len(api.comments) == 1
        assert api.bodies()[0].splitlines()[0] == MARKER
        assert api.bodies()[0].splitlines()[2].replace("\\", "") == f"### Bursar: {HEADLINE}"
        assert done.outputs["comment-url"] == "https://github.example/acme/plans/pull/7#issuecomment-1"
        assert done.summary.strip() == api.bodies()[0].strip()

    def test_the_second_run_updates_the_same_comment(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """Three times as many assets instead of twice: one comment, and it says so."""
        event = changed(tree)
        runner.run(event)
        tree.edit(FILE, ("assets_per_month: 200", "assets_per_month: 300"))
        tree.commit()
        done = runner.run(event)
        assert len(api.comments) == 1
        assert "list cost \\+\\$16" in api.bodies()[0]
        assert done.outputs["comment-url"].endswith("#issuecomment-1")

    def test_a_comment_that_says_the_same_is_left_alone(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        event = changed(tree)
        runner.run(event)
        runner.run(event)
        assert (api.asked("POST"), api.asked("PATCH")) == (1, 0)

    def test_nothing_is_posted_when_nothing_moves(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        """A change beside the scenarios, and one of a comment in them, are no reason to write to anybody."""
        base = tree.git("rev-parse", "HEAD").strip()
        tree.write("README.md", "words")
        tree.write(FILE, f"# a comment\n{SCENARIO}")
        done = runner.run(pull_request(base, tree.commit()))
        assert (done.code, api.comments) == (0, [])
        assert done.outputs["moves"] == "false"
        assert "nothing moves" in done.summary

    def test_an_earlier_comment_says_that_nothing_moves_any_more(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """The edit is taken back: the comment must not go on claiming it."""
        event = changed(tree)
        runner.run(event)
        tree.write(FILE)
        tree.commit()
        runner.run(event)
        assert len(api.comments) == 1
        assert "### Bursar: nothing moves" in api.bodies()[0]

    def test_its_own_comment_is_found_on_the_last_page(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """Behind 250 others, in pages of thirty."""
        for number in range(250):
            api.say(f"comment {number}")
        api.say(f"{MARKER}\n\nan earlier review", login="github-actions[bot]", kind="Bot")
        runner.run(changed(tree))
        assert len(api.comments) == 251
        assert "list cost +$8 over 2 months" in api.bodies()[250].replace("\\", "")
        assert api.asked("GET") == 9

    def test_a_forged_marker_is_nobodys_comment(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        """A person who writes the marker, and a bot that quotes it, keep what they wrote."""
        api.say(f"{MARKER}\nmine", login="mallory")
        api.say(f"> {MARKER}\nquoted", login="other[bot]", kind="Bot")
        runner.run(changed(tree))
        assert api.bodies()[:2] == [f"{MARKER}\nmine", f"> {MARKER}\nquoted"]
        assert len(api.comments) == 3

    def test_a_token_of_a_person_finds_the_comment_of_that_person(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        api.login = "robin"
        event = changed(tree)
        runner.run(event)
        tree.edit(FILE, ("assets_per_month: 200", "assets_per_month: 300"))
        tree.commit()
        runner.run(event)
        assert [comment["user"]["login"] for comment in api.comments] == ["robin"]

    def test_two_reviews_keep_a_comment_each(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        """Their tags tell them apart; a tag cannot end the marker."""
        event = changed(tree)
        for tag in ("team a", "team-b --> <b>x", "team a"):
            runner.run(event, comment_tag=tag)
        firsts = [body.splitlines()[0] for body in api.bodies()]
        assert firsts == ["<!-- bursar review team a -->", "<!-- bursar review team-b - bx -->"]


class TestTrouble:
    def test_a_fork_may_not_comment_and_passes(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        """Its token only reads: the review is on the page of the run, and one line says why it is nowhere else."""
        api.read_only = True
        event = changed(tree)
        event["pull_request"]["head"]["repo"] = {"full_name": "mallory/plans"}
        done = runner.run(event)
        assert (done.code, api.comments) == (0, [])
        assert (
            "::notice title=Bursar review::no comment: a pull request from a fork may not write comments"
            in done.log
        )
        assert "list cost" in done.summary

    def test_a_token_without_rights_says_which_are_missing(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        api.read_only = True
        done = runner.run(changed(tree))
        assert done.code == 0
        assert "Resource not accessible by integration" in done.log
        assert "permissions: pull-requests: write" in done.log
        assert api.asked("POST") == 1

    def test_no_token_is_no_comment(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        done = runner.run(changed(tree), github_token="")
        assert (done.code, api.requests) == (0, [])
        assert "no comment: there is no github-token" in done.log

    @pytest.mark.parametrize(
        "mood",
        [
            Mood(500),
            Mood(502),
            Mood(429, headers={"Retry-After": "5"}),
            Mood(403, headers={"Retry-After": "1"}, message="You have exceeded a secondary rate limit"),
        ],
        ids=lambda mood: str(mood.status),
    )
    def test_what_may_pass_is_tried_again(
        self, tree: WorkTree, runner: Runner, api: Server, mood: Mood
    ) -> None:
        """Twice in a row, then it works: one comment."""
        api.moods = [mood, Mood(mood.status, headers=mood.headers)]
        done = runner.run(changed(tree))
        assert (done.code, len(api.comments)) == (0, 1)
        assert "no comment" not in done.log

    def test_a_post_that_failed_but_was_carried_out_is_not_made_again(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """The answer is lost, the comment is there: the next attempt finds it."""
        api.moods = [Mood(502, method="POST", carried_out=True)]
        done = runner.run(changed(tree))
        assert len(api.comments) == api.asked("POST") == 1
        assert done.outputs["comment-url"].endswith("#issuecomment-1")

    def test_trouble_that_stays_is_told_and_fails_nothing(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        api.moods = [Mood(503)] * 20
        done = runner.run(changed(tree))
        assert done.code == 0
        assert "no comment: GitHub's API: 503 not now" in done.log
        assert len(api.requests) == 4

    def test_nobody_there_is_told_too(self, tree: WorkTree, tmp_path: Path) -> None:
        """A port that nothing listens on."""
        done = Runner(tree.folder, tmp_path / "runner", "http://127.0.0.1:9", TOKEN).run(changed(tree))
        assert done.code == 0
        assert "no comment: GitHub's API: no usable answer (URLError)" in done.log

    def test_the_token_goes_to_the_api_and_nowhere_else(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """Not into the log, not into an output, not along a redirect."""
        api.moods = [Mood(302, headers={"Location": f"{api.url}/elsewhere"}, message=TOKEN[:4])]
        done = runner.run(changed(tree))
        assert api.tokens == {f"Bearer {TOKEN}"}
        assert not any("elsewhere" in request for request in api.requests)
        assert TOKEN not in done.log + done.summary + json.dumps(dict(done.outputs))

    def test_what_github_says_cannot_command_the_runner(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        api.moods = [Mood(404, message="x\n::error::forged")]
        done = runner.run(changed(tree))
        assert not any(line.startswith("::error::forged") for line in done.log.splitlines())


class TestBase:
    def test_a_merge_is_compared_with_what_it_was_merged_into(self, tree: WorkTree, runner: Runner) -> None:
        """`main` moved on after the event: what others did there is not this pull request's doing."""
        base = tree.git("rev-parse", "HEAD").strip()
        tree.git("checkout", "--quiet", "-b", "topic")
        tree.edit(FILE, MORE)
        head = tree.commit()
        tree.git("checkout", "--quiet", "main")
        tree.write("scenarios/other.yaml")
        tree.commit()
        tree.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic")
        done = runner.run(pull_request(base, head))
        assert done.outputs["headline"] == HEADLINE

    def test_a_checkout_of_one_commit_is_deepened_by_one(
        self, tree: WorkTree, tmp_path: Path, api: Server
    ) -> None:
        """As actions/checkout leaves it by default: the merge alone, its parents fetched when they are asked for."""
        base = tree.git("rev-parse", "HEAD").strip()
        tree.git("checkout", "--quiet", "-b", "topic")
        tree.edit(FILE, MORE)
        head = tree.commit()
        tree.git("checkout", "--quiet", "--detach", "main")
        tree.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic")
        tree.git("config", "uploadpack.allowAnySHA1InWant", "true")
        done = self.shallow(tree, tmp_path, api).run(pull_request(base, head))
        assert done.outputs["headline"] == HEADLINE
        assert "fetch-depth" not in done.log

    def test_a_clone_too_shallow_is_reviewed_without_a_comparison(
        self, tree: WorkTree, tmp_path: Path, api: Server
    ) -> None:
        """What replaced three commits, in a clone that has one of them: the remedy is named, findings are still found."""
        before = tree.git("rev-parse", "HEAD").strip()
        for count in (200, 300, 400):
            tree.write(FILE, SCENARIO.replace("month: 100", f"month: {count}"))
            tree.commit()
        done = self.shallow(tree, tmp_path, api).run({"before": before})
        assert done.code == 0
        assert (
            f"::warning title=Bursar review::the clone has too little history to compare with {before[:12]}"
            in done.log
        )
        assert "fetch-depth: 0" in done.log
        assert done.outputs["headline"].endswith(" in 1 scenario")

    def test_a_push_is_compared_with_what_it_replaced(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """Without a pull request there is nowhere to comment."""
        event = changed(tree)
        done = runner.run({"before": event["pull_request"]["base"]["sha"]})
        assert (done.outputs["headline"], api.requests) == (HEADLINE, [])

    def test_a_merge_queue_names_its_base(self, tree: WorkTree, runner: Runner) -> None:
        event = changed(tree)
        done = runner.run({"merge_group": {"base_sha": event["pull_request"]["base"]["sha"]}})
        assert done.outputs["headline"] == HEADLINE

    def test_a_new_branch_is_compared_with_the_default_one(self, tree: WorkTree, runner: Runner) -> None:
        tree.git("update-ref", "refs/remotes/origin/main", "HEAD")
        changed(tree)
        done = runner.run({"before": "0" * 40, "repository": {"default_branch": "main"}})
        assert done.outputs["headline"] == HEADLINE

    def test_a_schedule_compares_with_nothing(self, tree: WorkTree, runner: Runner) -> None:
        changed(tree)
        done = runner.run({"schedule": "0 0 * * *"})
        assert done.outputs["headline"].endswith(" in 1 scenario")

    def test_a_named_revision_wins(self, tree: WorkTree, runner: Runner) -> None:
        event = changed(tree)
        assert runner.run({}, against="HEAD~1").outputs["headline"] == HEADLINE
        assert runner.run(event, against="none").outputs["headline"].endswith(" in 1 scenario")

    def test_a_revision_that_is_not_there_is_bad_input(self, tree: WorkTree, runner: Runner) -> None:
        """Somebody wrote it, so it is an error and not a guess."""
        done = runner.run(changed(tree), against="no-such-branch")
        assert done.code == 2
        assert (
            "::error title=Bursar review::bursar: --against no-such-branch: git knows no such commit"
            in done.log
        )

    @staticmethod
    def shallow(tree: WorkTree, tmp_path: Path, api: Server) -> Runner:
        """A clone of the last commit alone."""
        clone = repository(tmp_path / "clone")
        clone.git("remote", "add", "origin", f"file://{tree.folder}")
        clone.git("fetch", "--quiet", "--depth=1", "origin", tree.git("rev-parse", "HEAD").strip())
        clone.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
        return Runner(clone.folder, tmp_path / "runner", api.url, TOKEN)


class TestVerdict:
    def test_an_error_fails_the_job_after_everything_is_written(
        self, tree: WorkTree, runner: Runner, api: Server
    ) -> None:
        """An expectation that the change breaks: annotated on its line, commented, uploaded, and then red."""
        done = self.broken(tree, runner)
        assert done.code == 1
        assert "::error file=scenarios/catalogue.yaml,line=11,col=" in done.log
        assert (done.outputs["errors"], len(api.comments)) == ("1", 1)
        log = json.loads(Path(done.outputs["sarif-file"]).read_text("utf-8"))
        jsonschema.validate(log, json.loads((SCHEMAS / "sarif-2.1.0.json").read_text("utf-8")))
        assert [each["ruleId"] for each in log["runs"][0]["results"] if each["level"] == "error"] == [
            "expect"
        ]

    def test_it_can_be_told_not_to_fail(self, tree: WorkTree, runner: Runner) -> None:
        done = self.broken(tree, runner, fail_on="never", annotations="false")
        assert (done.code, done.outputs["errors"]) == (0, "1")
        assert "::error" not in done.log

    def test_outputs_say_what_a_later_step_may_ask(self, tree: WorkTree, runner: Runner) -> None:
        done = runner.run(changed(tree))
        assert done.outputs["list-cost-change"] == "8.00"
        assert done.outputs["moves"] == "true"
        assert set(METADATA["outputs"]) <= set(done.outputs)
        values = json.loads(Path(done.outputs["json-file"]).read_text("utf-8"))
        assert values["headline"] == done.outputs["headline"] == HEADLINE
        assert Path(done.outputs["markdown-file"]).read_text("utf-8").startswith(MARKER)

    def test_what_was_ignored_on_purpose_is_not_uploaded(self, tree: WorkTree, runner: Runner) -> None:
        """Code scanning shows suppressed results as open alerts."""
        tree.write(
            FILE, SCENARIO.replace("price_book", "# bursar: ignore old-prices checked in July\nprice_book")
        )
        base = tree.git("rev-parse", "HEAD").strip()
        done = runner.run(pull_request(base, tree.commit()))
        log = json.loads(Path(done.outputs["sarif-file"]).read_text("utf-8"))
        assert "old-prices" not in [each["ruleId"] for each in log["runs"][0]["results"]]

    def test_a_change_below_the_threshold_is_quiet(self, tree: WorkTree, runner: Runner, api: Server) -> None:
        done = runner.run(changed(tree), quiet_below="25")
        assert (done.outputs["moves"], api.comments) == ("false", [])

    @pytest.mark.parametrize(
        ("inputs", "said"),
        [
            ({"paths": "no-such-folder/*.yaml"}, "paths: nothing matches 'no-such-folder/*.yaml'"),
            ({"paths": " \n "}, "paths: name a scenario or a folder of scenarios"),
            ({"fail_on": "info"}, "fail-on: 'info' is none of error, warning and never"),
            ({"comment": "maybe"}, "comment: 'maybe' is neither true nor false"),
            ({"quiet_below": "a lot"}, "'a lot' is no threshold"),
        ],
    )
    def test_bad_inputs_are_one_line_and_exit_code_two(
        self, tree: WorkTree, runner: Runner, inputs: dict[str, str], said: str
    ) -> None:
        done = runner.run(changed(tree), **inputs)
        assert done.code == 2
        assert [line for line in done.log.splitlines() if line.startswith("::error ") and said in line]
        assert "Traceback" not in done.log

    def test_paths_may_be_patterns(self, tree: WorkTree, runner: Runner) -> None:
        tree.write("plans/deep/a.yaml")
        tree.write("plans/b.yaml")
        done = runner.run({}, paths="plans/**/*.yaml\nscenarios")
        assert done.outputs["headline"].endswith(" in 3 scenarios")

    @staticmethod
    def broken(tree: WorkTree, runner: Runner, **inputs: str) -> Outcome:
        base = tree.git("rev-parse", "HEAD").strip()
        tree.write(FILE, f"{SCENARIO}expect: {{list_cost_usd: {{max: 1}}}}\n")
        return runner.run(pull_request(base, tree.commit()), **inputs)


class TestInjection:
    def test_no_line_of_shell_contains_an_expression(self) -> None:
        """What is written by others reaches a script as a variable; in a line of shell it would be run."""
        lines = [step["run"] for step in METADATA["runs"]["steps"] if "run" in step]
        assert len(lines) == 3
        assert [line for line in lines if "${{" in line] == []

    def test_the_metadata_is_valid_by_its_published_schema(self) -> None:
        jsonschema.validate(METADATA, json.loads((SCHEMAS / "github-action.json").read_text("utf-8")))

    @pytest.mark.parametrize(
        "text", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "--output=pwned", "-o pwned"]
    )
    @pytest.mark.parametrize("name", ["paths", "against", "quiet_below", "comment_tag", "fail_on"])
    def test_an_input_is_never_a_command_or_an_option(
        self, tree: WorkTree, runner: Runner, name: str, text: str
    ) -> None:
        """It is refused or taken as text; no file of that name comes of it."""
        event = changed(tree)
        done = runner.run(event, **{name: text})
        assert list(tree.folder.rglob("pwned")) == []
        assert "Traceback" not in done.log

    @pytest.mark.parametrize(
        "name",
        [
            "::set-output name=x::y.yaml",
            "a\n::error::forged.yaml",
            "##[add-mask]a.yaml",
            "x%0A::error::y.yaml",
            "--also=x",
        ],
    )
    def test_a_file_name_cannot_command_the_runner(
        self, tree: WorkTree, runner: Runner, api: Server, name: str
    ) -> None:
        """An invalid scenario of that name in the pull request: annotated, commented, and nothing more."""
        base = tree.git("rev-parse", "HEAD").strip()
        tree.write(f"scenarios/{name}", SCENARIO.replace("months: 2", "months: two"))
        done = runner.run(
            pull_request(base, tree.commit()),
            paths="scenarios\n" + f"scenarios/{name}".split("\n", maxsplit=1)[0],
        )
        for line in done.log.splitlines():
            assert not re.match(r"\s*::(set-output|error::|add-mask)", line)
            assert "##[" not in line or line.startswith("::")
        assert all(body.splitlines()[0] == MARKER for body in api.bodies())

    def test_code_in_the_pull_request_is_not_run(self, tree: WorkTree, runner: Runner) -> None:
        """A module named like one of Python's, and one named like ours, at the top of the checkout."""
        for name in (
            "json.py",
            "planner/__init__.py",
            "pricing/__init__.py",
            "sitecustomize.py",
            "comment.py",
        ):
            tree.write(name, "raise SystemExit('code of the pull request ran')\n")
        done = runner.run(changed(tree))
        assert done.code == 0
        assert "code of the pull request" not in done.log
