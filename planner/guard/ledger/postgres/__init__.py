"""The ledger in PostgreSQL, for guards on more than one machine: one function call a verb, decided by the server.

A verb's rules are the server's own functions (`sql/`), so that every row it touches is locked for the length of one
round trip and no longer. They answer as `planner.guard.ledger.bookkeeping` does; one suite of tests holds both to it.

Time is the server's: machines whose clocks differ then agree on leases and periods. Only a ledger opened with a clock
of its own goes by that, as tests and rehearsals do.
"""

from typing import TYPE_CHECKING

from planner.guard.errors import LedgerUrlError

if TYPE_CHECKING:
    from planner.guard.ledger import Clock, Lapse
    from planner.guard.ledger.postgres.ledger import PostgresLedger

_MISSING = 'a postgresql:// ledger needs the PostgreSQL driver: pip install "bursar[postgres]"'


def open_postgres(place: str, *, clock: "Clock", lapse: "Lapse", make: bool = True) -> "PostgresLedger":
    """The ledger at what follows `postgresql://`; made there if it is missing and `make` allows it."""
    require_driver()
    from planner.guard.ledger.postgres.ledger import open_at  # only now: the driver is slow to import

    return open_at(f"postgresql://{place}", clock=clock, lapse=lapse, make=make)


def require_driver() -> None:
    """Raises `LedgerUrlError` when psycopg is not installed, or cannot find libpq."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise LedgerUrlError(_MISSING) from error
