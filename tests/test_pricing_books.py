"""The price books Bursar ships: every figure, and that none of them changes unnoticed."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

import pricing.load
from pricing.book import PriceBook, Rate
from pricing.load import load_book, shipped_versions
from pricing.money import decimal_usd, parse_decimal
from pricing.sizes import Size

BOOKS = Path(pricing.load.__file__).parent / "books"

PINNED = {
    "2026-07-24": "1380203d0832a8ef43957cc40dbee689f17e155ac96a657ff886d951079c66e6",
    "2026-representative": "80efe703ac38e840a74ba9f854d9c70bdb4aaabd483f13701d2f314c83fd7376",
    "2025-02-28": "790ac1422afe89bf7ddd4455a52fd524c5d7ffc712c2ea5e1438f3c342024021",
}


@pytest.mark.parametrize("version", PINNED)
def test_a_shipped_book_never_changes(version: str) -> None:
    """When a price changes, leave the file as it is: add a version with a row from that day on, pin it."""
    assert sha256((BOOKS / f"{version}.yaml").read_bytes()).hexdigest() == PINNED[version]


def test_every_book_in_the_folder_is_pinned_and_shipped() -> None:
    """The default comes first, then the newest."""
    assert {path.stem for path in BOOKS.iterdir()} == set(PINNED)
    assert shipped_versions() == ("2026-07-24", "2026-representative", "2025-02-28")


# model  size class  quality  regions  US dollars  verified
AWS_ROWS = """
amazon.titan-image-generator-v1  512  standard  us-east-1  0.008  yes
amazon.titan-image-generator-v1  512  premium  us-east-1  0.010  yes
amazon.titan-image-generator-v1  1024  standard  us-east-1  0.010  yes
amazon.titan-image-generator-v1  1024  premium  us-east-1  0.012  yes
amazon.titan-image-generator-v2:0  512  standard  us-east-1  0.008  yes
amazon.titan-image-generator-v2:0  512  premium  us-east-1  0.010  yes
amazon.titan-image-generator-v2:0  1024  standard  us-east-1  0.010  yes
amazon.titan-image-generator-v2:0  1024  premium  us-east-1  0.012  yes
amazon.titan-image-generator-v2:0  512  standard  us-west-2  0.008  no
amazon.titan-image-generator-v2:0  512  premium  us-west-2  0.010  no
amazon.titan-image-generator-v2:0  1024  standard  us-west-2  0.010  no
amazon.titan-image-generator-v2:0  1024  premium  us-west-2  0.012  no
amazon.titan-image-generator-v1/custom  1024  standard  us-east-1  0.020  no
amazon.nova-canvas-v1:0  1024  standard  us-east-1  0.04  yes
amazon.nova-canvas-v1:0  1024  premium  us-east-1  0.06  yes
amazon.nova-canvas-v1:0  2048  standard  us-east-1  0.06  yes
amazon.nova-canvas-v1:0  2048  premium  us-east-1  0.08  yes
stability.stable-image-core-v1:1  any  -  us-west-2  0.04  yes
stability.sd3-5-large-v1:0  any  -  us-west-2  0.08  yes
stability.stable-image-ultra-v1:1  any  -  us-west-2  0.14  yes
stability.stable-image-core-v1:0  any  -  us-west-2  0.04  yes
stability.sd3-large-v1:0  any  -  us-west-2  0.08  yes
stability.stable-image-ultra-v1:0  any  -  us-west-2  0.14  yes
stability.stable-diffusion-xl-v1  <=1024x1024  steps<=50  us-east-1,us-west-2  0.04  yes
stability.stable-diffusion-xl-v1  <=1024x1024  steps>50  us-east-1,us-west-2  0.08  yes
stability.stable-diffusion-xl-v0  <=512x512  steps<=50  us-east-1  0.018  yes
stability.stable-diffusion-xl-v0  <=512x512  steps>50  us-east-1  0.036  yes
stability.stable-diffusion-xl-v0  >512x512  steps<=50  us-east-1  0.036  no
stability.stable-diffusion-xl-v0  >512x512  steps>50  us-east-1  0.072  no
stability.stable-image-inpaint-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-erase-object-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-search-replace-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-search-recolor-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-remove-background-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-control-sketch-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-control-structure-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-image-style-guide-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.07  yes
stability.stable-style-transfer-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.08  yes
stability.stable-outpaint-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.06  yes
stability.stable-fast-upscale-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.03  yes
stability.stable-conservative-upscale-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.40  yes
stability.stable-creative-upscale-v1:0  any  -  us-east-1,us-east-2,us-west-2  0.60  yes
"""


def test_the_default_book_holds_every_row_read_from_aws() -> None:
    """42 rows of prices make 70 rates: a row for three regions is a rate in each."""
    book = load_book()
    expected = [row for line in AWS_ROWS.strip().splitlines() for row in expanded(line)]
    assert sorted(map(row_of, book.rates)) == sorted(expected)
    assert (book.row_count, len(book.rates), len(book.cards)) == (42, 70, 25)
    assert sum(not rate.verified for rate in book.rates) == 7


def expanded(line: str) -> Iterable[tuple[str, ...]]:
    model_id, size_class, quality, regions, usd, verified = line.split("  ")
    return (
        (model_id, size_class, quality, region, str(parse_decimal(usd)), verified)
        for region in regions.split(",")
    )


def row_of(rate: Rate) -> tuple[str, ...]:
    sku = rate.sku
    usd = str(rate.unit_price / 1_000_000)
    return (
        sku.model_id,
        sku.size_class,
        sku.quality or "-",
        sku.region,
        usd,
        "yes" if rate.verified else "no",
    )


@pytest.mark.parametrize("version", PINNED)
def test_every_rate_says_where_and_when_it_was_read(version: str) -> None:
    """A figure without a source is not a fact."""
    for rate in load_book(version).rates:
        assert rate.source
        assert date(2024, 3, 13) <= rate.read_on <= date(2026, 11, 22)
        assert rate.valid_from in (date(2024, 3, 13), date(2025, 2, 28))
        assert rate.valid_until is None


def test_a_row_names_its_sources_and_takes_the_day_of_the_first() -> None:
    """The first is where the number was read, the others agree with it."""
    rate = price(load_book(), "amazon.nova-canvas-v1:0", "1024", "premium")
    assert rate.source == "AWS pricing page of 2026-07-24; AWS Price List rows in a public test"
    assert rate.read_on == date(2026, 7, 24)
    assert rate.note == "first read 2026-05-26, taken to hold before"


def price(
    book: PriceBook, model_id: str, size_class: str, quality: str | None, region: str = "us-east-1"
) -> Rate:
    return book.rate(model_id, size_class, quality, region, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("version", "usd"), [("2026-07-24", "0.01"), ("2025-02-28", "0.01"), ("2026-representative", "0.008")]
)
def test_a_titan_image_of_1024x1024_at_standard_quality(version: str, usd: str) -> None:
    """A cent on AWS's page; the guide people plan with says $0.008."""
    book = load_book(version)
    size_class = book.size_class("amazon.titan-image-generator-v2:0", Size(1024, 1024))
    assert (
        decimal_usd(price(book, "amazon.titan-image-generator-v2:0", size_class, "standard").unit_price)
        == usd
    )


