"""Demand to priced lines: SKUs, tiers, overrides, background spend."""

from fractions import Fraction

from planner.charges import ChargeLine
from tests.support import planned, usd

TITAN = "amazon.titan-image-generator-v2:0"


def charges(text: str) -> list[ChargeLine]:
    return list(planned(text).projection.months[-1].charges)


def supporting(service: str, quantity: str, months: int = 1) -> list[tuple[Fraction, int]]:
    """The tiers charged for `quantity` of a supporting field of one asset a month."""
    plan = planned(f"""
        months: {months}
        pipelines:
          - name: p
            assets_per_month: 1024
            stages: [{{name: s, model: stability.stable-image-core-v1:1}}]
            supporting: {{{service}: {quantity}}}
    """)
    return [(line.quantity, line.list_cost) for line in plan.projection.months[-1].charges if line.service]


def test_stages_that_buy_the_same_sku_are_one_line() -> None:
    """Two Core stages of 100 images: one line of 200 at $0.04."""
    (line,) = charges("""
        pipelines:
          - name: p
            assets_per_month: 100
            stages: [{name: a, model: stability.stable-image-core-v1:1}, {name: b, model: stability.stable-image-core-v1:1}]
    """)
    assert (line.quantity, line.unit_price, line.list_cost) == (200, 40_000, usd("8"))
    assert (line.product, line.entity) == ("Stable Image Core v1.1 (Amazon Bedrock Edition)", "marketplace")


def test_titan_size_and_quality_choose_the_rate() -> None:
    """768x768 is the cheap class: $0.008; 1024x1024 standard is $0.010, premium $0.012."""
    lines = charges(f"""
        start: 2026-01
        region: us-east-1
        pipelines:
          - name: p
            assets_per_month: 1000
            stages:
              - {{name: a, model: "{TITAN}", size: 768x768}}
              - {{name: b, model: "{TITAN}", size: 1024x1024, quality: standard}}
              - {{name: c, model: "{TITAN}", size: 1024x1024, quality: premium}}
    """)
    assert [line.list_cost for line in lines] == [usd("8"), usd("10"), usd("12")]
    assert {(line.product, line.entity) for line in lines} == {("Amazon Bedrock", "aws")}


def test_storage_is_priced_per_gigabyte_month() -> None:
    """1,024 assets of 10 MB: 10 GB at $0.023."""
    assert supporting("storage_mb", "10") == [(10, usd("0.23"))]


def test_storage_of_the_third_month_holds_three_months_of_assets() -> None:
    assert supporting("storage_mb", "10", months=3) == [(30, usd("0.69"))]


def test_cdn_requests_cost_a_cent_for_ten_thousand() -> None:
    """1,024 assets of 1,000 deliveries: 1,024,000 HTTPS requests at $0.0100 per 10,000."""
    assert supporting("deliveries", "1000") == [(1_024_000, usd("1.024"))]


def test_transfer_is_cut_at_the_tiers() -> None:
    """60 TB: 10,240 GB at $0.085, 40,960 GB at $0.080, 10,240 GB at $0.060."""
    assert supporting("delivery_mb", "61_440") == [
        (10_240, usd("870.40")),
        (40_960, usd("3_276.80")),
        (10_240, usd("614.40")),
    ]


def test_transfer_beyond_the_last_known_tier_keeps_its_price_and_is_reported() -> None:
    """200 TB: 150 TB are known; the rest is priced as the last tier and said to be."""
    plan = planned("""
        pipelines:
          - name: p
            assets_per_month: 1024
            stages: [{name: s, model: stability.stable-image-core-v1:1}]
            supporting: {delivery_mb: 204_800}
    """)
    transfer = [line for line in plan.projection.months[0].charges if line.service == "cloudfront.transfer"]
    assert [(line.quantity, line.list_cost) for line in transfer] == [
        (10_240, usd("870.40")),
        (40_960, usd("3_276.80")),
        (153_600, usd("9_216")),
    ]
    assert "beyond-tiers" in [problem.code for problem in plan.problems]


def test_compute_is_exact_at_ten_decimals() -> None:
    """1,024 x 1,000 GB-seconds at $0.0000166667: $17.0667008, rounded to the micro-dollar."""
    assert supporting("compute_gb_s", "1000") == [(1_024_000, usd("17.066701"))]


