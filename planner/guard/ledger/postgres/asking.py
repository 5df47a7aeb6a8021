"""Statements to the server until they are answered, or it is certain that they are not: what is retried, and what is told.

A verb is known by its key, so a lost answer is asked for again until the deadline; what cannot be told apart from a
new request is reported as unknown instead.
"""

import json
import random
import re
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, NoReturn, TypeVar

import psycopg

from planner.guard.errors import LedgerUnavailable, LedgerUnusable
from planner.guard.ledger.postgres.address import Address
from planner.guard.ledger.postgres.pool import Pool
from planner.guard.ledger.postgres.session import Denied, Lost, Session

T = TypeVar("T")
Parameter = str | int | None
Row = list[Any]

_AGAIN = frozenset({"40001", "40P01", "57P01", "57P02", "57P03", "25006"})
"""Nothing happened, and it may the next time: a deadlock, a server that restarts or has become a standby."""
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
_INIT = "run: bursar guard init-ledger URL, as a user who may create a schema there"

_REMEDIES = {
    "3F000": f"has no ledger in this schema; {_INIT}",
    "42P01": f"has no ledger in this schema; {_INIT}",
    "42883": f"has no ledger of this version in this schema; {_INIT}",
    "42501": "does not let this user do that; grant it the role that bursar guard init-ledger --roles prints",
    "28P01": "refuses this password; look at the URL, PGPASSFILE or the service file",
    "28000": "refuses this user; look at the URL and the server's pg_hba.conf",
    "3D000": "has no such database; create it first",
    "25006": "takes no writes: it is a standby; name the primary, or add target_session_attrs=read-write",
    "53300": "has no connection left; lower pool_size in the URL, raise max_connections, or use PgBouncer",
    "55P03": "had a row locked for too long by another program; retry",
    "57014": "cancelled it after its statement_timeout; retry",
}
_UNKNOWN = "the outcome is unknown; retry with the same key"
_LIBPQ = re.compile(
    r"(?:connection failed: )?connection to server (?:at|on socket) \"[^\"]*\"(?: \([^)]*\))?(?:, port \d+)? failed: "
    r"|\s*Is the server running (?:on that host|locally) and accepting [^?]*\?"
    r"|(?<=server closed the connection unexpectedly)\s*This probably means [^.]*\."
)
"""What libpq says besides what happened: the address, which the message begins with already, and guesses."""
_LASTING = frozenset({"3F000", "42P01", "42883", "42501", "28P01", "28000", "3D000"})


class Asking:
    """Statements and their answers, over the pool of one ledger."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._pool = Pool(address)

    def close(self) -> None:
        self._pool.close()

    def rows(self, statement: bytes, *parameters: Parameter, deadline_s: float | None = None) -> list[Row]:
        """The rows, each a JSON array in the first column, of a statement that changes nothing."""
        return [
            json.loads(row) for row in self.ask(statement, parameters, repeatable=True, deadline_s=deadline_s)
        ]

    def ask(
        self,
        statement: bytes,
        parameters: tuple[Parameter, ...],
        *,
        repeatable: bool,
        deadline_s: float | None = None,
    ) -> list[str]:
        """The first column of the answer. Raises `LedgerUnavailable`; `repeatable` says that twice is as good as once."""
        encoded = [None if each is None else str(each).encode() for each in parameters]
        deadline = monotonic() + (deadline_s or self.address.deadline_s)
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return self._once(lambda session: session.run(statement, encoded, deadline), deadline)
            except (Lost, Denied, psycopg.Error) as error:
                if not _may_help(error, repeatable) or monotonic() + pause_s >= deadline:
                    self._explain(error)
            sleep(random.uniform(pause_s / 2, pause_s))  # noqa: S311 - so that many callers do not come back together
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def transact(self, work: "Callable[[psycopg.Connection[tuple[Any, ...]]], T]") -> T:
        """What the work answers, once its transaction is committed; it is tried once and waited for."""

        def use(session: Session) -> T:
            with session.connection.transaction():
                return work(session.connection)

        try:
            return self._once(use, monotonic() + self.address.deadline_s)
        except psycopg.Error as error:
            self._explain(error)

    def _once(self, use: Callable[[Session], T], deadline: float) -> T:
        session = self._pool.take(deadline)
        try:
            answer = use(session)
        except Denied as denied:
            if denied.sqlstate in _AGAIN:
                self._pool.drop(session)
            else:
                self._pool.give(session)
            raise
        except Lost:
            self._pool.drop(session)
            raise
        except BaseException:
            self._pool.discard(session)
            raise
        self._pool.give(session)
        return answer

    def _explain(self, error: Exception) -> NoReturn:
        raise explained(error, self.address) from None  # the driver's own words may hold a secret


def explained(error: Exception, address: Address) -> LedgerUnavailable:
    """What went wrong in one line, and whether a retry can help."""
    said = address.masked(_LIBPQ.sub("", str(error)))
    sqlstate = _sqlstate(error)
    if sqlstate in _REMEDIES:
        kind = LedgerUnusable if sqlstate in _LASTING else LedgerUnavailable
        return kind(f"{address}: {_REMEDIES[sqlstate]} ({said})")
    if isinstance(error, Lost) and error.late:
        return LedgerUnavailable(f"{address}: no answer for {address.deadline_s:g} s", advice=_UNKNOWN)
    if isinstance(error, Lost):
        unknown = _UNKNOWN if error.sent else "nothing was sent"
        return LedgerUnavailable(f"{address}: the connection was lost ({said})", advice=unknown)
    if isinstance(error, Denied):
        return LedgerUnavailable(f"{address}: refused: {said}")
    return LedgerUnavailable(f"{address}: cannot be reached: {said}")


def _may_help(error: Lost | Denied | psycopg.Error, repeatable: bool) -> bool:
    if isinstance(error, Lost):
        return not error.late and (repeatable or not error.sent)
    if isinstance(error, Denied):
        return error.sqlstate in _AGAIN
    return isinstance(error, psycopg.OperationalError) and _sqlstate(error) not in _LASTING


def _sqlstate(error: Exception) -> str:
    """Of an error answer, or of a connection that was refused: libpq keeps that one in its message only."""
    if isinstance(error, Denied):
        return error.sqlstate
    known = getattr(error, "sqlstate", None)
    if known:
        return str(known)
    said = str(error)
    return next((sqlstate for words, sqlstate in _SAID.items() if re.search(words, said)), "")


_SAID = {
    "password authentication failed|no password supplied": "28P01",
    'no pg_hba.conf entry|role ".*" does not exist': "28000",
    'database ".*" does not exist': "3D000",
    "remaining connection slots|too many clients": "53300",
    "starting up|shutting down|not yet accepting": "57P03",
}
"""What an English server says; others are told in their own words, without a remedy."""
