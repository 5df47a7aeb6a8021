"""What a team holds its scenarios to, as `bursar.yaml` says it: checked values, no YAML left."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from planner.scenario import Bounds, Per
from pricing.money import Micros
from pricing.problems import Severity
from pricing.records import EMPTY, record


@record
class Scope:
    """Which scenarios a policy is for; every kind of glob that is given must match."""

    paths: tuple[str, ...] = ("**",)
    """Relative to the folder of `bursar.yaml`, with forward slashes; `**` crosses folders."""
    scenarios: tuple[str, ...] = ("*",)
    """Names of scenarios."""
    pipelines: tuple[str, ...] | None = None
    """Names of pipelines: only their stages are looked at. None for the whole scenario."""


@record
class Named:
    """Which names may be used, by glob."""

    allow: tuple[str, ...] | None = None
    """None for every name."""
    forbid: tuple[str, ...] = ()
    """These may not be used even where `allow` covers them."""


@record
class Prices:
    """What a price book must be."""

    max_age_days: int | None = None
    representative: Literal["allow", "forbid"] = "allow"
    """Whether figures that people plan with may stand in for AWS's own."""


@record
class Wanted:
    """What a budget must be."""

    name: str = "*"
    """A glob."""
    limit_usd: Micros | None = None
    """The most its limit may be in each period; None for any, `limit: credits` too."""
    limit: Literal["credits", "amount"] | None = None
    """What it must be held to: what credits can still pay, or an amount; None for either."""
    per: Per | None = None
    tags: Mapping[str, str] = EMPTY
    """Tag to a glob: its `applies_to.tags` must name each of these tags with a value that matches."""
    every_call: bool = False
    """Whether it must count every call, so without `applies_to`."""


@record
class Budgets:
    """What the budgets of a scenario must be."""

    require: tuple[Wanted, ...] = ()
    """For each of these there must be a budget that is all of it."""
    every: tuple[Wanted, ...] = ()
    """Each budget whose name matches must be all of it."""


@record
class TeamPolicy:
    """One policy; what is left out is not limited."""

    name: str
    reason: str = ""
    severity: Severity = "error"
    applies_to: Scope = Scope()
    limits: Mapping[str, Bounds] = EMPTY
    """Figure of the plan (`list_cost_usd`, `runway_months`, ...) to what it must lie between."""
    models: Named = Named()
    regions: Named = Named()
    price_book: Prices = Prices()
    budgets: Budgets = Budgets()
    policy: Mapping[str, object] = EMPTY
    """Setting of a scenario's `policy` to the least strict value it may have."""


@record
class ReviewBlock:
    """What a team sets about the review itself."""

    old_prices_days: int = 90
    forfeit_pct: Fraction = Fraction(10)
    rules: Mapping[str, Severity | Literal["off"]] = EMPTY
    """Rule id to error, warning, info or off."""
    exclude: tuple[str, ...] = ()
    """Globs of paths that are not reviewed, relative to the folder of `bursar.yaml`."""


@record
class PolicyRows:
    """The whole file as written."""

    review: ReviewBlock = ReviewBlock()
    policies: tuple[TeamPolicy, ...] = ()
