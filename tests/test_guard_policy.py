"""Which request may go out: pure decisions over priced requests, budgets and ceilings."""

import json
from collections.abc import Sequence
from datetime import date

import pytest

from planner.guard.ladder import Skipped, rungs
from planner.guard.ledger import Offer
from planner.guard.policy import Coverage, Option, Shortfall, as_asked, decide, first_that_fits, threshold
from planner.guard.priced import Priced, Pricer
from planner.scenario import ImagesRung, ModelRung, QualityRung, Rung, SizeRung
from pricing.load import load_book
from pricing.money import Micros
from tests.guarding import CANVAS, CORE, SD35, STABILITY_LADDER, TITAN, ULTRA, amazon, budget, stability, usd

MARCH, NOVEMBER = date(2026, 3, 2), date(2026, 11, 22)


def pricer(today: date = MARCH) -> Pricer:
    return Pricer(load_book(), {}, lambda: today)


def priced(model_id: str, body: str = stability(), region: str = "us-west-2", today: date = MARCH) -> Priced:
    return pricer(today).price(model_id, body.encode(), region)


def option(model_id: str, **ceilings: int | None) -> Option:
    """A request of the model, with the budgets that count it."""
    return Option(
        priced(model_id), {name: None if at is None else Micros(at) for name, at in ceilings.items()}
    )


def steps(
    asked: Priced, ladder: Sequence[Rung], region: str = "us-west-2", today: date = MARCH
) -> list[tuple[str, ...]]:
    """Each rung: what it would send and change, or why it is stepped over."""
    made = rungs(asked, ladder, pricer(today), region)
    return [
        (each.rung, each.why) if isinstance(each, Skipped) else (str(each.sku), *each.changes)
        for each in made
    ]


def test_the_request_as_asked_comes_first_and_last() -> None:
    """First below its thresholds, then what is cheaper up to the limits, then as asked up to the limits."""
    decision = decide(
        option(ULTRA, day=None, month=None),
        [option(SD35, month=None), Skipped("images: 1", "no"), option(CORE, month=None)],
        {"day": usd("0.50")},
    )
    assert decision.offers == (
        Offer(usd("0.14"), {"day": usd("0.50"), "month": None}),
        Offer(usd("0.08"), {"month": None}),
        Offer(usd("0.04"), {"month": None}),
        Offer(usd("0.14"), {"day": None, "month": None}),
    )
    assert [each.request.sku.model_id for each in decision.options] == [ULTRA, SD35, CORE, ULTRA]
    assert decision.skipped == (Skipped("images: 1", "no"),)


def test_without_a_cheaper_request_thresholds_do_not_hold_it_back() -> None:
    """Nothing cheaper can be had: as asked, up to the limit."""
    assert decide(option(CORE, b=None), [Skipped("x", "y")], {"b": usd("0.01")}).offers == (
        Offer(usd("0.04"), {"b": None}),
    )


def test_a_dearer_rung_is_never_offered() -> None:
    """A ladder that leads up is no ladder."""
    decision = decide(option(CORE, b=None), [option(ULTRA, b=None)])
    assert [each.amount for each in decision.offers] == [usd("0.04")]


def test_a_ceiling_of_its_own_bounds_every_offer() -> None:
    """What credits can pay holds below the threshold and above it."""
    asked = option(ULTRA, credits=300_000)
    decision = decide(asked, [option(CORE, credits=300_000)], {"credits": usd("0.20")})
    assert [each.budgets["credits"] for each in decision.offers] == [200_000, 300_000, 300_000]
    assert as_asked(asked, {"credits": usd("0.50")}).offers[0].budgets == {"credits": 300_000}


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        (0, 0),
        (360_000, 0),
        (361_000, 1),
        (920_000, 1),
        (950_000, 2),
        (960_000, 2),
        (961_000, Shortfall("b", Micros(39_000))),
    ],
)
def test_the_first_offer_that_fits_is_taken(spent: int, expected: int | Shortfall) -> None:
    """A dollar, cheaper requests from fifty cents on: Ultra, SD3.5, Core, nothing."""
    decision = decide(option(ULTRA, b=None), [option(SD35, b=None), option(CORE, b=None)], {"b": usd("0.50")})
    assert first_that_fits(decision.offers, {"b": spent}, {"b": 1_000_000}) == expected


def test_as_asked_is_what_remains_when_rungs_have_budgets_of_their_own() -> None:
    """The rung's own budget is used up, the request's is only past its threshold: it goes out as asked."""
    decision = decide(option(ULTRA, b=None), [option(CORE, b=None, cheap=None)], {"b": usd("0.10")})
    spent, limits = {"b": 200_000, "cheap": 10_000}, {"b": 1_000_000, "cheap": 10_000}
    assert first_that_fits(decision.offers, spent, limits) == 2


def test_the_lowest_downgrade_threshold_counts() -> None:
    """A share of the limit, rounded down; notices do not count."""
    assert threshold(budget("0.99", downgrade=50, notify=[10]), 990_001) == 495_000
    assert threshold(budget("1.00", notify=[10]), 1_000_000) is None


