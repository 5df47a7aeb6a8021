"""Negotiated rates and markups: exact, and named where they apply."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book import PriceBook, Rate, Sku
from pricing.money import Micros, parse_price
from pricing.overrides import Override, with_overrides, without_effect

ULTRA = "stability.stable-image-ultra-v1:1"


def rate(price: int, per: int = 1, low: int | None = None, model_id: str = ULTRA) -> Rate:
    """A rate of a flat model in us-west-2."""
    return Rate(
        sku=Sku(model_id, "any", None, "us-west-2"),
        price=Micros(price),
        per=per,
        valid_from=date(2025, 2, 28),
        valid_until=None,
        source="a page",
        read_on=date(2026, 7, 24),
        verified=True,
        low_price=None if low is None else Micros(low),
    )


def book(*rates: Rate) -> PriceBook:
    """A book of these rates and nothing else."""
    return PriceBook("test", "a test", date(2026, 7, 24), cards={}, rates=rates, services={})


def test_a_discount_is_exact() -> None:
    """5 % off $0.14 is $0.133."""
    changed = Override("stability.*", discount_pct=Fraction(5)).apply(rate(140_000))
    assert (changed.price, changed.per, changed.override) == (133_000, 1, "stability.*: 5 % discount")


def test_a_discount_with_decimals_stays_exact() -> None:
    """33.333 % off $0.04 is $0.0266668, finer than a micro-dollar."""
    changed = Override("*", discount_pct=Fraction("33.333")).apply(rate(40_000))
    assert changed.unit_price == Fraction("26666.8")
    assert str(Override("*", discount_pct=Fraction("33.333"))) == "*: 33.333 % discount"


def test_a_discount_on_a_price_for_many_is_exact() -> None:
    """10 % off $0.000017 per image, written as 17 micro-dollars, and off 166,667 micro-dollars per 10,000."""
    tenth = Override("*", discount_pct=Fraction(10))
    assert tenth.apply(rate(17)).unit_price == Fraction("15.3")
    assert tenth.apply(rate(166_667, 10_000)).unit_price == Fraction("15.00003")


def test_a_markup_is_exact() -> None:
    """2.5 % on $0.08 is $0.082."""
    changed = Override("*", markup_pct=Fraction("2.5")).apply(rate(80_000))
    assert changed.unit_price == 82_000
    assert changed.override == "*: 2.5 % markup"


def test_the_low_end_moves_with_the_high_one() -> None:
    """12.5 % off a range of $0.12 to $0.14 is $0.105 to $0.1225."""
    changed = Override("*", discount_pct=Fraction("12.5")).apply(rate(140_000, low=120_000))
    assert changed.unit_price == 122_500
    assert Fraction(changed.low_price or 0, changed.per) == 105_000


def test_a_fixed_price_replaces_the_range() -> None:
    """A price agreed on has no low end."""
    changed = Override("*", usd_per_image=Micros(12_000)).apply(rate(140_000, low=120_000))
    assert (changed.price, changed.per, changed.low_price, changed.override) == (
        12_000,
        1,
        None,
        "*: $0.012 per image",
    )


def test_a_fixed_price_finer_than_a_micro_dollar_is_shown_as_written() -> None:
    """It is held as whole micro-dollars for many images and named per image."""
    price, per = parse_price("0.0123456789")
    assert str(Override("*", usd_per_image=price, per=per)) == "*: $0.0123456789 per image"


@given(
    st.integers(min_value=1, max_value=10**9),
    st.sampled_from([1, 10, 1_000, 10_000]),
    st.decimals(min_value=0, max_value=99, places=4),
    st.integers(min_value=1, max_value=100),
)
def test_every_decimal_percentage_is_exact(price: int, per: int, percent: object, low_pct: int) -> None:
    """The new unit price is the old one times the factor, to the last digit, at both ends."""
    low = max(1, price * low_pct // 100)
    discount = Fraction(str(percent))
    changed = Override("*", discount_pct=discount).apply(rate(price, per, low=low))
    factor = 1 - discount / 100
    assert Fraction(changed.price, changed.per) == Fraction(price, per) * factor
    assert Fraction(changed.low_price or 0, changed.per) == Fraction(low, per) * factor


@pytest.mark.parametrize("percent", ["100", "100.01", "-1"])
def test_a_discount_that_leaves_no_price_is_refused(percent: str) -> None:
    """No image is free, and a price that rises is a markup."""
    with pytest.raises(ValueError, match="at least 0 and less than 100"):
        Override("*", discount_pct=Fraction(percent))


def test_a_markup_below_zero_is_refused() -> None:
    """A price that falls is a discount."""
    with pytest.raises(ValueError, match="markup_pct must be at least 0"):
        Override("*", markup_pct=Fraction(-1))


def test_a_fixed_price_of_nothing_is_refused() -> None:
    """Zero is never a price."""
    with pytest.raises(ValueError, match="must be positive"):
        Override("*", usd_per_image=Micros(0))


def test_exactly_one_change_is_given() -> None:
    """Two at once would leave open which comes first."""
    with pytest.raises(ValueError, match="exactly one"):
        Override("*", discount_pct=Fraction(5), markup_pct=Fraction(5))
    with pytest.raises(ValueError, match="exactly one"):
        Override("*")


def test_the_last_matching_override_wins() -> None:
    """Written from the general to the particular, as in the file."""
    general, particular = (
        Override("stability.*", discount_pct=Fraction(5)),
        Override(ULTRA, usd_per_image=Micros(100_000)),
    )
    changed = with_overrides(
        book(rate(140_000), rate(80_000, model_id="stability.sd3-5-large-v1:0")), (general, particular)
    )
    assert [known.price for known in changed.rates] == [100_000, 76_000]
    assert [known.override for known in changed.rates] == [str(particular), str(general)]


def test_a_rate_no_override_matches_is_the_books_own() -> None:
    """A discount on Amazon's models leaves Stability's alone."""
    before = book(rate(140_000))
    assert with_overrides(before, (Override("amazon.*", discount_pct=Fraction(5)),)).rates == before.rates


def test_no_override_gives_the_book_itself() -> None:
    """Nothing is copied when nothing changes."""
    before = book(rate(140_000))
    assert with_overrides(before, ()) is before


def test_a_geography_before_the_model_is_overlooked() -> None:
    """`us.stability...` names the same model, at the same price."""
    assert Override(f"us.{ULTRA}", discount_pct=Fraction(5)).matches(ULTRA)
    assert Override("us.stability.*", discount_pct=Fraction(5)).matches(ULTRA)


def test_an_override_that_changes_nothing_is_found() -> None:
    """A misspelt model would otherwise go unnoticed at full price."""
    misspelt = Override("stabilty.*", discount_pct=Fraction(5))
    assert without_effect(book(rate(140_000)), (misspelt, Override("*", discount_pct=Fraction(5)))) == (
        misspelt,
    )
