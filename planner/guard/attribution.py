"""Which budgets count a call, and under which names and limits the ledger keeps them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from planner.guard.config import GuardConfig, Mode
from planner.guard.ledger import Ledger, Status
from planner.guard.observed import UNLIMITED, adopt, observed
from planner.guard.policy import Coverage, Option, threshold
from planner.guard.priced import Priced
from planner.scenario import Budget
from pricing.money import Micros
from pricing.records import EMPTY

if TYPE_CHECKING:
    from planner.guard.credit_room import CreditRoom, Draw
    from pricing.cards import ModelCard


class Attribution:
    """Share it between threads."""

    def __init__(self, config: GuardConfig, ledger: Ledger, today: Callable[[], date], mode: Mode) -> None:
        self._ledger = ledger
        self._today = today
        self._observe = mode == "observe"
        self._coverages = tuple(map(Coverage, config.budgets))
        self._cards = tuple(config.book.cards.values())
        self._names = {
            budget.name: observed(budget.name) if self._observe else budget.name for budget in config.budgets
        }
        self.budgets = {self._names[budget.name]: budget for budget in config.budgets}
        """Each budget by its name in the ledger."""
        self._rooms = {
            budget.name: _room(budget, config, ledger, observe=self._observe)
            for budget in config.budgets
            if budget.limit_usd is None
        }
        self._owners = {line: room.budget for room in self._rooms.values() for line in room.lines()}
        self._thresholds: tuple[date, Mapping[str, Micros]] | None = None
        self._seen: dict[str, Status] = {}

    def define(self) -> None:
        """Make the ledger's budgets what the scenario says; a limit that changed keeps its history."""
        for counter, budget in self.budgets.items():
            if budget.limit_usd is not None:
                limit = UNLIMITED if self._observe else budget.limit_usd
                self._ledger.define(counter, limit, budget.per)
                if not self._observe:
                    adopt(self._ledger, budget)
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
                    counters[self._names[coverage.budget.name]] = None
                else:
                    terms = room.terms(request.card, self._today())
                    counters |= {name: terms.ceilings.get(name) for name in room.counters(request.card)}
                    draws.append((room, terms))
        return Option(request, counters, tuple(draws)) if counters else None

    def still_right(self, option: Option) -> bool:
        """Asked once money is held: whether the ceilings it was held under still bound it."""
        if not option.draws:
            return True
        card, today = option.request.card, self._today()
        return all(room.still_right(terms, card, today) for room, terms in option.draws)

    def thresholds(self) -> Mapping[str, Micros]:
        """From which exposure on each budget asks for cheaper requests, today."""
        today = self._today()
        if self._thresholds is None or self._thresholds[0] != today:
            self.refresh()
            found = {name: threshold(budget, self._limit(name)) for name, budget in self.budgets.items()}
            self._thresholds = today, {name: at for name, at in found.items() if at is not None}
        return self._thresholds[1]

    def likely(self, option: Option) -> bool:
        """Whether the request fits below every threshold by what was last seen; the ledger has the last word."""
        thresholds = self.thresholds()
        cost = option.request.cost
        for name, ceiling in option.counters.items():
            status = self._seen.get(name) or self._look(name)
            most = min(thresholds.get(name, status.limit), status.limit if ceiling is None else ceiling)
            if status.settled + status.held + cost > most:
                return False
        return True

    def state(self, counters: Iterable[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """What is taken of each counter now, and its limit."""
        exposure = {name: self._ledger.status(name).exposure for name in counters}
        return exposure, {name: self._limit(name) for name in exposure}

    def saw(self, statuses: Iterable[Status]) -> None:
        for status in statuses:
            self._seen[status.budget] = status

    def owner(self, counter: str) -> Budget | None:
        """The budget behind a name in the ledger."""
        return self.budgets.get(self._owners.get(counter, counter))

    def names(self, counters: Iterable[str]) -> tuple[str, ...]:
        """The scenario's names of what counts in the ledger, each once."""
        return tuple([self.budgets[name].name for name in counters if name in self.budgets])

    def status(self, budget: Budget) -> Status:
        """A budget now, by its own name and limit."""
        self.refresh()
        return self.as_budget(self._ledger.status(self._names[budget.name]))

    def by_seller(self, budget: Budget) -> Mapping[str, Micros]:
        """What a budget held to credits has left today for each seller of models it counts; empty for any other."""
        room = self._rooms.get(budget.name)
        if room is None:
            return EMPTY
        from planner.guard.credit_room import seller_of

        covers = next(each for each in self._coverages if each.budget is budget).covers_model
        cards = {seller_of(card): card for card in self._cards if covers(card.model_id)}
        return {seller.product: self._left(room, card) for seller, card in cards.items()}

    def as_budget(self, status: Status) -> Status:
        """What the ledger says of a budget, by the budget's own name and limit."""
        if not self._observe:
            return status
        return Status(
            self.budgets[status.budget].name,
            status.period,
            status.per,
            Micros(self._limit(status.budget)),
            status.settled,
            status.held,
            status.assumed,
            status.overrun,
        )

    def _left(self, room: "CreditRoom", card: "ModelCard") -> Micros:
        """The most a call to the model could cost now."""
        today = self._today()
        limits, ceilings = room.limits(today), room.terms(card, today).ceilings
        return Micros(
            min(
                min(limits[name], ceilings.get(name, limits[name])) - self._ledger.status(name).exposure
                for name in room.counters(card)
            )
        )

    def _look(self, name: str) -> Status:
        status = self._seen[name] = self._ledger.status(name)
        return status

    def _limit(self, counter: str) -> int:
        """What a counter is held to, or would be."""
        budget = self.owner(counter)
        if budget is None or budget.limit_usd is None:
            rooms = (room.limits(self._today()).get(counter) for room in self._rooms.values())
            return next(limit for limit in rooms if limit is not None)
        return budget.limit_usd


def _room(budget: Budget, config: GuardConfig, ledger: Ledger, *, observe: bool) -> "CreditRoom":
    from planner.guard.credit_room import CreditRoom  # the waterfall costs only who asks for it

    names = (budget.name, observed(budget.name))
    counter, other = reversed(names) if observe else names
    return CreditRoom(counter, other, config, ledger, bounding=not observe)
