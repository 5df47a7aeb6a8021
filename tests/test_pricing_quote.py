"""The most a request can cost, in which region, under which book, and what to know before sending it."""

import json
from datetime import date
from fractions import Fraction

import pytest

from pricing.errors import NoRate, NotOffered, RequestRefused, UnknownModel
from pricing.load import load_book
from pricing.overrides import Override, with_overrides
from pricing.quote import Quote, quote
from pricing.sizes import Size
from tests.bodies import BOOK, CORE, NOVA, SD35, SERVICES, TITAN, ULTRA, Body, every_valid, text_image

REPRESENTATIVE = load_book("2026-representative")
LIVE = date(2026, 3, 1)
"""A day on which Titan V2 and Nova Canvas still answer."""
INPAINT = "stability.stable-image-inpaint-v1:0"


def quoted(model_id: str, body: Body, *, region: str | None = None, on: date = LIVE) -> Quote:
    return quote(BOOK, model_id, json.dumps(body), region=region, on=on)


def codes(found: Quote) -> list[tuple[str, str]]:
    return [(problem.severity, problem.code) for problem in found.problems]


def test_a_quote_says_what_is_billed_and_what_was_taken_for_granted() -> None:
    """Three premium images of Titan V2 at 1024x1024 cost 3 x $0.012."""
    found = quoted(TITAN, text_image(width=1024, height=1024, quality="premium", numberOfImages=3))
    assert (found.model_id, found.task, found.images, found.size) == (
        TITAN,
        "TEXT_IMAGE",
        3,
        Size(1024, 1024),
    )
    assert (found.size_class, found.quality, found.region, found.price_book) == (
        "1024",
        "premium",
        "us-east-1",
        "2026-07-24",
    )
    assert (found.unit_price, found.cost) == (Fraction(12_000), 36_000)
    assert found.assumptions == ("region is not given: us-east-1, the first of us-east-1, us-west-2",)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("model_id", "body", "micros"),
    [
        (TITAN, text_image(width=1024, height=1024), 10_000),
        (TITAN, text_image(width=768, height=768), 8_000),
        (TITAN, text_image(width=768, height=768, quality="premium", numberOfImages=5), 50_000),
        (NOVA, text_image(), 40_000),
        (NOVA, text_image(width=2048, height=2048, quality="premium"), 80_000),
        (CORE, {"prompt": "a"}, 40_000),
        (SD35, {"prompt": "a"}, 80_000),
        (ULTRA, {"prompt": "a"}, 140_000),
        *((model_id, SERVICES[model_id], 600_000) for model_id in SERVICES if "creative" in model_id),
        *((model_id, SERVICES[model_id], 400_000) for model_id in SERVICES if "conservative" in model_id),
        *((model_id, SERVICES[model_id], 30_000) for model_id in SERVICES if "fast" in model_id),
        *((model_id, SERVICES[model_id], 60_000) for model_id in SERVICES if "stable-outpaint" in model_id),
        *((model_id, SERVICES[model_id], 80_000) for model_id in SERVICES if "transfer" in model_id),
    ],
)
def test_costs_are_those_of_the_aws_page(model_id: str, body: Body, micros: int) -> None:
    assert quoted(model_id, body).cost == micros


def test_every_documented_body_of_every_model_has_a_price() -> None:
    for model_id, body in every_valid():
        assert quoted(model_id, body, on=date(2025, 6, 1)).cost > 0


@pytest.mark.parametrize(
    ("model_id", "region", "expected", "assumed"),
    [
        (CORE, None, "us-west-2", ("region is not given: us-west-2, the only one",)),
        (CORE, "us-west-2", "us-west-2", ()),
        (f"arn:aws:bedrock:us-west-2::foundation-model/{CORE}", None, "us-west-2", ()),
        (f"arn:aws:bedrock:us-west-2::foundation-model/{CORE}", "us-west-2", "us-west-2", ()),
    ],
)
def test_the_region_is_given_or_named_by_the_arn_or_assumed(
    model_id: str, region: str | None, expected: str, assumed: tuple[str, ...]
) -> None:
    found = quoted(model_id, {"prompt": "a"}, region=region)
    assert (found.model_id, found.region, found.assumptions) == (CORE, expected, assumed)


def test_a_profile_arn_prices_in_its_source_region() -> None:
    arn = f"arn:aws:bedrock:us-east-2:123456789012:inference-profile/us.{INPAINT}"
    found = quoted(arn, SERVICES[INPAINT])
    assert (found.region, found.cost, found.problems) == ("us-east-2", 70_000, ())


