"""A ledger in PostgreSQL for those outside its guards: who looks at it, sets it right, makes it or brings it up to date."""

import time
from typing import TYPE_CHECKING

from planner.guard.ledger import Clock, Ledger
from planner.guard.ledger.postgres import open_postgres, require_driver

if TYPE_CHECKING:
    from planner.guard.ledger.postgres.ledger import PostgresView


def view(url: str, clock: Clock) -> "PostgresView":
    """Needs no more than the right to read the ledger's tables."""
    require_driver()
    from planner.guard.ledger.postgres.ledger import view_at

    return view_at(url, clock)


def existing(url: str) -> Ledger:
    return open_postgres(url.partition("://")[2], clock=time.time, lapse="assume_billed", make=False)


def name(url: str) -> str:
    require_driver()
    from planner.guard.ledger.postgres.address import parse_url

    return str(parse_url(url))


def files(_: str) -> tuple[str, ...]:
    return ()


def make(url: str) -> str:
    """Makes the ledger, or brings it up to date; says what was done."""
    require_driver()
    from planner.guard.ledger.postgres.address import parse_url
    from planner.guard.ledger.postgres.schema import MIGRATIONS, prepare

    address = parse_url(url)
    before = prepare(address, make=True)
    newest = len(MIGRATIONS)
    if before == newest:
        return f"{address}: is a ledger of version {newest} already; nothing changed"
    done = f"brought up from version {before}" if before else "made"
    return f"{address}: {done}; the ledger is of version {newest} in schema {address.schema}"


migrate = make


def roles(url: str) -> str:
    """SQL for least privilege; nothing is asked of the server."""
    require_driver()
    from planner.guard.ledger.postgres.address import parse_url
    from planner.guard.ledger.postgres.schema import role_script

    return role_script(parse_url(url).schema)
