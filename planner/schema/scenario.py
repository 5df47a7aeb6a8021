"""What a scenario file may say: every key with its bounds and its words for editors.

`planner.scenario` is what it becomes; pipelines and budgets have modules of their own.
"""

from fractions import Fraction
from typing import Final

from planner.scenario import BackgroundSpend, Bounds, Credit, Scenario
from planner.schema.budget import BUDGET, POLICY, RUNG
from planner.schema.calendar import DAY, EXPIRY, MONTH
from planner.schema.pipeline import PIPELINE, REGION
from pricing.money import Micros
from pricing.overrides import Override
from pricing.reading.nodes import Mapping
from pricing.reading.numeric import Decimal, Integer, Price, Usd
from pricing.reading.scalars import Choice, Text
from pricing.reading.shape import Field, ListOf, Record, Values
from pricing.reading.sink import Sink

MOST_MONTHS: Final = 120
"""Ten years."""
MOST_PIPELINES: Final = 2_000
MOST_RULES: Final = 200
"""Overrides, pools, other charges, budgets, rungs: each is held against many others, so their number is bounded."""
MOST_NAMES: Final = 1_000
"""Products of a pool: AWS names at most 1,000."""

PROGRAMS: Final = (
    "activate-founders",
    "activate-portfolio",
    "bedrock-poc",
    "genai-accelerator",
    "free-tier",
    "other",
)
KINDS: Final = ("usage", "support", "tax", "upfront", "marketplace")
FIGURES: Final = {
    "out_of_pocket_usd": "What no credit pays, over the whole plan, in US dollars.",
    "runway_months": "Months until the first charge that no credit pays.",
    "list_cost_usd": "What everything costs before credits, over the whole plan, in US dollars.",
    "forfeited_usd": "Credit lost on expiry, over the whole plan, in US dollars.",
    "cost_per_asset_usd": "What one finished asset costs before credits, in US dollars.",
}

_NAME = Text()
_GLOB = Text(500, expected="a model id or a pattern such as amazon.*")
_HUGE = 9_000_000_000_000


def _override(
    model: str,
    *,
    discount_pct: Fraction | None = None,
    markup_pct: Fraction | None = None,
    usd_per_image: tuple[Micros, int] | None = None,
) -> Override:
    price, per = usd_per_image or (None, 1)
    return Override(model, discount_pct, markup_pct, price, per)


OVERRIDE: Final = Record(
    _override,
    (
        Field("model", _GLOB, "Which models: an id, or a pattern with *.", required=True),
        Field("discount_pct", Decimal(0, 100, below=True), "Percent off the book's price."),
        Field("markup_pct", Decimal(0, 100_000), "Percent on top of the book's price."),
        Field("usd_per_image", Price(), "A fixed price for one image, in US dollars."),
    ),
    title="a price override",
    one_of=("discount_pct", "markup_pct", "usd_per_image"),
)

BACKGROUND: Final = Record(
    BackgroundSpend,
    (
        Field("product", _NAME, "The product's name on the AWS bill.", required=True),
        Field("usd_per_month", Usd(), "What it costs each month, in US dollars.", required=True),
        Field("entity", Choice(("aws", "marketplace")), "Who sells it.", default="aws"),
        Field("kind", Choice(KINDS), "Usage, or a kind no credit pays.", default="usage"),
    ),
    title="background spend",
)


def _check_window(values: Values, node: Mapping, sink: Sink) -> None:
    starts, expires = values.get("starts"), values.get("expires")
    if starts is not None and expires is not None and expires < starts:
        message = f"is {expires}, before the pool starts on {starts}"
        sink.error(
            "empty-window", node, message, "swap or mend the dates", key="expires", at=node.get("expires")
        )


_COVERAGE = Choice(("yes", "no", "unknown"), also={"true": "yes", "false": "no"})
CREDIT: Final = Record(
    Credit,
    (
        Field("name", _NAME, "A short name; no two pools share one.", required=True),
        Field("program", Choice(PROGRAMS), "The AWS program that granted it.", default="other"),
        Field("balance_usd", Usd(), "What is left on it, in US dollars.", required=True),
        Field("starts", DAY, "The first day it can pay.", required=True),
        Field(
            "expires",
            EXPIRY,
            "The last day it can pay, as AWS prints it, or never.",
            required=True,
        ),
        Field(
            "products",
            ListOf(_NAME, least=1, most=MOST_NAMES),
            'The products it pays, named as on the AWS bill; ["*"] for every one.',
        ),
        Field(
            "product_count",
            Integer(1, 10_000),
            "How many products AWS lists for it, when products names only some.",
        ),
        Field(
            "bedrock_third_party",
            _COVERAGE,
            "Whether it pays for models billed through AWS Marketplace (Stability AI).",
            default="unknown",
        ),
        Field(
            "application_type",
            Choice(("before", "after")),
            "Whether AWS applies it before or after discounts.",
        ),
        Field("status", Choice(("active", "paused")), "A paused pool pays nothing.", default="active"),
    ),
    title="a credit pool",
    check=_check_window,
)


def _check_bounds(values: Values, node: Mapping, sink: Sink) -> None:
    low, high = values.get("min"), values.get("max")
    if low is not None and high is not None and low > high:
        sink.error("empty-range", node, "has a min above its max", "swap them")


BOUNDS: Final = Record(
    Bounds,
    (
        Field("min", Decimal(-_HUGE, _HUGE), "The least it may be."),
        Field("max", Decimal(-_HUGE, _HUGE), "The most it may be."),
    ),
    title="bounds",
    any_of=("min", "max"),
    check=_check_bounds,
)
EXPECT: Final[Record[dict[str, Bounds]]] = Record(
    dict,
    tuple(Field(figure, BOUNDS, words) for figure, words in FIGURES.items()),
    title="expectations",
    any_of=tuple(FIGURES),
)

SCENARIO: Final = Record(
    Scenario,
    (
        Field("name", _NAME, "What is planned, in a few words.", required=True),
        Field("start", MONTH, "The first month planned, such as 2026-12."),
        Field("months", Integer(1, MOST_MONTHS), "How many months to plan."),
        Field("region", REGION, "The AWS region of every stage that names none."),
        Field(
            "price_book",
            Text(1000, dated=True, expected="a price book version or a path"),
            "A version such as 2026-07-24, or the path of your own book; left out, the default one.",
        ),
        Field(
            "price_overrides",
            ListOf(OVERRIDE, most=MOST_RULES),
            "Negotiated rates and markups; the last match applies.",
        ),
        Field(
            "pipelines",
            ListOf(PIPELINE, least=1, unique="name", most=MOST_PIPELINES),
            "What one finished asset takes.",
        ),
        Field(
            "background_spend",
            ListOf(BACKGROUND, most=MOST_RULES),
            "Other charges on the account: they compete for the same credits.",
        ),
        Field("credits", ListOf(CREDIT, unique="name", most=MOST_RULES), "The credit pools of the account."),
        Field(
            "budgets", ListOf(BUDGET, unique="name", most=MOST_RULES), "The limits the guard holds calls to."
        ),
        Field("ladder", ListOf(RUNG, most=MOST_RULES), "Cheaper requests, in the order they may be tried."),
        Field("policy", POLICY, "What the guard does where a budget alone does not decide."),
        Field("expect", EXPECT, "What a review holds the plan to."),
    ),
    title="a scenario",
    together={
        "pipelines": ("start", "months", "region"),
        "start": ("months", "region", "pipelines"),
        "months": ("start", "region", "pipelines"),
    },
)
