"""What a waterfall comes to: who paid what in each month, what was left for cash, what was lost, and why."""

from datetime import date

from planner.credits.pools import Charge, CreditPool, CreditRules
from planner.credits.reasons import why_paid, why_unpaid
from planner.months import Month
from pricing.money import Micros

DrawKey = tuple[str, str, str]
"""Pool id, account, product."""
LineKey = tuple[str, str]
"""Account, product."""


class WaterfallResult:
    """Every planned month is a key of the mappings by month, with or without charges."""

    def __init__(
        self, pools: tuple[CreditPool, ...], rules: CreditRules, charges: tuple[Charge, ...]
    ) -> None:
        self.pools = pools
        """In the order they pay."""
        self.rules = rules
        self.charges = charges
        self.draws: dict[Month, dict[str, Micros]] = {}
        """What each pool pays; only pools that pay something in the month."""
        self.draw_lines: dict[Month, dict[DrawKey, Micros]] = {}
        self.out_of_pocket: dict[Month, Micros] = {}
        self.out_of_pocket_lines: dict[Month, dict[LineKey, Micros]] = {}
        """Only lines that cost cash."""
        self.unpaid: dict[Month, list[Charge]] = {}
        """One charge of each kind that costs cash: those alike but for the amount are one."""
        self.balances: dict[Month, dict[str, Micros]] = {}
        """What each pool holds at the end of the month, forfeits taken off."""
        self.ending_balance: dict[str, Micros] = {}
        self.forfeited: dict[str, tuple[date, Micros]] = {}
        """What a pool still held on the day it expired; only pools that expire within the plan, not yet empty."""
        self.expired_before: dict[str, tuple[date, Micros]] = {}
        """What a pool held when it expired before the first planned month: lost already, no part of the plan."""
        self.exhausted_on: dict[str, date] = {}
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