SMALL = "768x768 512x512 384x576 576x384 384x640 640x384 448x576 576x448 384x704 704x384 320x704 704x320"
LARGE = (
    "1024x1024 768x1152 1152x768 768x1280 1280x768 896x1152 1152x896 768x1408 1408x768 640x1408 1408x640 "
    "1152x640 1173x640"
)


@pytest.mark.parametrize("version", ["2026-07-24", "2025-02-28"])
@pytest.mark.parametrize("model_id", ["amazon.titan-image-generator-v1", "amazon.titan-image-generator-v2:0"])
def test_titan_makes_25_sizes_in_two_classes(version: str, model_id: str) -> None:
    """768x768 is the dearest trap: a size of the cheap class."""
    book = load_book(version)
    assert {book.size_class(model_id, Size.parse(text)) for text in SMALL.split()} == {"512"}
    assert {book.size_class(model_id, Size.parse(text)) for text in LARGE.split()} == {"1024"}
    assert len(book.card(model_id).size_limits.listed or ()) == 25


def test_a_titan_edit_of_any_size_is_classed_by_area() -> None:
    """Edits keep the size of their input, which is on no list: up to 512x512 it is cheap."""
    rule = load_book().card("amazon.titan-image-generator-v2:0").sizes
    assert [rule.class_of(size) for size in (Size(512, 512), Size(400, 600), Size(600, 600), Size(5, 5))] == [
        "512",
        "512",
        "1024",
        "512",
    ]


