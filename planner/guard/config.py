"""What a guard enforces: budgets, ladder, policy, prices and credits, checked once at the start."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from planner.guard.errors import GuardConfigError
from planner.guard.ladder import text_of
from planner.guard.outcomes import assumed_billed
from planner.scenario import BackgroundSpend, Budget, Credit, ModelRung, Policy, Rung, Scenario
from pricing.book import PriceBook
from pricing.errors import PriceError
from pricing.overrides import Override, with_overrides
from pricing.records import record

if TYPE_CHECKING:
    from pathlib import Path

    from planner.months import Month

Mode = Literal["enforce", "observe"]


@record
class GuardConfig:
    """Checked settings; nothing in it changes while the guard runs."""

    budgets: tuple[Budget, ...]
    ladder: tuple[Rung, ...]
    policy: Policy
    assumed_billed: frozenset[str]
    """Outcomes that count as billed, groups taken apart."""
    book: PriceBook
    """With the overrides applied."""
    credits: tuple[Credit, ...] = ()
    background: tuple[BackgroundSpend, ...] = ()
    start: "Month | None" = None
    """The first month of the plan; background spend counts from there."""


def of_scenario(
    scenario: Scenario, folder: "Path | None" = None, book: PriceBook | None = None
) -> GuardConfig:
    """The guard's part of a scenario; its own price books are read relative to `folder`.

    Raises `GuardConfigError`, and `PriceError` or `Invalid` for a price book that cannot be had.
    """
    if book is None:
        from pricing.load import load_book

        book = load_book(scenario.price_book, relative_to=folder)
    return checked(
        scenario.budgets,
        scenario.ladder,
        scenario.policy,
        book,
        scenario.price_overrides,
        credits=scenario.credits,
        background=scenario.background_spend,
        start=scenario.start,
    )


def checked(
    budgets: Sequence[Budget],
    ladder: Sequence[Rung],
    policy: Policy,
    book: PriceBook,
    overrides: Sequence[Override] = (),
    *,
    credits: Sequence[Credit] = (),
    background: Sequence[BackgroundSpend] = (),
    start: "Month | None" = None,
) -> GuardConfig:
    """Raises `GuardConfigError` for what cannot be enforced."""
    _check_budgets(budgets, credits)
    for rung in ladder:
        _check_rung(rung, book)
    _check_policy(policy)
    return GuardConfig(
        tuple(budgets),
        tuple(ladder),
        policy,
        assumed_billed(policy.assumed_billed),
        with_overrides(book, tuple(overrides)),
        tuple(credits),
        tuple(background),
        start,
    )


def check_mode(mode: str) -> Mode:
    if mode not in get_args(Mode):
        raise GuardConfigError(f"mode is enforce or observe, not {mode!r}")
    return "observe" if mode == "observe" else "enforce"


def check_models(model_map: Mapping[str, str | None], book: PriceBook) -> None:
    """Raises `GuardConfigError` for an id mapped to a model the book does not have."""
    for model_id, named in model_map.items():
        try:
            if named is not None:
                book.card(named)
        except PriceError as error:
            raise GuardConfigError(f"model_map[{model_id!r}]: {error}") from error


def _check_budgets(budgets: Sequence[Budget], credits: Collection[Credit]) -> None:
    if not budgets:
        raise GuardConfigError("there is no budget, so every call would be refused; add one under budgets:")
    names = [budget.name for budget in budgets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise GuardConfigError(f"two budgets are called {twice!r}; give each its own name")
    held_to_credits = next((budget.name for budget in budgets if budget.limit_usd is None), None)
    if held_to_credits is not None and not credits:
        raise GuardConfigError(
            f"budget {held_to_credits!r} is held to credits and there are none; list them under credits:"
        )


def _check_rung(rung: Rung, book: PriceBook) -> None:
    """A rung from or to a model nobody knows is most often a typing error, and would never apply."""
    for model_id in (rung.from_model, rung.to_model) if isinstance(rung, ModelRung) else ():
        try:
            book.card(model_id)
        except PriceError as error:
            raise GuardConfigError(f"ladder, {text_of(rung)}: {error}") from error


def _check_policy(policy: Policy) -> None:
    choices = {"unpriced": policy.unpriced, "uncovered": policy.uncovered, "retired": policy.retired}
    for name, choice in choices.items():
        if choice not in ("block", "warn", "allow"):
            raise GuardConfigError(f"policy.{name} is block, warn or allow, not {choice!r}")
    if policy.ledger_down not in ("block", "allow"):
        raise GuardConfigError(f"policy.ledger_down is block or allow, not {policy.ledger_down!r}")
