"""A ledger watched: its newest snapshot, how old that is, and why there is no newer one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from planner.guard.errors import LedgerError
from planner.guard.ledger import Clock
from planner.report.guard_status import Gauge, gauges
from planner.tui.ledger.pace import Pace
from planner.tui.ledger.reader import LedgerReader, ReadLedger
from planner.tui.ledger.scenarios import Known, Pools, budgets_for, known_scenarios, pools_left
from planner.tui.ledger.snapshot import Snapshot, look

if TYPE_CHECKING:
    from planner.scenario import Budget

EVERY_S = 1.0
"""Between two looks."""
_SHARE = 20
"""A look that takes long makes the next one wait this many times as long: at most a twentieth of the time is spent."""
_SEED = 500
STALE_S = 4.0
"""From this age on what is shown is marked as old."""


class Feed:
    """Ask `refresh` again and again; nothing here blocks the screen."""

    def __init__(self, url: str, files: Sequence[Path], clock: Clock) -> None:
        self.url, self.clock = url, clock
        self.reader = LedgerReader(url, clock)
        self.pace = Pace()
        self.snapshot: Snapshot | None = None
        self.error = ""
        """Why the last look failed; empty when it did not."""
        self.known: tuple[Known, ...] | None = None
        self.wait_s = EVERY_S
        """How long to wait before the next look."""
        self._files = tuple(files)

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.clock(), UTC).date()

    @property
    def age_s(self) -> float:
        """Since the snapshot was known to be so."""
        return max(0.0, self.clock() - self.snapshot.at) if self.snapshot else 0.0

    @property
    def stale(self) -> bool:
        return bool(self.error) or self.age_s >= STALE_S

    @property
    def budgets(self) -> "Mapping[str, Budget]":
        """What the folder's scenarios say of the ledger's budgets."""
        statuses = self.snapshot.statuses if self.snapshot else ()
        return {budget.name: budget for budget in budgets_for(statuses, self.known or ())}

    def gauges(self) -> tuple[Gauge, ...]:
        if self.snapshot is None:
            return ()
        return gauges(self.snapshot.statuses, tuple(self.budgets.values()))

    async def refresh(self) -> bool:
        """Looks once. False when nothing was written since the last look, or there was no answer."""
        before = self.snapshot
        try:
            took_s, found = await self.reader.ask(self._look)
        except LedgerError as error:
            self.error = str(error)
            self.wait_s = min(10.0, self.wait_s * 2)
            return False
        self.error = ""
        self.wait_s = max(EVERY_S, took_s * _SHARE)
        self.snapshot = found
        self.pace.note(found.at, found.statuses)
        return before is None or (before.last_seq, before.statuses) != (found.last_seq, found.statuses)

    async def learn(self) -> None:
        """What the folder's scenarios say, and how fast money went lately; once, after the first look.

        Raises `LedgerError`.
        """
        if self.known is None and self.snapshot is not None:
            self.known = await self.reader.ask(self._learn)

    async def pools(self) -> Pools:
        """Works out what is left in the credit pools. Raises `LedgerError`."""
        known = self.known or ()
        return await self.reader.ask(lambda ledger: pools_left(ledger, known, self.today))

    def close(self) -> None:
        self.reader.close()

    def _look(self, ledger: ReadLedger) -> tuple[float, Snapshot]:
        began = perf_counter()
        found = look(ledger, self.clock(), self.snapshot)
        return perf_counter() - began, found

    def _learn(self, ledger: ReadLedger) -> tuple[Known, ...]:
        """In the ledger's own thread, which may take its time."""
        if self.snapshot is not None:
            after = max(0, self.snapshot.last_seq - _SEED)
            newest = [
                each
                for each in islice(ledger.entries(after=after), _SEED)
                if each.seq <= self.snapshot.last_seq
            ]
            self.pace.seed(self.snapshot.at, self.snapshot.statuses, newest)
        return known_scenarios(self._files)
