"""What a scenario file may say of budgets, the ladder of cheaper requests, and the guard's policy."""

from typing import Final

from planner.scenario import (
    ASSUMABLE,
    ASSUMABLE_GROUPS,
    AppliesTo,
    Budget,
    ImagesRung,
    ModelRung,
    Per,
    Policy,
    QualityRung,
    Rung,
    SizeRung,
    Threshold,
)
from pricing.money import Micros
from pricing.reading.nodes import Mapping
from pricing.reading.numeric import Decimal, Integer, Usd
from pricing.reading.scalars import Choice, Text
from pricing.reading.shape import Field, ListOf, MapOf, OneOf, Record, Values
from pricing.reading.sink import Sink

OUTCOMES: Final = (*ASSUMABLE_GROUPS, *ASSUMABLE)
"""Outcomes for which nobody says whether they are billed."""

MOST_GLOBS: Final = 100
MOST_TAGS: Final = 50
MOST_THRESHOLDS: Final = 20
EVERY_CALL: Final = AppliesTo()
_NAME = Text()
_MODEL = Text(2048, expected="a model id such as stability.sd3-5-large-v1:0")
_GLOB = Text(2048, expected="a model id or a pattern such as amazon.*")
_BLOCK = Choice(("block", "warn", "allow"))

APPLIES_TO: Final = Record(
    AppliesTo,
    (
        Field(
            "tags",
            MapOf(_NAME, _NAME, least=1, most=MOST_TAGS),
            "Every one of these tags must be on the call.",
        ),
        Field(
            "models",
            ListOf(_GLOB, least=1, most=MOST_GLOBS),
            "The call's model must match one of these ids or patterns.",
        ),
    ),
    title="a filter",
    any_of=("tags", "models"),
)

THRESHOLD: Final = Record(
    Threshold,
    (
        Field("at_pct", Decimal(0, 100), "Percent of the limit at which it acts.", required=True),
        Field("do", Choice(("notify", "downgrade")), "What happens then.", required=True),
    ),
    title="a threshold",
)


def _budget(
    name: str,
    *,
    limit_usd: Micros | None = None,
    limit: str = "credits",
    per: Per = "month",
    applies_to: AppliesTo = EVERY_CALL,
    thresholds: tuple[Threshold, ...] = (),
) -> Budget:
    """A budget without an amount is held to what `limit` names, and only credits can be named."""
    return Budget(name, limit_usd, per, applies_to, thresholds)


BUDGET: Final = Record(
    _budget,
    (
        Field("name", _NAME, "A short name; no two budgets share one.", required=True),
        Field("limit_usd", Usd(), "The most that may be spent in a period, in US dollars."),
        Field("limit", Choice(("credits",)), "The room is what credits can still pay."),
        Field("per", Choice(("day", "month", "lifetime")), "The period, in UTC.", default="month"),
        Field("applies_to", APPLIES_TO, "Which calls it counts; every call when left out."),
        Field("thresholds", ListOf(THRESHOLD, most=MOST_THRESHOLDS), "What happens on the way to the limit."),
    ),
    title="a budget",
    one_of=("limit_usd", "limit"),
)


def _check_rung(values: Values, node: Mapping, sink: Sink) -> None:
    source = values.get("from_model")
    if source is not None and source == values.get("to_model"):
        sink.error(
            "same-model",
            node,
            "leads to the model it comes from",
            "name a cheaper model",
            key="to",
            at=node.get("to"),
        )


_MODEL_RUNG = Record(
    ModelRung,
    (
        Field("from", _MODEL, "The model asked for.", required=True, name="from_model"),
        Field("to", _MODEL, "The cheaper model to ask instead.", required=True, name="to_model"),
    ),
    title="a step to another model",
    check=_check_rung,
)
_QUALITY_RUNG = Record(
    QualityRung,
    (Field("quality", Choice(("standard",)), "The quality to ask for instead.", required=True),),
    title="a step to a lower quality",
)
_IMAGES_RUNG = Record(
    ImagesRung,
    (Field("images", Integer(1, 1000), "The most images to ask for in one request.", required=True),),
    title="a step to fewer images",
)
_SIZE_RUNG = Record(
    SizeRung,
    (Field("size", Choice(("smaller",)), "The next smaller size class of the same shape.", required=True),),
    title="a step to a smaller size",
)
RUNG: Final[OneOf[Rung]] = OneOf(
    {
        "from": _MODEL_RUNG,
        "to": _MODEL_RUNG,
        "quality": _QUALITY_RUNG,
        "images": _IMAGES_RUNG,
        "size": _SIZE_RUNG,
    },
    expected="one of {from, to}, {quality: standard}, {images: 1} and {size: smaller}",
)

POLICY: Final = Record(
    Policy,
    (
        Field("unpriced", _BLOCK, "A call the price book cannot price.", default="block"),
        Field("uncovered", _BLOCK, "A call that matches no budget.", default="block"),
        Field("retired", _BLOCK, "A call to a model past its end of life.", default="warn"),
        Field(
            "ledger_down",
            Choice(("block", "allow")),
            "A call while the ledger does not answer.",
            default="block",
        ),
        Field(
            "assumed_billed",
            ListOf(Choice(OUTCOMES)),
            "Outcomes counted as billed although AWS does not say.",
        ),
    ),
    title="a policy",
)
