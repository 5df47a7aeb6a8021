"""Which budgets count a call, and under which names and limits the ledger keeps them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from planner.guard.config import GuardConfig
from planner.guard.ledger import Ledger, Status
from planner.guard.policy import Coverage, Option, threshold
from planner.guard.priced import Priced
from planner.scenario import Budget
from pricing.money import Micros

if TYPE_CHECKING:
    from planner.guard.credit_room import CreditRoom, Draw


class Attribution:
    """Share it between threads."""

    def __init__(self, config: GuardConfig, ledger: Ledger, today: Callable[[], date]) -> None:
        self._ledger = ledger
        self._today = today
        self._coverages = tuple(map(Coverage, config.budgets))
        self._budgets = {budget.name: budget for budget in config.budgets}
        self._rooms = {
            budget.name: _room(budget, config, ledger)
            for budget in config.budgets
            if budget.limit_usd is None
        }
        self._owners = {line: name for name, room in self._rooms.items() for line in room.lines()}
        self._thresholds: tuple[date, Mapping[str, Micros]] | None = None
        self._seen: dict[str, Status] = {}

    def define(self) -> None:
        """Make the ledger's budgets what the scenario says; a limit that changed keeps its history."""
        for budget in self._budgets.values():
            if budget.limit_usd is not None:
                self._ledger.define(budget.name, budget.limit_usd, budget.per)
        self.refresh()

    def refresh(self) -> None:
        """Work out what credits can pay today, where that has not been done yet."""
        for room in self._rooms.values():
            room.open(self._today())

    def option(self, request: Priced, tags: Mapping[str, str]) -> Option | None:
        """The request with the budgets that count it; None when no budget does."""
        counters: dict[str, Micros | None] = {}
        draws: list[Draw] = []
        for coverage in self._coverages:
            if coverage.counts(request, tags):
                room = self._rooms.get(coverage.budget.name)
                if room is None:
                    counters[coverage.budget.name] = None
                else:
                    terms = room.terms(request.card, self._today())
                    counters |= {name: terms.ceilings.get(name) for name in room.counters(request.card)}
                    draws.append((room, terms))
        return Option(request, counters, tuple(draws)) if counters else None

    def still_right(self, option: Option) -> bool:
        """Asked once money is held: whether the ceilings it was held under still bound it."""
        card, today = option.request.card, self._today()
        return all(room.still_right(terms, card, today) for room, terms in option.draws)

    def thresholds(self) -> Mapping[str, Micros]:
        """From which exposure on each budget asks for cheaper requests, today."""
        today = self._today()
        if self._thresholds is None or self._thresholds[0] != today:
            self.refresh()
            found = {name: self._threshold(budget) for name, budget in self._budgets.items()}
            self._thresholds = today, {name: at for name, at in found.items() if at is not None}
        return self._thresholds[1]

    def likely(self, option: Option) -> bool:
        """Whether the request fits below every threshold by what was last seen; the ledger has the last word."""
        thresholds = self.thresholds()
        cost = option.request.cost
        for name, ceiling in option.counters.items():
            status = self._seen.get(name) or self._look(name)
            most = min(thresholds.get(name, status.limit), status.limit if ceiling is None else ceiling)
            if status.exposure + cost > most:
                return False
        return True

    def state(self, counters: Iterable[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """What is taken of each counter now, and its limit."""
        statuses = [self._look(name) for name in counters]
        return {each.budget: each.exposure for each in statuses}, {
            each.budget: each.limit for each in statuses
        }

    def saw(self, statuses: Iterable[Status]) -> None:
        for status in statuses:
            self._seen[status.budget] = status

    def budget(self, counter: str) -> Budget | None:
        """The budget behind a name in the ledger."""
        return self._budgets.get(self._owners.get(counter, counter))

    def names(self, counters: Iterable[str]) -> tuple[str, ...]:
        """The scenario's names of what counts in the ledger, each once."""
        return tuple(name for name in counters if name in self._budgets)

    def status(self, name: str) -> Status:
        """A budget now."""
        self.refresh()
        return self._ledger.status(name)

    def _look(self, name: str) -> Status:
        status = self._seen[name] = self._ledger.status(name)
        return status

    def _threshold(self, budget: Budget) -> Micros | None:
        limit = budget.limit_usd if budget.limit_usd is not None else self._ledger.status(budget.name).limit
        return threshold(budget, limit)


def _room(budget: Budget, config: GuardConfig, ledger: Ledger) -> "CreditRoom":
    from planner.guard.credit_room import CreditRoom  # the waterfall costs only who asks for it

    return CreditRoom(budget.name, config, ledger)
