"""What `bursar.yaml` may say: every key with its bounds and its words for editors."""

import re
from collections.abc import Mapping as Map
from typing import Final

from planner.review.policies.types import (
    Budgets,
    Named,
    PolicyRows,
    Prices,
    ReviewBlock,
    Scope,
    TeamPolicy,
    Wanted,
)
from planner.schema.budget import OUTCOMES
from planner.schema.scenario import BOUNDS, FIGURES
from pricing.reading.nodes import Mapping
from pricing.reading.numeric import Decimal, Integer, Usd
from pricing.reading.scalars import Choice, Flag, Shape, Text
from pricing.reading.shape import Field, ListOf, MapOf, Record, Values
from pricing.reading.sink import Sink

LIMITS: Final[Map[str, str]] = {
    "list_cost_usd": FIGURES["list_cost_usd"],
    "list_cost_usd_per_month": "What everything costs before credits, in any one month, in US dollars.",
    "out_of_pocket_usd": FIGURES["out_of_pocket_usd"],
    "out_of_pocket_usd_per_month": "What no credit pays, in any one month, in US dollars.",
    "cost_per_asset_usd": FIGURES["cost_per_asset_usd"],
    "forfeited_usd": FIGURES["forfeited_usd"],
    "runway_months": FIGURES["runway_months"],
}
WHOLE: Final = ("limits", "price_book", "budgets", "policy")
"""What holds a whole scenario, and so cannot stand in a policy for some of its pipelines."""

_NAME = Text()
_PATH = Text(500, dated=True, expected="a path or a pattern such as scenarios/**")
_GLOB = Text(500, dated=True, expected="a name or a pattern such as draft*")
_MODEL = Text(500, expected="a model id or a pattern such as amazon.*")
_REGION = Text(40, re.compile(r"[a-z0-9*?\[\]-]+"), expected="an AWS region or a pattern such as us-*")
_FORBID = Choice(("allow", "forbid"))
_RULE = Text(60, re.compile(r"[a-z][a-z0-9-]*"), expected="the id of a rule such as old-prices")

REVIEW: Final = Record(
    ReviewBlock,
    (
        Field(
            "old_prices_days",
            Integer(0, 36_500),
            "A price book older than this many days is worth checking.",
            default=90,
        ),
        Field(
            "forfeit_pct",
            Decimal(0, 100),
            "A credit pool that loses more than this percent of its balance is a finding.",
            default=10,
        ),
        Field(
            "rules",
            MapOf(_RULE, Choice(("error", "warning", "info", "off"), also={"false": "off"}), least=1),
            "Rule id to the severity it has here; off silences it.",
        ),
        Field("exclude", ListOf(_PATH), "Paths that are not reviewed, relative to this file's folder."),
    ),
    title="settings of the review",
)

SCOPE: Final = Record(
    Scope,
    (
        Field("paths", ListOf(_PATH, least=1), "Files, relative to this file's folder; ** crosses folders."),
        Field("scenarios", ListOf(_GLOB, least=1), "Names of scenarios."),
        Field("pipelines", ListOf(_GLOB, least=1), "Names of pipelines; for models and regions alone."),
    ),
    title="a scope",
    any_of=("paths", "scenarios", "pipelines"),
)


def _named(what: str, glob: Text) -> Record[Named]:
    return Record(
        Named,
        (
            Field("allow", ListOf(glob, least=1), f"The only {what} that may be used."),
            Field("forbid", ListOf(glob, least=1), f"{what.capitalize()} that may not be used."),
        ),
        title=f"rules for {what}",
        any_of=("allow", "forbid"),
    )


MODELS: Final = _named("models", _MODEL)
REGIONS: Final = _named("regions", _REGION)

PRICES: Final = Record(
    Prices,
    (
        Field(
            "max_age_days", Integer(0, 36_500), "The most days since the newest figure of the book was read."
        ),
        Field(
            "representative",
            _FORBID,
            "Whether figures people plan with may stand in for AWS's own.",
            default="allow",
        ),
    ),
    title="rules for the price book",
    any_of=("max_age_days", "representative"),
)


