"""Whose turn it is to write while several processes want to: advice that all follow, and that no count depends on.

Whoever wrote last is ahead of everybody else: it knows the table as it is. So a process that was overtaken a few times
names itself in an item of its own, which the others read along with what they need anyway, and they let it go first.
The head tells which turn was used last. A turn that nobody uses, because its process has died, is passed over.
"""

import time
from collections.abc import Callable
from typing import Final

from planner.guard.ledger.dynamodb.items import Item

PATIENT_FOR: Final = 2
"""How often a process is overtaken before it asks for a turn."""
PASSED_OVER_S: Final = 1.0
"""How long others wait for a turn to be used, each by its own clock from when it first saw it."""
LOOK_AGAIN_S: Final = 0.03
"""The longest pause between two looks at somebody else's turn."""


class Turns:
    """What one process has seen of the turns."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen = ""
        self._since = 0.0

    def is_anothers(self, turn: Item | None, head: Item, mine: str) -> bool:
        """Whether somebody else is to write first."""
        whose = "" if turn is None else str(turn["whose"])
        if whose in ("", mine, head.get("served")):
            return False
        if whose != self._seen:
            self._seen, self._since = whose, self._monotonic()
        return self._monotonic() - self._since < PASSED_OVER_S
