"""Scenario to images a month: growth, seasonality, candidates, outputs, rework, supporting usage."""

from fractions import Fraction

import pytest

from planner.demand import assets_by_month, demand
from planner.scenario import Pipeline, Scenario
from tests.support import planned

CORE = "{name: draft, model: stability.stable-image-core-v1:1}"


def images(text: str) -> list[int]:
    return [month.images for month in planned(text).projection.months]


def test_each_stage_makes_candidates_times_outputs_for_each_asset() -> None:
    """100 assets, 4 candidates of 3 outputs: 1,200 images."""
    assert images("""
        pipelines:
          - name: p
            assets_per_month: 100
            stages: [{name: s, model: stability.stable-image-core-v1:1, candidates: 4, outputs: 3}]
    """) == [1_200]


def test_rework_sends_finished_assets_through_every_stage_again() -> None:
    """100 assets with 10 % rework: 110 runs of a stage; finished assets stay 100."""
    plan = planned(f"""
        pipelines: [{{name: p, assets_per_month: 100, rework_pct: 10, stages: [{CORE}]}}]
    """)
    assert plan.projection.totals.images == 110
    assert plan.projection.totals.assets == 100


def test_growth_compounds_from_the_second_month_on() -> None:
    """1,000 growing 10 % a month: 1,000, 1,100, 1,210."""
    assert images(f"""
        months: 3
        pipelines: [{{name: p, assets_per_month: 1000, growth_pct_per_month: 10, stages: [{CORE}]}}]
    """) == [1_000, 1_100, 1_210]


def test_negative_growth_shrinks() -> None:
    """1,000 shrinking 50 %: 1,000, 500, 250, 125, then 62.5, rounded half even to 62."""
    assert images(f"""
        months: 5
        pipelines: [{{name: p, assets_per_month: 1000, growth_pct_per_month: -50, stages: [{CORE}]}}]
    """) == [1_000, 500, 250, 125, 62]


def test_seasonality_multiplies_its_calendar_month_and_does_not_compound() -> None:
    """1,000 a month from November, factors 1.6 and 1.8: 1,600, 1,800, then 1,000 again."""
    assert images(f"""
        start: 2026-11
        months: 3
        pipelines: [{{name: p, assets_per_month: 1000, seasonality: {{11: 1.6, 12: 1.8}}, stages: [{CORE}]}}]
    """) == [1_600, 1_800, 1_000]


def test_images_are_rounded_half_even_once_per_stage_and_month() -> None:
    """2.5 assets: 2 images for a plain stage, but 3 outputs make 7.5, rounded to 8, not 3 x 2."""
    assert images("""
        pipelines:
          - name: p
            assets_per_month: 2.5
            stages: [{name: a, model: stability.stable-image-core-v1:1}, {name: b, model: stability.stable-image-core-v1:1, outputs: 3}]
    """) == [2 + 8]


def test_growth_is_exact_over_ten_years() -> None:
    """1.08 to the 119th power, times 3,000, without a float."""
    pipeline = Pipeline("p", Fraction(3000), (), growth_pct_per_month=Fraction(8))
    months = [f"{2027 + index // 12}-{index % 12 + 1:02d}" for index in range(120)]
    assert Fraction(assets_by_month(pipeline, months)[-1]) == 3000 * Fraction(108, 100) ** 119


def test_what_is_no_finite_decimal_is_refused() -> None:
    """A third of an asset has no exact decimal."""
    pipeline = Pipeline("p", Fraction(1, 3), ())
    with pytest.raises(ValueError, match="must be finite decimals"):
        demand(Scenario("s", start="2026-12", months=1, pipelines=(pipeline,)), ((),))


def test_storage_accumulates_and_the_rest_follows_the_month() -> None:
    """1,024 assets a month keep 10 MB each: 10 GB, then 20 GB; deliveries stay 1,024 x 2."""
    plan = planned(f"""
        months: 2
        pipelines:
          - {{name: p, assets_per_month: 1024, stages: [{CORE}], supporting: {{storage_mb: 10, deliveries: 2, delivery_mb: 1, compute_gb_s: 3, moderated_images: 1}}}}
    """)
    quantities = [
        {line.service: line.quantity for line in month.charges if line.service}
        for month in plan.projection.months
    ]
    assert quantities == [
        {
            "s3.storage": 10,
            "cloudfront.https_requests": 2_048,
            "cloudfront.transfer": 1,
            "lambda.compute": 3_072,
            "rekognition.moderation": 1_024,
        },
        {
            "s3.storage": 20,
            "cloudfront.https_requests": 2_048,
            "cloudfront.transfer": 1,
            "lambda.compute": 3_072,
            "rekognition.moderation": 1_024,
        },
    ]


def test_supporting_usage_counts_finished_assets_not_reworked_ones() -> None:
    """100 assets with 50 % rework are moderated 100 times."""
    plan = planned(f"""
        pipelines: [{{name: p, assets_per_month: 100, rework_pct: 50, stages: [{CORE}], supporting: {{moderated_images: 1}}}}]
    """)
    assert [line.quantity for line in plan.projection.months[0].charges if line.service] == [100]
