"""The burn-down in characters."""

from planner.report.burndown import burndown, compact_usd
from pricing.money import Micros
from tests.support import planned, usd

CORE = "pipelines: [{name: p, assets_per_month: 1000, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]"
TWO_POOLS = f"""
    months: 4
    credits:
      - {{name: a, balance_usd: 60, starts: 2026-11-01, expires: 2027-06-30, bedrock_third_party: yes}}
      - {{name: b, balance_usd: 60, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}}
    {CORE}
"""


def test_pools_stack_and_cash_months_are_marked() -> None:
    """$40 a month: 80, 40 and 0 left; a is empty in the second month, cash starts in the fourth."""
    assert burndown(planned(TWO_POOLS).projection, width=60) == [
        "     $80 ┤▓",
        "   $68.6 ┤▓",
        "   $57.1 ┤▓",
        "   $45.7 ┤▓ ▓",
        "   $34.3 ┤▓ ▓",
        "   $22.9 ┤█ ▓",
        "   $11.4 ┤█ ▓",
        "         └────────",
        "          2026-12",
        "                $",
        "          █ a   ▓ b   $ a month with cash to pay",
    ]


def test_without_unicode_it_is_drawn_in_ascii() -> None:
    assert all(line.isascii() for line in burndown(planned(TWO_POOLS).projection, width=60, ascii_only=True))


def test_a_long_plan_fits_a_narrow_terminal() -> None:
    """120 months in 40 columns."""
    plan = planned(TWO_POOLS.replace("months: 4", "months: 120").replace("2027-12-31", "2037-12-31"))
    lines = burndown(plan.projection, width=40)
    assert lines
    assert max(map(len, lines)) <= 40


def test_a_plan_without_credits_has_no_chart() -> None:
    assert burndown(planned(CORE).projection, width=60) == []


def test_short_amounts_keep_three_digits() -> None:
    amounts = [usd("0.5"), usd("950"), usd("12_500"), usd("1_250_000"), Micros(0)]
    assert [compact_usd(amount) for amount in amounts] == ["$0.5", "$950", "$12.5k", "$1.25M", "$0"]
