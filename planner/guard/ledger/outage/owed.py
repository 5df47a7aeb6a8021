"""What calls came to while their ledger did not answer: kept in memory, and written once it does.

Each outcome is known by its hold's key, so writing it twice is as good as once. A process that ends first takes them
with it; their holds then lapse, as billed.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Literal

from planner.guard.errors import LedgerError, LedgerUnavailable, UnknownHold
from planner.guard.ledger import Ledger, Tags
from planner.guard.log import log
from pricing.money import Micros, format_usd
from pricing.records import record

MOST: Final = 10_000
LATE_S: Final = 30.0
"""How long a hold nobody answered for may still come to be after the ledger is back: a server that hung does old work first."""

Verb = Literal["settle", "assume", "void"]


@record
class Outcome:
    """The end of a hold."""

    verb: Verb
    amount: Micros
    tags: Tags | None


class Owed:
    """Outcomes by their holds' keys, oldest first. Safe to share between threads."""

    def __init__(self, most: int = MOST, late_s: float = LATE_S) -> None:
        self.lock = threading.Lock()
        self._most = most
        self._late_s = late_s
        self._outcomes: dict[str, Outcome] = {}
        self._late: dict[str, float] = {}
        """Voids that found no hold, and until when one is looked for."""
        self._written = 0, 0

    def __len__(self) -> int:
        return len(self._outcomes)

    def keep(self, key: str, outcome: Outcome) -> None:
        """Drops the oldest one, and logs it, when there are too many."""
        with self.lock:
            self._outcomes[key] = outcome
            dropped = next(iter(self._outcomes)) if len(self._outcomes) > self._most else None
            lost = None if dropped is None else self._outcomes.pop(dropped)
        if lost is not None:
            log().error(
                "hold %s stays until its lease ends, though its call came to %s: %d newer outcomes wait for the ledger",
                dropped,
                format_usd(lost.amount),
                self._most,
            )

    def write(self, ledger: Ledger, enough: Callable[[], bool] = lambda: False) -> None:
        """As many as there are, or until it is enough.

        Raises `LedgerUnavailable` when the ledger went away again; what is not written is kept.
        """
        for key, outcome in list(self._outcomes.items()):
            if enough():
                break
            try:
                written = _write(ledger, key, outcome)
            except LedgerUnavailable:
                raise
            except LedgerError as error:
                log().error("%s; the call came to %s", error, format_usd(outcome.amount))
                written = True
            if written:
                self._forget(key, outcome)
            else:
                self._wait_for(key)

    def written(self) -> tuple[int, Micros]:
        """How many were written since this was last asked, and what they were billed."""
        with self.lock:
            (count, micros), self._written = self._written, (0, 0)
        return count, Micros(micros)

    def lose(self, why: str) -> None:
        """What is left is not written any more; logs it."""
        with self.lock:
            left, self._outcomes = self._outcomes, {}
            sure = [outcome for key, outcome in left.items() if key not in self._late]
            self._late.clear()
        if sure:
            total = Micros(sum(outcome.amount for outcome in sure))
            log().error(
                "outcomes of %d calls, %s in all, are not in the ledger; holds it has of them lapse as billed: %s",
                len(sure),
                format_usd(total),
                why,
            )

    def clear(self) -> None:
        """In the child of a fork: these are its parent's."""
        self.lock = threading.Lock()
        self._outcomes, self._late, self._written = {}, {}, (0, 0)

    def _forget(self, key: str, outcome: Outcome) -> None:
        with self.lock:
            if self._outcomes.get(key) is outcome:
                del self._outcomes[key]
            self._late.pop(key, None)
            count, micros = self._written
            self._written = count + 1, micros + outcome.amount

    def _wait_for(self, key: str) -> None:
        """A hold that was asked for and never answered does not exist: not yet, or not at all."""
        now = monotonic()
        with self.lock:
            if now >= self._late.setdefault(key, now + self._late_s):
                self._outcomes.pop(key, None)
                del self._late[key]


def _write(ledger: Ledger, key: str, outcome: Outcome) -> bool:
    """False for the end of a hold that is not there."""
    match outcome.verb:
        case "settle":
            ledger.settle(key, outcome.amount, tags=outcome.tags)
        case "assume":
            ledger.assume(key, outcome.amount, tags=outcome.tags)
        case "void":
            try:
                ledger.void(key, tags=outcome.tags)
            except UnknownHold:
                return False
    return True
