"""Looking up a price: one answer, or an error that names what exists instead."""

from datetime import date

import pytest

from pricing.book import PriceBook, Rate
from pricing.errors import NoRate, NotOffered, PriceError, SizeRefused, UnknownModel, UnknownQuality
from pricing.load import load_book
from pricing.money import Micros
from pricing.records import replace
from pricing.sizes import Size

BOOK = load_book("2026-07-24")
DAY = date(2026, 1, 1)
TITAN, NOVA = "amazon.titan-image-generator-v2:0", "amazon.nova-canvas-v1:0"
CORE = "stability.stable-image-core-v1:1"
OUTPAINT = "stability.stable-outpaint-v1:0"


@pytest.mark.parametrize(
    "model_id",
    [
        OUTPAINT,
        f"us.{OUTPAINT}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{OUTPAINT}",
        f"arn:aws:bedrock:us-east-1::foundation-model/{OUTPAINT}",
    ],
)
def test_every_spelling_of_a_model_has_the_same_price(model_id: str) -> None:
    """Bare, through the US inference profile, or as an ARN."""
    assert BOOK.rate(model_id, "any", None, "us-east-2", DAY).price == 60_000


@pytest.mark.parametrize("model_id", ["amazon.titan-image-generator-v1", "stability.stable-diffusion-xl-v1"])
def test_the_oldest_models_are_known_with_and_without_a_closing_zero(model_id: str) -> None:
    """AWS lists both spellings."""
    assert BOOK.card(f"{model_id}:0").model_id == model_id


@pytest.mark.parametrize(
    ("model_id", "remedy"),
    [
        ("amazon.nova-canvas-v1", "did you mean amazon.nova-canvas-v1:0?"),
        ("stability.stable-image-core-v1:2", "did you mean stability.stable-image-core-v1:"),
        ("stability.sd3.5-large-v1:0", "did you mean stability.sd3-5-large-v1:0?"),
        ("anthropic.claude-opus-4-v1:0", "bursar prices show lists them"),
        ("", "bursar prices show lists them"),
        ("\x1b[31m", "bursar prices show lists them"),
    ],
)
def test_an_unknown_model_is_named_with_the_nearest_one(model_id: str, remedy: str) -> None:
    """It is never priced at zero."""
    with pytest.raises(UnknownModel, match="is not an image model in price book 2026-07-24") as caught:
        BOOK.card(model_id)
    assert remedy in str(caught.value)
    assert caught.value.code == "unknown-model"
    assert "\x1b" not in str(caught.value)


def test_an_arn_that_hides_its_model_has_no_price() -> None:
    """An application inference profile can stand for any model."""
    with pytest.raises(UnknownModel, match="does not say which model answers; use the foundation model id"):
        BOOK.card("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc")


@pytest.mark.parametrize("region", ["eu-west-1", "ap-northeast-1"])
def test_a_region_that_is_offered_but_not_priced_says_so(region: str) -> None:
    """The price of another region is not taken for it."""
    with pytest.raises(NoRate) as caught:
        BOOK.rate(NOVA, "1024", "standard", region, DAY)
    assert (
        caught.value.message
        == f"price book 2026-07-24 has no price for {NOVA} in {region}, where AWS sold it"
    )
    assert caught.value.remedy == "it is priced in us-east-1"


def test_titan_1_is_priced_in_one_of_its_five_regions() -> None:
    """The error names the one."""
    assert len(BOOK.card("amazon.titan-image-generator-v1").regions) == 5
    with pytest.raises(NoRate, match="in ap-south-1, where AWS sold it; it is priced in us-east-1"):
        BOOK.rate("amazon.titan-image-generator-v1", "512", "standard", "ap-south-1", DAY)


def test_a_region_that_is_not_offered_lists_those_that_are() -> None:
    """Core answers in one region only."""
    with pytest.raises(NotOffered, match="is not offered in 'us-east-1'; it is offered in us-west-2"):
        BOOK.rate(CORE, "any", None, "us-east-1", DAY)


def test_a_day_before_the_first_price_says_which_days_are_known() -> None:
    """An old invoice is not priced with later figures."""
    with pytest.raises(NoRate, match="on 2025-02-27; it knows from 2025-02-28 on") as caught:
        BOOK.rate(TITAN, "1024", "standard", "us-east-1", date(2025, 2, 27))
    assert caught.value.code == "no-rate"