@pytest.mark.parametrize(
    ("globs", "tags", "counted"),
    [
        (["*"], {}, True),
        (["stability.*"], {}, True),
        (["us.stability.*"], {}, True),
        (["amazon.*", "*core*"], {}, True),
        (["amazon.*"], {}, False),
        (["*"], {"tenant": "acme"}, True),
        (["*"], {"tenant": "beta"}, False),
        (["*"], {"tenant": "acme", "pipeline": "x"}, False),
    ],
)
def test_budgets_count_by_model_and_tags(globs: list[str], tags: dict[str, str], counted: bool) -> None:
    """Any glob, and every tag; a geography before a glob changes nothing."""
    coverage = Coverage(budget(models=globs, tags=tags))
    assert coverage.counts(priced(CORE), {"tenant": "acme", "app": "x"}) is counted


def test_stability_goes_down_model_by_model() -> None:
    """The prompt, the seed and the shape stay; what Core lacks is named."""
    asked = priced(ULTRA, stability("a shoe", seed=7, aspect_ratio="16:9", negative_prompt="laces"))
    made = [
        each for each in rungs(asked, STABILITY_LADDER, pricer(), "us-west-2") if isinstance(each, Priced)
    ]
    assert [each.sku.model_id for each in made] == [SD35, CORE]
    for each in made:
        body = json.loads(each.body)
        assert (body["prompt"], body["seed"], body["aspect_ratio"], body["negative_prompt"]) == (
            "a shoe",
            7,
            "16:9",
            "laces",
        )


def test_a_rung_that_leads_nowhere_is_stepped_over_to_the_next() -> None:
    """SD3.5 saves nothing over SD3.5's price here, yet its own rung to Core is taken from Ultra."""
    book_without_sd35 = (ModelRung(ULTRA, TITAN), ModelRung(TITAN, CORE))
    first, second = steps(priced(ULTRA, today=NOVEMBER), book_without_sd35, today=NOVEMBER)
    assert first == (f"{ULTRA} -> {TITAN}", f"{TITAN} is past its end of life")
    assert second[:2] == (f"{CORE} any us-west-2", f"model: {ULTRA} -> {CORE}")


def test_rungs_of_other_models_are_no_business_of_the_request() -> None:
    """Neither taken nor reported."""
    assert steps(priced(CORE), STABILITY_LADDER) == []


def test_amazon_steps_add_up_in_the_order_of_the_ladder() -> None:
    """Quality, then images, then size; each from what the one before made."""
    asked = priced(TITAN, amazon(4, "premium"), "us-east-1")
    ladder = (QualityRung("standard"), ImagesRung(1), SizeRung(), SizeRung())
    assert steps(asked, ladder, "us-east-1") == [
        (f"{TITAN} 1024 standard us-east-1", "quality: premium -> standard"),
        (f"{TITAN} 1024 standard us-east-1", "quality: premium -> standard", "images: 4 -> 1"),
        (
            f"{TITAN} 512 standard us-east-1",
            "quality: premium -> standard",
            "images: 4 -> 1",
            "size: 1024x1024 -> 768x768",
        ),
        ("size: smaller", "there is no smaller size class"),
    ]


def test_a_rung_that_saves_nothing_is_stepped_over() -> None:
    """From Titan to Canvas costs more: it is not taken, and says so."""
    asked = priced(TITAN, amazon(), "us-east-1")
    assert steps(asked, [ModelRung(TITAN, CANVAS)], "us-east-1") == [
        (f"{TITAN} -> {CANVAS}", "it saves nothing")
    ]


def test_a_model_that_is_not_sold_here_is_no_rung() -> None:
    """Core is sold in us-west-2 only."""
    asked = priced(TITAN, amazon(), "us-east-1")
    ((rung, why),) = steps(asked, [ModelRung(TITAN, CORE)], "us-east-1")
    assert rung == f"{TITAN} -> {CORE}"
    assert why


@pytest.mark.parametrize(
    ("model_id", "kind"),
    [
        (CORE, "image"),
        ("us.stability.stable-image-inpaint-v1:0", "image"),
        ("arn:aws:bedrock:us-west-2::foundation-model/stability.sd3-5-large-v1:0", "image"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "other"),
        ("eu.amazon.nova-lite-v1:0", "other"),
        ("arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.titan-text-lite-v1:0:4k/abc", "other"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.titan-image-generator-v1:0/abc",
            "unknown",
        ),
        ("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc", "unknown"),
        ("amazon.nova-2-omni-v1:0", "unknown"),
        ("amazon.nova-reel-v1:0", "unknown"),
        ("newcomer.paint-v1:0", "unknown"),
    ],
)
def test_models_are_known_by_their_ids(model_id: str, kind: str) -> None:
    """Those of the book, those that make no images, and those nobody can tell."""
    assert pricer().kind(model_id) == kind
