"""Everything the guard raises. Every message is one line that says what, where and how to mend it.

GuardError
└── LedgerError
    ├── HoldConflict          the key stands for something else, or was resolved otherwise; nothing changed
    ├── UnknownHold           no hold has this key; nothing changed
    ├── UnknownBudget         no budget has this name; nothing changed
    ├── PeriodConflict        the budget exists with another period; nothing changed
    ├── LedgerUrlError        the URL names no ledger
    └── LedgerUnavailable     the ledger could not answer; the outcome is unknown: retry with the same key
        └── LedgerFileError   its file cannot serve as a ledger; retrying does not help
"""


class GuardError(Exception):
    """The base of all of them."""


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
            f"budget {budget!r} counts per {per} in this ledger, not per {wanted}; give the new budget another name"
        )
        self.budget = budget


class LedgerUrlError(LedgerError):
    """The URL does not name a ledger this version can open."""


class LedgerUnavailable(LedgerError):
    """No answer: the verb may or may not have happened; the same key makes a retry safe."""


class LedgerFileError(LedgerUnavailable):
    """The file cannot serve as a ledger until someone mends it."""
