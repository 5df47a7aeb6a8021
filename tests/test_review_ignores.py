"""Ignore comments: what they set aside, what they must say, and where a `#` is no comment."""

from datetime import date
from pathlib import Path

import pytest

from planner.review.file import Reviewer
from planner.review.reviewed import Reviewed
from planner.review.run import review_one
from planner.review.settings import ReviewSettings

AS_OF = date(2026, 10, 20)


def reviewed(text: str, settings: ReviewSettings | None = None) -> Reviewed:
    return Reviewer(AS_OF, settings or ReviewSettings()).review_source(text, "test.yaml")


def codes(text: str, settings: ReviewSettings | None = None) -> list[str]:
    return [problem.code for problem in reviewed(text, settings).findings]


def ignored(text: str) -> list[tuple[str, str, int]]:
    return [(each.problem.code, each.reason, each.line) for each in reviewed(text).ignored]


def test_a_comment_on_the_line_sets_its_finding_aside() -> None:
    text = "name: g\nbudgets:\n  - {name: b, limit_usd: 0} # bursar: ignore budget-zero closed until May\n"
    assert codes(text) == []
    assert ignored(text) == [("budget-zero", "closed until May", 3)]


def test_a_comment_above_the_line_sets_it_aside_through_other_comments() -> None:
    text = (
        "name: g\nbudgets:\n  # bursar: ignore budget-zero closed until May\n  # as Finance asked\n"
        "  - {name: b, limit_usd: 0}\n"
    )
    assert codes(text) == []


def test_a_comment_two_lines_above_or_below_does_not() -> None:
    finding = "  - {name: b, limit_usd: 0}\n"
    other = "  - {name: c, limit_usd: 1}\n"
    comment = "  # bursar: ignore budget-zero closed until May\n"
    for body in (comment + other + finding, finding + comment, comment + "\n" + finding):
        assert sorted(set(codes("name: g\nbudgets:\n" + body)) - {"budget-redundant"}) == [
            "budget-zero",
            "ignore-unused",
        ]


def test_only_the_rule_that_is_named_is_set_aside() -> None:
    text = (
        "name: g\nbudgets: # bursar: ignore budget-zero closed\n"
        "  - {name: b, limit_usd: 0, thresholds: [{at_pct: 0, do: notify}]} # bursar: ignore budget-zero closed\n"
    )
    assert codes(text) == ["ignore-unused", "threshold-at-zero"]


@pytest.mark.parametrize(
    "comment",
    [
        "# bursar: ignore budget-zero, threshold-at-zero closed until May",
        "# bursar: ignore budget-zero,threshold-at-zero: closed until May",
        "# bursar: ignore budget-zero closed until May # bursar: ignore threshold-at-zero closed until May",
        "#bursar:ignore budget-zero , threshold-at-zero - closed until May",
        "# why: see below  # Bursar: ignore budget-zero, threshold-at-zero closed until May",
    ],
)
def test_several_rules_in_one_comment_or_several_comments_in_one_line(comment: str) -> None:
    text = f"name: g\nbudgets:\n  - {{name: b, limit_usd: 0, thresholds: [{{at_pct: 0, do: notify}}]}} {comment}\n"
    assert codes(text) == []
    assert {reason for _, reason, _ in ignored(text)} == {"closed until May"}


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# bursar: ignore budget-zero", "ignore-no-reason"),
        ("# bursar: ignore budget-zero  - ", "ignore-no-reason"),
        ("# bursar: ignore budget-zeroo closed", "ignore-unknown-rule"),
        ("# bursar: ignore", "ignore-malformed"),
        ("# bursar: skip budget-zero closed", "ignore-malformed"),
        ("# bursar:", "ignore-malformed"),
    ],
)
def test_a_comment_that_does_not_say_enough_sets_nothing_aside(comment: str, found: str) -> None:
    text = f"name: g\nbudgets:\n  - {{name: b, limit_usd: 0}} {comment}\n"
    assert sorted(codes(text)) == sorted(["budget-zero", found])


def test_a_reason_may_hold_a_hash() -> None:
    text = "name: g\nbudgets:\n  - {name: b, limit_usd: 0} # bursar: ignore budget-zero see note #12\n"
    assert ignored(text) == [("budget-zero", "see note #12", 3)]


