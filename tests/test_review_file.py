"""One scenario reviewed: what is wrong with a file is a finding of it, and never more than can be read."""

import os
from datetime import date
from pathlib import Path

import pytest

from planner.review.file import MOST_FINDINGS, Reviewer
from planner.review.reviewed import Reviewed
from planner.review.settings import ReviewSettings
from pricing.problems import TOO_MANY

AS_OF = date(2026, 10, 20)
GOOD = Path("tests/corpus/review/good.yaml")


def codes(reviewed: Reviewed) -> list[str]:
    return [problem.code for problem in reviewed.findings]


def test_a_good_file_has_a_plan_and_its_lines() -> None:
    reviewed = Reviewer(AS_OF).review_path(str(GOOD))
    assert codes(reviewed) == []
    assert reviewed.plan is not None
    assert reviewed.lines[1] == "name: Product pictures"


def test_a_path_that_leads_to_no_file_is_a_finding(tmp_path: Path) -> None:
    reviewer = Reviewer(AS_OF)
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_text("x" * 1_000_001)
    (tmp_path / "commas.yaml").write_text("name: [" + "a," * 130_000 + "]")
    found = {
        name: codes(reviewer.review_path(str(tmp_path / name)))
        for name in ("none.yaml", "", "pipe.yaml", "large.yaml", "commas.yaml", "a\0b")
    }
    assert found == {
        "none.yaml": ["missing-file"],
        "": ["not-a-file"],
        "pipe.yaml": ["not-a-file"],
        "large.yaml": ["too-large"],
        "commas.yaml": ["too-large"],
        "a\0b": ["unreadable-file"],
    }


def test_a_policy_for_the_guard_alone_has_no_plan() -> None:
    reviewed = Reviewer(AS_OF).review_source("name: g\nbudgets: [{name: b, limit_usd: 1}]\n", "g.yaml")
    assert (codes(reviewed), reviewed.plan) == ([], None)
    assert reviewed.file is not None


def test_a_broken_book_of_ones_own_is_a_finding_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text("version: mine\nmodels: 7\n")
    scenario = tmp_path / "s.yaml"
    scenario.write_text(GOOD.read_text("utf-8").replace("2026-07-24", "./book.yaml"))
    [problem] = Reviewer(AS_OF).review_path(str(scenario)).findings
    assert (problem.code, problem.place and problem.place.line) == ("broken-price-book", 6)
    assert problem.message.startswith("cannot be read at line ")
    assert problem.message.endswith(" more")
    assert problem.remedy == f"bursar prices check {tmp_path}/book.yaml shows all of it"


def test_settings_make_a_finding_more_or_less_serious_or_silent() -> None:
    text = "name: g\nbudgets: [{name: b, limit_usd: 0}]\n"
    for severity, expected in (
        ("error", [("budget-zero", "error")]),
        ("info", [("budget-zero", "info")]),
        ("off", []),
    ):
        settings = ReviewSettings(severities={"budget-zero": severity})  # type: ignore[dict-item]
        found = Reviewer(AS_OF, settings).review_source(text, "g.yaml").findings
        assert [(each.code, each.severity) for each in found] == expected


@pytest.mark.parametrize("text", ["nam: g\n", GOOD.read_text("utf-8").replace("core-v1:1, c", "cor-v1:1, c")])
def test_settings_do_not_make_an_unusable_file_usable(text: str) -> None:
    settings = ReviewSettings(
        severities={"unknown-key": "off", "missing-key": "info", "unknown-model": "off"}
    )
    found = Reviewer(AS_OF, settings).review_source(text, "g.yaml").findings
    assert [each.severity for each in found] == ["error"] * len(found)
    assert found


def test_more_findings_than_anyone_reads_are_counted() -> None:
    """150 budgets of nothing in scopes of their own: the first hundred are shown."""
    budgets = "".join(
        f"  - {{name: b{n}, limit_usd: 0, applies_to: {{tags: {{n: '{n}'}}}}}}\n" for n in range(150)
    )
    reviewed = Reviewer(AS_OF).review_source(f"name: g\nbudgets:\n{budgets}", "g.yaml")
    assert codes(reviewed).count("budget-zero") <= MOST_FINDINGS
    assert len(reviewed.findings) <= MOST_FINDINGS + 3


def test_the_most_serious_of_too_many_findings_are_shown() -> None:
    """120 stages without a size, a note each, a plan that is over, and an error: 122 findings, of which 100 are shown."""
    stages = "".join(
        f"      - {{name: s{n}, model: amazon.nova-canvas-v1:0, task: TEXT_IMAGE}}\n" for n in range(120)
    )
    text = (
        "name: p\nstart: 2026-01\nmonths: 1\nregion: us-east-1\nexpect: {list_cost_usd: {max: 0}}\n"
        f"pipelines:\n  - name: p\n    assets_per_month: 1\n    stages:\n{stages}"
    )
    found = Reviewer(AS_OF).review_source(text, "p.yaml").findings
    assert found[0].code == "plan-over"
    assert "expect" in [each.code for each in found]
    assert found[-1].code == TOO_MANY
    assert found[-1].message == "and 22 more findings that are not shown"


def test_a_book_is_read_once_however_many_scenarios_name_it(tmp_path: Path) -> None:
    from pricing.load import _read_own

    book = tmp_path / "mine.yaml"
    book.write_text(Path("pricing/books/2026-07-24.yaml").read_text("utf-8"))
    text = GOOD.read_text("utf-8").replace("2026-07-24", "./mine.yaml")
    before = _read_own.cache_info().misses
    for number in range(5):
        (tmp_path / f"s{number}.yaml").write_text(text)
        assert codes(Reviewer(AS_OF).review_path(str(tmp_path / f"s{number}.yaml"))) == []
    assert _read_own.cache_info().misses == before + 1
