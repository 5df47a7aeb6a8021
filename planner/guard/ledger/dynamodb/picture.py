"""The counters of some budgets in all shards, as one read found them: what they come to, and where an offer fits.

A picture is never a moment: shards go on while they are read. So it only says where to ask; the shard asked decides by
its own counters and its own share, which no picture can make larger.
"""

from collections.abc import Iterable, Mapping, Sequence

from planner.guard.ledger import Line, Offer, Refused, Status
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.items import Item, Key
from planner.guard.ledger.dynamodb.shares import gathered, part_of, taken_under
from planner.guard.ledger.dynamodb.table import MOST_ACTIONS
from planner.guard.ledger.dynamodb.transaction import Transaction, status_of
from pricing.money import Micros
from pricing.records import record, replace


@record
class Picture:
    """Each shard's budgets by name; a shard's limit is its share."""

    shards: tuple[Mapping[str, Status], ...]
    limits: Mapping[str, Micros]
    """Of the budgets as a whole."""

    def total(self, budget: str) -> Status:
        """The budget over all shards."""
        return _sum([shard[budget] for shard in self.shards], self.limits[budget])

    def total_with(self, number: int, status: Status) -> Status:
        """The same with one shard as it is by now."""
        name = status.budget
        others = [shard[name] for other, shard in enumerate(self.shards) if other != number]
        return _sum([status, *others], self.limits[name])

    def lines(self, choice: "Choice") -> tuple[Line, ...]:
        """Where the offer counts, in order of name."""
        periods = self.shards[choice.number]
        return tuple(Line(name, periods[name].period) for name in sorted(choice.offer.budgets))

    def seen_from(self, stores: Mapping[int, Transaction]) -> "Picture":
        """The same with limits and shards as transactions find them, which hold at the moment these are written."""
        shards, limits = list(self.shards), dict(self.limits)
        for number, store in stores.items():
            lines = sorted(Line(status.budget, status.period) for status in shards[number].values())
            statuses = store.statuses(store.booking(tuple(lines)))
            shards[number] = {status.budget: status for status in statuses}
            limits = {name: store.whole(name) for name in limits}
        return Picture(tuple(shards), limits)

    def uneven(self) -> tuple[str, ...]:
        """Budgets whose shares do not add up to their limit and could: it has changed, or was below what was taken."""
        sums = {name: sum(shard[name].limit for shard in self.shards) for name in self.limits}
        return tuple(
            name
            for name, limit in self.limits.items()
            if sums[name] > limit or (sums[name] < limit and self.total(name).exposure <= limit)
        )

    def offer(self, number: int, offer: Offer) -> Offer:
        """As the shard may take it: its part of each ceiling, and no more than is left by all that is known."""
        return replace(offer, budgets={name: self._most(number, name, offer) for name in offer.budgets})

    def choice(self, offers: Sequence[Offer], home: int) -> "Choice | None":
        """Where the earliest offer fits that fits at all: at home, in the shard with the most room, or with others' help."""
        for offer in offers:
            rooms = [self.room(number, offer) for number in range(len(self.shards))]
            fitting = [number for number, room in enumerate(rooms) if offer.amount <= max(room, 0)]
            if fitting:
                return Choice(home if home in fitting else max(fitting, key=rooms.__getitem__), offer)
            number = self.roomiest(offer, home)
            helpers = self.helpers(number, offer)
            if helpers is not None:
                return Choice(number, offer, helpers)
        return None

    def helpers(self, number: int, offer: Offer) -> tuple[int, ...] | None:
        """The shards that have to give up room for the offer; None when all of it would be too little.

        Also None when they are too many for one transaction: more than 12 for a call that three budgets count.
        """
        helping: set[int] = set()
        for name in offer.budgets:
            if self.total(name).exposure + offer.amount > self.most(name, offer):
                return None
            new = self.gathered(range(len(self.shards)), number, name, offer)
            if new is None:
                return None
            helping |= {other for other, share in new.items() if share != self.shards[other][name].limit}
        helping -= {number}
        return tuple(sorted(helping)) if _at_once(len(helping) + 1, len(offer.budgets)) else None

    def gathered(
        self, among: Iterable[int], number: int, name: str, offer: Offer
    ) -> dict[int, Micros] | None:
        """The shares of a budget with which one shard could take the offer, from what some others have left."""
        numbers, limit, most = list(among), self.limits[name], self.most(name, offer)
        statuses = [self.shards[each][name] for each in numbers]
        taken = [taken_under(most, status.exposure, limit) for status in statuses]
        place = numbers.index(number)
        after = taken_under(most, statuses[place].exposure + offer.amount, limit)
        new = gathered([status.limit for status in statuses], taken, place, after - taken[place])
        return None if new is None else dict(zip(numbers, new, strict=True))

    def most(self, name: str, offer: Offer) -> int:
        """What the budget as a whole may come to with the offer."""
        ceiling, limit = offer.budgets[name], self.limits[name]
        return limit if ceiling is None else min(ceiling, limit)

    def roomiest(self, offer: Offer, home: int) -> int:
        rooms = [self.room(number, offer) for number in range(len(self.shards))]
        return home if rooms[home] == max(rooms) else rooms.index(max(rooms))

    def room(self, number: int, offer: Offer) -> int:
        """The most of such an offer that the shard can take: what its tightest budget has left."""
        return min(
            (self._most(number, name, offer) - self.shards[number][name].exposure for name in offer.budgets),
            default=offer.amount,
        )

    def refused(self, answer: Refused, offer: Offer) -> Refused:
        """A shard's refusal as the whole ledger's: of the budget with the least left in all, if it is too little."""
        rooms = {name: self.most(name, offer) - self.total(name).exposure for name in offer.budgets}
        name = min(sorted(rooms), key=rooms.__getitem__)
        if rooms[name] >= answer.wanted:
            return answer
        return replace(answer, budget=name, period=self.total(name).period, room=Micros(rooms[name]))

    def _most(self, number: int, name: str, offer: Offer) -> Micros:
        """What the budget may come to in the shard.

        Its share bounds it whatever others do. What all shards have taken counts as well: bills above their holds,
        and what others took under higher ceilings, can have brought some above their part.
        """
        own, limit, most = self.shards[number][name], self.limits[name], self.most(name, offer)
        known_left = own.exposure + most - self.total(name).exposure
        return Micros(min(own.limit, known_left, part_of(most, own.limit, limit)))


