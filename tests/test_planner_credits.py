"""The credit waterfall against worked examples with their arithmetic, to the micro-dollar."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.credits import Charge, CreditPool, WaterfallResult, topup, waterfall
from planner.credits.pools import Coverage
from pricing.money import parse_usd

EXAMPLES = json.loads((Path(__file__).parent / "golden" / "credit_examples.json").read_text())
COVERAGE: dict[bool | None, Coverage] = {True: "yes", False: "no", None: "unknown"}
Record = dict[str, Any]


@pytest.mark.parametrize("case", EXAMPLES["cases"], ids=lambda case: case["id"])
def test_a_worked_example_comes_out_to_the_micro_dollar(case: Record) -> None:
    """Every figure the example states, and no other draw or forfeit than it lists."""
    pools = [example_pool(record) for record in case["pools"]]
    charges = [example_charge(record) for record in case["charges"]]
    result = waterfall(pools, charges, **case["policy"])
    for figure, expected in case["expected"].items():
        assert comparable(result, figure, expected) == amounts(expected), f"{figure}: {case['arithmetic']}"


@pytest.mark.parametrize("case", EXAMPLES["topup_cases"], ids=lambda case: case["id"])
def test_a_larger_package_tops_up_by_the_difference(case: Record) -> None:
    received, approved = parse_usd(case["previously_received"]), parse_usd(case["approved_package"])
    assert topup(received, approved) == parse_usd(case["expected_new_pool"])


def example_pool(record: Record) -> CreditPool:
    fields = {
        key: record[key] for key in ("product_count", "application_type", "status", "shared") if key in record
    }
    return CreditPool(
        id=record["id"],
        balance=parse_usd(record["balance"]),
        starts=date.fromisoformat(record["starts"]),
        expires=date.fromisoformat(record["expires"]) if record.get("expires") else None,
        products=tuple(record["products"]),
        bedrock_third_party=COVERAGE[record.get("bedrock_3p")],
        owner_account=record.get("owner", "A"),
        **fields,
    )


def example_charge(record: Record) -> Charge:
    fields = {key: record[key] for key in ("entity", "account", "kind") if key in record}
    days: Record = {
        key: date.fromisoformat(record[key]) for key in ("first_day", "last_day") if key in record
    }
    return Charge(
        month=record["month"], product=record["product"], amount=parse_usd(record["amount"]), **fields, **days
    )


def comparable(result: WaterfallResult, figure: str, expected: Record) -> object:
    """The figure in the shape of the examples: days as text, lines as `pool>account/product`."""
    value: Any = getattr(result, figure)
    if figure == "forfeited":
        return {pool: {"date": str(day), "amount": amount} for pool, (day, amount) in value.items()}
    if figure == "ending_balance":
        return {pool: value[pool] for pool in expected}
    if figure == "draw_lines":
        return {month: named(lines, "{}>{}/{}") for month, lines in value.items()}
    if figure == "out_of_pocket_lines":
        return {month: named(lines, "{}/{}") for month, lines in value.items()}
    return value


def named(lines: Mapping[tuple[str, ...], int], form: str) -> dict[str, int]:
    return {form.format(*line): amount for line, amount in lines.items()}


def amounts(expected: Record | str | None) -> object:
    """The expected figure with its dollar texts as micro-dollars; months and days stay text."""
    if isinstance(expected, dict):
        return {key: text if key == "date" else amounts(text) for key, text in expected.items()}
    return expected if expected is None or "-" in expected else parse_usd(expected)
