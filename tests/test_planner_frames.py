"""The pandas door: tidy, typed, adding up to the plan."""

import pandas as pd
import pytest

from planner.compare import compare
from tests.support import planned, usd

PLAN = """
    months: 2
    background_spend: [{product: Amazon EC2, usd_per_month: 20}, {product: Tax, usd_per_month: 3, kind: tax}]
    credits: [{name: a, balance_usd: 70, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}]
    pipelines: [{name: p, assets_per_month: 1000, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]
"""


def test_months_have_one_row_each_with_exact_micro_dollars() -> None:
    frame = planned(PLAN).projection.to_frame()
    assert list(frame["x_ListCostMicros"]) == [usd("63"), usd("63")]
    assert list(frame["x_OutOfPocketMicros"]) == [usd("3"), usd("53")]
    assert frame["x_ListCostMicros"].dtype == "int64"
    assert frame["BillingPeriodStart"][0] == pd.Timestamp("2026-12-01", tz="UTC")
    assert frame["BillingPeriodEnd"][0] == pd.Timestamp("2027-01-01", tz="UTC")


def test_charges_carry_focus_names_and_sum_to_the_months() -> None:
    projection = planned(PLAN).projection
    frame = projection.to_frame("charges")
    assert list(frame["ServiceName"][:3]) == [
        "Stable Image Core v1.1 (Amazon Bedrock Edition)",
        "Amazon EC2",
        "Tax",
    ]
    assert list(frame["ChargeCategory"][:3]) == ["Usage", "Usage", "Tax"]
    assert list(frame["InvoiceIssuerName"][:2]) == ["AWS Marketplace", "AWS"]
    assert frame["x_ListCostMicros"].sum() == projection.totals.list_cost
    assert frame["ListUnitPrice"][0] == 0.04


def test_draws_are_negative_charges_of_category_credit() -> None:
    frame = planned(PLAN).projection.to_frame("draws")
    assert set(frame["ChargeCategory"]) == {"Credit"}
    assert frame["x_BilledCostMicros"].sum() == -usd("70")


def test_a_plan_without_draws_has_an_empty_typed_frame() -> None:
    plan = planned(
        "pipelines: [{name: p, assets_per_month: 1, stages: [{name: s, model: stability.stable-image-core-v1:1}]}]"
    )
    frame = plan.projection.to_frame("draws")
    assert frame.empty
    assert frame["x_BilledCostMicros"].dtype == "int64"


def test_unknown_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="rows is one of months, charges, draws, not 'pools'"):
        planned(PLAN).projection.to_frame("pools")


def test_a_comparison_has_one_row_per_scenario_and_figure() -> None:
    frame = compare([planned(PLAN), planned(PLAN.replace("1000", "2000"))]).to_frame()
    listed = frame[frame["figure"] == "list_cost"]
    assert list(listed["value"]) == ["126.00", "206.00"]
