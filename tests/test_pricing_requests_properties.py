"""Any bytes are a request or refused; any rewrite costs less and asks for the same picture."""

import copy
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.book import PriceBook
from pricing.errors import RequestRefused
from pricing.quote import Quote, quote
from pricing.requests import ImageRequest, read_request
from pricing.requests.rewrite import (
    NotPossible,
    Rewritten,
    cheaper_quality,
    fewer_images,
    smaller_size,
    to_model,
)
from tests.bodies import (
    BOOK,
    CORE,
    NOVA,
    PICTURE,
    SD35,
    SDXL,
    TITAN,
    TITAN_1,
    ULTRA,
    Body,
    card,
    every_valid,
    read,
)

ON = date(2025, 6, 1)
CASES = list(every_valid())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["", PICTURE, PICTURE[:60], "data:,", "standard", 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Body]:
    """A valid body of some model with up to three fields, at any depth, dropped or replaced by anything."""
    model_id, valid = draw(st.sampled_from(CASES))
    body = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 3))):
        inside = body
        while True:
            name = draw(st.sampled_from(sorted(inside))) if inside else "prompt"
            if not isinstance(inside.get(name), dict) or draw(st.booleans()):
                break
            inside = inside[name]
        if draw(st.booleans()):
            inside.pop(name, None)
        else:
            inside[name] = draw(JSON)
    return model_id, body


def outcome(model_id: str, body: bytes | str) -> ImageRequest | RequestRefused:
    try:
        return read_request(card(model_id), body)
    except RequestRefused as refused:
        return refused


def test_every_documented_body_is_accepted() -> None:
    for model_id, body in CASES:
        assert read(model_id, body).images >= 1


@given(st.sampled_from(sorted({model_id for model_id, _ in CASES})), st.binary() | st.text())
@settings(deadline=None)
def test_any_bytes_are_a_request_or_refused(model_id: str, body: bytes | str) -> None:
    outcome(model_id, body)


@given(mutated())
@settings(deadline=None, max_examples=400)
def test_any_damage_to_a_body_is_a_request_or_refused(case: tuple[str, Body]) -> None:
    """What is accepted lies within the model's limits."""
    model_id, body = case
    answer = outcome(model_id, json.dumps(body))
    if isinstance(answer, ImageRequest):
        assert 1 <= answer.images <= card(model_id).images_per_request
        assert answer.size_class in card(model_id).sizes.classes()
        assert answer.quality in (card(model_id).qualities or (None,))
    else:
        assert str(answer).isprintable()


def priced(book: PriceBook, model_id: str, body: bytes | str) -> Quote:
    return quote(book, model_id, body, on=ON)


def kept(body: Body) -> list[object]:
    """What no rewrite may touch, wherever a family keeps it."""
    params = next((value for name, value in body.items() if name.endswith("Params")), body)
    inside = params if isinstance(params, dict) else {}
    config = body.get("imageGenerationConfig") or body
    pictures_and_prompts = [
        inside.get(name)
        for name in (
            "text",
            "image",
            "images",
            "maskImage",
            "maskPrompt",
            "conditionImage",
            "prompt",
            "negative_prompt",
        )
    ]
    return [*pictures_and_prompts, inside.get("negativeText") or None, config.get("seed")]


def check(before: Quote, body: Body, model_id: str, rewritten: Rewritten | NotPossible) -> None:
    if isinstance(rewritten, NotPossible):
        assert rewritten.why.isprintable()
        return
    after = read_request(card(model_id), rewritten.body)
    assert (after.task, after.images <= before.images) == (before.task, True)
    assert kept(json.loads(rewritten.body)) == kept(body)
    assert rewritten.changed


@given(mutated(), st.sampled_from(["standard", "steps<=50"]), st.integers(-1, 6))
@settings(deadline=None, max_examples=300)
def test_a_cheaper_request_never_costs_more_and_asks_the_same(
    case: tuple[str, Body], quality: str, images: int
) -> None:
    model_id, body = case
    text = json.dumps(body)
    if isinstance(outcome(model_id, text), RequestRefused):
        return
    before = priced(BOOK, model_id, text)
    model = card(model_id)
    for rewritten in (
        cheaper_quality(model, text, quality),
        fewer_images(model, text, images),
        smaller_size(model, BOOK, text),
    ):
        check(before, body, model_id, rewritten)
        if isinstance(rewritten, Rewritten):
            assert priced(BOOK, model_id, rewritten.body).cost < before.cost


FAMILY = st.sampled_from([TITAN_1, TITAN, NOVA, SDXL, CORE, SD35, ULTRA])


@given(mutated(), FAMILY)
@settings(deadline=None, max_examples=300)
def test_another_model_is_asked_for_the_same_picture(case: tuple[str, Body], target: str) -> None:
    model_id, body = case
    text = json.dumps(body)
    if not isinstance(outcome(model_id, text), RequestRefused):
        check(priced(BOOK, model_id, text), body, target, to_model(card(model_id), card(target), text))
