"""What a price book file may say: its keys, their bounds and words. It becomes `pricing.loading.rows`."""

import re
from functools import partial
from typing import Any, Final, Literal

from pricing.loading.checks import check_book
from pricing.loading.rows import (
    AllowanceRow,
    BookRows,
    LifecycleRow,
    Names,
    OtherRow,
    RateRow,
    ServiceRow,
    SourceRow,
    TierRow,
)
from pricing.loading.sizes import LIMITS, QUALITY_STEPS, SIZE, SIZES
from pricing.reading.misfit import Unbound, wrong
from pricing.reading.nodes import Mapping, Node, Scalar
from pricing.reading.numeric import Integer, Price
from pricing.reading.scalars import DAY, Choice, Flag, JsonSchema, Shape, Text
from pricing.reading.shape import Field, ListOf, MapOf, Record
from pricing.reading.sink import Sink
from pricing.records import record

FAMILIES: Final = ("titan", "nova_canvas", "sdxl", "stability_text", "stability_service")
TASKS: Final = (
    "TEXT_IMAGE",
    "IMAGE_TO_IMAGE",
    "INPAINTING",
    "OUTPAINTING",
    "IMAGE_VARIATION",
    "COLOR_GUIDED_GENERATION",
    "BACKGROUND_REMOVAL",
    "VIRTUAL_TRY_ON",
    "ERASE_OBJECT",
    "SEARCH_REPLACE",
    "SEARCH_RECOLOR",
    "CONTROL_SKETCH",
    "CONTROL_STRUCTURE",
    "STYLE_GUIDE",
    "STYLE_TRANSFER",
    "FAST_UPSCALE",
    "CONSERVATIVE_UPSCALE",
    "CREATIVE_UPSCALE",
)


@record
class OneOrMore:
    """One text, or a list of them."""

    item: Text

    @property
    def expected(self) -> str:
        return f"{self.item.expected}, or a list of them"

    def bind(self, node: Node, sink: Sink) -> Names | Literal[Unbound.UNBOUND]:
        if node.__class__ is Scalar:
            one = self.item.bind(node, sink)
            return one if one is Unbound.UNBOUND else (one,)
        return (
            wrong(node, self.expected, sink)
            if node.__class__ is Mapping
            else _names(self.item).bind(node, sink)
        )

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [self.item.json_schema(), _names(self.item).json_schema()]}


def _names(item: Shape[str]) -> ListOf[str]:
    return ListOf(item, least=1)


_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}", re.ASCII)
_SERVICE = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*", re.ASCII)
_MODEL = re.compile(r"[a-z0-9][a-z0-9-]*\.[A-Za-z0-9][A-Za-z0-9._:/-]*", re.ASCII)
_GEOGRAPHY = re.compile(r"[a-z]{2,6}(?:-[a-z]{2,6})?", re.ASCII)