@pytest.mark.parametrize(
    "name",
    [
        '"a # bursar: ignore no-such-rule x"',
        "'a # bursar: ignore no-such-rule x'",
        "a# bursar - ignore no-such-rule x",
    ],
)
def test_a_hash_in_a_value_is_no_comment(name: str) -> None:
    assert codes(f"name: {name}\nbudgets: [{{name: b, limit_usd: 1}}]\n") == []


def test_a_hash_in_a_key_or_a_folded_value_is_no_comment() -> None:
    text = (
        'name: "one\n  # bursar: ignore no-such-rule x\n  two"\nbudgets:\n  - name: b\n    limit_usd: 1\n'
        '    applies_to: {tags: {"# bursar: ignore no-such-rule x": y}}\n'
    )
    assert [code for code in codes(text) if code.startswith("ignore")] == []


def test_a_comment_after_a_block_of_text_is_one() -> None:
    """The block ends with the line before the comment; the file is no scenario, so nothing else is said."""
    text = "name: |\n  text # bursar: ignore no-such-rule x\nbudgets: []\n"
    assert codes(text) == ["control-character"]


def test_what_makes_a_file_unusable_cannot_be_set_aside() -> None:
    assert codes("nam: g # bursar: ignore unknown-key it is meant\n") == ["unknown-key", "missing-key"]


def test_a_comment_is_not_unused_where_its_rule_was_not_looked_for() -> None:
    text = "name: g\nbudgets:\n  - {name: b, limit_usd: 0} # bursar: ignore budget-zero closed\n"
    assert codes(text, ReviewSettings(severities={"budget-zero": "off"})) == []
    unpriced = (
        "name: p\nstart: 2026-12\nmonths: 1\nregion: us-west-2\nexpect: {list_cost_usd: {max: 1}}\npipelines:\n"
        "  - {name: p, assets_per_month: 1, stages: [{name: s, model: nobody.knows}]}\n"
        "credits: # bursar: ignore pool-idle kept for next year\n"
        "  - {name: c, balance_usd: 1, starts: 2026-12-01, expires: never, products: [Other]}\n"
    )
    assert codes(unpriced) == ["unknown-model"]


def test_reasons_are_shown_without_what_steers_a_terminal() -> None:
    text = "name: g\nbudgets:\n  - {name: b, limit_usd: 0} # bursar: ignore budget-zero a\u00adb\n"
    assert ignored(text) == [("budget-zero", "a\\xadb", 3)]


def test_line_breaks_of_every_kind_count_alike() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = (
            f"name: g{end}budgets:{end}  - {{name: b, limit_usd: 0}} # bursar: ignore budget-zero closed{end}"
        )
        assert ignored(text) == [("budget-zero", "closed", 3)]


POLICED = "name: g\nbudgets:\n  - {name: b, limit_usd: 9}\npolicy: {uncovered: allow} # bursar: ignore policy-setting, guard-lax just once\n"


def policed(tmp_path: Path, policies: str) -> Reviewed:
    (tmp_path / "bursar.yaml").write_text(policies, "utf-8")
    (tmp_path / "g.yaml").write_text(POLICED, "utf-8")
    return review_one(str(tmp_path / "g.yaml"), AS_OF)


def test_an_error_of_the_teams_policy_stands_whatever_the_scenario_says(tmp_path: Path) -> None:
    """The comment is a finding of its own; what else it names is set aside."""
    file = policed(tmp_path, "policies: [{name: closed, policy: {uncovered: block}}]\n")
    assert [(each.severity, each.code) for each in file.findings] == [
        ("error", "policy-setting"),
        ("warning", "ignore-policy-error"),
    ]
    assert file.findings[1].message == (
        "policy-setting is an error of the team's policy, which no comment in a scenario sets aside"
    )
    assert [each.problem.code for each in file.ignored] == ["guard-lax"]


@pytest.mark.parametrize(
    "policies",
    [
        "policies: [{name: closed, severity: warning, policy: {uncovered: block}}]\n",
        "review: {rules: {policy-setting: warning}}\npolicies: [{name: closed, policy: {uncovered: block}}]\n",
    ],
)
def test_a_policy_that_the_team_holds_for_less_than_an_error_may_be_set_aside(
    tmp_path: Path, policies: str
) -> None:
    file = policed(tmp_path, policies)
    assert file.findings == ()
    assert {each.problem.code for each in file.ignored} == {"policy-setting", "guard-lax"}
