"""What cannot be a pool, a charge or a policy is refused with one clear line; coverage on its own."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from planner.credits import Charge, CreditError, CreditPool, covers, reaches, topup, waterfall
from pricing.money import Micros
from tests.credits_support import charge, pool

CENT = Micros(10_000)


def make_pool(**fields: object) -> CreditPool:
    given = {"id": "poc", "balance": CENT, "starts": None, "expires": None, **fields}
    return CreditPool(**given)  # type: ignore[arg-type]


def make_charge(**fields: object) -> Charge:
    given = {"month": "2027-02", "product": "Amazon Bedrock", "amount": CENT, **fields}
    return Charge(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: make_pool(balance=-1),
            "credit pool 'poc': balance -1 is not a whole number of micro-dollars",
        ),
        (lambda: make_pool(balance=0.5), "balance 0.5 is not a whole number"),
        (
            lambda: make_pool(starts=date(2027, 2, 1), expires=date(2027, 1, 31)),
            "before it starts on 2027-02-01",
        ),
        (lambda: make_pool(expires=datetime(2027, 1, 31)), "dates without a time"),  # noqa: DTZ001
        (lambda: make_pool(products="Amazon Bedrock"), "products is a text"),
        (lambda: make_pool(product_count=-1), "product_count -1 is negative"),
        (
            lambda: make_pool(bedrock_third_party=True),
            "bedrock_third_party: True is not one of yes, no, unknown",
        ),
        (lambda: make_pool(application_type="BEFORE"), "'BEFORE' is not one of before, after, None"),
        (lambda: make_pool(status="on"), "status: 'on' is not one of active, paused"),
        (lambda: make_charge(amount=-1), "charge 'Amazon Bedrock' of 2027-02: amount -1 is not"),
        (lambda: make_charge(amount=1.5), "amount 1.5 is not a whole number"),
        (lambda: make_charge(entity="AWS"), "entity 'AWS' is not one of aws, marketplace"),
        (lambda: make_charge(month="2027-13"), "'2027-13' is not a month; write it as YYYY-MM"),
        (lambda: make_charge(month=202712), "202712 is not a month"),
        (
            lambda: make_charge(first_day=date(2027, 1, 31)),
            "2027-01-31 to 2027-02-28 do not lie in order within",
        ),
        (
            lambda: make_charge(last_day=date(2027, 3, 1)),
            "2027-02-01 to 2027-03-01 do not lie in order within",
        ),
        (lambda: make_charge(first_day=date(2027, 2, 9), last_day=date(2027, 2, 8)), "do not lie in order"),
        (lambda: make_charge(first_day=datetime(2027, 2, 9)), "dates without a time"),  # noqa: DTZ001
    ],
)
def test_a_pool_or_charge_that_makes_no_sense_is_refused(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(CreditError) as refused:
        wrong()
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"expiry": "monthly"}, "expiry: 'monthly' is not one of usage_dated, whole_month"),
        ({"start": "now"}, "start: 'now' is not one of billing_cycle, start_date"),
        ({"application_type": "honor"}, "application_type: 'honor' is not one of honour, ignore"),
        ({"unknown_coverage": None}, "unknown_coverage: None is not one of conservative, optimistic"),
        ({"months": ["2027-1"]}, "'2027-1' is not a month"),
        ({"months": "2027-01"}, "'2' is not a month"),
        ({"months": [None]}, "None is not a month"),
    ],
)
def test_a_policy_word_or_month_that_is_not_known_is_refused(policy: dict[str, object], message: str) -> None:
    with pytest.raises(CreditError, match=message):
        waterfall([], [], **policy)  # type: ignore[arg-type]


def test_two_pools_of_one_id_are_refused() -> None:
    with pytest.raises(CreditError, match="two credit pools are called 'poc'; give each its own id"):
        waterfall([pool("poc", "1"), pool("act", "2"), pool("poc", "3")], [charge("2027-01", "1")])


def test_credit_errors_are_value_errors() -> None:
    assert issubclass(CreditError, ValueError)


@pytest.mark.parametrize(("received", "approved"), [(10, 10), (10, 9), (-1, 5)])
def test_a_package_that_is_not_larger_is_declined(received: int, approved: int) -> None:
    with pytest.raises(CreditError):
        topup(Micros(received), Micros(approved))


def test_coverage_leaves_aside_dates_balance_and_status() -> None:
    """An empty, paused, expired pool still covers what it lists; whether an account may use it is apart."""
    old = make_pool(
        balance=0, status="paused", expires=date(2020, 1, 1), products=("Amazon Bedrock",), shared=False
    )
    assert covers(old, make_charge())
    assert not covers(old, make_charge(product="Amazon S3"))
    assert covers(old, make_charge(entity="marketplace"), "optimistic")
    assert not covers(old, make_charge(entity="marketplace"))
    assert reaches(old, "A")
    assert not reaches(old, "B")


def test_pools_and_charges_may_be_any_iterable() -> None:
    """Generators are read once."""
    result = waterfall((pool(name, "1") for name in "ab"), (charge("2027-01", "3") for _ in range(1)))
    assert result.total_out_of_pocket == 1_000_000
