"""What a scenario file may say of a pipeline: its stages, its volumes and the other AWS usage of an asset."""

import re
from typing import Final

from planner.scenario import Pipeline, Stage, Supporting
from pricing.reading.numeric import Decimal, Integer
from pricing.reading.scalars import Choice, Parsed, Text
from pricing.reading.shape import Field, ListOf, MapOf, Record
from pricing.sizes import Size

MOST_IMAGES: Final = 1000
"""Candidates or outputs of one stage."""

REGION: Final = Text(
    40,
    re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}"),
    expected="an AWS region such as us-west-2",
)
_NAME = Text()
_QUANTITY = Decimal(0, 1_000_000_000_000)
_COUNT = Integer(1, MOST_IMAGES)
_SIZE = Parsed(
    Size.parse,
    "a size such as 1024x1024",
    {"type": "string", "pattern": "^[1-9][0-9]{0,4} *[xX×] *[1-9][0-9]{0,4}$"},
)

STAGE: Final = Record(
    Stage,
    (
        Field("name", _NAME, "A short name; no two stages of a pipeline share one.", required=True),
        Field(
            "task",
            Text(60, re.compile(r"[A-Z][A-Z0-9_]*"), expected="a task type such as TEXT_IMAGE"),
            "The task type, such as TEXT_IMAGE; the model's first when left out.",
        ),
        Field(
            "model",
            Text(2048, expected="a model id such as stability.stable-image-core-v1:1"),
            "The Bedrock model id, an inference profile of it, or its ARN.",
            required=True,
            name="model_id",
        ),
        Field("size", _SIZE, "Width x height in pixels, where the price depends on it."),
        Field("quality", Choice(("standard", "premium")), "The quality, where the model has qualities."),
        Field("steps", Integer(1, 150), "Diffusion steps, where they decide the price (SDXL)."),
        Field("candidates", _COUNT, "Images generated for each one kept.", default=1),
        Field("outputs", _COUNT, "Images kept for each finished asset.", default=1),
        Field(
            "share_pct",
            Decimal(0, 100, above=True),
            "Percent of the finished assets that take this stage; a mix of two models is two stages, such as 30 and 70.",
            default=100,
        ),
        Field("region", REGION, "The AWS region of this stage; the scenario's when left out."),
    ),
    title="a stage",
)

SUPPORTING: Final = Record(
    Supporting,
    (
        Field("storage_mb", _QUANTITY, "Megabytes kept in S3 for each finished asset.", default=0),
        Field("deliveries", _QUANTITY, "CDN requests for each finished asset.", default=0),
        Field("delivery_mb", _QUANTITY, "Megabytes the CDN sends for each finished asset.", default=0),
        Field("compute_gb_s", _QUANTITY, "Lambda gigabyte-seconds for each finished asset.", default=0),
        Field("moderated_images", _QUANTITY, "Images moderated for each finished asset.", default=0),
    ),
    title="supporting usage",
)

PIPELINE: Final = Record(
    Pipeline,
    (
        Field("name", _NAME, "A short name; no two pipelines share one.", required=True),
        Field("assets_per_month", _QUANTITY, "Finished assets in the first month.", required=True),
        Field(
            "growth_pct_per_month",
            Decimal(-100, 1000, above=True),
            "Percent more assets each month than the month before.",
            default=0,
        ),
        Field(
            "seasonality",
            MapOf(Integer(1, 12), Decimal(0, 1000), expected="a mapping of calendar month to factor"),
            "Calendar month (1 to 12) to the factor its assets are multiplied by.",
        ),
        Field(
            "stages", ListOf(STAGE, least=1, unique="name"), "The model calls of one asset.", required=True
        ),
        Field(
            "rework_pct",
            Decimal(0, 100),
            "Percent of finished assets that go through every stage again.",
            default=0,
        ),
        Field("supporting", SUPPORTING, "Other AWS usage of each finished asset."),
    ),
    title="a pipeline",
)
