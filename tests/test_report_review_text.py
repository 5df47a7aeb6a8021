"""A review in the terminal, as it is printed."""

from fractions import Fraction

from planner.report.review_text import review_text
from planner.report.tables import display_width
from planner.review.reviewed import ChangedLine, Ignored
from pricing.records import replace
from tests.review_support import (
    NOW,
    RAISED,
    added,
    broken,
    edited,
    invalid,
    plan_of,
    problem,
    removed,
    review,
    reviewed,
)

TITAN = """\
name: Titan
start: 2026-12
months: 1
region: us-east-1
pipelines:
  - name: pictures
    assets_per_month: 1000
    stages:
      - {name: draft, model: amazon.titan-image-generator-v2:0, size: 1024x1024, quality: standard}
"""


def test_a_review_of_one_file_is_its_findings_its_verdict_and_a_total() -> None:
    """Findings as a compiler prints them, the plan's answers in two lines, one line of counts."""
    ignored = Ignored(problem("warning", "near-limit", 3), "until spring", 2)
    assert review_text(review(reviewed(findings=[problem()], ignored=[ignored])), width=250) == (
        "scenarios/a.yaml:7:5: error: pipelines[0].assets_per_month: is wrong; mend it  [expect]\n"
        "    7 |     assets_per_month: 1500\n"
        "      |     ^^^^^^^^^^^^^^^^\n"
        "\n"
        "scenarios/a.yaml\n"
        "  credits last until no month: the first cash charge is in 2026-12, the first month planned. $10.00 of Stable Image Core v1.1 (Amazon Bedrock Edition) is paid in cash: activate runs out on 2026-12-26.\n"
        "  cash by 2027-01 $70.00; expires unused $0.00; list cost $120.00 for 3,000 assets, 3,000 images, $0.0400 an asset\n"
        "\n"
        "1 scenario: 1 error (1 ignored)\n"
    )


def test_a_difference_begins_with_its_headline_and_ends_with_a_total() -> None:
    """`~` for an edit: what moved, the lines that moved it, and what they mended."""
    change = edited(new_findings=[RAISED], mended=2)
    assert review_text(review(reviewed(), changes=[change])) == (
        "Against main (5a3b2c1d4e5f): list cost +$40 over 2 months (+50.0 %): scenario +$40, prices $0\n"
        "  out of pocket $30 -> $70; runway in months 1 -> 0; first cash month 2027-01 -> 2026-12\n"
        "\n"
        "~ scenarios/a.yaml\n"
        "                         before    after           change  scenario  prices\n"
        "    list cost               $80     $120   +$40 (+50.0 %)      +$40       .\n"
        "    out of pocket           $30      $70  +$40 (+133.3 %)      +$40       .\n"
        "    first cash month    2027-01  2026-12                          .       .\n"
        "    runway in months          1        0               -1        -1       .\n"
        "    dearest cash month      $30      $60  +$30 (+100.0 %)      +$30       .\n"
        "    assets                2,000    3,000           +1,000    +1,000       .\n"
        "    images                2,000    3,000           +1,000    +1,000       .\n"
        "    ~ pipelines[0].assets_per_month: 1000 -> 1500  (line 7, list cost +$40)\n"
        "    new: warning line 9 [candidates]\n"
        "    mended: 2 findings\n"
        "\n"
        "against main (5a3b2c1d4e5f): 1 changed, 3 unchanged; no findings\n"
    )


def test_a_change_of_prices_is_told_apart_from_the_edit() -> None:
    """Twice the pictures at $0.008 is $8 more; the dearer book of $0.010 adds $4."""
    now = TITAN.replace("1000\n", "2000\n")
    change = edited(before=TITAN, now=now, books=("2026-representative", "2026-07-24"))
    text = review_text(review(reviewed(now), changes=[change]))
    assert "list cost +$12 over 1 month (+150.0 %): scenario +$8, prices +$4" in text
    row = next(line for line in text.splitlines() if line.startswith("    list cost"))
    assert row.split() == ["list", "cost", "$8", "$20", "+$12", "(+150.0", "%)", "+$8", "+$4"]


def test_a_change_of_the_months_planned_is_not_told_as_a_sum_over_months() -> None:
    change = edited(before=NOW, now=NOW.replace("months: 2", "months: 3"))
    change = replace(change, lines=tuple(replace(line, where="months") for line in change.lines))
    assert "list cost +$60 (+50.0 %): scenario +$60" in review_text(review(reviewed(), changes=[change]))


