"""A scenario as the planner and the guard use it: checked values, exact amounts, no YAML left."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from pricing.money import Micros
from pricing.overrides import Override
from pricing.records import EMPTY, record
from pricing.sizes import Size

Coverage = Literal["yes", "no", "unknown"]
Per = Literal["day", "month", "lifetime"]


@record
class Stage:
    """One model call in the making of an asset."""

    name: str
    model_id: str
    task: str | None = None
    """A task type such as TEXT_IMAGE; None for the model's first one."""
    candidates: int = 1
    """Images generated for each one kept."""
    outputs: int = 1
    """Images kept for each finished asset."""
    share_pct: Fraction | None = None
    """The share of the finished assets, rework included, that take this stage; None where the file leaves it to all."""
    size: Size | None = None
    quality: str | None = None
    steps: int | None = None
    """Diffusion steps, where they decide the price (SDXL)."""
    region: str | None = None
    """None for the scenario's region."""

    @property
    def share(self) -> Fraction:
        """Percent of the assets that take this stage."""
        return Fraction(100) if self.share_pct is None else self.share_pct

    @property
    def images_per_asset(self) -> Fraction:
        """Images generated for each finished asset, on the average over those that take the stage and those that do not."""
        return self.candidates * self.outputs * self.share / 100


@record
class Supporting:
    """Other AWS usage per finished asset."""

    storage_mb: Fraction = Fraction(0)
    """Kept in S3 from the month it is made on."""
    deliveries: Fraction = Fraction(0)
    """CDN requests in the month the asset is made."""
    delivery_mb: Fraction = Fraction(0)
    compute_gb_s: Fraction = Fraction(0)
    moderated_images: Fraction = Fraction(0)


@record
class Pipeline:
    """What one finished asset takes, and how many are made."""

    name: str
    assets_per_month: Fraction
    stages: tuple[Stage, ...]
    growth_pct_per_month: Fraction = Fraction(0)
    seasonality: Mapping[int, Fraction] = EMPTY
    """Calendar month (1-12) to factor; months left out have factor 1."""
    rework_pct: Fraction = Fraction(0)
    """Finished assets that go through all stages again."""
    supporting: Supporting = Supporting()


@record
class BackgroundSpend:
    """Another charge on the account each month; it competes for the same credits."""

    product: str
    usd_per_month: Micros
    entity: Literal["aws", "marketplace"] = "aws"
    kind: str = "usage"
    """`usage`, or a kind no credit pays: support, tax, upfront, marketplace."""


@record
class Credit:
    """A credit pool as the account holds it."""

    name: str
    balance_usd: Micros
    starts: date
    expires: date | None
    """The last day it can pay; None when it never expires."""
    program: str = "other"
    products: tuple[str, ...] = ("*",)
    product_count: int | None = None
    """How many products AWS lists for it, when `products` names only some; breaks ties in the order of payment."""
    bedrock_third_party: Coverage = "unknown"
    application_type: Literal["before", "after"] | None = None
    status: Literal["active", "paused"] = "active"


@record
class AppliesTo:
    """Which calls a budget counts: every tag must match, and any of the model globs."""

    tags: Mapping[str, str] = EMPTY
    models: tuple[str, ...] = ("*",)


@record
class Threshold:
    """What happens when exposure reaches a share of the limit."""

    at_pct: Fraction
    do: Literal["notify", "downgrade"]


@record
class Budget:
    """A limit the guard holds calls to."""

    name: str
    limit_usd: Micros | None
    """None when the limit is what credits can still pay. `planner.guard.budget` takes dollars."""
    per: Per = "month"
    applies_to: AppliesTo = AppliesTo()
    thresholds: tuple[Threshold, ...] = ()


@record
class ModelRung:
    """Send the same request to a cheaper model."""

    from_model: str
    to_model: str


@record
class QualityRung:
    """Ask for a lower quality, where the model has qualities."""

    quality: str


@record
class ImagesRung:
    """Ask for at most this many images in one request."""

    images: int


@record
class SizeRung:
    """Ask for the next smaller size class of the same shape."""

    size: Literal["smaller"] = "smaller"


Rung = ModelRung | QualityRung | ImagesRung | SizeRung


ASSUMABLE: Final[Mapping[str, str]] = {
    "read_timeout": "sent, and no answer within the read timeout",
    "connection_lost": "sent, and the connection ended before the answer",
    "body_lost": "status 200, and the body broke off or stalled",
    "filtered_output": "some or all images blocked after they were made",
    "filtered_input": "the prompt or an input image blocked",
    "failed_inference": "Stability's `Inference error`, with status 200",
    "model_timeout": "status 408",
    "model_error": "status 424",
    "throttled": "status 429",
    "server_error": "status 500 and above",
    "rejected": "any other 4xx",
}
"""Outcomes for which AWS does not say whether they are billed, and what each one is."""
ASSUMABLE_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "timeout": ("read_timeout", "connection_lost", "body_lost"),
}
"""Names that stand for several outcomes: `timeout` is sent, and no whole answer came."""


@record
class Policy:
    """What the guard does where a budget alone does not decide."""

    unpriced: Literal["block", "warn", "allow"] = "block"
    uncovered: Literal["block", "warn", "allow"] = "block"
    retired: Literal["block", "warn", "allow"] = "warn"
    ledger_down: Literal["block", "allow"] = "block"
    assumed_billed: tuple[str, ...] = ("timeout", "filtered_output")
    """Names out of `ASSUMABLE` and `ASSUMABLE_GROUPS`: these outcomes count as billed, at the most they can cost."""


@record
class Bounds:
    """What a figure of the plan must lie between; None leaves a side open."""

    min: Fraction | None = None
    max: Fraction | None = None


@record
class Scenario:
    """One plan and policy. `start`, `months`, `region` and `pipelines` are absent in a policy for the guard alone."""

    name: str
    start: str | None = None
    months: int | None = None
    region: str | None = None
    price_book: str | None = None
    """A version, or a path to a book of the team's own; None for the default book."""
    price_overrides: tuple[Override, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    background_spend: tuple[BackgroundSpend, ...] = ()
    credits: tuple[Credit, ...] = ()
    budgets: tuple[Budget, ...] = ()
    ladder: tuple[Rung, ...] = ()
    policy: Policy = Policy()
    expect: Mapping[str, Bounds] = EMPTY
    """Figure of the plan (`out_of_pocket_usd`, `runway_months`, ...) to what it must lie between."""
