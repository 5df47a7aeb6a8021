"""Plans end to end: who pays, runway, forfeits, ranges, findings."""

from datetime import date

import pytest

from planner.plan import Plan, make_plan
from planner.scenario_file import read_scenario
from pricing.load import load_book
from pricing.problems import Invalid
from tests.support import AS_OF, planned, usd

CORE = "pipelines: [{name: p, assets_per_month: 1000, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]"
"""1,000 images at $0.04: $40 a month, sold through AWS Marketplace."""


def found(plan: Plan, code: str) -> list[str]:
    return [problem.message for problem in plan.problems if problem.code == code]


def test_credits_pay_until_they_are_used_up() -> None:
    """$100 pays $40, $40 and $20 of the third month; $20 and $40 are paid in cash."""
    plan = planned(f"""
        months: 4
        credits: [{{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}}]
        {CORE}
    """).projection
    assert [month.draws.get("a", 0) for month in plan.months] == [usd("40"), usd("40"), usd("20"), 0]
    assert [month.out_of_pocket for month in plan.months] == [0, 0, usd("20"), usd("40")]
    assert [month.balances["a"] for month in plan.months] == [usd("60"), usd("20"), 0, 0]
    assert (plan.runway_months, plan.first_out_of_pocket_month) == (2, "2027-02")
    (pool,) = plan.pools
    assert pool.exhausted_on == date(2027, 2, 14)
    assert (plan.totals.drawn, plan.totals.out_of_pocket, plan.totals.list_cost) == (
        usd("100"),
        usd("60"),
        usd("160"),
    )


def test_what_is_left_when_a_pool_expires_is_forfeited() -> None:
    """$100 expires at the end of January: $80 paid, $20 lost, February in cash."""
    plan = planned(f"""
        months: 3
        credits: [{{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-01-31, bedrock_third_party: yes}}]
        {CORE}
    """).projection
    assert [dict(month.forfeited) for month in plan.months] == [{}, {"a": usd("20")}, {}]
    (pool,) = plan.pools
    assert (pool.forfeited, pool.forfeited_on, pool.ending_balance) == (usd("20"), date(2027, 1, 31), 0)
    assert plan.totals.forfeited == usd("20")


def test_unknown_marketplace_coverage_is_counted_as_cash_and_shown_as_a_range() -> None:
    """Nothing is assumed to be paid: $40 in cash, or none if the pool turns out to cover Stability."""
    plan = planned(f"""
        credits: [{{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: unknown}}]
        {CORE}
    """).projection
    assert plan.totals.out_of_pocket == usd("40")
    assert plan.out_of_pocket_range == (0, usd("40"))


def test_known_coverage_has_no_range() -> None:
    plan = planned(f"""
        credits: [{{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: no}}]
        {CORE}
    """).projection
    assert plan.totals.out_of_pocket == usd("40")
    assert plan.out_of_pocket_range is None


def test_unknown_coverage_of_a_plan_without_marketplace_models_has_no_range() -> None:
    plan = planned("""
        start: 2026-01
        region: us-east-1
        credits: [{name: a, balance_usd: 5, starts: 2025-12-01, expires: 2027-12-31}]
        pipelines: [{name: p, assets_per_month: 1000, stages: [{name: s, model: "amazon.titan-image-generator-v2:0", size: 1024x1024}]}]
    """).projection
    assert plan.totals.out_of_pocket == usd("5")
    assert plan.out_of_pocket_range is None


def test_a_price_range_gives_a_range_of_cash() -> None:
    """Ultra for $0.12 to $0.14 in the representative book: the plan uses the high end."""
    plan = planned("""
        price_book: 2026-representative
        pipelines: [{name: p, assets_per_month: 1000, stages: [{name: s, model: stability.stable-image-ultra-v1:1}]}]
    """).projection
    assert plan.totals.out_of_pocket == usd("140")
    assert plan.out_of_pocket_range == (usd("120"), usd("140"))