def test_new_removed_and_invalid_files_are_told_by_their_signs() -> None:
    """Each with what is known of it; the headline counts them and says what the new one costs."""
    lines = review_text(
        review(reviewed(path="scenarios/new.yaml"), invalid(), changes=[added(), removed(), broken()]),
        width=300,
    ).splitlines()
    assert lines[4] == (
        "Against main (5a3b2c1d4e5f): 1 new scenario, list cost $120; 1 scenario removed; 1 scenario is not valid"
    )
    assert [line for line in lines if line[:2] in ("+ ", "- ", "! ")] == [
        "+ scenarios/new.yaml: new",
        "- scenarios/old.yaml: removed",
        "! scenarios/broken.yaml: not valid, so not compared",
    ]
    assert "    list cost $80; out of pocket $30" in lines
    assert any(line.startswith("    cash by 2027-01 $70.00;") for line in lines)


def test_nothing_that_moves_is_one_line() -> None:
    """A review against a revision without findings and without changes stays quiet."""
    assert review_text(review(changes=[], unchanged=200, quiet=1)) == (
        "against main (5a3b2c1d4e5f): 1 below the threshold, 200 unchanged; no findings\n"
    )


def test_a_full_hash_is_not_told_twice() -> None:
    """Compared with a commit by its hash, the review names it once."""
    told = review(changes=[])
    assert told.difference is not None
    told = replace(told, difference=replace(told.difference, revision="5a3b2c1"))
    assert review_text(told) == "against 5a3b2c1d4e5f: 3 unchanged; no findings\n"


def test_a_narrow_terminal_gets_lines_instead_of_a_table() -> None:
    """No line of the difference is wider than sixty columns."""
    text = review_text(review(reviewed(), changes=[edited()]), width=60)
    assert max(map(display_width, text.splitlines())) <= 60
    assert "    list cost: $80 -> $120  +$40 (+50.0 %)\n      scenario +$40, prices .\n" in text


def test_what_came_and_what_went_is_told_by_its_line() -> None:
    """Values that were replaced have both sides; an item of a list has its line."""
    lines = (
        ChangedLine(4, "before", "  - {name: old}", "credits[0]"),
        ChangedLine(9, "after", "  - {name: new}", "credits[1]", Fraction(-1_500_000)),
    )
    text = review_text(review(reviewed(), changes=[replace(edited(), lines=lines)]))
    assert "    - - {name: old}  (line 4)\n    + - {name: new}  (line 9, list cost -$1.50)\n" in text


def test_many_edits_are_counted() -> None:
    lines = tuple(ChangedLine(number, "after", f"line {number}", "") for number in range(1, 26))
    text = review_text(review(reviewed(), changes=[replace(edited(), lines=lines)]))
    assert "    + line 20  (line 20)\n    and 5 more edits\n" in text


def test_an_edit_that_moves_no_figure_is_still_shown() -> None:
    """A threshold, a name: the headline is calm, the edit is there."""
    change = replace(
        edited(now=NOW, before=NOW), lines=(ChangedLine(1, "after", "", "name", None, "A", "B"),)
    )
    text = review_text(review(reviewed(), changes=[change]))
    assert "Against main (5a3b2c1d4e5f): no figure moves in 1 changed scenario\n" in text
    assert "~ scenarios/a.yaml\n    no figure moves\n    ~ name: A -> B  (line 1)\n" in text


def test_files_in_which_nothing_moves_are_a_line_each() -> None:
    """Comments, spelling, another file name: listed after those that matter, and counted past twenty."""
    still = [edited(f"{number:02}.yaml", before=NOW, now=NOW) for number in range(22)]
    text = review_text(review(changes=still))
    assert (
        "Against main (5a3b2c1d4e5f): nothing moves in 22 changed scenarios\n\n~ 00.yaml: nothing moves\n"
        in text
    )
    assert "~ 19.yaml: nothing moves\nand 2 more scenarios in which nothing moves\n" in text


def test_a_policy_for_the_guard_alone_has_no_plan() -> None:
    policy = "name: guard\nbudgets:\n  - {name: month, limit_usd: 10, per: month}\n"
    text = review_text(review(reviewed(policy), invalid(findings=[problem(line=1)])))
    assert "scenarios/a.yaml\n  a policy for the guard: 1 budget, no plan\n" in text
    assert "scenarios/broken.yaml\n  not a valid scenario: no plan\n" in text


def test_the_smallest_change_is_never_told_as_zero() -> None:
    """One picture more in a million: under a tenth of a percent, and four cents."""
    big = NOW.replace("1500", "1_000_000")
    text = review_text(
        review(reviewed(), changes=[edited(before=big, now=big.replace("1_000_000", "1_000_001"))])
    )
    assert "list cost +$0.08 over 2 months (<0.1 %)" in text
    assert plan_of(big).projection.totals.list_cost == 80_000 * 1_000_000
