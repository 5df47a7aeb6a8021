"""What a guard does while a ledger on another machine does not answer: refuse at once, or write into a local journal.

`breaking` refuses fast, `spooling` writes into the journal within what each budget was last seen to have left,
`merging` brings the journal home, each entry once.
"""

from planner.guard.ledger import Clock, Ledger, open_ledger

DEFAULT_JOURNAL = "sqlite:///guard-journal.db"
_REMOTE = ("postgresql", "postgres", "dynamodb")


def open_for_guard(url: str, clock: Clock, *, allow_down: bool, journal: str = DEFAULT_JOURNAL) -> Ledger:
    """The ledger at the URL; one on another machine comes with what bridges its outages.

    `allow_down` is `policy.ledger_down: allow`. Raises `LedgerError`; with `allow_down` only what concerns the journal.
    """
    if url.partition("://")[0] not in _REMOTE:
        return open_ledger(url, clock=clock)
    if allow_down:
        from planner.guard.ledger.outage.spooling import SpoolingLedger

        return SpoolingLedger(url, journal, clock)
    from planner.guard.ledger.outage.breaking import BreakingLedger

    ledger = BreakingLedger(url, clock)
    ledger.touch()
    return ledger
