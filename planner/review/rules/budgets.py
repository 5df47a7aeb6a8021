"""Rules about budgets: those that count nothing, calls that nobody counts, limits that cannot hold the plan."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Final, Literal

from planner.credits import Charge, covers
from planner.months import days_in
from planner.review.context import PlannedCall, ReviewContext, names_of
from planner.review.rule import Rule
from planner.scenario import Budget, ModelRung
from pricing.model_ids import parse_model_id
from pricing.money import Micros, format_usd
from pricing.nearest import nearest
from pricing.problems import Problem

Verdict = Literal["no", "maybe", "yes"]
"""Whether a budget counts a call; `maybe` where it asks for a tag the plan does not know."""

PIPELINE_TAG: Final = "pipeline"
"""The tag by which a planned call is known: the name of its pipeline."""
MOST_GLOBS: Final = 1_000
"""A file with more patterns than this is not held against its calls one by one."""
_LOOSE: Final = 10

UNMATCHED: Final = Rule(
    "budget-unmatched",
    "warning",
    "A budget that no call matches",
    "It looks like a limit and counts nothing: a misspelt model or tag leaves the calls to other budgets, or to none.",
    "Name models the plan uses, and pipelines by their names.",
    "budgets:\n  - {name: month, limit_usd: 500, applies_to: {models: [stabilty.*]}}",
    "budgets:\n  - {name: month, limit_usd: 500, applies_to: {models: [stability.*]}}",
)
UNCOVERED: Final = Rule(
    "call-uncovered",
    "warning",
    "A planned call that no budget covers",
    "With policy.uncovered: block, the default, the guard refuses it; otherwise it is spent without a limit.",
    "Widen a budget, or add one.",
    "budgets:\n  - {name: drafts, limit_usd: 500, applies_to: {models: [stability.stable-image-core-*]}}   # and a final on Ultra",
    "budgets:\n  - {name: images, limit_usd: 500, applies_to: {models: [stability.*]}}",
)
BELOW_PLAN: Final = Rule(
    "budget-below-plan",
    "warning",
    "A budget that the plan itself does not fit in",
    "The plan and the guard contradict each other: on the planned volume calls are sent cheaper, then refused.",
    "Raise the limit, plan less, or say in an ignore comment that stopping is meant.",
    "budgets:\n  - {name: month, limit_usd: 100}   # a plan of $400 a month",
    "budgets:\n  - {name: month, limit_usd: 500}",
)
LOOSE: Final = Rule(
    "budget-loose",
    "info",
    "A budget far above the plan",
    "A limit of ten times the dearest planned period stops a runaway only after ten such periods of spend.",
    "Set it to what the plan needs, with some room.",
    "budgets:\n  - {name: month, limit_usd: 50_000}   # a plan of $400 a month",
    "budgets:\n  - {name: month, limit_usd: 500}",
)
REDUNDANT: Final = Rule(
    "budget-redundant",
    "warning",
    "A budget that another one always reaches first",
    "Both count the same calls over the same period, and the smaller limit stops them. The larger one and its thresholds"
    " never act.",
    "Take one out, or give one another scope or period.",
    "budgets:\n  - {name: soft, limit_usd: 500}\n  - {name: hard, limit_usd: 900}",
    "budgets:\n  - {name: hard, limit_usd: 500, thresholds: [{at_pct: 80, do: notify}]}",
)
ZERO: Final = Rule(
    "budget-zero",
    "warning",
    "A budget of nothing",
    "It refuses every call it matches.",
    "Give it an amount; `guard stop` is the switch that stops everything.",
    "budgets:\n  - {name: month, limit_usd: 0}",
    "budgets:\n  - {name: month, limit_usd: 500}",
)
NO_CREDITS: Final = Rule(
    "budget-no-credits",
    "error",
    "A budget held to credits that pay for no planned call",
    "Its room is what credits can still pay. Without a pool that surely pays these models there is none: the guard does"
    " not start, or refuses every call.",
    "List a pool that pays for the models, or give limit_usd.",
    "budgets:\n  - {name: no-cash, limit: credits}\n# and no credits:",
    "budgets:\n  - {name: no-cash, limit: credits}\ncredits:\n  - {name: activate, bedrock_third_party: yes, ...}",
)
RULES: Final = (UNMATCHED, UNCOVERED, BELOW_PLAN, LOOSE, REDUNDANT, ZERO, NO_CREDITS)


def check(context: ReviewContext) -> Iterator[Problem]:
    budgets = context.scenario.budgets
    yield from _amounts(budgets)
    yield from _credits(context)
    if sum(len(budget.applies_to.models) for budget in budgets) > MOST_GLOBS:
        return
    scopes = [_Scope(budget) for budget in budgets]
    for index, scope in enumerate(scopes):
        yield from _unmatched(scope, f"budgets[{index}]", context)
        yield from _against_plan(scope, f"budgets[{index}]", context)
    for call in context.calls if scopes else ():
        if all(scope.counts(call) == "no" for scope in scopes):
            yield _uncovered(call, context)


class _Scope:
    """Which calls a budget counts, each model asked once."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        tags = dict(budget.applies_to.tags)
        self.pipeline = tags.pop(PIPELINE_TAG, None)
        self.unknown_tags = bool(tags)
        models = budget.applies_to.models
        self._globs = {*models, *(parse_model_id(model).model_id for model in models)}
        self._known: dict[tuple[str, ...], bool] = {}

    def has_model(self, names: tuple[str, ...]) -> bool:
        """As the guard decides: any pattern covers any of the model's names."""
        if names not in self._known:
            self._known[names] = any(fnmatchcase(name, glob) for name in names for glob in self._globs)
        return self._known[names]

    def counts(self, call: PlannedCall) -> Verdict:
        if self.pipeline is not None and self.pipeline != call.pipeline.name:
            return "no"
        if not self.has_model(call.names):
            return "no"
        return "maybe" if self.unknown_tags else "yes"


