"""Budgets written in Python: in dollars, so that nobody has to know how amounts are kept.

guard = Guard.from_policy([budget("studio", "25.00", per="day", downgrade_at_pct=80)])
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import get_args

from planner.guard.errors import GuardConfigError
from planner.scenario import AppliesTo, Budget, Per, Threshold
from pricing.money import LARGEST, Micros, MoneyError, decimal_usd, parse_usd
from pricing.records import EMPTY

Usd = str | Decimal | int
"""Dollars, exactly: `"0.10"`, `Decimal("0.10")` or `5`. A float cannot say a tenth, so it is none."""

_LEAST = parse_usd("0.005")
"""Fewer micro-dollars buy no image of the book: they are dollars that somebody took for the unit."""


def budget(
    name: str,
    limit_usd: Usd | None,
    *,
    per: Per = "month",
    tags: Mapping[str, str] = EMPTY,
    models: Sequence[str] = ("*",),
    notify_at_pct: Sequence[int] = (),
    downgrade_at_pct: int | None = None,
) -> Budget:
    """A limit in dollars; None holds the budget to what credits can still pay.

    It counts calls that carry all of `tags`, to models that match any of `models`. Raises `GuardConfigError`.
    """
    if per not in get_args(Per):
        raise GuardConfigError(f"budget {name!r}: per is day, month or lifetime, not {per!r}")
    if isinstance(models, str):
        raise GuardConfigError(f"budget {name!r}: models is a list, such as [{models!r}]")
    limit = None if limit_usd is None else dollars(limit_usd, f"budget {name!r}: limit_usd")
    thresholds = [Threshold(_percent(name, each), "notify") for each in notify_at_pct]
    if downgrade_at_pct is not None:
        thresholds.append(Threshold(_percent(name, downgrade_at_pct), "downgrade"))
    return Budget(name, limit, per, AppliesTo(tags, tuple(models)), tuple(thresholds))


def dollars(amount: object, what: str) -> Micros:
    """The micro-dollars of a limit somebody gave in dollars; `what` names it in the `GuardConfigError`."""
    if isinstance(amount, bool) or not isinstance(amount, str | Decimal | int):
        written = f"'{amount}'" if isinstance(amount, float) else "'0.10'"
        raise GuardConfigError(
            f"{what} is text or a whole number of dollars, such as {written}, not {_shown(amount)}"
        )
    try:
        micros = parse_usd(f"{amount:f}" if isinstance(amount, Decimal) else str(amount))
    except (MoneyError, ValueError) as error:
        raise GuardConfigError(f"{what}: {error}") from error
    if micros <= 0:
        raise GuardConfigError(f"{what} is {_shown(amount)}; a limit is above zero")
    return micros


def check_limits(budgets: Sequence[Budget]) -> Sequence[Budget]:
    """The budgets, if their limits are micro-dollars as `budget` makes them; raises `GuardConfigError`."""
    for each in budgets:
        if not isinstance(each, Budget):
            raise GuardConfigError(
                f"budgets lists what planner.guard.budget(name, '5.00') makes, not {_shown(each)}"
            )
        limit: object = each.limit_usd
        if limit is None:
            continue
        remedy = f"write planner.guard.budget({each.name!r}, '5.00') for five dollars"
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise GuardConfigError(
                f"budget {each.name!r}: Budget takes its limit in micro-dollars, not {_shown(limit)}; {remedy}"
            )
        if not _LEAST <= limit <= LARGEST:
            raise GuardConfigError(
                f"budget {each.name!r}: Budget takes its limit in micro-dollars, and {limit} of them are "
                f"${decimal_usd(Micros(limit))}; {remedy}"
            )
    return budgets


def _percent(name: str, pct: object) -> Fraction:
    if isinstance(pct, bool) or not isinstance(pct, int) or not 0 < pct <= 100:
        raise GuardConfigError(
            f"budget {name!r}: a threshold is a whole percent from 1 to 100, not {_shown(pct)}"
        )
    return Fraction(pct)


def _shown(value: object) -> str:
    return repr(value)[:60]
