"""What a waterfall comes to: who paid what in each month, what was left for cash, what was lost, and why."""

from dataclasses import dataclass, field
from datetime import date

from planner.months import Month
from planner.pools import Charge, CreditPool, CreditRules
from planner.reasons import why_paid, why_unpaid
from pricing.money import Micros

DrawKey = tuple[str, str, str]
"""Pool id, account, product."""
LineKey = tuple[str, str]
"""Account, product."""


@dataclass(frozen=True, slots=True)
class WaterfallResult:
    """Every planned month is a key of the mappings by month, with or without charges."""

    pools: tuple[CreditPool, ...]
    """In the order they pay."""
    rules: CreditRules
    charges: tuple[Charge, ...] = field(compare=False, repr=False)
    draws: dict[Month, dict[str, Micros]] = field(default_factory=dict)
    """What each pool pays; only pools that pay something in the month."""
    draw_lines: dict[Month, dict[DrawKey, Micros]] = field(default_factory=dict)
    out_of_pocket: dict[Month, Micros] = field(default_factory=dict)
    out_of_pocket_lines: dict[Month, dict[LineKey, Micros]] = field(default_factory=dict)
    """Only lines that cost cash."""
    unpaid: dict[Month, list[Charge]] = field(default_factory=dict, compare=False, repr=False)
    """One charge of each kind that costs cash: those alike but for the amount are one."""
    balances: dict[Month, dict[str, Micros]] = field(default_factory=dict)
    """What each pool holds at the end of the month, forfeits taken off."""
    ending_balance: dict[str, Micros] = field(default_factory=dict)
    forfeited: dict[str, tuple[date, Micros]] = field(default_factory=dict)
    """What a pool still held on the day it expired; only pools that expire within the plan, not yet empty."""
    expired_before: dict[str, tuple[date, Micros]] = field(default_factory=dict)
    """What a pool held when it expired before the first planned month: lost already, no part of the plan."""
    exhausted_on: dict[str, date] = field(default_factory=dict)
    """The day a pool pays its last micro-dollar, were it to pay day by day; only pools that paid all."""

    @property
    def months(self) -> tuple[Month, ...]:
        """Every planned month, in order."""
        return tuple(self.out_of_pocket)

    @property
    def total_drawn(self) -> Micros:
        return Micros(sum(sum(paid.values()) for paid in self.draws.values()))

    @property
    def total_out_of_pocket(self) -> Micros:
        return Micros(sum(self.out_of_pocket.values()))

    @property
    def first_out_of_pocket_month(self) -> Month | None:
        return next((month for month, amount in self.out_of_pocket.items() if amount), None)

    def why(self, month: Month, pool_id: str, account: str, product: str) -> str:
        """One sentence on why this pool paid this line; raises `CreditError` when it did not."""
        return why_paid(self, month, pool_id, account, product)

    def why_unpaid(self, month: Month, account: str, product: str) -> str:
        """One sentence on why credits left (part of) this line; raises `CreditError` when it cost no cash."""
        return why_unpaid(self, month, account, product)
