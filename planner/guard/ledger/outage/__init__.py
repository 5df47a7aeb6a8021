"""What a guard does while a ledger does not answer: refuse at once, or go on in a journal on its machine.

`breaking` refuses fast, `spooling` goes on in the journal within what each budget was last seen to have left,
`merging` brings the journal home, each entry once.
"""

from typing import TYPE_CHECKING

from planner.guard.errors import JournalError, LedgerError, LedgerFileError, LedgerUnavailable
from planner.guard.ledger import Clock, Ledger, open_ledger
from planner.guard.log import log

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_JOURNAL = "sqlite:///guard-journal.db"
"""Of a ledger on a server; that of a ledger in a file is beside it."""
_REMOTE = ("postgresql", "postgres", "dynamodb")


def open_for_guard(url: str, clock: Clock, *, allow_down: bool, journal: str = DEFAULT_JOURNAL) -> Ledger:
    """The ledger at the URL, with what bridges its outages.

    `allow_down` is `policy.ledger_down: allow`. Raises `LedgerError`; with `allow_down` not for a server that does not
    answer. Without it a journal that an earlier guard has left is merged first.
    """
    engine = url.partition("://")[0]
    if engine not in (*_REMOTE, "sqlite"):
        return open_ledger(url, clock=clock)
    journal = _beside(url) if engine == "sqlite" and journal == DEFAULT_JOURNAL else journal
    if allow_down:
        return _spooling(url, clock, journal)
    ledger = _blocking(url, clock, remote=engine != "sqlite")
    try:
        _bring_home(url, journal)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _spooling(url: str, clock: Clock, journal: str) -> Ledger:
    from planner.guard.ledger.outage.spooling import SpoolingLedger

    ledger = SpoolingLedger(url, journal, clock)
    if url.startswith("sqlite:"):
        try:
            ledger.touch()
        except LedgerFileError:  # a mistake in the URL, or what someone has to mend: no outage
            ledger.close()
            raise
        except LedgerUnavailable as error:
            log().warning("the guard begins with its journal: %s", error.what)
    return ledger


def _blocking(url: str, clock: Clock, *, remote: bool) -> Ledger:
    if not remote:
        return open_ledger(url, clock=clock)
    from planner.guard.ledger.outage.breaking import BreakingLedger

    ledger = BreakingLedger(url, clock)
    ledger.touch()
    return ledger


def _bring_home(url: str, journal: str) -> None:
    """What a guard under `allow` has left in its journal; raises `JournalError` when it cannot be merged."""
    file = _journal_file(journal)
    if file is None or not file.is_file() or not file.stat().st_size:
        return
    from planner.guard.ledger.outage.belonging import identity_of, place_of
    from planner.guard.ledger.outage.journal_tables import look
    from planner.guard.ledger.outage.merging import Merge

    found = look(file)
    if found is None or not found.unmerged.entries:
        return
    place = place_of(url)
    with open_ledger(url) as ledger:
        if found.belonging.ledger != identity_of(ledger) and found.belonging.place != place.digest:
            return  # another ledger's; this guard does not use it
    try:
        merged = Merge(journal, url).merge()
    except LedgerError as error:
        raise JournalError(
            f"{found.unmerged} of this ledger stays in the journal {file}, left by a guard that went on without it, and "
            f"cannot be merged: {error}; once that is mended: bursar guard merge {journal} --ledger {place.shown}"
        ) from error
    log().warning("merged what an earlier guard had left in the journal %s: %s", file, merged.amounts)


def _journal_file(journal: str) -> "Path | None":
    from planner.guard.ledger.sqlite_file import parse_place

    scheme, _, place = journal.partition("://")
    return parse_place(place)[0] if scheme == "sqlite" else None


def _beside(url: str) -> str:
    """`guard-journal.db` for `guard.db`, in the same folder."""
    file = _journal_file(url)
    assert file is not None  # noqa: S101 - the URL is of a file
    path = str(file.with_name(f"{file.stem}-journal{file.suffix}"))
    for character, code in (("%", "%25"), ("?", "%3f"), ("@", "%40")):
        path = path.replace(character, code)
    return f"sqlite:///{path}"