def test_other_spend_on_the_account_takes_the_credits_first_when_it_is_larger() -> None:
    """$50 of credit; EC2 for $300 is the largest charge, so the images for $40 are paid in cash."""
    plan = planned(f"""
        background_spend: [{{product: Amazon EC2, usd_per_month: 300}}]
        credits: [{{name: a, balance_usd: 50, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}}]
        {CORE}
    """).projection
    assert plan.credits.draw_lines["2026-12"] == {("a", "A", "Amazon EC2"): usd("50")}
    assert plan.totals.out_of_pocket == usd("290")


def test_cost_per_asset_leaves_background_spend_out_and_is_exact() -> None:
    """3 images for each of 7 assets at $0.04 is $0.12 an asset; EC2 is not part of making them."""
    plan = planned("""
        background_spend: [{product: Amazon EC2, usd_per_month: 300}]
        pipelines: [{name: p, assets_per_month: 7, stages: [{name: s, model: stability.stable-image-core-v1:1, candidates: 3}]}]
    """).projection
    assert plan.totals.cost_per_asset == 120_000


def test_a_plan_that_makes_nothing_has_no_cost_per_asset() -> None:
    plan = planned(
        "pipelines: [{name: p, assets_per_month: 0, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]"
    )
    assert plan.projection.totals.cost_per_asset is None
    assert plan.projection.runway_months == 1


def test_a_model_used_after_its_end_of_life_names_its_replacement() -> None:
    plan = planned("""
        start: 2026-08
        months: 3
        region: us-east-1
        pipelines: [{name: p, assets_per_month: 10, stages: [{name: s, model: "amazon.nova-canvas-v1:0", size: 1024x1024}]}]
    """)
    assert found(plan, "retired") == [
        "amazon.nova-canvas-v1:0 reached its end of life on 2026-09-30; the plan uses it in 2026-10 and later"
    ]
    (problem,) = [problem for problem in plan.problems if problem.code == "retired"]
    assert problem.remedy == "move to stability.stable-image-ultra-v1:1"
    assert (problem.severity, problem.place and problem.place.line) == ("warning", 5)
    assert not plan.broken


def test_a_model_within_45_days_of_its_end_of_life_is_named() -> None:
    """August ends 30 days before Nova Canvas does; July ends 61 days before."""

    def plan(months: int) -> Plan:
        return planned(f"""
            start: 2026-07
            months: {months}
            region: us-east-1
            pipelines: [{{name: p, assets_per_month: 10, stages: [{{name: s, model: "amazon.nova-canvas-v1:0", size: 1024x1024}}]}}]
        """)

    assert found(plan(1), "near-end-of-life") == []
    assert found(plan(2), "near-end-of-life") == [
        "amazon.nova-canvas-v1:0 reaches its end of life on 2026-09-30, within 45 days of its last planned use"
    ]


def test_a_policy_that_blocks_retired_models_breaks_the_plan() -> None:
    plan = planned("""
        start: 2026-11
        region: us-east-1
        policy: {retired: block}
        pipelines: [{name: p, assets_per_month: 10, stages: [{name: s, model: "amazon.nova-canvas-v1:0", size: 1024x1024}]}]
    """)
    assert plan.broken


def test_representative_prices_are_marked() -> None:
    plan = planned("""
        price_book: 2026-representative
        pipelines: [{name: p, assets_per_month: 10, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]
    """)
    assert found(plan, "representative") == [
        "price book 2026-representative holds representative figures people plan with, not AWS's own prices"
    ]


def test_old_prices_are_marked() -> None:
    assert found(planned(CORE), "old-prices") == ["price book 2026-07-24 is 121 days old"]


