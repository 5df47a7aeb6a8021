"""The corpus: one broken or doubtful scenario for every rule and trap, each with the text that a review prints."""

import os
from datetime import date
from pathlib import Path

import pytest

from planner.review.reviewed import Reviewed
from planner.review.rules import RULES
from planner.review.run import review_one
from tests.support import bursar

CORPUS = Path("tests/corpus/review")
GOLDEN = Path("tests/golden/review")
FILES = sorted(path for path in CORPUS.rglob("*.yaml") if path.name != "bursar.yaml")
AS_OF = date(2026, 10, 20)
NO_RULE = ("good", "ignored", "ignored-several", "ignore-text")
"""Files that show when the rules keep silent."""
NOT_IN_A_FILE = ("missing-file", "not-a-file", "unreadable-file", "too-large")
"""What no file of a repository can show; `test_review_file` makes them."""

Capture = pytest.CaptureFixture[str]


def rule_of(path: Path) -> str:
    """The rule a file is named for: the longest id that its name begins with."""
    return max((rule for rule in RULES if f"{path.stem}-".startswith(f"{rule}-")), key=len, default="")


def codes(reviewed: Reviewed) -> list[str]:
    return [problem.code for problem in reviewed.findings]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_the_corpus_reads_as_its_golden(capsys: Capture, path: Path) -> None:
    """Goldens show change; `BURSAR_GOLDEN=write` renews them."""
    ran = bursar(capsys, "review", path, "--as-of", AS_OF)
    golden = GOLDEN / f"{path.stem}.txt"
    if os.environ.get("BURSAR_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(ran.out, "utf-8", newline="")
    assert ran.out == golden.read_text("utf-8")
    assert ran.err == ""


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem not in NO_RULE], ids=lambda path: path.stem
)
def test_a_file_named_for_a_rule_triggers_it(path: Path) -> None:
    assert rule_of(path) in codes(review_one(str(path), AS_OF))


def test_every_rule_has_a_file_in_the_corpus() -> None:
    assert {rule_of(path) for path in FILES if path.stem not in NO_RULE} == RULES.keys() - set(NOT_IN_A_FILE)


def test_every_golden_has_its_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in FILES}


def test_the_good_file_has_no_finding() -> None:
    assert codes(review_one(str(CORPUS / "good.yaml"), AS_OF)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_finding_of_a_rule_has_a_line_and_a_remedy(path: Path) -> None:
    """Errors of a file as a whole have no line; two notes of the plan say what nobody can mend."""
    for problem in review_one(str(path), AS_OF).findings:
        if not RULES[problem.code].unusable:
            assert problem.place is not None
            assert problem.remedy or problem.code in ("unverified", "service-region")
