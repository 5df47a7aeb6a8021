"""The ledger's schema in a database: made, brought up to date, and given to roles that may use it and no more.

A released step is never edited. Functions belong to their version: a newer one replaces them in the same transaction
in which it changes the tables.
"""

from collections.abc import Sequence
from importlib import resources
from time import monotonic

import psycopg

from planner.guard.errors import LedgerUnusable
from planner.guard.ledger.postgres.address import Address
from planner.guard.ledger.postgres.asking import explained
from planner.guard.ledger.postgres.session import Session

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    ("1_tables.sql", "2_holding.sql", "3_resolving.sql", "4_upkeep.sql", "5_verbs.sql"),
)
"""Files of SQL that lead from version n to n + 1, first to last."""
OLDEST_SERVER = 140_000
_PINNED = "SET search_path = pg_catalog, @schema@, pg_temp SET plan_cache_mode = force_generic_plan"
"""A step with its owner's rights looks nowhere else; and its statements are planned once, not at every call."""
_IS_THERE = """
SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relname = 'ledger'
"""
"""Asked of the tables themselves: `to_regclass` may answer from before the lock was waited for."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($$bursar ledger $$ || %s, 0))"


def prepare(address: Address, *, make: bool) -> int:
    """See that a ledger of this version is there; make it, or bring it up to date, when `make` allows it.

    Returns the version found, 0 for none. Raises `LedgerUnavailable`, or `LedgerUnusable` when someone has to see to it first.
    """
    try:
        session = Session(address, monotonic() + address.deadline_s)
        try:
            return _prepare(session.connection, address, make=make)
        finally:
            session.close()
    except psycopg.Error as error:
        raise explained(error, address) from None  # the driver's own words may hold a secret


def _prepare(connection: "psycopg.Connection[tuple[object, ...]]", address: Address, *, make: bool) -> int:
    version, newest = _version(connection, address), len(MIGRATIONS)
    if version == newest:
        return version
    if version > newest:
        raise LedgerUnusable(
            f"{address}: was written by a newer Bursar (version {version}, not {newest}); upgrade bursar"
        )
    if not make:
        what = "is of an older version" if version else "has no ledger in this schema"
        how = "migrate" if version else "init-ledger"
        raise LedgerUnusable(f"{address}: {what}; run: bursar guard {how} URL, as its owner")
    if connection.info.server_version < OLDEST_SERVER:
        raise LedgerUnusable(
            f"{address}: is PostgreSQL {connection.info.server_version // 10_000}; a ledger needs 14 or newer"
        )
    migrate(connection, address, MIGRATIONS)
    return version


def migrate(
    connection: "psycopg.Connection[tuple[object, ...]]",
    address: Address,
    migrations: Sequence[Sequence[str]],
) -> None:
    """All steps in one transaction, and only one process at a time, wherever it runs."""
    try:
        with connection.transaction():
            connection.execute(_LOCK, (address.schema,))
            version = _version(connection, address)
            if not version:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {address.quoted_schema}".encode())
            connection.execute(f"SET LOCAL search_path = {address.quoted_schema}, pg_temp".encode())
            for step in migrations[version:]:
                for name in step:
                    connection.execute(_script(name, address))
            connection.execute(
                f"REVOKE ALL ON ALL ROUTINES IN SCHEMA {address.quoted_schema} FROM PUBLIC".encode()
            )
            connection.execute(b"UPDATE ledger SET version = %s", (len(migrations),))
    except psycopg.errors.InsufficientPrivilege:
        raise LedgerUnusable(
            f"{address}: has no ledger of this version in this schema and this user may not make it; run: bursar guard "
            "init-ledger URL, as a user who may"
        ) from None


def role_script(schema: str, guard: str = "bursar_guard", reader: str = "bursar_reader") -> str:
    """SQL that lets one role use the ledger and another look at it; run it as the schema's owner.

    Neither can change or delete an entry, nor a counter otherwise than by a verb.
    """
    names = {"@schema@": f'"{schema}"', "@guard@": guard, "@reader@": reader}
    text = _read("roles.sql")
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text


def _version(connection: "psycopg.Connection[tuple[object, ...]]", address: Address) -> int:
    """0 when there is no ledger in the schema."""
    if connection.execute(_IS_THERE, (address.schema,)).fetchone() is None:
        return 0
    query = f"SELECT version FROM {address.quoted_schema}.ledger"  # noqa: S608 - a name that has been checked
    row = connection.execute(query.encode()).fetchone()
    version = row[0] if row else 0
    return version if isinstance(version, int) else 0


def _script(name: str, address: Address) -> bytes:
    return _read(name).replace("@pinned@", _PINNED).replace("@schema@", address.quoted_schema).encode()


def _read(name: str) -> str:
    return (resources.files(__package__) / "sql" / name).read_text(encoding="utf-8")