def test_unverified_prices_are_named() -> None:
    plan = planned("""
        start: 2026-01
        pipelines: [{name: p, assets_per_month: 10, stages: [{name: s, model: "amazon.titan-image-generator-v2:0", size: 1024x1024}]}]
    """)
    (message,) = found(plan, "unverified")
    assert message.startswith(
        "the price of amazon.titan-image-generator-v2:0 1024 standard us-west-2 is not verified"
    )


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("out_of_pocket_usd: {max: 39.99}", "out-of-pocket is $40.00, above the $39.99 expected"),
        ("list_cost_usd: {min: 50}", "list cost is $40.00, below the $50.00 expected"),
        ("runway_months: {min: 1}", "runway is 0 months, below the 1 months expected"),
        ("cost_per_asset_usd: {max: 0.03}", "cost per asset is $0.04, above the $0.03 expected"),
    ],
)
def test_a_broken_expectation_is_an_error_on_its_line(expect: str, message: str) -> None:
    plan = planned(f"expect:\n  {expect}\n{CORE}")
    assert found(plan, "expect") == [message]
    assert plan.broken
    (problem,) = [problem for problem in plan.problems if problem.code == "expect"]
    assert problem.place is not None
    assert problem.place.line == 6


def test_expectations_that_hold_are_silent() -> None:
    plan = planned(
        f"expect: {{out_of_pocket_usd: {{min: 40, max: 40}}, runway_months: {{max: 0}}, forfeited_usd: {{max: 0}}}}\n{CORE}"
    )
    assert not plan.broken


def test_a_runway_longer_than_the_plan_cannot_be_shown_by_it() -> None:
    plan = planned(f"""
        expect: {{runway_months: {{min: 2}}}}
        credits: [{{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}}]
        {CORE}
    """)
    assert found(plan, "expect") == [
        "runway is 1 months, below the 2 months expected: credits outlast the plan, so plan more months to show it"
    ]


@pytest.mark.parametrize(
    ("stage", "message", "remedy"),
    [
        (
            "model: stability.stable-image-ultr-v1:1",
            "'stability.stable-image-ultr-v1:1' is not an image model",
            "did you mean stability.stable-image-ultra-v1:1?",
        ),
        ("model: amazon.nova-canvas-v1:0, region: us-east-1, size: 1000x1000", "does not make 1000x1000", ""),
        (
            "model: amazon.titan-image-generator-v2:0, region: us-east-1, size: 1280x720",
            "does not make 1280x720",
            "1280x768",
        ),
        (
            "model: amazon.titan-image-generator-v2:0, region: us-east-1, quality: ultra",
            "must be one of standard, premium, got ultra",
            "",
        ),
        (
            "model: stability.stable-image-core-v1:1, region: eu-west-1",
            "is not offered in 'eu-west-1'",
            "us-west-2",
        ),
        (
            "model: stability.stable-image-core-v1:1, quality: premium",
            "has no quality 'premium'",
            "leave it out",
        ),
        (
            "model: 'arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc'",
            "does not say which model answers",
            "",
        ),
    ],
)
def test_a_stage_that_cannot_be_priced_is_refused_at_its_line(stage: str, message: str, remedy: str) -> None:
    with pytest.raises(Invalid) as raised:
        planned(
            f"pipelines:\n  - name: p\n    assets_per_month: 1\n    stages:\n      - {{name: s, {stage.replace(':0,', ':0,')}}}"
        )
    (problem,) = [problem for problem in raised.value.problems if problem.severity == "error"]
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.place is not None
    assert problem.place.line == 9


def test_every_stage_that_cannot_be_priced_is_reported_at_once() -> None:
    with pytest.raises(Invalid) as raised:
        planned(
            "pipelines: [{name: p, assets_per_month: 1, stages: [{name: a, model: nope}, {name: b, model: nada}]}]"
        )
    assert len(raised.value.problems) == 2


def test_a_month_before_the_book_begins_is_refused() -> None:
    with pytest.raises(Invalid) as raised:
        planned(f"start: 2020-01\n{CORE}")
    assert "has no price for stability.stable-image-core-v1:1" in raised.value.problems[0].message


def test_a_policy_for_the_guard_alone_is_not_a_plan() -> None:
    with pytest.raises(Invalid) as raised:
        make_plan(
            read_scenario("name: guard\nbudgets: [{name: b, limit_usd: 10}]\n", "guard.yaml"),
            load_book(),
            as_of=AS_OF,
        )
    assert raised.value.problems[0].code == "nothing-to-plan"
