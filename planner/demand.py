"""Scenario to images per month and SKU, and the other AWS usage that comes with each finished asset."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, localcontext
from fractions import Fraction

from planner.months import Month, months_from
from planner.scenario import Pipeline, Scenario
from planner.stages import PricedStage
from pricing.records import record

MB_PER_GB = 1024
"""AWS meters storage and transfer in binary gigabytes."""
EXACT = Context(prec=30_000, traps=[Inexact])
"""Decimals that are never rounded: ten years of growth to 40 decimals a month take 5,000 digits."""


@record
class ImageUse:
    """Images one stage generates in a month."""

    stage: PricedStage
    images: int


@record
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

    `stages` are the scenario's pipelines as `resolve_stages` priced them. Exact: growth and shares are finite decimals,
    and so are their powers and products. Raises `ValueError` for one that is not, such as `Fraction(1, 3)`.
    """
    months = list(months_from(scenario.start or "", scenario.months or 0))
    with localcontext(EXACT):
        try:
            runs = [_Run(pipeline, assets_by_month(pipeline, months)) for pipeline in scenario.pipelines]
            return [_month(month, index, runs, stages) for index, month in enumerate(months)]
        except Inexact:
            raise ValueError(
                "assets, growth, seasonality, rework, shares and supporting usage must be finite decimals"
            ) from None


class _Run:
    """A pipeline over the plan's months; adds up what it keeps in storage."""

    def __init__(self, pipeline: Pipeline, assets: Sequence[Decimal]) -> None:
        self.assets = assets
        self.reworked = 1 + _decimal(pipeline.rework_pct / 100)
        self.images_per_asset = [_decimal(stage.images_per_asset) for stage in pipeline.stages]
        self.stored = Decimal(0)
        supporting = pipeline.supporting
        per_asset = (
            ("cloudfront.https_requests", supporting.deliveries),
            ("cloudfront.transfer", supporting.delivery_mb / MB_PER_GB),
            ("lambda.compute", supporting.compute_gb_s),
            ("rekognition.moderation", supporting.moderated_images),
        )
        self.gb_per_asset = _decimal(supporting.storage_mb / MB_PER_GB)
        self.per_asset = [(service, _decimal(units)) for service, units in per_asset if units]

    def uses(self, index: int, stages: Sequence[PricedStage]) -> Iterator[ImageUse]:
        runs = self.assets[index] * self.reworked
        for priced, per_asset in zip(stages, self.images_per_asset, strict=True):
            images = runs * per_asset
            yield ImageUse(priced, int(images.to_integral_value(ROUND_HALF_EVEN)))

    def service_units(self, index: int) -> Iterator[tuple[str, Decimal]]:
        assets = self.assets[index]
        self.stored += assets * self.gb_per_asset
        yield "s3.storage", self.stored
        for service, units in self.per_asset:
            yield service, assets * units


def _month(
    month: Month, index: int, runs: Sequence[_Run], stages: Sequence[Sequence[PricedStage]]
) -> MonthDemand:
    units: dict[str, Decimal] = {}
    for run in runs:
        for service, quantity in run.service_units(index):
            units[service] = units.get(service, Decimal(0)) + quantity
    return MonthDemand(
        month,
        Fraction(sum((run.assets[index] for run in runs), Decimal(0))),
        tuple(use for run, priced in zip(runs, stages, strict=True) for use in run.uses(index, priced)),
        {service: Fraction(quantity) for service, quantity in units.items() if quantity},
    )


def assets_by_month(pipeline: Pipeline, months: Sequence[Month]) -> list[Decimal]:
    """Finished assets: the first month as written, then growth compounds; seasonality multiplies its calendar month."""
    volume = _decimal(pipeline.assets_per_month)
    growth = 1 + _decimal(pipeline.growth_pct_per_month / 100)
    season = {month: _decimal(factor) for month, factor in pipeline.seasonality.items()}
    assets = []
    for month in months:
        assets.append(EXACT.multiply(volume, season.get(int(month[5:]), Decimal(1))))
        volume = EXACT.multiply(volume, growth)
    return assets


def _decimal(value: Fraction) -> Decimal:
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