def test_the_guide_classes_titan_by_its_longer_side() -> None:
    """What AWS makes stays AWS's list."""
    book = load_book("2026-representative")
    model_id = "amazon.titan-image-generator-v2:0"
    assert book.size_class(model_id, Size(1024, 1024)) == "<=1024x1024"
    assert book.size_class(model_id, Size(640, 1408)) == ">1024x1024"
    assert sorted(book.card(model_id).size_limits.listed or ()) == sorted(
        map(Size.parse, f"{SMALL} {LARGE}".split())
    )


# model  size class  quality  regions  US dollars, or the low and the high end
REPRESENTATIVE_ROWS = """
amazon.titan-image-generator-v1  <=1024x1024  standard  us-east-1,us-west-2  0.008
amazon.titan-image-generator-v1  <=1024x1024  premium  us-east-1,us-west-2  0.010
amazon.titan-image-generator-v1  >1024x1024  standard  us-east-1,us-west-2  0.010
amazon.titan-image-generator-v1  >1024x1024  premium  us-east-1,us-west-2  0.012
amazon.titan-image-generator-v2:0  <=1024x1024  standard  us-east-1,us-west-2  0.008
amazon.titan-image-generator-v2:0  <=1024x1024  premium  us-east-1,us-west-2  0.010
amazon.titan-image-generator-v2:0  >1024x1024  standard  us-east-1,us-west-2  0.010
amazon.titan-image-generator-v2:0  >1024x1024  premium  us-east-1,us-west-2  0.012
amazon.nova-canvas-v1:0  1024  standard  us-east-1  0.040
amazon.nova-canvas-v1:0  1024  premium  us-east-1  0.060
amazon.nova-canvas-v1:0  2048  standard  us-east-1  0.060
amazon.nova-canvas-v1:0  2048  premium  us-east-1  0.080
stability.stable-image-core-v1:1  any  -  us-west-2  0.040
stability.sd3-5-large-v1:0  any  -  us-west-2  0.060-0.080
stability.stable-image-ultra-v1:1  any  -  us-west-2  0.120-0.140
stability.stable-image-core-v1:0  any  -  us-west-2  0.040
stability.sd3-large-v1:0  any  -  us-west-2  0.060-0.080
stability.stable-image-ultra-v1:0  any  -  us-west-2  0.120-0.140
"""


def test_the_representative_book_holds_what_people_plan_with() -> None:
    """Where a range is quoted the rate is its high end."""
    expected = []
    for line in REPRESENTATIVE_ROWS.strip().splitlines():
        model_id, size_class, quality, regions, usd = line.split("  ")
        expected += [(model_id, size_class, quality, region, usd) for region in regions.split(",")]
    assert [(*row_of(rate)[:4], ends(rate)) for rate in load_book("2026-representative").rates] == expected


def ends(rate: Rate) -> str:
    """Both ends of a price with three decimals."""
    low = "" if rate.low_price is None else f"{float(Fraction(rate.low_price, rate.per)) / 1e6:.3f}-"
    return f"{low}{float(rate.unit_price) / 1e6:.3f}"


def test_the_representative_book_says_that_it_is_one() -> None:
    """None of its image prices counts as verified."""
    book = load_book("2026-representative")
    assert book.representative
    assert not any(rate.verified for rate in book.rates)
    assert (book.row_count, len(book.rates)) == (18, 26)
    assert not load_book("2026-07-24").representative