@record
class Choice:
    """Where to ask for an offer."""

    number: int
    offer: Offer
    helpers: tuple[int, ...] = ()
    """Shards that have to give up room first."""


def keys_of(shards: int, lines: Iterable[Line]) -> list[Key]:
    """What a picture of the lines is made of."""
    own = [key for line in lines for key in (items.budget_key(line.budget), items.line_key(line))]
    return [in_shard(number, key) for number in range(shards) for key in own]


def picture_of(shards: int, lines: Sequence[Line], found: Mapping[Key, Item]) -> Picture | None:
    """None where a shard does not know a budget."""
    seen: list[dict[str, Status]] = []
    limits: dict[str, Micros] = {}
    for number in range(shards):
        seen.append({})
        for line in lines:
            budget = found.get(in_shard(number, items.budget_key(line.budget)))
            if budget is None:
                return None
            counters = found.get(in_shard(number, items.line_key(line)))
            seen[number][line.budget] = status_of(line, budget, counters)
            limits[line.budget] = Micros(int(budget["whole"]))
    return Picture(tuple(seen), limits)


def in_shard(number: int, key: Key) -> Key:
    """The key as the whole table has it."""
    return f"{items.part(number)}{key[0]}", key[1]


def _at_once(shards: int, budgets: int) -> bool:
    """A head, and an entry and the counters of each budget in every shard; the hold, its list and its entry in one."""
    return shards * (1 + 2 * budgets) + 3 <= MOST_ACTIONS


def _sum(statuses: Sequence[Status], limit: Micros) -> Status:
    settled, held, assumed, overrun = (
        Micros(sum(getattr(status, name) for status in statuses))
        for name in ("settled", "held", "assumed", "overrun")
    )
    first = statuses[0]
    return Status(first.budget, first.period, first.per, limit, settled, held, assumed, overrun)
