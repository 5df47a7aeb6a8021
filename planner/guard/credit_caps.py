"""What credits can still pay on one day, by who sells: the waterfall's own answer, asked before the money is spent.

The criterion is marginal: images may cost what leaves the month's out-of-pocket where it was without them, all of the
month's background spend included. Two cases. Where each pool pays only what every later overlapping pool pays too,
AWS's order wastes nothing, more spend never costs less cash, and the caps are found exactly by asking the waterfall.
Otherwise an early pool may be emptied by charges that a later one would have paid; then all spend together is held
to the smallest sum of balances any active seller can draw on. More than that can leave someone unpaid; up to that
nobody can be, because whoever is left unpaid has found every pool of his empty.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from planner.credits import Charge, CreditPool, covers, payment_order, waterfall
from planner.credits.pools import Entity
from planner.months import first_day, last_day, month_of
from pricing.money import Micros
from pricing.records import record


@record
class Seller:
    """Who bills for a model; pools cover all models of one seller alike."""

    entity: Entity
    product: str
    """The product on the bill; for Marketplace models, which pools do not tell apart, one word for all of them."""

    def charge(self, day: date, amount: int) -> Charge:
        return Charge(month_of(day), self.product, Micros(amount), self.entity, first_day=day, last_day=day)


class Caps:
    """One day's caps. `pools` hold what is left at the beginning of the month, in any order."""

    def __init__(
        self, pools: Iterable[CreditPool], charges: Sequence[Charge], today: date, sellers: Collection[Seller]
    ) -> None:
        """`charges` are the month's so far but for today's images, with the background spend of the whole month."""
        self._pools = sorted(
            (pool for pool in pools if pool.status == "active" and pool.balance), key=payment_order
        )
        self._charges = tuple(charges)
        self._today = today
        self._base = self._cash({})
        self._elements = self._list_elements(sellers)
        self.exact = len(sellers) <= 2 and self._wastes_nothing()
        """Whether `of` and `together` are exact and hold at once; otherwise `safe` bounds all sellers together."""
        self.of: Mapping[Seller, Micros] = {seller: self._alone(seller) for seller in sellers}
        """The most each seller may be paid today."""
        self.together = self._together(sellers)
        """The most all of them may be paid today."""

    def safe(self, active: Collection[Seller]) -> Micros:
        """What all sellers together may be paid today while only those in `active` are paid anything this month."""
        near = self._near(active)
        balances: dict[str, int] = {pool.id: pool.balance for pool in self._pools}
        least = min((sum(balances[pool] for pool in payers) for _, payers, _ in near), default=0)
        return Micros(max(0, least - sum(amount for _, _, amount in near)))

    def _alone(self, seller: Seller) -> Micros:
        if not any(self._paid(seller.charge(self._today, 0))):
            return Micros(0)
        return self._most(seller, {}) if self.exact else self.safe([seller])

    def _together(self, sellers: Collection[Seller]) -> Micros:
        if not self.exact:
            return max(self.of.values(), default=Micros(0))
        spent: dict[Seller, int] = {}
        for seller in sellers:
            spent[seller] = self._most(seller, spent)
        return Micros(sum(spent.values()))

    def _most(self, seller: Seller, others: Mapping[Seller, int]) -> Micros:
        """The most this seller may be paid beside the others before any of it costs cash."""
        low, high = 0, sum(int(pool.balance) for pool in self._pools)
        while low < high:
            middle = (low + high + 1) // 2
            if self._cash({**others, seller: middle}) <= self._base:
                low = middle
            else:
                high = middle - 1
        return Micros(low)

    def _cash(self, images: Mapping[Seller, int]) -> int:
        """The month's out-of-pocket with these images made today; `_base` without any."""
        today = [seller.charge(self._today, amount) for seller, amount in images.items() if amount]
        result = waterfall(self._pools, [*self._charges, *today])
        return result.total_out_of_pocket

    def _list_elements(self, sellers: Collection[Seller]) -> tuple["_Element", ...]:
        """Every charge there is or may be this month, cut where pools expire, with the pools that pay it."""
        images = [seller.charge(self._today, 0) for seller in sellers]
        return tuple(
            (_key(charge), payers, amount)
            for charge in (*self._charges, *images)
            for payers, amount in self._paid(charge)
        )

    def _paid(self, charge: Charge) -> Iterator[tuple[frozenset[str], int]]:
        """The parts of a charge that some pool pays."""
        return (part for part in self._cut(charge) if part[0])

    def _cut(self, charge: Charge) -> Iterator[tuple[frozenset[str], int]]:
        """A charge in one part; in as many as it has payers over its days, each counted in full, if they change."""
        payers = [pool for pool in self._pools if covers(pool, charge) and _opened(pool, charge)]
        month = first_day(charge.month)
        first, last = (month.replace(day=day) for day in charge.days)
        ends = {pool.expires for pool in payers if pool.expires and first <= pool.expires < last}
        for end in sorted({*ends, last}):
            yield (
                frozenset(pool.id for pool in payers if not pool.expires or pool.expires >= end),
                charge.amount,
            )

    def _wastes_nothing(self) -> bool:
        """Whether each pool, of what it shares with a later one, pays nothing that the later one does not."""
        paid = [
            frozenset(index for index, (_, payers, _) in enumerate(self._elements) if pool.id in payers)
            for pool in self._pools
        ]
        return all(
            earlier <= later or not earlier & later
            for index, earlier in enumerate(paid)
            for later in paid[index + 1 :]
        )

    def _near(self, active: Collection[Seller]) -> list["_Element"]:
        """What can compete with the active sellers, themselves included; other sellers do not count."""
        names = {(seller.entity, seller.product) for seller in active}
        present = [each for each in self._elements if each[2] or each[0] in names]
        reached = {pool for key, payers, _ in present if key in names for pool in payers}
        while True:
            near = [each for each in present if each[1] & reached]
            further = {pool for _, payers, _ in near for pool in payers}
            if further <= reached:
                return near
            reached |= further


_Element = tuple[tuple[str, str], frozenset[str], int]
"""Who sells, the pools that pay, and the micro-dollars owed already."""


def _key(charge: Charge) -> tuple[str, str]:
    return charge.entity, charge.product


def _opened(pool: CreditPool, charge: Charge) -> bool:
    """Credits pay usage of the whole month they are issued in."""
    month_end = last_day(charge.month)
    first = first_day(charge.month).replace(day=charge.days[0])
    return (pool.starts is None or pool.starts <= month_end) and (
        pool.expires is None or pool.expires >= first
    )
