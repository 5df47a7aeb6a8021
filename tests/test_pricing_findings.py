"""What to look at before trusting a price book."""

from datetime import date

import pytest

from pricing.findings import book_findings
from pricing.load import load_book

DEFAULT = load_book("2026-07-24")


def codes(version: str, day: date) -> dict[str, int]:
    """How often each code is found."""
    found = [problem.code for problem in book_findings(load_book(version), day)]
    return {code: found.count(code) for code in found}


@pytest.mark.parametrize(("day", "old"), [(date(2026, 10, 22), False), (date(2026, 10, 23), True)])
def test_a_book_is_old_after_90_days(day: date, old: bool) -> None:
    """Counted from the newest figure in it."""
    assert ("old-prices" in codes("2026-07-24", day)) is old


def test_each_model_with_unverified_rates_is_named_once() -> None:
    """Customised Titan, Titan 2 in us-west-2, SDXL 0.8 above 512x512, and moderation."""
    found = [problem for problem in book_findings(DEFAULT, date(2026, 7, 24)) if problem.code == "unverified"]
    assert [problem.where for problem in found] == [
        "amazon.titan-image-generator-v1/custom",
        "amazon.titan-image-generator-v2:0",
        "stability.stable-diffusion-xl-v0",
        "rekognition.moderation",
    ]
    assert found[1].message == "4 of 8 rates are not verified: assumed equal to us-east-1"


def test_a_model_near_its_end_is_a_warning_and_a_retired_one_is_only_known() -> None:
    """Nova Canvas in August 2026 and in October."""
    august = book_findings(DEFAULT, date(2026, 8, 20))
    [near] = [problem for problem in august if problem.code == "near-end-of-life"]
    assert (near.severity, near.where) == ("warning", "amazon.nova-canvas-v1:0")
    assert near.message == "reaches its end of life on 2026-09-30, 41 days after 2026-08-20"
    assert near.remedy == "move to stability.stable-image-ultra-v1:1"
    october = book_findings(DEFAULT, date(2026, 10, 1))
    assert [p.severity for p in october if p.where == "amazon.nova-canvas-v1:0"] == ["info"]


def test_a_model_in_legacy_is_known_with_its_end() -> None:
    """Long before the end is near."""
    found = book_findings(DEFAULT, date(2026, 4, 1))
    [nova] = [problem for problem in found if problem.where == "amazon.nova-canvas-v1:0"]
    assert nova.message == "is in Legacy since 2026-03-30 and ends on 2026-09-30"


def test_a_representative_book_says_so() -> None:
    """And every one of its nine models is unverified."""
    assert codes("2026-representative", date(2026, 11, 22)) == {
        "representative": 1,
        "unverified": 10,
        "retired": 6,
    }


def test_warnings_come_first() -> None:
    """What is only good to know follows."""
    severities = [problem.severity for problem in book_findings(DEFAULT, date(2026, 11, 22))]
    assert severities == ["warning"] * 5 + ["info"] * 9
