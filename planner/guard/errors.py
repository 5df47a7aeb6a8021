"""Everything the guard raises. Every message is one line that says what, where and how to mend it.

GuardError
├── CallRefused               the answer is no; nothing was sent
│   ├── BudgetExceeded        a budget has no room for it
│   ├── Uncovered             no budget counts such a call
│   ├── Unpriced              the price book cannot say what it costs
│   ├── ModelRetired          its model is past its end of life
│   ├── GuardStopped          someone stopped the guard
│   └── RequestChanged        it is no longer the request whose cost is held
├── GuardConfigError          budgets, ladder or policy make no sense
└── LedgerError
    ├── HoldConflict          the key stands for something else, or was resolved otherwise; nothing changed
    ├── UnknownHold           no hold has this key; nothing changed
    ├── UnknownBudget         no budget has this name; nothing changed
    ├── PeriodConflict        the budget exists with another period; nothing changed
    ├── LedgerUrlError        the URL names no ledger
    └── LedgerUnavailable     the ledger could not answer; the outcome is unknown: retry with the same key
        ├── LedgerNotAsked    it has not answered lately, so it was not asked; nothing happened
        ├── OutcomeOwed       it is told of the outcome once it answers again
        ├── JournalError      and the journal cannot stand in for it; nothing was sent
        └── LedgerUnusable    it cannot serve until someone mends it; retrying does not help
            └── LedgerFileError   that someone mends its file

Whatever `invoke_model` raises of these, nothing was sent, unless its message says that it was not tried again.
"""

from collections.abc import Mapping
from datetime import datetime

from pricing.money import Micros


class GuardError(Exception):
    """The base of all of them."""


class GuardConfigError(GuardError):
    """The guard cannot start with such budgets, such a ladder or such a policy."""


class CallRefused(GuardError):
    """Nothing was sent and nothing is billed."""

    def __init__(self, message: str, model_id: str = "", tags: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.model_id = model_id
        """As the caller named it."""
        self.tags = dict(tags or {})

    def __reduce__(self) -> tuple[object, ...]:
        """Goes from process to process whole, whatever its constructor takes."""
        return _again, (type(self), self.args, self.__dict__)


class BudgetExceeded(CallRefused):
    """A budget has no room for the call, nor for any cheaper one the ladder allows."""

    def __init__(
        self,
        message: str,
        *,
        budget: str,
        wanted: Micros,
        room: Micros,
        limit: Micros,
        resets_at: datetime | None,
        model_id: str,
        tags: Mapping[str, str],
    ) -> None:
        super().__init__(message, model_id, tags)
        self.budget = budget
        self.wanted = wanted
        """What the call as asked can cost at the most."""
        self.room = room
        """What the budget could still take; negative when it is over its limit."""
        self.limit = limit
        self.resets_at = resets_at
        """None for a budget that never starts again."""


class Uncovered(CallRefused):
    """No budget counts the call, so nothing would bound it."""


class Unpriced(CallRefused):
    """The price book cannot say what the call costs, so nothing can be held for it."""


class ModelRetired(CallRefused):
    """AWS no longer answers for the model."""


class GuardStopped(CallRefused):
    """The kill switch is pressed, for every process that shares the ledger."""


class RequestChanged(CallRefused):
    """Something changed the request after its cost was held."""


def _again(kind: type[CallRefused], args: tuple[object, ...], attributes: dict[str, object]) -> CallRefused:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class LedgerError(GuardError):
    """The ledger did not do what was asked."""


class HoldConflict(LedgerError):
    """The key already stands for another intent, or its hold was resolved otherwise."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"hold {key!r} {message}")
        self.key = key


class UnknownHold(LedgerError):
    """No hold was ever granted under the key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no hold has the key {key!r}")
        self.key = key


class UnknownBudget(LedgerError):
    """The ledger has no budget of that name."""

    def __init__(self, budget: str) -> None:
        super().__init__(f"no budget is named {budget!r}; define it first")
        self.budget = budget


class PeriodConflict(LedgerError):
    """A budget keeps the period it was first defined with, so that nothing spent is ever forgotten."""

    def __init__(self, budget: str, per: str, wanted: str) -> None:
        super().__init__(
            f"budget {budget!r} is per {per} in this ledger, not per {wanted}; give the new one another name"
        )
        self.budget = budget


class LedgerUrlError(LedgerError):
    """The URL does not name a ledger this version can open."""


class LedgerUnavailable(LedgerError):
    """No answer: the verb may or may not have happened; the same key makes a retry safe."""

    def __init__(self, what: str = "", *, advice: str = "", again_s: float | None = None) -> None:
        super().__init__(f"{what}; {advice}" if advice else what)
        self.what = what
        """What went wrong, without the advice to those who call the ledger's verbs themselves."""
        self.again_s = again_s
        """When a guard asks the ledger again, in seconds from now; None when the next call does."""


class LedgerNotAsked(LedgerUnavailable):
    """A guard asks again in the background and refuses calls until there is an answer."""


class OutcomeOwed(LedgerUnavailable):
    """What became of a hold is kept in this process until the ledger answers again."""


class JournalError(LedgerUnavailable):
    """Under `policy.ledger_down: allow`: the journal cannot stand in for the ledger, so nothing bounds the call."""


class LedgerUnusable(LedgerUnavailable):
    """What is at the URL cannot serve as a ledger until someone mends it."""


class LedgerFileError(LedgerUnusable):
    """The file cannot serve as a ledger until someone mends it."""
