"""Stages that share the assets: what a mix of two models makes, costs, and how each output and file says so."""

from fractions import Fraction

import pytest

from planner.demand import demand
from planner.formatting import formatted
from planner.plan import Plan
from planner.report.explanation import explain
from planner.scenario import Pipeline, Scenario, Stage
from planner.shares import mixes, pairs
from tests.support import planned, usd

MIX = """
    pipelines:
      - name: cards
        assets_per_month: {assets}
        rework_pct: {rework}
        growth_pct_per_month: {growth}
        stages:
          - {{name: premium, model: stability.stable-image-ultra-v1:1, share_pct: {premium}}}
          - {{name: standard, model: stability.stable-image-core-v1:1, share_pct: {standard}}}
        supporting: {{moderated_images: 1}}
    months: {months}
"""


def mix(
    assets: str,
    premium: str = "30",
    standard: str = "70",
    *,
    rework: int = 0,
    growth: int = 0,
    months: int = 1,
) -> Plan:
    return planned(
        MIX.format(
            assets=assets, premium=premium, standard=standard, rework=rework, growth=growth, months=months
        )
    )


def images(plan: Plan) -> list[list[int]]:
    """Images of each stage, month by month."""
    return [[use.images for use in month.image_uses] for month in plan.demands]


def test_a_stage_makes_images_for_its_share_of_the_assets_rework_included() -> None:
    """100 assets with 10 % rework are 110 runs: 33 premium and 77 standard."""
    assert images(mix("100", rework=10)) == [[33, 77]]


def test_a_share_goes_with_growth_candidates_and_outputs() -> None:
    """300 and 700 of 1,000 grow 10 % a month; 12.5 % of 10 assets, 4 candidates of 2 outputs, are 10 images."""
    assert images(mix("1000", growth=10, months=3)) == [[300, 700], [330, 770], [363, 847]]
    plan = planned("""
        pipelines:
          - name: p
            assets_per_month: 10
            stages: [{name: s, model: stability.stable-image-core-v1:1, candidates: 4, outputs: 2, share_pct: 12.5}]
    """)
    assert images(plan) == [[10]]


def test_each_stage_is_rounded_half_even_by_itself() -> None:
    """5 assets: 1.5 and 3.5, rounded to 2 and 4; 25 by halves: 12.5 twice, rounded to 12 each; 1: 0.3 and 0.7."""
    assert images(mix("5")) == [[2, 4]]
    assert images(mix("25", "50", "50")) == [[12, 12]]
    assert images(mix("1")) == [[0, 1]]


def test_finished_assets_and_what_comes_with_them_are_not_shared() -> None:
    plan = mix("100", rework=10)
    assert plan.projection.totals.assets == 100
    assert [line.quantity for line in plan.projection.months[0].charges if line.service] == [100]


def test_a_mix_costs_the_mean_of_its_models() -> None:
    """1,000 assets: 300 Ultra at $0.14 and 700 Core at $0.04 are $42 + $28, $0.07 an asset, and $1 of moderation."""
    plan = mix("1000")
    costs = [(line.quantity, line.list_cost) for line in plan.projection.months[0].charges if line.sku]
    assert costs == [(300, usd("42")), (700, usd("28"))]
    assert plan.projection.totals.list_cost == usd("71")
    assert plan.projection.totals.cost_per_asset == usd("0.071")


def test_a_share_written_as_100_is_a_stage_without_one() -> None:
    """1,000 images of each."""
    assert images(mix("1000", "100", "100")) == [[1000, 1000]]
    assert Stage("s", "m").share == Stage("s", "m", share_pct=Fraction(100)).share == 100


def test_two_shares_of_one_sku_are_one_charge() -> None:
    """With 30 and 70 % of 1,000 assets on Core it is the $40 of 1,000."""
    stage = "model: stability.stable-image-core-v1:1"
    plan = planned(f"""
        pipelines:
          - name: p
            assets_per_month: 1000
            stages: [{{name: a, {stage}, share_pct: 30}}, {{name: b, {stage}, share_pct: 70}}]
    """)
    (line,) = plan.projection.months[0].charges
    assert (line.quantity, line.list_cost) == (1000, usd("40"))


def test_frames_have_the_images_of_each_share() -> None:
    frame = mix("1000").projection.to_frame("charges")
    assert list(frame["PricingQuantity"][:2]) == [300, 700]
    assert list(frame["x_ListCostMicros"][:2]) == [usd("42"), usd("28")]


def test_the_formula_of_a_number_names_the_share() -> None:
    facts = explain(mix("100", "32.5", "67.5", rework=10), "2026-12", "images").facts
    assert facts[:2] == (
        ("36", "cards / premium: assets x 32.5 % share x 1 candidates x 1 outputs x (1 + 10 % rework)"),
        ("74", "cards / standard: assets x 67.5 % share x 1 candidates x 1 outputs x (1 + 10 % rework)"),
    )


def test_a_share_that_is_no_finite_decimal_is_refused() -> None:
    """A third of the assets has no exact decimal."""
    pipeline = Pipeline("p", Fraction(1), (Stage("s", "m", share_pct=Fraction(100, 3)),))
    with pytest.raises(ValueError, match="shares and supporting usage must be finite decimals"):
        demand(Scenario("s", start="2026-12", months=1, pipelines=(pipeline,)), ((),))


def test_shares_belong_together_up_to_the_whole() -> None:
    """30 and 70, then 20, 30 and 50, then 100 by itself; 60 is left over."""
    shares = [Fraction(share) for share in (30, 70, 20, 30, 50, 100, 60)]
    assert mixes(shares) == [range(2), range(2, 5), range(5, 6), range(6, 7)]
    assert mixes([Fraction(60), Fraction(60)]) == [range(2)]
    assert mixes([]) == []


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ("a30 a70", {0: 1}),
        ("a30 b10 a70", {0: 2}),
        ("a30 b40 a70 b60", {0: 2, 1: 3}),
        ("a30 a70 a0.5 a99.5", {0: 1, 2: 3}),
        ("a- a30 a- a70", {1: 3}),
        ("a30 a60", {}),
        ("a30 b70", {}),
        ("a20 a30 a50", {}),
        ("a100 a100", {}),
        ("a30", {}),
    ],
)
def test_two_stages_of_one_task_are_a_pair_when_they_make_the_whole(
    shares: str, expected: dict[int, int]
) -> None:
    """Each word is a task and a share, `-` for none."""
    stages = [
        Stage(word, "m", share_pct=None if word[1:] == "-" else Fraction(word[1:])) for word in shares.split()
    ]
    assert pairs(stages, [word[0] for word in shares.split()]) == expected


def test_fmt_puts_the_share_behind_what_a_stage_makes() -> None:
    stage = "{share_pct: 30.50, region: eu-west-1, name: s, outputs: 2, model: m}"
    text = f"name: x\nstart: 2026-12\nmonths: 1\nregion: us-west-2\npipelines: [{{name: p, assets_per_month: 1, stages: [{stage}]}}]\n"
    tidy = "{name: s, model: m, outputs: 2, share_pct: 30.50, region: eu-west-1}"
    assert tidy in formatted(text, "test.yaml")