def test_the_book_of_2025_knows_what_that_page_priced() -> None:
    """Titan, SDXL, SD3 Large and the first Core and Ultra; the SDXL figures held a year before."""
    book = load_book("2025-02-28")
    assert sorted(book.cards) == [
        "amazon.titan-image-generator-v1",
        "amazon.titan-image-generator-v2:0",
        "stability.sd3-large-v1:0",
        "stability.stable-diffusion-xl-v0",
        "stability.stable-diffusion-xl-v1",
        "stability.stable-image-core-v1:0",
        "stability.stable-image-ultra-v1:0",
    ]
    rate = book.rate(
        "stability.stable-diffusion-xl-v1", "<=1024x1024", "steps>50", "us-east-1", date(2024, 3, 13)
    )
    assert decimal_usd(rate.unit_price) == "0.08"
    assert (book.row_count, len(book.rates)) == (21, 23)


@pytest.mark.parametrize(
    ("model_id", "legacy_from", "end_of_life", "replacement"),
    [
        ("amazon.titan-image-generator-v1", "2025-11-23", "2026-01-02", "stability.stable-image-core-v1:1"),
        ("amazon.titan-image-generator-v2:0", "2026-03-29", "2026-06-30", "stability.stable-image-core-v1:1"),
        ("amazon.nova-canvas-v1:0", "2026-03-30", "2026-09-30", "stability.stable-image-ultra-v1:1"),
        ("stability.stable-image-core-v1:0", None, "2025-11-23", "stability.stable-image-core-v1:1"),
        ("stability.stable-image-ultra-v1:0", None, "2025-11-23", "stability.stable-image-ultra-v1:1"),
        ("stability.sd3-large-v1:0", None, "2025-11-23", "stability.sd3-5-large-v1:0"),
        ("stability.stable-diffusion-xl-v1", None, "2025-11-23", "stability.stable-image-core-v1:1"),
        ("stability.stable-diffusion-xl-v0", None, "2024-07-05", "stability.stable-image-core-v1:1"),
    ],
)
def test_a_model_that_is_gone_is_retired_in_every_book_that_prices_it(
    model_id: str, legacy_from: str | None, end_of_life: str, replacement: str
) -> None:
    """The last day it answers is the one before; how the day is known stands beside it."""
    for version in PINNED:
        card = load_book(version).cards.get(model_id)
        if card is not None:
            life = card.lifecycle
            assert str(life.legacy_from or "") == (legacy_from or "")
            assert str(life.end_of_life) == end_of_life
            assert life.replacement == replacement
            assert life.basis and life.source
            assert life.retired(date.fromisoformat(end_of_life))


@pytest.mark.parametrize("version", PINNED)
def test_a_replacement_is_a_model_that_still_answers(version: str) -> None:
    """A chain of successors is followed to its live end."""
    live = load_book().cards
    for card in load_book(version).cards.values():
        if card.lifecycle.end_of_life is not None:
            assert live[card.lifecycle.replacement or ""].lifecycle.end_of_life is None


def test_sixteen_models_are_live() -> None:
    """Core, SD3.5 Large and Ultra in us-west-2, thirteen services behind the US inference profile."""
    cards = [card for card in load_book().cards.values() if card.lifecycle.end_of_life is None]
    text = [card.model_id for card in cards if card.family == "stability_text"]
    services = [card for card in cards if card.family == "stability_service"]
    assert text == [
        "stability.stable-image-core-v1:1",
        "stability.sd3-5-large-v1:0",
        "stability.stable-image-ultra-v1:1",
    ]
    assert len(cards) == 16
    assert all(
        card.regions == ("us-west-2",) and not card.geographies for card in cards if card.model_id in text
    )
    assert all(card.regions == ("us-east-1", "us-east-2", "us-west-2") for card in services)
    assert all(card.geographies == ("us",) for card in services)


TITAN_2_TASKS = "TEXT_IMAGE INPAINTING OUTPAINTING IMAGE_VARIATION COLOR_GUIDED_GENERATION BACKGROUND_REMOVAL"


