"""`bursar review`: exit codes, bad input, and where everything goes."""

import json
from pathlib import Path

import pytest

from planner.review.rules import RULES
from tests.support import bursar, lines_with

Capture = pytest.CaptureFixture[str]
CORPUS = Path("tests/corpus/review")
AS_OF = ("--as-of", "2026-10-20")


@pytest.mark.parametrize(
    ("file", "fail_on", "code"),
    [
        ("good.yaml", "error", 0),
        ("good.yaml", "warning", 0),
        ("old-prices.yaml", "error", 0),
        ("budget-zero.yaml", "error", 0),
        ("budget-zero.yaml", "warning", 1),
        ("expect.yaml", "error", 1),
        ("unknown-key.yaml", "error", 1),
        ("ignored.yaml", "warning", 0),
        ("no-expectations.yaml", "warning", 0),
    ],
)
def test_the_exit_code_says_whether_there_is_a_finding_that_serious(
    capsys: Capture, file: str, fail_on: str, code: int
) -> None:
    ran = bursar(capsys, "review", CORPUS / file, *AS_OF, "--fail-on", fail_on)
    assert (ran.code, ran.err) == (code, "")


def test_an_invalid_file_does_not_hide_the_others(capsys: Capture) -> None:
    files = [CORPUS / name for name in ("binary-file.yaml", "budget-zero.yaml", "syntax.yaml", "good.yaml")]
    ran = bursar(capsys, "review", *files, *AS_OF)
    assert ran.code == 1
    for code in ("binary-file", "budget-zero", "syntax"):
        assert lines_with(ran.out, f"[{code}]")
    assert lines_with(ran.out, "4 scenarios: 2 errors, 1 warning")


def test_a_folder_is_reviewed_and_what_is_left_out_is_said_apart(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: s\nbudgets: [{name: b, limit_usd: 0}]\n")
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / "old.yaml").write_text("name: s\nbudgets: [{name: b, limit_usd: 0}]\n")
    (tmp_path / "bursar.yaml").write_text("review: {exclude: [old.yaml]}\n")
    ran = bursar(capsys, "review", tmp_path, *AS_OF)
    assert ran.code == 0
    assert lines_with(ran.out, f"{tmp_path}/s.yaml:2", "[budget-zero]")
    assert "old.yaml" not in ran.out
    assert ran.err.splitlines() == [
        "bursar: 1 other YAML file is no scenario, so not reviewed",
        "bursar: 1 scenario is left out by review.exclude in bursar.yaml",
    ]


def test_settings_of_the_nearest_policy_file_apply(capsys: Capture, tmp_path: Path) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text("name: s\nbudgets: [{name: b, limit_usd: 0}]\n")
    (tmp_path / "bursar.yaml").write_text("review: {rules: {budget-zero: error}}\n")
    assert bursar(capsys, "review", scenario, *AS_OF).code == 1
    (tmp_path / "bursar.yaml").write_text("review: {rules: {budget-zero: 'off'}}\n")
    ran = bursar(capsys, "review", scenario, *AS_OF, "--fail-on", "warning")
    assert (ran.code, lines_with(ran.out, "budget-zero")) == (0, [])


