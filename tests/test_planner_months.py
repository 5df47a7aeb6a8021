"""Months as text."""

from datetime import date

import pytest

from planner.months import days_in, first_day, last_day, month_of, months_from, parse_month


def test_months_run_over_the_turn_of_the_year() -> None:
    assert list(months_from("2026-11", 4)) == ["2026-11", "2026-12", "2027-01", "2027-02"]


def test_a_month_knows_its_days() -> None:
    assert (first_day("2028-02"), last_day("2028-02"), days_in("2028-02")) == (
        date(2028, 2, 1),
        date(2028, 2, 29),
        29,
    )
    assert month_of(date(2026, 12, 31)) == "2026-12"


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "26-01", "2026-01-01", "0000-01", "", "２０２６-01"]
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month such as 2026-12"):
        parse_month(text)