@pytest.mark.parametrize(
    ("model_id", "tasks"),
    [
        ("amazon.titan-image-generator-v1", "TEXT_IMAGE INPAINTING OUTPAINTING IMAGE_VARIATION"),
        (
            "amazon.titan-image-generator-v2:0",
            TITAN_2_TASKS,
        ),
        (
            "amazon.nova-canvas-v1:0",
            f"{TITAN_2_TASKS} VIRTUAL_TRY_ON",
        ),
        ("stability.stable-image-core-v1:1", "TEXT_IMAGE"),
        ("stability.stable-image-ultra-v1:1", "TEXT_IMAGE IMAGE_TO_IMAGE"),
        ("stability.sd3-5-large-v1:0", "TEXT_IMAGE IMAGE_TO_IMAGE"),
        ("stability.stable-diffusion-xl-v1", "TEXT_IMAGE IMAGE_TO_IMAGE INPAINTING"),
        ("stability.stable-image-inpaint-v1:0", "INPAINTING"),
        ("stability.stable-outpaint-v1:0", "OUTPAINTING"),
        ("stability.stable-image-remove-background-v1:0", "BACKGROUND_REMOVAL"),
        ("stability.stable-image-erase-object-v1:0", "ERASE_OBJECT"),
        ("stability.stable-image-search-replace-v1:0", "SEARCH_REPLACE"),
        ("stability.stable-image-search-recolor-v1:0", "SEARCH_RECOLOR"),
        ("stability.stable-image-control-sketch-v1:0", "CONTROL_SKETCH"),
        ("stability.stable-image-control-structure-v1:0", "CONTROL_STRUCTURE"),
        ("stability.stable-image-style-guide-v1:0", "STYLE_GUIDE"),
        ("stability.stable-style-transfer-v1:0", "STYLE_TRANSFER"),
        ("stability.stable-fast-upscale-v1:0", "FAST_UPSCALE"),
        ("stability.stable-conservative-upscale-v1:0", "CONSERVATIVE_UPSCALE"),
        ("stability.stable-creative-upscale-v1:0", "CREATIVE_UPSCALE"),
    ],
)
def test_a_model_does_these_tasks(model_id: str, tasks: str) -> None:
    """The first is its default."""
    assert " ".join(load_book().card(model_id).tasks) == tasks


@pytest.mark.parametrize(
    ("model_id", "product", "billed_by"),
    [
        ("amazon.titan-image-generator-v2:0", "Amazon Bedrock", "aws"),
        ("amazon.nova-canvas-v1:0", "Amazon Bedrock", "aws"),
        (
            "stability.sd3-5-large-v1:0",
            "Stable Diffusion 3.5 Large v1.0 (Amazon Bedrock Edition)",
            "marketplace",
        ),
        (
            "stability.stable-image-core-v1:1",
            "Stable Image Core v1.1 (Amazon Bedrock Edition)",
            "marketplace",
        ),
        (
            "stability.stable-creative-upscale-v1:0",
            "Stable Image Creative Upscale v1.0 (Amazon Bedrock Edition)",
            "marketplace",
        ),
    ],
)
def test_a_model_is_billed_under_this_product(model_id: str, product: str, billed_by: str) -> None:
    """Credit pools name products by what the bill calls them."""
    card = load_book().card(model_id)
    assert (card.product, card.billed_by) == (product, billed_by)


def test_only_one_marketplace_name_was_seen_on_a_bill() -> None:
    """The others follow its pattern, and say so."""
    cards = [card for card in load_book().cards.values() if card.billed_by == "marketplace"]
    assert [card.model_id for card in cards if "was seen on a bill" in card.note] == [
        "stability.sd3-5-large-v1:0"
    ]
    assert all(
        "follows the pattern" in card.note for card in cards if card.model_id != "stability.sd3-5-large-v1:0"
    )