def _amounts(budgets: Sequence[Budget]) -> Iterator[Problem]:
    smallest: dict[object, Budget] = {}
    for budget in budgets:
        key = _calls_and_period(budget)
        if budget.limit_usd is not None and (
            key not in smallest or budget.limit_usd < (smallest[key].limit_usd or 0)
        ):
            smallest[key] = budget
    for index, budget in enumerate(budgets):
        if budget.limit_usd is None:
            continue
        if not budget.limit_usd:
            yield ZERO.found(
                f"budgets[{index}].limit_usd",
                f"{budget.name} refuses every call it matches",
                "give an amount",
            )
        tighter = smallest[_calls_and_period(budget)]
        if tighter is not budget and not _acts_before(budget, tighter.limit_usd or Micros(0)):
            message = (
                f"{budget.name} never acts: {tighter.name} counts the same calls in the same period"
                f" and ends at {format_usd(tighter.limit_usd or Micros(0))}"
            )
            yield REDUNDANT.found(
                f"budgets[{index}]", message, "take one out, or give it another scope or period"
            )


def _calls_and_period(budget: Budget) -> object:
    return budget.per, frozenset(budget.applies_to.models), frozenset(budget.applies_to.tags.items())


def _acts_before(budget: Budget, limit: Micros) -> bool:
    """Whether one of its thresholds is reached before a limit."""
    return any(each.at_pct * (budget.limit_usd or 0) < 100 * limit for each in budget.thresholds)


def _credits(context: ReviewContext) -> Iterator[Problem]:
    held = [
        (index, budget) for index, budget in enumerate(context.scenario.budgets) if budget.limit_usd is None
    ]
    if not held:
        return
    if not context.scenario.credits:
        reason, remedy = "there are no credits: the guard does not start", "list them under credits:"
    elif _room_for_some_model(context):
        return
    else:
        reason = "no pool surely pays for a planned model: every call is refused"
        remedy = "list a pool that does, or give limit_usd"
    for index, budget in held:
        yield NO_CREDITS.found(
            f"budgets[{index}].limit", f"{budget.name} is held to credits, and {reason}", remedy
        )


def _room_for_some_model(context: ReviewContext) -> bool:
    pools = [pool for pool in context.pools if pool.status == "active" and pool.balance]
    cards = [call.priced.card for call in context.calls] or list(context.live_cards())
    sellers = {(card.product, card.billed_by) for card in cards}
    charges = [Charge("2000-01", product, Micros(0), entity) for product, entity in sellers]
    return not charges or any(covers(pool, charge) for pool in pools for charge in charges)