def test_a_price_ends_the_day_before_the_next_begins() -> None:
    """Periods are half-open; between two of them there may be a gap."""
    rate = BOOK.rate(CORE, "any", None, "us-west-2", DAY)
    first = replace(rate, valid_until=date(2026, 2, 1))
    second = replace(rate, price=Micros(50_000), valid_from=date(2026, 2, 2))
    book = replace(BOOK, rates=(first, second))

    def price(day: date) -> Micros:
        return book.rate(CORE, "any", None, "us-west-2", day).price

    assert (price(date(2026, 1, 31)), price(date(2026, 2, 2))) == (40_000, 50_000)
    with pytest.raises(
        NoRate, match="it knows 2025-02-28 to the day before 2026-02-01 and from 2026-02-02 on"
    ):
        price(date(2026, 2, 1))


def test_an_unknown_size_class_names_those_there_are() -> None:
    """Nova Canvas has no class of 512."""
    with pytest.raises(NoRate, match="has no price for size class '512'; known: 1024, 2048"):
        BOOK.rate(NOVA, "512", "standard", "us-east-1", DAY)


@pytest.mark.parametrize(
    ("quality", "message"),
    [
        ("premum", "amazon.nova-canvas-v1:0 has no quality 'premum'; did you mean premium?"),
        (None, "amazon.nova-canvas-v1:0 needs a quality; known: premium, standard"),
    ],
)
def test_an_unknown_quality_names_those_there_are(quality: str | None, message: str) -> None:
    """A model with qualities has no price without one."""
    with pytest.raises(UnknownQuality) as caught:
        BOOK.rate(NOVA, "1024", quality, "us-east-1", DAY)
    assert str(caught.value) == message


def test_a_quality_where_the_model_has_none_is_refused() -> None:
    """A premium Core image would be an invented price."""
    with pytest.raises(UnknownQuality, match="it has one price whatever the quality: leave it out"):
        BOOK.rate(CORE, "any", "premium", "us-west-2", DAY)


@pytest.mark.parametrize(
    ("model_id", "size", "reason"),
    [
        (TITAN, "1280x720", "is not one of the sizes it makes; the nearest it makes is 1280x768"),
        (NOVA, "1000x1000", "has a side that is not a multiple of 16"),
        (NOVA, "8192x160", "has a side under 320 px and has a side over 4096 px and is longer than 4:1"),
    ],
)
def test_a_size_aws_would_reject_is_refused(model_id: str, size: str, reason: str) -> None:
    """Every reason at once, and the nearest size where there is a list."""
    with pytest.raises(SizeRefused) as caught:
        BOOK.size_class(model_id, Size.parse(size))
    assert str(caught.value) == f"{model_id} does not make {size}: it {reason}"


def test_a_service_without_a_price_is_an_error() -> None:
    """The nearest one is named."""
    with pytest.raises(NoRate, match=r"no price for 's3.storge'; did you mean s3.storage\?"):
        BOOK.service("s3.storge")


def test_a_free_quantity_is_not_a_price_of_zero() -> None:
    """Real traffic is priced by cloudfront.transfer."""
    with pytest.raises(NoRate, match=r"has no price for 'cloudfront\.free_transfer'"):
        BOOK.service("cloudfront.free_transfer")


def test_a_model_without_rates_has_no_price() -> None:
    """A card alone prices nothing."""
    with pytest.raises(NoRate, match=f"has no price for {CORE}; choose a book that prices it"):
        replace(BOOK, rates=()).rate(CORE, "any", None, "us-west-2", DAY)


def test_a_miss_has_a_message_a_remedy_and_a_code() -> None:
    """Screens and machines show them apart."""
    error = PriceError("no", "yes", code="x")
    assert (error.message, error.remedy, error.code, str(error)) == ("no", "yes", "x", "no; yes")
    assert str(PriceError("no")) == "no"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": Micros(0)}, "price must be positive"),
        ({"per": 0}, "price must be positive"),
        ({"valid_until": date(2025, 2, 28)}, "ends before it begins"),
        ({"low_price": Micros(40_001)}, "low price must lie between"),
        ({"low_price": Micros(0)}, "low price must lie between"),
    ],
)
def test_a_rate_that_makes_no_sense_cannot_be_made(changes: dict[str, Micros], message: str) -> None:
    """Checked on construction, whoever constructs it."""
    with pytest.raises(ValueError, match=message):
        replace(core_rate(BOOK), **changes)


def core_rate(book: PriceBook) -> Rate:
    return book.rate(CORE, "any", None, "us-west-2", DAY)


def test_a_model_near_its_end_is_seen_45_days_before() -> None:
    """And no longer on the day itself, when it is retired."""
    life = BOOK.card(NOVA).lifecycle
    assert [life.near_end(date(2026, 8, day)) for day in (15, 16)] == [False, True]
    assert (life.near_end(date(2026, 9, 29)), life.near_end(date(2026, 9, 30))) == (True, False)
    assert (life.retired(date(2026, 9, 29)), life.retired(date(2026, 9, 30))) == (False, True)
