"""Money is whole micro-dollars: exact in, exact out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.money import (
    LARGEST,
    Micros,
    MoneyError,
    decimal_usd,
    format_usd,
    parse_decimal,
    parse_price,
    parse_usd,
    round_half_even,
    round_up,
    split,
)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0.14", 140_000),
        ("25_000", 25_000_000_000),
        ("-3.50", -3_500_000),
        ("+1", 1_000_000),
        ("0", 0),
        ("0.000001", 1),
        ("9000000000000", 9_000_000_000_000_000_000),
    ],
)
def test_a_decimal_becomes_exactly_its_micro_dollars(text: str, micros: int) -> None:
    """No float stands between the text and the whole number."""
    assert parse_usd(text) == micros


@pytest.mark.parametrize(
    "text", ["", "1e3", ".5", "5.", "1,000", "$5", "0x10", "٣", "nan", "inf", "1__0", "_1", " 1", "9" * 41]
)
def test_anything_but_a_plain_decimal_is_refused(text: str) -> None:
    """Exponents, signs of currency, other digits and endless numbers are errors, not guesses."""
    with pytest.raises(MoneyError, match="is not a decimal number"):
        parse_usd(text)


def test_an_amount_finer_than_a_micro_dollar_is_refused() -> None:
    """An amount is never rounded on the way in."""
    with pytest.raises(MoneyError, match="finer than a millionth of a dollar"):
        parse_usd("0.0000001")


def test_an_amount_beyond_nine_trillion_dollars_is_refused() -> None:
    """Every sum a plan makes must still fit 64 bits."""
    assert LARGEST == 9_000_000_000_000_000_000
    with pytest.raises(MoneyError, match="more than Bursar counts"):
        parse_usd("9000000000000.01")


def test_a_long_text_is_shortened_in_the_message() -> None:
    """A message stays one line, whatever was written."""
    with pytest.raises(MoneyError) as caught:
        parse_usd("x" * 5_000)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("text", "price", "per"),
    [
        ("0.008", 8_000, 1),
        ("0.0000166667", 166_667, 10_000),
        ("0.0000000309", 309, 10_000),
        ("21", 21_000_000, 1),
    ],
)
def test_a_unit_price_keeps_every_digit(text: str, price: int, per: int) -> None:
    """A price finer than a micro-dollar is whole micro-dollars for more units."""
    assert parse_price(text) == (price, per)


def test_underscores_group_digits() -> None:
    """`10_000.5` reads as a person means it."""
    assert parse_decimal("10_000.5") == Fraction(20_001, 2)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Micros(140_000), "0.14"),
        (Micros(-3_500_000), "-3.50"),
        (Micros(1), "0.000001"),
        (Micros(0), "0.00"),
        (Fraction(166_667, 10_000), "0.0000166667"),
        (Fraction(1, 3), "0.000000333333"),
    ],
)
def test_machines_read_exact_decimal_text(amount: Micros | Fraction, text: str) -> None:
    """At least two decimals, as many as the amount has, twelve at most."""
    assert decimal_usd(amount) == text


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (1_234_500_000, "$1,234.50"),
        (-5_000, "-$0.01"),
        (4_999, "$0.005"),
        (40, "$0.00004"),
        (0, "$0.00"),
        (1_005_000, "$1.01"),
    ],
)
def test_people_read_cents_and_never_a_false_zero(micros: int, text: str) -> None:
    """Half up to two decimals; what two decimals would hide gets more."""
    assert format_usd(Micros(micros)) == text


def test_whole_dollars_can_be_asked_for() -> None:
    """A headline rounds to dollars."""
    assert format_usd(Micros(1_234_500_000), places=0) == "$1,235"


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (8, 3, 3), (7, 3, 2)],
)
def test_ties_round_to_the_even_number(numerator: int, denominator: int, rounded: int) -> None:
    """Half even, below zero too."""
    assert round_half_even(numerator, denominator) == rounded


def test_a_hold_rounds_up() -> None:
    """A hold is never smaller than what may be billed."""
    assert [round_up(6, 3), round_up(7, 3), round_up(-7, 3)] == [2, 3, -2]


def test_a_split_gives_each_weight_its_share() -> None:
    """A dollar over 30 and 1 days: the parts are a micro-dollar exact and sum to the whole."""
    assert split(Micros(1_000_000), [30, 1]) == [967_742, 32_258]


def test_a_split_without_weight_is_refused() -> None:
    """Money is never divided among nobody."""
    with pytest.raises(ValueError, match="more than zero"):
        split(Micros(1), [0, 0])


@given(
    st.integers(min_value=-(10**18), max_value=10**18),
    st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=40).filter(any),
)
def test_parts_always_sum_to_the_whole(total: int, weights: list[int]) -> None:
    """And no part is more than a micro-dollar off its exact share."""
    parts = split(Micros(total), weights)
    assert sum(parts) == total
    assert all(
        abs(part - Fraction(total * weight, sum(weights))) <= 1
        for part, weight in zip(parts, weights, strict=True)
    )


@given(st.integers(min_value=-LARGEST, max_value=LARGEST))
def test_text_and_back_is_the_same_amount(micros: int) -> None:
    """What Bursar prints for machines it reads again without loss."""
    assert parse_usd(decimal_usd(Micros(micros))) == micros