def _unmatched(scope: _Scope, where: str, context: ReviewContext) -> Iterator[Problem]:
    """By model everywhere; by the tag `pipeline` where there are pipelines."""
    budget, calls = scope.budget, context.calls
    pipelines = [pipeline.name for pipeline in context.scenario.pipelines]
    if pipelines and scope.pipeline is not None and scope.pipeline not in pipelines:
        message = (
            f"{budget.name} counts calls of pipeline {scope.pipeline!r}, and the plan has none of that name"
        )
        yield UNMATCHED.found(
            f"{where}.applies_to.tags.{PIPELINE_TAG}", message, nearest(scope.pipeline, pipelines)
        )
    elif context.book is not None and not any(map(scope.has_model, _models(context, calls))):
        shown = ", ".join(budget.applies_to.models[:3])
        what = "the plan uses" if calls else f"price book {context.book.version} knows"
        message = f"{budget.name} counts calls to {shown}, and no model that {what} matches"
        yield UNMATCHED.found(f"{where}.applies_to.models", message, _near_model(budget, context.book.cards))


def _models(context: ReviewContext, calls: Sequence[PlannedCall]) -> Iterator[tuple[str, ...]]:
    """The names of every model that can be asked: planned, or made of a planned call by the ladder."""
    if not calls:
        yield from map(names_of, context.book.cards.values() if context.book else ())
        return
    yield from {call.names for call in calls}
    for rung in context.scenario.ladder:
        card = context.card(rung.to_model) if isinstance(rung, ModelRung) else None
        if card is not None:
            yield names_of(card)


def _near_model(budget: Budget, known: Collection[str]) -> str:
    wanted = parse_model_id(budget.applies_to.models[0]).model_id
    families = {f"{model.partition('.')[0]}.*" for model in known}
    return nearest(wanted, {*known, *families}, "bursar prices show lists models")


def _uncovered(call: PlannedCall, context: ReviewContext) -> Problem:
    stage = call.priced.stage
    refused = context.scenario.policy.uncovered == "block"
    what = "the guard refuses it" if refused else "it is spent without a limit"
    message = f"no budget counts {stage.model_id} of pipeline {call.pipeline.name}: {what}"
    return UNCOVERED.found(call.priced.where, message, "widen a budget, or add one")


def _against_plan(scope: _Scope, where: str, context: ReviewContext) -> Iterator[Problem]:
    budget, plan = scope.budget, context.plan
    if not budget.limit_usd or plan is None or scope.unknown_tags:
        return
    calls = [call.costs for call in context.calls if scope.counts(call) == "yes"]
    months = [month.month for month in plan.demands]
    spent = [Fraction(sum(costs)) for costs in zip(*calls, strict=True)] or [Fraction(0)] * len(months)
    needs = _by_period(budget, spent, months)
    over = next(((month, need) for month, need in needs if need > budget.limit_usd), None)
    most = max(need for _, need in needs)
    if over is not None:
        month, need = over
        at = {"day": "on a day in", "month": "in", "lifetime": "by"}[budget.per]
        message = f"{budget.name} allows {format_usd(budget.limit_usd)}, and the plan needs {format_usd(need)} {at} {month}"
        yield BELOW_PLAN.found(f"{where}.limit_usd", message, "raise the limit, or plan less")
    elif most and budget.limit_usd > _LOOSE * most:
        message = (
            f"{budget.name} allows {format_usd(budget.limit_usd)}, {int(budget.limit_usd / most):,} times"
            f" the most the plan needs in one {_PERIODS[budget.per]}"
        )
        yield LOOSE.found(f"{where}.limit_usd", message, "set it nearer to the plan")


_PERIODS: Final = {"day": "day", "month": "month", "lifetime": "lifetime"}


def _by_period(
    budget: Budget, spent: Sequence[Fraction], months: Sequence[str]
) -> list[tuple[str, Fraction]]:
    """What the plan needs in each of the budget's periods; a month's days are alike."""
    if budget.per == "day":
        return [(month, cost / days_in(month)) for month, cost in zip(months, spent, strict=True)]
    if budget.per == "month":
        return list(zip(months, spent, strict=True))
    total, needs = Fraction(0), []
    for month, cost in zip(months, spent, strict=True):
        total += cost
        needs.append((month, total))
    return needs
