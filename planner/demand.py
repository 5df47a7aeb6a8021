"""Scenario to images per month and SKU, and the other AWS usage that comes with each finished asset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.months import Month, months_from
from planner.scenario import Pipeline, Scenario
from planner.stages import PricedStage
from pricing.money import round_half_even

MB_PER_GB = 1024
"""AWS meters storage and transfer in binary gigabytes."""


@dataclass(frozen=True, slots=True)
class ImageUse:
    """Images one stage generates in a month."""

    stage: PricedStage
    images: int


@dataclass(frozen=True, slots=True)
class MonthDemand:
    """What a month needs."""

    month: Month
    assets: Fraction
    """Finished assets; a whole number unless growth or seasonality makes it a fraction."""
    image_uses: tuple[ImageUse, ...]
    service_units: dict[str, Fraction]
    """Price-book service (`s3.storage`, ...) to units; only those above zero."""

    @property
    def images(self) -> int:
        return sum(use.images for use in self.image_uses)


def demand(scenario: Scenario, stages: Sequence[Sequence[PricedStage]]) -> list[MonthDemand]:
    """Month by month: images per stage, rounded half even once per stage and month, and supporting usage.

    `stages` are the scenario's pipelines as `resolve_stages` priced them.
    """
    months = list(months_from(scenario.start or "", scenario.months or 0))
    volumes = [list(assets_by_month(pipeline, months)) for pipeline in scenario.pipelines]
    stored = [Fraction(0)] * len(scenario.pipelines)
    plan = []
    for index, month in enumerate(months):
        uses: list[ImageUse] = []
        units: dict[str, Fraction] = {}
        total = Fraction(0)
        for number, pipeline in enumerate(scenario.pipelines):
            assets = volumes[number][index]
            total += assets
            stored[number] += assets
            uses.extend(_image_uses(pipeline, stages[number], assets))
            for service, quantity in _supporting(pipeline, assets, stored[number]):
                units[service] = units.get(service, Fraction(0)) + quantity
        plan.append(MonthDemand(month, total, tuple(uses), units))
    return plan


def assets_by_month(pipeline: Pipeline, months: Sequence[Month]) -> Iterator[Fraction]:
    """Finished assets: the first month as written, then growth compounds; seasonality multiplies its calendar month."""
    volume = pipeline.assets_per_month
    growth = 1 + pipeline.growth_pct_per_month / 100
    for month in months:
        yield volume * pipeline.seasonality.get(int(month[5:]), 1)
        volume *= growth


def _image_uses(pipeline: Pipeline, stages: Sequence[PricedStage], assets: Fraction) -> Iterator[ImageUse]:
    runs = assets * (1 + pipeline.rework_pct / 100)
    for priced in stages:
        each = priced.stage.candidates * priced.stage.outputs
        yield ImageUse(priced, round_half_even(runs.numerator * each, runs.denominator))


def _supporting(pipeline: Pipeline, assets: Fraction, stored: Fraction) -> Iterator[tuple[str, Fraction]]:
    per_asset = pipeline.supporting
    usage = (
        ("s3.storage", stored * per_asset.storage_mb / MB_PER_GB),
        ("cloudfront.https_requests", assets * per_asset.deliveries),
        ("cloudfront.transfer", assets * per_asset.delivery_mb / MB_PER_GB),
        ("lambda.compute", assets * per_asset.compute_gb_s),
        ("rekognition.moderation", assets * per_asset.moderated_images),
    )
    return ((service, quantity) for service, quantity in usage if quantity)