@pytest.mark.parametrize(
    ("model_id", "region", "said"),
    [
        (
            CORE,
            "us-east-1",
            "stability.stable-image-core-v1:1 is not offered in 'us-east-1'; it is offered in us-west-2",
        ),
        (CORE, "mars-north-1", "is not offered in 'mars-north-1'"),
        (
            f"arn:aws:bedrock:us-west-2::foundation-model/{CORE}",
            "us-east-1",
            "the ARN names us-west-2, not 'us-east-1'",
        ),
        (f"us.{CORE}", None, "has no us inference profile; call it as stability.stable-image-core-v1:1"),
    ],
)
def test_a_model_is_not_priced_where_it_is_not_offered(model_id: str, region: str | None, said: str) -> None:
    with pytest.raises(NotOffered, match=said):
        quoted(model_id, {"prompt": "a"}, region=region)


def test_a_geography_the_model_lacks_names_the_one_it_has() -> None:
    with pytest.raises(NotOffered, match=f"has no eu inference profile; call it as us.{INPAINT}"):
        quoted(f"eu.{INPAINT}", SERVICES[INPAINT])


def test_a_region_that_aws_offers_but_nobody_priced_is_not_free() -> None:
    with pytest.raises(NoRate, match=f"has no price for {NOVA} in eu-west-1"):
        quoted(NOVA, text_image(), region="eu-west-1")


def test_an_opaque_arn_or_an_unknown_model_has_no_price() -> None:
    with pytest.raises(UnknownModel, match="does not say which model answers"):
        quoted("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", {"prompt": "a"})
    with pytest.raises(UnknownModel, match="is not an image model in price book 2026-07-24"):
        quoted("anthropic.claude-3-haiku-20240307-v1:0", {"prompt": "a"})


def test_a_refused_body_has_no_price() -> None:
    with pytest.raises(RequestRefused, match="prompt is missing"):
        quoted(CORE, {})


@pytest.mark.parametrize(
    ("on", "problems"),
    [
        (date(2026, 5, 15), []),
        (date(2026, 5, 16), [("warning", "near-end-of-life")]),
        (date(2026, 6, 29), [("warning", "near-end-of-life")]),
        (date(2026, 6, 30), [("warning", "retired")]),
        (date(2026, 11, 22), [("warning", "retired")]),
    ],
)
def test_a_model_at_its_end_is_priced_with_a_warning(on: date, problems: list[tuple[str, str]]) -> None:
    """Titan V2 ends on 2026-06-30; the 45 days before it are near."""
    found = quoted(TITAN, text_image(), on=on)
    assert (codes(found), found.cost) == (problems, 10_000)


def test_the_warning_names_the_day_and_the_replacement() -> None:
    retired = quoted(NOVA, text_image(), on=date(2026, 11, 22)).problems[0]
    assert retired.message == (
        "amazon.nova-canvas-v1:0 reached its end of life on 2026-09-30; AWS no longer answers for it"
    )
    assert retired.remedy == "move to stability.stable-image-ultra-v1:1"


def test_a_profile_only_model_called_by_its_bare_id_is_priced_with_a_warning() -> None:
    found = quoted(INPAINT, SERVICES[INPAINT])
    assert codes(found) == [("warning", "needs-profile")]
    assert found.problems[0].remedy == f"use us.{INPAINT}"
    assert quoted(f"us.{INPAINT}", SERVICES[INPAINT]).problems == ()


def test_an_unverified_price_is_named() -> None:
    found = quoted(TITAN, text_image(), region="us-west-2")
    assert codes(found) == [("info", "unverified")]
    assert "assumed equal to us-east-1" in found.problems[0].message


def test_representative_prices_are_named_with_their_range() -> None:
    """A guide's Titan is $0.008 where AWS takes $0.010; Ultra is quoted from $0.12 to $0.14."""
    titan = quote(REPRESENTATIVE, TITAN, json.dumps(text_image(width=1024, height=1024)), on=LIVE)
    assert (titan.cost, titan.price_book) == (8_000, "2026-representative")
    assert ("warning", "representative") in codes(titan)
    ultra = quote(REPRESENTATIVE, ULTRA, '{"prompt": "a"}', region="us-west-2", on=LIVE)
    assert (ultra.cost, ultra.assumptions) == (140_000, ("people quote $0.12 to $0.14: the higher counts",))


def test_an_override_is_applied_and_named() -> None:
    book = with_overrides(BOOK, (Override("stability.*", discount_pct=Fraction(15)),))
    found = quote(book, ULTRA, '{"prompt": "a"}', region="us-west-2", on=LIVE)
    assert (found.cost, found.assumptions) == (119_000, ("price override: stability.*: 15 % discount",))


def test_a_cost_finer_than_a_micro_dollar_is_rounded_up() -> None:
    """7 % off $0.008 is $0.00744; a third of a micro-dollar more would be held as a whole one."""
    book = with_overrides(BOOK, (Override("amazon.*", discount_pct=Fraction(100, 3)),))
    found = quote(book, TITAN, json.dumps(text_image(width=512, height=512)), on=LIVE)
    assert found.unit_price == Fraction(16_000, 3)
    assert found.cost == 5_334
