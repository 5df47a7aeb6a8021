"""What changed between two price books."""

from datetime import date
from fractions import Fraction

from pricing.book import PriceBook, Rate
from pricing.changes import CardChange, Change, RateChange, ServiceChange, SizeChange, changes, tiers_text
from pricing.load import load_book
from pricing.money import Micros
from pricing.records import replace
from pricing.sizes import Size

BOOK = load_book("2026-07-24")
CORE = "stability.stable-image-core-v1:1"


def with_rates(book: PriceBook, *rates: Rate) -> PriceBook:
    """The book with other prices for Core."""
    others = [rate for rate in book.rates if rate.sku.model_id != CORE]
    return replace(book, rates=(*others, *rates))


def core() -> Rate:
    return next(rate for rate in BOOK.rates if rate.sku.model_id == CORE)


def only(found: tuple[Change, ...]) -> Change:
    [change] = found
    return change


def test_a_book_has_not_changed_from_itself() -> None:
    """Nothing is reported."""
    assert changes(BOOK, BOOK) == ()


def test_a_price_that_rises_is_reported_with_its_percentage() -> None:
    """From $0.04 to $0.05 is 25 % more."""
    change = only(changes(BOOK, with_rates(BOOK, replace(core(), price=Micros(50_000)))))
    assert isinstance(change, RateChange)
    assert change.sku == core().sku
    assert change.percent == 25
    assert change.before == core()


def test_a_price_that_falls_is_negative() -> None:
    """From $0.04 to $0.03 is a quarter less."""
    change = only(changes(BOOK, with_rates(BOOK, replace(core(), price=Micros(30_000)))))
    assert isinstance(change, RateChange)
    assert change.percent == -25


def test_the_same_price_for_more_images_is_no_change() -> None:
    """40,000 micro-dollars for one and 80,000 for two."""
    assert changes(BOOK, with_rates(BOOK, replace(core(), price=Micros(80_000), per=2))) == ()


def test_a_rate_that_one_book_lacks_is_added_or_removed() -> None:
    """There is no percentage from nothing."""
    without = with_rates(BOOK)
    removed, added = only(changes(BOOK, without)), only(changes(without, BOOK))
    assert removed == RateChange(core().sku, core(), None)
    assert added == RateChange(core().sku, None, core())
    assert added.percent is None


def test_a_new_row_shows_the_newest_price() -> None:
    """History before it stays, the newest rates are compared."""
    until = replace(core(), valid_until=date(2027, 1, 1))
    later = replace(core(), valid_from=date(2027, 1, 1), price=Micros(44_000))
    change = only(changes(BOOK, with_rates(BOOK, later, until)))
    assert isinstance(change, RateChange)
    assert change.after == later
    assert change.percent == 10


def test_days_that_change_are_reported_without_a_move() -> None:
    """The price is the same; from when on is not."""
    change = only(changes(BOOK, with_rates(BOOK, replace(core(), valid_from=date(2024, 3, 13)))))
    assert isinstance(change, RateChange)
    assert change.percent == 0


def test_a_range_that_opens_is_reported() -> None:
    """A low end is news even where the high end stays."""
    change = only(changes(BOOK, with_rates(BOOK, replace(core(), low_price=Micros(30_000)))))
    assert isinstance(change, RateChange)
    assert change.percent == 0


def test_an_end_of_life_that_is_announced_is_reported() -> None:
    """With the replacement named with it."""
    card = BOOK.card(CORE)
    ended = replace(card, lifecycle=replace(card.lifecycle, end_of_life=date(2027, 6, 30), replacement="x.y"))
    found = changes(BOOK, replace(BOOK, cards={**BOOK.cards, CORE: ended}))
    assert found == (
        CardChange(CORE, "end of life", "", "2027-06-30"),
        CardChange(CORE, "replacement", "", "x.y"),
    )


def test_a_region_that_is_added_is_reported() -> None:
    """Before any price for it is known."""
    wider = replace(BOOK.card(CORE), regions=("us-west-2", "us-east-1"))
    change = only(changes(BOOK, replace(BOOK, cards={**BOOK.cards, CORE: wider})))
    assert change == CardChange(CORE, "regions", "us-west-2", "us-west-2, us-east-1")


def test_a_service_that_changes_shows_both_prices() -> None:
    """A tier that goes, a service that comes."""
    transfer = BOOK.service("cloudfront.transfer")
    cut = replace(transfer, tiers=transfer.tiers[:1])
    services = {key: service for key, service in BOOK.services.items() if key != "s3.put"} | {
        transfer.key: cut
    }
    found = changes(BOOK, replace(BOOK, services=services))
    assert found == (
        ServiceChange("cloudfront.transfer", transfer, cut),
        ServiceChange("s3.put", BOOK.service("s3.put"), None),
    )


def test_tiers_read_as_a_sentence() -> None:
    """Bounds are grouped, the last one may be open."""
    text = "$0.085 to 10,240, then $0.08 to 51,200, then $0.06 to 153,600 per GB"
    assert tiers_text(BOOK.service("cloudfront.transfer")) == text
    assert tiers_text(BOOK.service("s3.put")) == "$0.000005 per request"


def test_books_that_class_sizes_differently_are_compared_size_by_size() -> None:
    """The guide and AWS differ on Titan's 1024x1024 alone: $0.010 against $0.008, $0.012 against $0.010."""
    found = [
        change for change in changes(BOOK, load_book("2026-representative")) if isinstance(change, SizeChange)
    ]
    v1, v2 = "amazon.titan-image-generator-v1", "amazon.titan-image-generator-v2:0"
    places = ((v1, "us-east-1"), (v2, "us-east-1"), (v2, "us-west-2"))
    assert found == [
        SizeChange(model_id, (Size(1024, 1024),), quality, region, Fraction(before), Fraction(after))
        for model_id, region in places
        for quality, before, after in (("standard", 10_000, 8_000), ("premium", 12_000, 10_000))
    ]
    assert found[0].percent == -20


def test_between_2025_and_2026_no_price_moved() -> None:
    """Models came; what both books price costs the same."""
    found = [each for each in changes(load_book("2025-02-28"), BOOK) if isinstance(each, RateChange)]
    assert {each.percent for each in found} == {None, 0}
    assert all(each.before is None for each in found if each.percent is None)
