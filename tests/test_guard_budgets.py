"""Budgets written in Python are in dollars, and what is no limit is one clear line."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from planner.guard import BudgetExceeded, Guard, GuardConfigError
from planner.guard import budget as written
from planner.guard.budgets import Usd
from planner.guard.testing import guarded
from planner.scenario import AppliesTo, Budget, Threshold
from tests.bodies import CORE
from tests.endpoint import invoke


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("0.10", 100_000), ("25_000", 25_000_000_000), (5, 5_000_000), (Decimal("0.10"), 100_000)],
)
def test_a_limit_is_in_dollars(amount: Usd, micros: int) -> None:
    assert written("b", amount) == Budget("b", micros)  # type: ignore[arg-type]


def test_everything_a_file_can_say_of_a_budget_can_be_said() -> None:
    made = written(
        "b",
        "5.00",
        per="day",
        tags={"team": "a"},
        models=["stability.*"],
        notify_at_pct=[50],
        downgrade_at_pct=80,
    )
    assert made == Budget(
        "b",
        5_000_000,  # type: ignore[arg-type]
        "day",
        AppliesTo({"team": "a"}, ("stability.*",)),
        (Threshold(Fraction(50), "notify"), Threshold(Fraction(80), "downgrade")),
    )
    assert written("no-cash", None).limit_usd is None


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0.1, "limit_usd is text or a whole number of dollars, such as '0.1', not 0.1"),
        (True, "limit_usd is text or a whole number of dollars, such as '0.10', not True"),
        ([], "limit_usd is text or a whole number of dollars, such as '0.10', not []"),
        ("", "limit_usd: '' is not a decimal number such as 0.14 or 25_000"),
        ("a lot", "limit_usd: 'a lot' is not a decimal number such as 0.14 or 25_000"),
        ("0.0000001", "limit_usd: '0.0000001' is finer than a millionth of a dollar"),
        (Decimal("NaN"), "limit_usd: 'NaN' is not a decimal number such as 0.14 or 25_000"),
        (Decimal("1E-7"), "limit_usd: '0.0000001' is finer than a millionth of a dollar"),
        (0, "limit_usd is 0; a limit is above zero"),
        ("-5", "limit_usd is '-5'; a limit is above zero"),
        (
            10**30,
            "limit_usd: '1000000000000000000000000000000' is more than Bursar counts (9 trillion dollars)",
        ),
    ],
)
def test_what_is_no_amount_is_refused(amount: Any, said: str) -> None:  # noqa: ANN401 - what a user may write
    with pytest.raises(GuardConfigError) as raised:
        written("b", amount)
    assert str(raised.value) == f"budget 'b': {said}"


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (5, "Budget takes its limit in micro-dollars, and 5 of them are $0.000005; "),
        (0, "Budget takes its limit in micro-dollars, and 0 of them are $0.00; "),
        (-5_000_000, "Budget takes its limit in micro-dollars, and -5000000 of them are $-5.00; "),
        ("5", "Budget takes its limit in micro-dollars, not '5'; "),
        (5.0, "Budget takes its limit in micro-dollars, not 5.0; "),
        (Decimal(5), "Budget takes its limit in micro-dollars, not Decimal('5'); "),
        (True, "Budget takes its limit in micro-dollars, not True; "),
    ],
)
def test_a_budget_made_by_hand_in_dollars_is_refused(limit: Any, said: str) -> None:  # noqa: ANN401
    with pytest.raises(GuardConfigError) as raised:
        Guard.from_policy([Budget("b", limit)], ledger="memory://")
    assert str(raised.value) == f"budget 'b': {said}write planner.guard.budget('b', '5.00') for five dollars"


@pytest.mark.parametrize("given", ["b", {"name": "b"}, 5])
def test_what_is_no_budget_is_refused(given: Any) -> None:  # noqa: ANN401
    with pytest.raises(
        GuardConfigError, match=r"budgets lists what planner\.guard\.budget\(name, '5\.00'\) makes"
    ):
        Guard.from_policy([given], ledger="memory://")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"per": "week"}, "per is day, month or lifetime, not 'week'"),
        ({"models": "stability.*"}, "models is a list, such as ['stability.*']"),
        ({"notify_at_pct": [0.5]}, "a threshold is a whole percent from 1 to 100, not 0.5"),
        ({"downgrade_at_pct": 101}, "a threshold is a whole percent from 1 to 100, not 101"),
    ],
)
def test_other_mistakes_are_one_line_too(options: dict[str, Any], said: str) -> None:
    with pytest.raises(GuardConfigError) as raised:
        written("b", "5", **options)
    assert str(raised.value) == f"budget 'b': {said}"


def test_a_guard_holds_calls_to_a_budget_in_dollars() -> None:
    with guarded(budgets=[written("b", Decimal("0.10"))]) as (_, client, endpoint):
        invoke(client, CORE, {"prompt": "a"})
        invoke(client, CORE, {"prompt": "a"})
        with pytest.raises(BudgetExceeded, match=r"\$0\.02 of \$0\.10 is left"):
            invoke(client, CORE, {"prompt": "a"})
        assert endpoint.billed.images == 2


@pytest.mark.parametrize("limit", [0.1, None, "free"])
def test_a_guard_for_tests_takes_dollars_as_well(limit: Any) -> None:  # noqa: ANN401
    with (
        pytest.raises(GuardConfigError, match=r"budget 'test': limit_usd|is held to credits"),
        guarded(limit),
    ):
        pass
