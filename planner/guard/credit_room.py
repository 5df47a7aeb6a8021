"""The room of a budget with `limit: credits`: what the pools can still pay for a model, today.

The scenario's balances are those at the time the ledger began to count; what it has settled and held against the
budget since, day by day, runs through the waterfall with the background spend. Two counters bound a call: all that
the budget has ever counted, and today's part of whoever sells the model (AWS, or AWS Marketplace). Their limits are
worked out on the first call of each day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from planner.credits import Charge, waterfall
from planner.guard.credit_caps import Caps, Seller
from planner.guard.observed import UNLIMITED
from planner.months import Month, first_day, month_of, months_from
from planner.projection import credit_pool
from pricing.money import Micros
from pricing.records import record, replace

if TYPE_CHECKING:
    from planner.credits.pools import CreditPool
    from planner.guard.config import GuardConfig
    from planner.guard.ledger import Ledger
    from pricing.cards import ModelCard

MARKETPLACE = "AWS Marketplace"


@record
class Terms:
    """What a call may draw, as seen a moment before it is held."""

    ceilings: Mapping[str, Micros]
    active: frozenset[Seller] | None = None
    """The sellers paid this month when only that set makes the ceilings right; None when they always are."""


@record
class _Day:
    day: date
    caps: Caps
    before: int
    """All the budget had counted before this day."""
    earlier: frozenset[Seller]
    """The sellers paid this month before this day."""
    limits: Mapping[str, Micros]
    """Each counter to what it may come to."""


class CreditRoom:
    """One budget's share in the pools; share it between threads."""

    def __init__(
        self, budget: str, other: str, config: "GuardConfig", ledger: "Ledger", *, bounding: bool = True
    ) -> None:
        """`other` is the same budget under its other name, enforced or observed: what it counted is spent as well.

        `bounding` False only counts: the ledger is given no limits.
        """
        self.budget = budget
        self._other = other
        self._bounding = bounding
        self._credits = config.credits
        self._background = config.background
        self._start = config.start
        self._sellers = tuple(dict.fromkeys(map(seller_of, config.book.cards.values())))
        self._ledger = ledger
        self._known: _Day | None = None
        self._lock = Lock()

    def counters(self, card: "ModelCard") -> tuple[str, str]:
        """The ledger's budgets that count a call to the model."""
        return self.budget, self._line(seller_of(card))

    def lines(self) -> tuple[str, ...]:
        """Every counter the room keeps beside the budget itself."""
        return tuple(map(self._line, self._sellers))

    def terms(self, card: "ModelCard", today: date) -> Terms:
        day = self.open(today)
        if day.caps.exact:
            return Terms({})
        active = self._active(day) | {seller_of(card)}
        return Terms({self.budget: Micros(day.before + day.caps.safe(active))}, frozenset(active))

    def still_right(self, terms: Terms, card: "ModelCard", today: date) -> bool:
        """Asked once the money is held: whether nobody else began to draw meanwhile, or drew too much before he saw us.

        A ledger over shards holds each of them to its part of the ceiling of its own calls alone.
        """
        if terms.active is None:
            return True
        if self._ledger.status(self.budget).exposure > terms.ceilings[self.budget]:
            return False
        return self._active(self.open(today)) | {seller_of(card)} <= terms.active

    def limits(self, today: date) -> Mapping[str, Micros]:
        """What each counter is held to today, or would be."""
        return self.open(today).limits

    def balances(self, today: date) -> Mapping[str, Micros]:
        """What each pool has left by all that was counted, the month's background spend included; writes nothing."""
        spent = Counter[tuple[date, Seller]]()
        for name in (self.budget, self._other):
            spent.update(dict(self._spent(name, today, (today,))))
        charges = list(self._charges(spent, today))
        months = _months(min((charge.month for charge in charges), default=month_of(today)), month_of(today))
        return waterfall(map(credit_pool, self._credits), charges, months=months).ending_balance

    def open(self, today: date) -> _Day:
        """Sets the day's limits in the ledger the first time it is asked on that day."""
        known = self._known
        if known is None or known.day != today:
            with self._lock:
                known = self._known
                if known is None or known.day != today:
                    known = self._known = self._work_out(today)
        return known

    def _work_out(self, today: date) -> _Day:
        own = dict(self._spent(self.budget, today, ()))
        spent = Counter(own) + Counter(dict(self._spent(self._other, today, (today,))))
        month, charges = month_of(today), list(self._charges(spent, today))
        past = [charge for charge in charges if charge.month < month]
        now = [charge for charge in charges if charge.month == month]
        caps = Caps(self._left(past, month), now, today, self._sellers)
        before = sum(own.values())
        limits = {self._line(seller): caps.of[seller] for seller in self._sellers}
        limits[self.budget] = Micros(before + caps.together)
        for name, limit in limits.items():
            self._ledger.define(
                name, limit if self._bounding else UNLIMITED, "lifetime" if name == self.budget else "day"
            )
        earlier = frozenset(seller for day, seller in spent if month_of(day) == month)
        return _Day(today, caps, before, earlier, limits)

    def _spent(
        self, budget: str, today: date, more: Iterable[date]
    ) -> Iterator[tuple[tuple[date, Seller], int]]:
        """What each seller was paid under a name of the budget on the days before today, and on some more."""
        first = min(credit.starts for credit in self._credits).replace(day=1)
        days = [first + timedelta(count) for count in range((today - first).days)]
        known = set(self._ledger.budgets())
        for seller in self._sellers:
            line = self._line(seller, budget)
            for day in (*days, *more) if line in known else ():
                spent = self._ledger.status(line, period=day.isoformat()).exposure
                if spent:
                    yield (day, seller), spent

    def _charges(self, spent: Mapping[tuple[date, Seller], int], today: date) -> Iterator[Charge]:
        for (day, seller), amount in spent.items():
            yield seller.charge(day, amount)
        first = self._start or min((month_of(day) for day, _ in spent), default=month_of(today))
        for month in _months(first, month_of(today)):
            for spend in self._background:
                yield Charge(month, spend.product, spend.usd_per_month, spend.entity, kind=spend.kind)

    def _left(self, past: Sequence[Charge], month: Month) -> Iterator["CreditPool"]:
        """The pools with what earlier months have left of them."""
        months = _months(min((charge.month for charge in past), default=month), month)[:-1]
        result = waterfall(map(credit_pool, self._credits), past, months=months)
        for credit in self._credits:
            yield credit_pool(replace(credit, balance_usd=result.ending_balance[credit.name]))

    def _active(self, day: _Day) -> set[Seller]:
        return {
            seller for seller in self._sellers if self._ledger.status(self._line(seller)).exposure
        } | day.earlier

    def _line(self, seller: Seller, budget: str = "") -> str:
        return f"{budget or self.budget}: {seller.product}"


Draw = tuple[CreditRoom, Terms]
"""A room a call draws on, and the terms it was held under."""


def seller_of(card: "ModelCard") -> Seller:
    if card.billed_by == "marketplace":
        return Seller("marketplace", MARKETPLACE)
    return Seller("aws", card.product)


def _months(first: Month, last: Month) -> list[Month]:
    """Both ends included; empty when they are in the wrong order."""
    start, end = first_day(first), first_day(last)
    return list(months_from(first, (end.year - start.year) * 12 + end.month - start.month + 1))