def test_moderation_costs_a_tenth_of_a_cent() -> None:
    assert supporting("moderated_images", "1") == [(1_024, usd("1.024"))]


def test_a_discount_changes_the_rate_and_is_named() -> None:
    """Core at 5 % off: $0.038 exactly."""
    (line,) = charges("""
        price_overrides: [{model: stability.*, discount_pct: 5}]
        pipelines: [{name: p, assets_per_month: 100, stages: [{name: a, model: stability.stable-image-core-v1:1}]}]
    """)
    assert (line.unit_price, line.list_cost) == (38_000, usd("3.80"))
    assert line.override == "stability.*: 5 % discount"


def test_a_discount_finer_than_a_micro_dollar_stays_exact_until_the_line_is_summed() -> None:
    """Core at 33.3333 % off is $0.02666668; three images are $0.08000004, rounded to $0.080000."""
    (line,) = charges("""
        price_overrides: [{model: "*", discount_pct: 33.3333}]
        pipelines: [{name: p, assets_per_month: 3, stages: [{name: a, model: stability.stable-image-core-v1:1}]}]
    """)
    assert line.unit_price == Fraction("26666.68")
    assert line.list_cost == usd("0.08")


def test_a_markup_and_a_fixed_price_apply_to_the_models_they_name_and_the_last_match_wins() -> None:
    lines = charges("""
        price_overrides:
          - {model: "*", markup_pct: 10}
          - {model: stability.stable-image-ultra*, usd_per_image: 0.125}
        pipelines:
          - name: p
            assets_per_month: 100
            stages: [{name: a, model: stability.stable-image-core-v1:1}, {name: b, model: stability.stable-image-ultra-v1:1}]
    """)
    assert [line.list_cost for line in lines] == [usd("4.40"), usd("12.50")]
    assert [line.override for line in lines] == [
        "*: 10 % markup",
        "stability.stable-image-ultra*: $0.125 per image",
    ]


def test_an_override_that_matches_no_model_is_reported() -> None:
    plan = planned("""
        price_overrides: [{model: amazon.titan-typo*, discount_pct: 5}]
        pipelines: [{name: p, assets_per_month: 1, stages: [{name: a, model: stability.stable-image-core-v1:1}]}]
    """)
    assert [problem.code for problem in plan.problems if problem.severity == "warning"] == ["override-unused"]


def test_background_spend_is_a_charge_each_month() -> None:
    lines = charges("""
        background_spend: [{product: Amazon EC2, usd_per_month: 250}]
        pipelines: [{name: p, assets_per_month: 0, stages: [{name: a, model: stability.stable-image-core-v1:1}]}]
    """)
    assert [(line.product, line.list_cost) for line in lines] == [("Amazon EC2", usd("250"))]


def test_a_marketplace_product_that_is_not_bedrock_is_paid_by_no_pool() -> None:
    """$30 for Datadog in cash; $40 for Claude on Bedrock from the pool that pays third-party models."""
    plan = planned("""
        background_spend:
          - {product: Datadog Pro, usd_per_month: 30, entity: marketplace}
          - {product: Claude (Amazon Bedrock Edition), usd_per_month: 40, entity: marketplace}
        credits: [{name: a, balance_usd: 100, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}]
        pipelines: [{name: p, assets_per_month: 0, stages: [{name: a, model: stability.stable-image-core-v1:1}]}]
    """)
    assert plan.projection.totals.out_of_pocket == usd("30")
    assert plan.projection.totals.drawn == usd("40")


def test_sdxl_steps_choose_the_rate() -> None:
    """50 steps $0.04, 51 steps $0.08, none given: the dearer one."""
    lines = charges("""
        start: 2025-03
        region: us-east-1
        pipelines:
          - name: p
            assets_per_month: 100
            stages:
              - {name: a, model: stability.stable-diffusion-xl-v1, size: 1024x1024, steps: 50}
              - {name: b, model: stability.stable-diffusion-xl-v1, size: 1024x1024, steps: 51}
              - {name: c, model: stability.stable-diffusion-xl-v1, size: 1024x1024}
    """)
    assert [(line.sku.quality if line.sku else None, line.quantity, line.list_cost) for line in lines] == [
        ("steps<=50", 100, usd("4")),
        ("steps>50", 200, usd("16")),
    ]
