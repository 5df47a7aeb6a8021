"""What the scenarios of a workspace say of a ledger's budgets: thresholds, and the pools behind a credit budget."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from planner.guard.ledger import Status
from planner.guard.observed import observed
from planner.scenario import Budget, Credit, Scenario
from planner.scenario_file import load_scenario
from pricing.errors import PriceError
from pricing.money import Micros
from pricing.problems import Invalid
from pricing.records import record

if TYPE_CHECKING:
    from planner.tui.ledger.reader import ReadLedger


@record
class Known:
    """A valid scenario that has budgets."""

    path: Path
    scenario: Scenario


@record
class PoolLeft:
    """A credit pool behind a budget, and what the ledger leaves of it."""

    budget: str
    credit: Credit
    left: Micros


@record
class Pools:
    """Every pool the ledger's credit budgets draw on."""

    pools: tuple[PoolLeft, ...] = ()
    why_none: str = ""
    """What stands in their place when there are none."""


def known_scenarios(paths: Iterable[Path]) -> tuple[Known, ...]:
    """Those that can be read; Review and Plan say what is wrong with the others."""
    found = []
    for path in paths:
        try:
            scenario = load_scenario(path).scenario
        except Invalid:
            continue
        if scenario.budgets:
            found.append(Known(path, scenario))
    return tuple(found)


def budgets_for(statuses: Sequence[Status], known: Sequence[Known]) -> tuple[Budget, ...]:
    """The scenarios' budgets by the names the ledger has; one that two files define differently is left out.

    Where they differ, the ledger's own limit decides whose it is.
    """
    chosen = []
    for name in dict.fromkeys(budget.name for each in known for budget in each.scenario.budgets):
        defined = _defined(name, known)
        if len(defined) > 1:
            limits = {status.limit for status in statuses if status.budget == name}
            defined = [budget for budget in defined if budget.limit_usd in limits]
        if len(defined) == 1:
            chosen.append(defined[0])
    return tuple(chosen)


def pools_left(ledger: "ReadLedger", known: Sequence[Known], today: date) -> Pools:
    """What each pool has left by what the ledger counted and the scenario's background spend to the month's end."""
    names = set(ledger.budgets())
    found: list[PoolLeft] = []
    for each in known:
        for budget in each.scenario.budgets:
            if budget.limit_usd is None and names & {budget.name, observed(budget.name)}:
                found += _pools(ledger, each, budget, today)
    if found:
        return Pools(tuple(found))
    return Pools((), "No budget of this ledger is held to credits by a scenario of this folder.")


def _defined(name: str, known: Sequence[Known]) -> list[Budget]:
    """Each way the name is defined, once."""
    found: list[Budget] = []
    for each in known:
        found += [budget for budget in each.scenario.budgets if budget.name == name and budget not in found]
    return found


def _pools(ledger: "ReadLedger", known: Known, budget: Budget, today: date) -> list[PoolLeft]:
    from planner.guard.config import of_scenario
    from planner.guard.credit_room import CreditRoom
    from planner.guard.errors import GuardConfigError

    try:
        config = of_scenario(known.scenario, known.path.parent)
    except (GuardConfigError, PriceError, Invalid):
        return []
    if not config.credits:
        return []
    left = CreditRoom(budget.name, observed(budget.name), config, ledger).balances(today)
    return [PoolLeft(budget.name, credit, left[credit.name]) for credit in config.credits]