def test_a_policy_file_that_is_wrong_stops_the_review(capsys: Capture, tmp_path: Path) -> None:
    """A severity that was meant and does not apply would pass what the team forbids."""
    (tmp_path / "s.yaml").write_text("name: s\nbudgets: [{name: b, limit_usd: 1}]\n")
    (tmp_path / "bursar.yaml").write_text("review: {rules: {budget-zeroo: error}}\n")
    ran = bursar(capsys, "review", tmp_path, *AS_OF)
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean budget-zero?" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a scenario, or a folder that holds some"),
        (["no-such"], "no-such: there is no such file or folder"),
        (["tests/golden/plan"], "tests/golden/plan: no scenario found"),
        (["scenarios", "--format", "xml"], "invalid choice: 'xml'"),
        (["scenarios", "--fail-on", "info"], "invalid choice: 'info'"),
        (["scenarios", "--as-of", "soon"], "'soon' is not a day"),
        (["scenarios", "--quiet-below", "5"], "--quiet-below is about changes: give --against REV as well"),
        (["scenarios", "--against", "HEAD", "--quiet-below", "much"], "'much' is no threshold"),
        (["scenarios", "--against", "no-such-revision"], "no-such-revision"),
        (["scenarios", "-o", "/no/such/folder/x"], "cannot be written"),
        (["scenarios/solo-founder.yaml", "-o", "scenarios/solo-founder.yaml"], "would overwrite the file"),
        (["--explain", "pool-lat"], "'pool-lat' is not a rule; did you mean pool-late?"),
    ],
)
def test_bad_arguments_exit_2_with_words_on_stderr(capsys: Capture, arguments: list[str], said: str) -> None:
    ran = bursar(capsys, "review", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_explain_lists_every_rule_in_a_line(capsys: Capture) -> None:
    ran = bursar(capsys, "review", "--explain")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == list(RULES)
    assert lines_with(ran.out, "pool-late", "warning", "A credit pool that starts after it is needed")


def test_explain_says_why_and_how_to_mend_it_and_gives_examples(capsys: Capture) -> None:
    ran = bursar(capsys, "review", "--explain", "threshold-order")
    assert ran.code == 0
    assert (
        ran.out
        == """\
threshold-order  (warning)
Thresholds out of order.

They act by their percentage, whatever their order. Read from top to bottom, the budget seems to
warn before it downgrades and does not.

Write them in rising order.

Found:
    thresholds:
      - {at_pct: 80, do: downgrade}
      - {at_pct: 50, do: notify}

Mended:
    thresholds:
      - {at_pct: 50, do: notify}
      - {at_pct: 80, do: downgrade}

set aside one finding with # bursar: ignore threshold-order REASON, on its line or the one above;
change how serious it is with review: {rules: {threshold-order: error | warning | info | off}} in bursar.yaml
"""
    )


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_can_be_explained(capsys: Capture, rule: str) -> None:
    ran = bursar(capsys, "review", "--explain", rule)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{rule}  ({RULES[rule].severity})\n")


def test_a_review_goes_to_a_file_whole(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "review.json"
    ran = bursar(capsys, "review", CORPUS / "budget-zero.yaml", *AS_OF, "--format", "json", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert "budget-zero" in json.dumps(json.loads(target.read_text()))


def test_hostile_names_reach_no_terminal(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[31m.yaml"
    file.write_text("name: '::error::x'\nbudgets: [{name: '[/oops]', limit_usd: 0}]\n")
    ran = bursar(capsys, "review", file, *AS_OF)
    assert "\x1b" not in ran.out + ran.err
    assert lines_with(ran.out, "[/oops] refuses every call it matches")


def test_nothing_that_was_read_is_written_over(capsys: Capture, tmp_path: Path) -> None:
    """Scenarios, the policies they are held to, and a price book of their own."""
    book = Path("pricing/books/2026-07-24.yaml").read_text("utf-8")
    plan = (
        (CORPUS / "good.yaml").read_text("utf-8").replace("price_book: 2026-07-24", "price_book: ./own.yaml")
    )
    texts = {"s.yaml": plan, "own.yaml": book, "bursar.yaml": "review: {rules: {old-prices: off}}\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    for name, text in texts.items():
        for option in (("-o", tmp_path / name), ("--also", f"json={tmp_path / name}")):
            ran = bursar(capsys, "review", tmp_path / "s.yaml", *AS_OF, *option)
            assert (ran.code, ran.out) == (2, "")
            assert "would overwrite the file it was read from" in ran.err
            assert (tmp_path / name).read_text("utf-8") == text


def test_two_formats_do_not_share_a_file(capsys: Capture, tmp_path: Path) -> None:
    once, again = tmp_path / "r", f"{tmp_path}/./r"
    for options in (
        ("--also", f"sarif={again}", "-o", once),
        ("--also", f"json={once}", "--also", f"junit={again}"),
    ):
        ran = bursar(capsys, "review", CORPUS / "good.yaml", *AS_OF, *options)
        assert ran.code == 2
        assert "is named for two formats; name a file for each" in ran.err
        assert not once.exists()
    ran = bursar(capsys, "review", CORPUS / "good.yaml", "--also", "json=/dev/null", "-o", "/dev/null")
    assert ran.code == 0
