"""Which SKU each stage of a scenario buys under a price book, and every reason one cannot be bought."""

from collections.abc import Iterator
from datetime import date

from planner.months import first_day, last_day, months_from
from planner.scenario import Scenario, Stage
from pricing.book import PriceBook, Rate, Sku
from pricing.cards import ModelCard
from pricing.errors import NotOffered, PriceError, UnknownQuality
from pricing.model_ids import parse_model_id
from pricing.problems import TOO_MANY, Problem
from pricing.records import record
from pricing.sizes import Flat

MOST_UNPRICED = 100
"""Stages without a price after which the rest is not looked at: each miss is compared with all there is."""


@record
class PricedStage:
    """A stage with the SKU it buys."""

    stage: Stage
    card: ModelCard
    sku: Sku
    rates: tuple[Rate, ...]
    """What prices the SKU over the planned months, in order of their days, without a gap."""
    where: str
    """The stage's place in the scenario: `pipelines[0].stages[1]`."""


@record
class Resolution:
    """Each pipeline's stages in order, and what was found on the way. Errors mean the plan has no price."""

    pipelines: tuple[tuple[PricedStage, ...], ...]
    problems: tuple[Problem, ...]


def resolve_stages(scenario: Scenario, book: PriceBook) -> Resolution:
    """Chooses a SKU for every stage; each miss becomes a `Problem` that names the nearest thing that exists."""
    problems: list[Problem] = []
    pipelines = []
    unpriced = 0
    for number, pipeline in enumerate(scenario.pipelines):
        stages = []
        for index, stage in enumerate(pipeline.stages):
            if unpriced == MOST_UNPRICED:
                break
            where = f"pipelines[{number}].stages[{index}]"
            try:
                stages.append(_resolve(scenario, book, stage, where))
                problems.extend(_remarks(stages[-1]))
            except _Unpriced as error:
                problems.append(error.problem)
                unpriced += 1
        pipelines.append(tuple(stages))
    if unpriced == MOST_UNPRICED:
        problems.append(Problem("error", TOO_MANY, "", "the stages after these were not looked at"))
    return Resolution(tuple(pipelines), tuple(problems))


class _Unpriced(Exception):
    """A stage has no price; says so as a problem."""

    def __init__(self, error: PriceError, where: str) -> None:
        super().__init__(error)
        self.problem = Problem("error", error.code, where, error.message, error.remedy)


def _resolve(scenario: Scenario, book: PriceBook, stage: Stage, where: str) -> PricedStage:
    place = f"{where}.model"
    try:
        card = book.card(stage.model_id)
        place = f"{where}.region" if stage.region else f"{where}.model"
        region = _region(scenario, stage, card)
        place = f"{where}.size" if stage.size else where
        size_class = _size_class(book, card, stage)
        place = f"{where}.quality" if stage.quality else where
        sku = Sku(card.model_id, size_class, _quality(card, stage), region)
        place = f"{where}.model"
        return PricedStage(stage, card, sku, _rates(scenario, book, sku), where)
    except PriceError as error:
        raise _Unpriced(error, place) from error


def _region(scenario: Scenario, stage: Stage, card: ModelCard) -> str:
    region = stage.region or parse_model_id(stage.model_id).region or scenario.region or card.regions[0]
    if region not in card.regions:
        raise NotOffered(
            f"{card.model_id} is not offered in {region!r}",
            f"it is offered in {', '.join(card.regions)}: give the stage a region",
            code="not-offered",
        )
    return region


def _size_class(book: PriceBook, card: ModelCard, stage: Stage) -> str:
    if isinstance(card.sizes, Flat):
        return card.sizes.class_of(None)
    size = stage.size or card.default_size
    if stage.size is None and size is not None:
        return card.sizes.class_of(size)
    return card.sizes.class_of(None) if size is None else book.size_class(card.model_id, size)


def _quality(card: ModelCard, stage: Stage) -> str | None:
    if card.quality_steps and stage.quality is None:
        return _quality_of_steps(card, stage.steps)
    if stage.quality is not None and stage.quality not in card.qualities:
        known = (
            f"known: {', '.join(card.qualities)}"
            if card.qualities
            else "it has one price whatever the quality: leave it out"
        )
        raise UnknownQuality(
            f"{card.model_id} has no quality {stage.quality!r}", known, code="unknown-quality"
        )
    return stage.quality or (card.qualities[0] if card.qualities else None)


def _quality_of_steps(card: ModelCard, steps: int | None) -> str:
    for step in card.quality_steps:
        if steps is not None and (step.max_steps is None or steps <= step.max_steps):
            return step.quality
    return card.quality_steps[-1].quality


def _rates(scenario: Scenario, book: PriceBook, sku: Sku) -> tuple[Rate, ...]:
    """The rates from the first planned day to the last; raises `NoRate` for the first day that has none."""
    months = list(months_from(scenario.start or "", scenario.months or 0))
    day, last = first_day(months[0]), last_day(months[-1])
    rates = []
    while day <= last:
        rate = book.rate(sku.model_id, sku.size_class, sku.quality, sku.region, day)
        rates.append(rate)
        day = rate.valid_until or date.max
    return tuple(rates)


def _remarks(priced: PricedStage) -> Iterator[Problem]:
    stage, card, where = priced.stage, priced.card, priced.where
    flat = isinstance(card.sizes, Flat)
    if stage.task is not None and stage.task not in card.tasks:
        message = f"{card.model_id} does not do {stage.task}"
        yield Problem(
            "warning", "task-mismatch", f"{where}.task", message, f"it does {', '.join(card.tasks)}"
        )
    if flat and stage.size is not None:
        message = f"{card.model_id} has one price whatever the size"
        yield Problem("warning", "size-ignored", f"{where}.size", message, "leave size out")
    if not flat and stage.size is None:
        size = f"AWS's default {card.default_size}" if card.default_size else "the dearest size class"
        yield Problem(
            "info", "size-assumed", where, f"no size is given: {size} is assumed", "write size: WIDTHxHEIGHT"
        )
    if card.quality_steps and stage.steps is None and stage.quality is None:
        yield Problem(
            "info", "steps-assumed", where, "no steps are given: the dearest is assumed", "write steps: 50"
        )