def _check_limits(values: Values, node: Mapping, sink: Sink) -> None:
    if values.get("limit") == "credits" and "limit_usd" in values:
        sink.error("one-of", node, "cannot stand beside limit: credits", "keep one of them", key="limit_usd")


WANTED: Final = Record(
    Wanted,
    (
        Field("name", _GLOB, "The budget's name, or a pattern; any when left out.", default="*"),
        Field("limit_usd", Usd(), "The most its limit may be in each period, in US dollars."),
        Field(
            "limit",
            Choice(("amount", "credits")),
            "Whether it is held to an amount or to what credits can still pay; either when left out.",
        ),
        Field("per", Choice(("day", "month", "lifetime")), "The period it must have."),
        Field(
            "tags",
            MapOf(_NAME, _GLOB, least=1),
            "Tags its applies_to must name, each with a value or pattern.",
        ),
        Field("every_call", Flag(), "Whether it must count every call, with no applies_to.", default=False),
    ),
    title="a wanted budget",
    together={"limit_usd": ("per",)},
    check=_check_limits,
)
BUDGETS: Final = Record(
    Budgets,
    (
        Field("require", ListOf(WANTED, least=1), "Budgets there must be: one for each of these."),
        Field("every", ListOf(WANTED, least=1), "What each budget must be whose name matches."),
    ),
    title="rules for budgets",
    any_of=("require", "every"),
)

_STRICT = Choice(("block", "warn"))
SETTINGS: Final[Record[dict[str, object]]] = Record(
    dict,
    (
        Field("unpriced", _STRICT, "A call the price book cannot price: at least this strict."),
        Field("uncovered", _STRICT, "A call that matches no budget: at least this strict."),
        Field("retired", _STRICT, "A call to a model past its end of life: at least this strict."),
        Field("ledger_down", Choice(("block",)), "A call while the ledger does not answer."),
        Field(
            "assumed_billed",
            ListOf(Choice(OUTCOMES), least=1),
            "Outcomes that must be counted as billed although AWS does not say.",
        ),
    ),
    title="settings of the guard",
)
_LIMITS: Final[Record[dict[str, object]]] = Record(
    dict,
    tuple(Field(figure, BOUNDS, words) for figure, words in LIMITS.items()),
    title="limits",
    any_of=tuple(LIMITS),
)


def _check_scope(values: Values, node: Mapping, sink: Sink) -> None:
    scope = values.get("applies_to")
    if scope is None or scope.pipelines is None:
        return
    for key in WHOLE:
        entry = node.entries.get(key)
        if entry is not None:
            message = "holds a whole scenario, but this policy is for some pipelines"
            sink.error("wrong-scope", node, message, "put it in a policy of its own", key=key, at=entry[0])


_HELD: Final[tuple[tuple[str, Shape[object], str], ...]] = (
    ("limits", _LIMITS, "Figures of the plan and what each must lie between."),
    ("models", MODELS, "Which models may be asked, in stages and on the ladder."),
    ("regions", REGIONS, "In which regions models may be asked."),
    ("price_book", PRICES, "What the price book must be."),
    ("budgets", BUDGETS, "What the budgets must be."),
    ("policy", SETTINGS, "What the guard must do where a budget alone does not decide."),
)
POLICY: Final = Record(
    TeamPolicy,
    (
        Field("name", _NAME, "A short name; no two policies share one.", required=True),
        Field("reason", Text(500), "Why, for whoever meets it in a review."),
        Field(
            "severity",
            Choice(("error", "warning", "info")),
            "How serious a violation is; an error fails the review.",
            default="error",
        ),
        Field("applies_to", SCOPE, "Which scenarios it is for; every one when left out."),
        *(Field(key, shape, words) for key, shape, words in _HELD),
    ),
    title="a policy",
    any_of=tuple(key for key, _, _ in _HELD),
    check=_check_scope,
)

POLICY_FILE_SHAPE: Final = Record(
    PolicyRows,
    (
        Field("review", REVIEW, "Settings of the review itself."),
        Field("policies", ListOf(POLICY, unique="name"), "What every scenario is held to."),
    ),
    title="a policy file",
    any_of=("review", "policies"),
)