_WORDS = Text(longest=60, dated=True)
_LINE = Text(longest=200, dated=True)
_PROSE = Text(longest=500, dated=True)
_REGION_NAME = Text(longest=30, pattern=_REGION, expected="a region such as us-east-1")
_MODEL_ID = Text(longest=120, pattern=_MODEL, expected="a model id such as amazon.nova-canvas-v1:0")
_SOURCES = OneOrMore(Text(longest=60, dated=True, expected="the name of a source"))
_UNITS = Integer(1, 10**15)
_LIFECYCLE = Record(
    LifecycleRow,
    [
        Field("legacy_from", DAY, "First day in Legacy"),
        Field("end_of_life", DAY, "First day the model no longer answers"),
        Field("basis", _PROSE, "How the dates are known"),
        Field("replacement", _MODEL_ID, "The model to move to"),
        Field("source", _SOURCES, "Where the dates were read", required=True),
    ],
    "a lifecycle",
)
_SOURCED = (
    Field("source", _SOURCES, "Where the number was read, then what agrees with it", required=True),
    Field("verified", Flag(), "Read on AWS's own page or in two independent sources", required=True),
    Field("note", _PROSE, "What a reader should know of it"),
)
_RATE = Record(
    RateRow,
    [
        Field("size_class", _WORDS, "A class of the model's size rule", required=True),
        Field("quality", _WORDS, "A quality of the model; left out where it has none"),
        Field("regions", ListOf(_REGION_NAME, least=1), "Where this price holds", required=True),
        Field("usd_per_image", Price(), "US dollars for one image", required=True),
        Field("low_usd_per_image", Price(), "The low end, where people quote a range"),
        Field("valid_from", DAY, "First day of this price"),
        Field("valid_until", DAY, "First day it no longer applies"),
        *_SOURCED,
    ],
    "a price",
)
_COMMON = (
    Field("provider", _WORDS, "Who makes the model"),
    Field("product", _LINE, "The product name on the AWS bill"),
    Field("billed_by", Choice(("aws", "marketplace")), "Who sells it"),
    Field("regions", ListOf(_REGION_NAME, least=1), "Where it is offered; the first is assumed"),
    Field(
        "geographies", ListOf(Text(longest=20, pattern=_GEOGRAPHY)), "Inference profiles it is called through"
    ),
    Field("tasks", ListOf(Choice(TASKS), least=1), "What it does; the first is its default"),
    Field("sizes", SIZES, "How a size becomes a size class"),
    Field("limits", LIMITS, "Which sizes AWS takes", name="size_limits"),
    Field("default_size", SIZE, "The size AWS uses when none is given"),
    Field("images_per_request", Integer(1, 1_000), "The most images of one request"),
    Field("qualities", ListOf(_WORDS, least=1), "Qualities in rising order of price"),
    Field("quality_steps", QUALITY_STEPS, "Quality to the diffusion steps it holds"),
    Field("prompt_chars", Integer(1, 10**6), "The longest prompt"),
    Field("lifecycle", _LIFECYCLE, "When it stops answering"),
    Field("source", _SOURCES, "Where these facts were read"),
    Field("note", _PROSE, "What a reader should know of it"),
)
_FAMILY: Record[dict[str, Any]] = Record(dict, _COMMON, "what a family's models have in common")
_MODEL_FIELDS: Record[dict[str, Any]] = Record(
    dict,
    [
        Field("name", _LINE, "The model's name in words", required=True),
        Field("family", Choice(FAMILIES), "Which request format it speaks", required=True),
        *_COMMON,
        Field("rates", ListOf(_RATE, least=1), "Its prices", required=True),
    ],
    "a model",
)
_SOURCE = Record(
    SourceRow,
    [
        Field("what", _LINE, "What was read, in words", required=True),
        Field("where", _PROSE, "Where it is", required=True),
        Field("read_on", DAY, "The day it was read", required=True),
    ],
    "a source",
)
_TIER = Record(
    TierRow,
    [
        Field("usd", Price(), "US dollars for `per` units", required=True),
        Field("per", _UNITS, "How many units the price buys"),
        Field("up_to", _UNITS, "Monthly quantity at which the next tier starts"),
    ],
    "a tier",
)
_SERVICE_FIELDS = Record(
    ServiceRow,
    [
        Field("product", _LINE, "The product name on the AWS bill", required=True),
        Field("unit", _WORDS, "What one unit is", required=True),
        Field("region", _REGION_NAME, "The region the price was read for", required=True),
        Field("tiers", ListOf(_TIER, least=1), "Prices by monthly quantity", required=True),
        *_SOURCED,
    ],
    "a service",
)
_ALLOWANCE = Record(
    AllowanceRow,
    [
        Field("product", _LINE, "The product name on the AWS bill", required=True),
        Field("unit", _WORDS, "What one unit is", required=True),
        Field("quantity", _UNITS, "How many units are free each month", required=True),
        *_SOURCED,
    ],
    "an allowance",
)
_OTHER_PRICE = Record(
    OtherRow,
    [
        Field("item", _LINE, "What is priced", required=True),
        Field("unit", _WORDS, "What one unit is", required=True),
        Field("usd", Price(), "US dollars for one unit", required=True),
        *_SOURCED,
    ],
    "a price",
)
_SERVICE_KEY = Text(longest=60, pattern=_SERVICE, expected="a service such as s3.storage")
BOOK: Final = Record(
    partial(BookRows, families={}, services={}, allowances={}, other_prices=(), representative=False),
    [
        Field("version", _WORDS, "The name of this version", required=True),
        Field("title", _LINE, "What the figures are, in words", required=True),
        Field("published", DAY, "The day the newest figure was read", required=True),
        Field("representative", Flag(), "True for figures people plan with rather than AWS's own"),
        Field("valid_from", DAY, "The day rows hold from unless they say otherwise", required=True),
        Field("sources", MapOf(_WORDS, _SOURCE, least=1), "Where the figures were read", required=True),
        Field("families", MapOf(Choice(FAMILIES), _FAMILY), "What models of a request format have in common"),
        Field(
            "models", MapOf(_MODEL_ID, _MODEL_FIELDS, least=1), "Image models and their prices", required=True
        ),
        Field("services", MapOf(_SERVICE_KEY, _SERVICE_FIELDS), "Supporting services"),
        Field("allowances", MapOf(_SERVICE_KEY, _ALLOWANCE), "Free quantities: shown, never a price"),
        Field("other_prices", ListOf(_OTHER_PRICE), "Prices that no image request meets"),
    ],
    "a price book",
    check=check_book,
)
"""The whole file."""
