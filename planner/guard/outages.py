"""What people hear of a ledger that does not answer: one notice when that begins, one when it ends, and each call's error."""

import threading
from typing import Literal

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger import Ledger
from planner.guard.ledger.outage.watching import Outage, Watched
from planner.guard.notices import Kind, Notice, Notices
from pricing.money import Micros, format_usd
from pricing.records import EMPTY, replace

_ONE_OWED, _MANY_OWED = "1 outcome of a call", "{:,} outcomes of calls"


class Outages:
    """Listens to a guard's ledger, and counts the calls that were refused because of it."""

    def __init__(self, notices: Notices, ledger: Ledger, ledger_down: Literal["block", "allow"]) -> None:
        self._notices = notices
        self._ledger = ledger if isinstance(ledger, Watched) else None
        self._blocks = ledger_down == "block"
        self._lock = threading.Lock()
        self._refused = 0
        self._last: Outage | None = None
        if self._ledger is not None:
            self._ledger.listener = self

    def now(self) -> Outage | None:
        """None while the ledger answers, and for one that does not tell."""
        outage = self._ledger.outage() if self._ledger is not None else None
        return None if outage is None else self._so_far(outage)

    def refused(self, error: LedgerUnavailable, ending: str = "nothing was sent") -> None:
        """Makes the ledger's error one for those who called Bedrock."""
        with self._lock:
            self._refused += 1
        error.args = (
            f"{ending}: the ledger cannot hold its cost, and policy.ledger_down is block: {error.what}{_when(error)}",
        )

    def down(self, outage: Outage) -> None:
        with self._lock:
            self._refused = 0
        then = (
            "every call is refused until it does, and nothing is sent (policy.ledger_down: block)"
            if self._blocks
            else "calls go on in this machine's journal, within what each budget was last seen to have left "
            "(policy.ledger_down: allow)"
        )
        text = f"{_named(outage)} does not answer: {outage.why}; {then}"
        self._notices.tell(_notice("ledger_down", outage, text))

    def back(self, outage: Outage, down_s: float, written: int, micros: Micros) -> None:
        self._last = outage = self._so_far(outage)
        calls = f"{outage.calls:,} call{'' if outage.calls == 1 else 's'}"
        met = "were refused" if self._blocks else "met that: held in this machine's journal, or refused"
        owed = ""
        if written:
            which = _ONE_OWED if written == 1 else _MANY_OWED.format(written)
            owed = f"; {which} that waited for it, {format_usd(micros)}, {'is' if written == 1 else 'are'} in it now"
        elif not self._blocks:
            owed = "; what the journal has is merged now"
        text = f"the ledger {outage.ledger} answers again after {down_s:.1f} s; {calls} {met}{owed}"
        self._notices.tell(_notice("ledger_back", outage, text, down_s))

    def merged(self, entries: int, micros: Micros) -> None:
        """The journal's owner has logged it."""
        if self._last is not None:
            text = f"what went on in this machine's journal is in the ledger: {entries:,} entries, {format_usd(micros)} billed"
            self._notices.pass_on(_notice("journal_merged", self._last, text))

    def _so_far(self, outage: Outage) -> Outage:
        """With the calls refused before they came to ask for a hold."""
        return replace(outage, calls=max(outage.calls, self._refused if self._blocks else 0))


def _notice(kind: Kind, outage: Outage, text: str, down_s: float | None = None) -> Notice:
    return Notice(
        kind=kind,
        budget="",
        period="",
        at_pct=None,
        do=None,
        exposure=Micros(0),
        limit=Micros(0),
        resets_at=None,
        model_id="",
        tags=EMPTY,
        outage=outage,
        down_s=down_s,
        said=text,
    )


def _named(outage: Outage) -> str:
    """What went wrong begins with the name already where an engine on a server says it."""
    named = outage.why.startswith(outage.ledger.partition("://")[0])
    return "the ledger" if named else f"the ledger {outage.ledger}"


def _when(error: LedgerUnavailable) -> str:
    if error.again_s is None:
        return ""
    return f"; it is asked again in {error.again_s:.1f} s" if error.again_s else "; it is being asked again"
