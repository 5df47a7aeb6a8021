"""Moves a ledger's history into another one: the same entries under the same numbers, and the holds they lead to.

A page of entries and all it changes is one transaction of the target, and the target's last number says where to go
on. So a copy that was interrupted is simply started again, and no entry is lost or taken twice.
"""

from collections.abc import Callable, Iterator, Sequence

from planner.guard.errors import LedgerError
from planner.guard.ledger import Entry, Hold, Kind, Ledger, Stopped, Tags
from planner.guard.ledger.arguments import tags_text
from planner.guard.ledger.engine import EngineLedger
from planner.guard.ledger.store import MICROSECONDS, Draft, Record, Store, change_between
from pricing.money import Micros
from pricing.records import record

_RESOLVING: tuple[Kind, ...] = ("extend", "settle", "void", "assume", "lapse")
_ABOUT_HOLDS: tuple[Kind, ...] = ("hold", *_RESOLVING)


class _Overtaken(Exception):
    """The target has grown meanwhile; no ledger error, so that what was begun is rolled back."""


@record
class Page:
    """Entries that follow one another, and the holds they are about as the source knows them now."""

    entries: tuple[Entry, ...]
    holds: dict[str, Hold]


def copy_history(source: Ledger, target: EngineLedger, progress: Callable[[int], None]) -> int:
    """Appends to the target what it lacks of the source; returns how many entries. `progress` hears the last number.

    Raises `LedgerError`, with nothing of it changed, when the target holds anything that is not the source's.
    """
    begun = seq = _common(source, target)
    for page in _pages(source, seq, target.page_entries):
        try:
            target.absorb(page)
        except _Overtaken:
            raise LedgerError("somebody else writes to the target; stop its guards and copy again") from None
        seq = page.entries[-1].seq
        progress(seq)
    return seq - begun


def absorb(store: Store, page: Page) -> None:
    """The page in a target whose last entry is the one before it; each entry is checked before it is written."""
    for entry in page.entries:
        before = _known(store, entry) if entry.kind in _RESOLVING else None
        after = before and _follow(before, entry, page.holds[before.key])
        _prepare(store, entry)
        seq = store.append(_draft(store, entry))
        if seq != entry.seq:
            raise _Overtaken
        if after is not None:
            store.replace(after)
        elif entry.kind == "hold" and entry.key is not None:
            store.add(_granted(store, entry, page.holds[entry.key]), seq)


def _common(source: Ledger, target: Ledger) -> int:
    """The number of the target's newest entry, which must be the source's of that number."""
    last = last_entry(target)
    if last is None:
        if target.budgets():
            raise LedgerError("the target has budgets and no history; copy into an empty ledger")
        return 0
    theirs = next(source.entries(after=last.seq - 1), None)
    if theirs != last:
        raise LedgerError(
            f"entry {last.seq} of the target is not the source's; copy into an empty ledger, or one that this source was copied to"
        )
    return last.seq


def last_entry(ledger: Ledger) -> Entry | None:
    """The newest entry, found in a few looks: numbers have no gaps."""
    low, high = 0, 1
    while next(ledger.entries(after=high - 1), None) is not None:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if next(ledger.entries(after=middle - 1), None) is None:
            high = middle
        else:
            low = middle
    return next(ledger.entries(after=low - 1), None) if low else None


def _pages(source: Ledger, after: int, size: int) -> Iterator[Page]:
    entries: list[Entry] = []
    for entry in source.entries(after=after):
        entries.append(entry)
        if len(entries) == size:
            yield _page(source, entries)
            entries = []
    if entries:
        yield _page(source, entries)


def _page(source: Ledger, entries: Sequence[Entry]) -> Page:
    keys = {entry.key for entry in entries if entry.key is not None and entry.kind in _ABOUT_HOLDS}
    return Page(tuple(entries), {key: source.find(key) for key in keys})


def _prepare(store: Store, entry: Entry) -> None:
    """What an entry says about budgets, notices and the kill switch."""
    match entry.kind:
        case "define":
            store.put_budget(entry.lines[0].budget, entry.amount, str(entry.tags["per"]))  # type: ignore[arg-type]
        case "notice":
            store.claim(entry.lines[0], str(entry.tags["at_pct"]))
        case "stop":
            store.switch(Stopped(entry.at, str(entry.tags["who"]), str(entry.tags["reason"])))
        case "resume":
            store.switch(None)
        case _:
            pass


def _draft(store: Store, entry: Entry) -> Draft:
    booking = store.booking(entry.lines) if entry.lines or entry.kind in _ABOUT_HOLDS else None
    at, tags = round(entry.at * MICROSECONDS), tags_text(entry.tags)
    return Draft(at, entry.kind, entry.key, entry.amount, entry.change, booking, tags)


def _granted(store: Store, entry: Entry, hold: Hold) -> Record:
    """As the entry left it, but for what only the source's hold knows: its offer and the end of its lease."""
    lease_until, booking = round(hold.lease_until * MICROSECONDS), store.booking(entry.lines)
    asked = entry.amount
    return Record(hold.key, "open", asked, asked, hold.offer, 1, 0, 0, 0, lease_until, booking)


def _known(store: Store, entry: Entry) -> Record:
    found = store.record(entry.key or "")
    if found is None:
        raise LedgerError(f"entry {entry.seq} resolves hold {entry.key!r}, which this history does not grant")
    return found


def _follow(before: Record, entry: Entry, hold: Hold) -> Record:
    """The hold after the entry; checked against what the entry says it moved."""
    billed = Micros(entry.amount)
    match entry.kind:
        case "extend":
            longer = before.amount + entry.amount
            after = before._replace(
                state="open",
                amount=longer,
                extra=entry.amount,
                billed=0,
                overrun=0,
                attempts=_attempt(entry.tags, before.attempts + 1),
            )
        case "settle":
            after = before._replace(state="settled", billed=billed, overrun=before.excess(billed))
        case "assume":
            after = before._replace(state="assumed", billed=billed, overrun=before.excess(billed))
        case "void":
            after = before._replace(state="voided", billed=0, overrun=0)
        case _:
            counted = entry.change.assumed or (hold.state == "lapsed" and hold.assumed)
            after = (
                before._replace(state="assumed", billed=before.amount)
                if counted
                else before._replace(state="released")
            )
    if change_between(before, after) != entry.change:
        raise LedgerError(f"entry {entry.seq} does not follow from those before it; run bursar guard verify")
    return after._replace(lease_until=round(hold.lease_until * MICROSECONDS))


def _attempt(tags: Tags, otherwise: int) -> int:
    attempt = tags.get("attempt")
    return attempt if isinstance(attempt, int) else otherwise
