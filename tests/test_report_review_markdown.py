"""A review as a pull-request comment: its shape as text, and its bound. `test_review_browser.py` reads it as a reviewer does."""

import pytest
from markdown_it import MarkdownIt

from planner.report.markdown_safe import code, prose
from planner.report.review_markdown import LONGEST, MARKER, review_markdown
from planner.review.reviewed import ChangedLine, Ignored
from pricing.records import replace
from tests.hostile import HOSTILE
from tests.review_hostile import hostile_review
from tests.review_support import added, edited, problem, review, reviewed


def test_the_first_line_is_the_marker_and_the_second_the_headline() -> None:
    """The Action finds its comment by the one, a reviewer reads the other first."""
    lines = review_markdown(review(reviewed(), changes=[edited()])).splitlines()
    assert lines[0] == MARKER == "<!-- bursar review -->"
    assert lines[2].startswith("### Bursar: list cost ")


def test_nothing_that_moves_is_three_lines() -> None:
    assert review_markdown(review(changes=[])) == (
        "<!-- bursar review -->\n\n"
        "### Bursar: nothing moves\n\n"
        "Against `main (5a3b2c1d4e5f)`.\n\n"
        "<sub>3 unchanged; no findings</sub>\n"
    )


def test_without_a_revision_it_is_what_was_found() -> None:
    assert review_markdown(review(reviewed(findings=[problem()]))) == (
        "<!-- bursar review -->\n\n"
        "### Bursar: 1 error in 1 scenario\n\n"
        "<details><summary>Findings: 1 error</summary>\n\n"
        "- **error** `scenarios/a.yaml` line 7: pipelines\\[0\\].assets\\_per\\_month: is wrong; mend it `expect`\n"
        "  <br>`assets_per_month: 1500`\n\n"
        "</details>\n\n"
        "<sub>1 scenario: 1 error</sub>\n"
    )


def test_a_finding_that_the_change_brings_is_called_new() -> None:
    text = review_markdown(review(reviewed(findings=[problem()]), changes=[edited(new_findings=[problem()])]))
    assert "- **new error** `scenarios/a.yaml` line 7" in text


def test_a_thousand_findings_stay_below_githubs_limit_and_are_counted() -> None:
    """What does not fit is told as a number, and every list still closes."""
    findings = [problem(line=7, message=f"finding {number} " + "x" * 150) for number in range(1_000)]
    text = review_markdown(review(reviewed(findings=findings), changes=[edited()]))
    told = sum(line.startswith("- **error**") for line in text.splitlines())
    assert len(text.encode()) <= LONGEST
    assert 150 < told < 1_000
    assert f"{1_000 - told} more findings: `bursar review` lists them all." in text
    assert "<summary>Findings: 1,000 errors</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_two_hundred_scenarios_are_a_table_of_thirty_and_a_number() -> None:
    changes = [edited(f"scenarios/{number:03}.yaml") for number in range(200)]
    text = review_markdown(review(reviewed(), changes=changes))
    assert sum(line.startswith("| ~ `scenarios/") for line in text.splitlines()) == 30
    assert "\n\n170 more scenarios below\n" in text
    assert len(text.encode()) <= LONGEST


@pytest.mark.parametrize(
    "text", ["\U0001f9fe" * 500, "<" * 500, "@" * 500, "`" * 499, "|" * 500, "\x1b" * 500]
)
def test_no_name_makes_it_too_long(text: str) -> None:
    """Thirty rows of the widest escapes, notes and lines of them: still below the limit, every list closed."""
    base = hostile_review(text)
    change = (base.difference.files if base.difference else ())[0]
    lines = tuple(ChangedLine(number, "after", text, text) for number in range(100))
    changes = [
        replace(change, path=f"{text}{number}", lines=lines, notes=(text,) * 50) for number in range(60)
    ]
    ignored = [Ignored(problem(), text, 1)] * 200
    files = [replace(file, findings=file.findings * 200) for file in base.files]
    many = review(*files, reviewed(ignored=ignored), changes=changes)
    told = review_markdown(many)
    assert len(told.encode()) <= LONGEST
    assert told.count("<details>") == told.count("</details>") == 4
    assert told.endswith("</sub>\n")


def test_a_new_scenario_shows_its_figures_once() -> None:
    """There is nothing to compare with, so there are two columns."""
    text = review_markdown(review(reviewed(path="scenarios/new.yaml"), changes=[added()]))
    assert (
        "**`scenarios/new.yaml`** (new)\n\n| figure | now |\n| --- | ---: |\n| list cost | \\$120 |\n" in text
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_code_renders_to_the_text_it_was_given(text: str) -> None:
    """The text content of the rendered code is the text, with hidden characters as escapes; nothing else is in it."""
    from pricing.printable import printable

    rendered = MarkdownIt("gfm-like").parseInline(f"a {code(text)} b")[0].children or []
    assert {token.type for token in rendered} <= {"text", "code_inline", "text_special"}
    assert "".join(token.content for token in rendered) == f"a {printable(text)} b"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ask @octocat about #12", "ask `@octocat` about `#12`"),
        ("see https://evil.example now", "see `https://evil.example` now"),
        ("costs $5 *more*", "costs \\$5 \\*more\\*"),
        ("at 5a3b2c1d4e5f", "at `5a3b2c1d4e5f`"),
        ("stability.sd3-5-large-v1:0 is", "stability.sd3\\-5\\-large\\-v1:0 is"),
    ],
)
def test_prose_escapes_words_and_puts_what_github_would_act_on_in_code(text: str, told: str) -> None:
    assert prose(text) == told
