"""The pandas door to a ledger: one row a call, typed, adding up to what the ledger counts."""

import pandas as pd
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]

from planner.call_frame import call_frame
from planner.guard import tags
from planner.guard.local_bedrock.faults import Timeout
from pricing.overrides import Override
from tests.guarding import CORE, ULTRA, at, budget, guarded, usd

ONCE = Config(read_timeout=0.3, retries={"total_max_attempts": 1})


def test_each_call_is_a_row_with_its_cost_and_tags() -> None:
    """Two Core images for Acme at $0.04, one Ultra image for nobody at $0.14."""
    with guarded(budget("1.00")) as setting:
        setting.clock.now = at("2026-12-05 12:34:56")
        with tags(tenant="acme"):
            setting.invoke(CORE)
            setting.invoke(CORE)
        setting.invoke(ULTRA)
        frame = setting.guard.to_frame()
    assert list(frame["x_ModelId"]) == [CORE, CORE, ULTRA]
    assert list(frame["x_BilledCostMicros"]) == [usd("0.04"), usd("0.04"), usd("0.14")]
    assert list(frame["BilledCost"]) == [0.04, 0.04, 0.14]
    assert list(frame["x_Tag_tenant"].fillna("nobody")) == ["acme", "acme", "nobody"]
    assert set(frame["x_State"]) == {"settled"}
    assert frame["ChargePeriodStart"][0] == pd.Timestamp("2026-12-05 12:00", tz="UTC")
    assert frame["x_HeldAt"][0] == pd.Timestamp("2026-12-05 12:34:56", tz="UTC")
    assert frame["x_BilledCostMicros"].sum() == usd("0.22")


def test_exact_amounts_lie_beside_the_dollars() -> None:
    """Three images at $0.10: floats add up to 0.30000000000000004, micro-dollars to thirty cents."""
    dime = Override("*", usd_per_image=usd("0.10"))
    with guarded(budget("1.00"), price_overrides=[dime]) as setting:
        for _ in range(3):
            setting.invoke(CORE)
        frame = setting.guard.to_frame()
    assert sum(frame["BilledCost"]) == 0.30000000000000004
    assert frame["x_BilledCostMicros"].dtype == "int64"
    assert frame["x_BilledCostMicros"].sum() == usd("0.30")


def test_what_is_assumed_is_marked_and_what_is_open_is_billed_nothing() -> None:
    with guarded(budget("1.00"), faults=[Timeout()], client={"config": ONCE}) as setting:
        setting.guard.ledger.hold("by hand", usd("0.04"), ["b"])
        with pytest.raises(ReadTimeoutError):
            setting.invoke(CORE)
        frame = setting.guard.to_frame().set_index("x_State")
    assert frame.loc["assumed", "x_BilledCostMicros"] == usd("0.04")
    assert bool(frame.loc["assumed", "x_Estimated"])
    assert (frame.loc["open", "x_BilledCostMicros"], frame.loc["open", "x_HeldMicros"]) == (0, usd("0.04"))


def test_a_ledger_without_calls_is_an_empty_typed_frame() -> None:
    frame = call_frame(())
    assert frame.empty
    assert frame["x_BilledCostMicros"].dtype == "int64"
    assert frame["BilledCost"].dtype == "float64"
    assert str(frame["x_HeldAt"].dtype).endswith("UTC]")
    assert frame["x_Estimated"].dtype == "bool"
    assert frame["SkuId"].dtype == "string"