def test_what_a_request_may_ask_for() -> None:
    """Limits of Nova Canvas, Titan and Stability as AWS documents them."""
    book = load_book()
    nova, titan, core = (
        book.card(model_id)
        for model_id in (
            "amazon.nova-canvas-v1:0",
            "amazon.titan-image-generator-v2:0",
            "stability.stable-image-core-v1:1",
        )
    )
    limits = nova.size_limits
    assert (limits.min_side, limits.max_side, limits.multiple_of) == (320, 4096, 16)
    assert (limits.max_ratio, limits.max_pixels) == (4, 4_194_304)
    assert [card.images_per_request for card in (nova, titan, core)] == [5, 5, 1]
    assert [card.prompt_chars for card in (nova, titan, core)] == [1_024, 512, 10_000]
    assert [card.qualities for card in (nova, titan, core)] == [
        ("standard", "premium"),
        ("standard", "premium"),
        (),
    ]
    assert [str(card.default_size) for card in (nova, titan, core)] == ["1024x1024", "1024x1024", "None"]


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        ("1024x1024", "1024"),
        ("320x320", "1024"),
        ("1280x720", "2048"),
        ("2048x2048", "2048"),
        ("4096x1024", "2048"),
    ],
)
def test_nova_canvas_is_classed_by_its_longer_side(size: str, size_class: str) -> None:
    """1280x720 has fewer pixels than 1024x1024, but AWS does not say that area decides."""
    assert load_book().size_class("amazon.nova-canvas-v1:0", Size.parse(size)) == size_class


def test_sdxl_is_priced_by_steps() -> None:
    """Up to 50 steps, and above."""
    book = load_book()
    card = book.card("stability.stable-diffusion-xl-v1")
    assert [(step.max_steps, step.quality) for step in card.quality_steps] == [
        (50, "steps<=50"),
        (None, "steps>50"),
    ]
    assert len(card.size_limits.listed or ()) == 9
    assert book.size_class("stability.stable-diffusion-xl-v0", Size(512, 512)) == "<=512x512"
    assert book.size_class("stability.stable-diffusion-xl-v0", Size(512, 576)) == ">512x512"


# service  unit  US dollars for one unit, and the monthly quantity it holds to
SERVICES = """
s3.storage  GB-month  0.023<51200
s3.put  request  0.000005
s3.get  request  0.0000004
lambda.requests  request  0.0000002
lambda.compute  GB-second  0.0000166667<6000000000
lambda.compute_arm  GB-second  0.0000133334<7500000000
lambda.ephemeral_storage  GB-second  0.0000000309
cloudfront.transfer  GB  0.085<10240 0.08<51200 0.06<153600
cloudfront.https_requests  request  0.000001
cloudfront.http_requests  request  0.00000075
rekognition.moderation  image  0.001<1000000
"""


@pytest.mark.parametrize("version", PINNED)
def test_every_book_prices_the_supporting_services(version: str) -> None:
    """Per unit, exactly; a bound on the last tier means that AWS goes on and the book does not."""
    found = []
    for key, service in load_book(version).services.items():
        tiers = (
            decimal_usd(Fraction(tier.price, tier.per)) + (f"<{tier.up_to}" if tier.up_to else "")
            for tier in service.tiers
        )
        found.append(f"{key}  {service.unit}  {' '.join(tiers)}")
    assert found == SERVICES.strip().splitlines()


def test_thirteen_tiers_and_one_allowance_are_all_that_was_read_of_services() -> None:
    """CloudFront's free terabyte is recorded beside the prices, not among them."""
    book = load_book()
    assert sum(len(service.tiers) for service in book.services.values()) == 13
    [free] = book.allowances
    assert (free.key, free.quantity, free.unit, free.verified) == (
        "cloudfront.free_transfer",
        1024,
        "GB",
        False,
    )
    assert "cloudfront.free_transfer" not in book.services


def test_other_prices_are_kept_for_people_to_read() -> None:
    """Training, provisioned throughput and tokens: never matched to a request."""
    book = load_book()
    assert [decimal_usd(other.unit_price) for other in book.other_prices] == [
        "0.005", "1.95", "60.50", "55.00", "30.25",
        "0.005", "1.95", "21.00", "16.20", "49.86", "46.18", "40.00",
    ]  # fmt: skip
    assert len(load_book("2025-02-28").other_prices) == 6


def test_the_customised_titan_row_never_prices_the_base_model() -> None:
    """It stands under an id of its own."""
    book = load_book()
    assert (
        decimal_usd(price(book, "amazon.titan-image-generator-v1", "1024", "standard").unit_price) == "0.01"
    )
    assert (
        decimal_usd(price(book, "amazon.titan-image-generator-v1/custom", "1024", "standard").unit_price)
        == "0.02"
    )
