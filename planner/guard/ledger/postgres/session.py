"""One connection to the server, a statement at a time, and never longer than the caller waits.

The driver's own cursors cost a verb a quarter of its time and wait without a limit, so statements go through its door
to libpq: parameters as text, no prepared statements, nothing kept in the session. That suits PgBouncer too.
"""

import math
import os
import select
from time import monotonic

import psycopg
from psycopg import pq

from planner.guard.ledger.postgres.address import Address

_OK = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_SHORTEST_CONNECT_S = 2
"""libpq's own least."""


class Lost(Exception):
    """The connection ended, or the time did, before the answer came; `sent` when the server may have acted."""

    def __init__(self, message: str, *, sent: bool, late: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.late = late


class Denied(Exception):
    """The server answered with an error; the statement has been undone."""

    def __init__(self, message: str, sqlstate: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class Claim:
    """Somebody who waits for a session, or has one; gone as soon as nobody refers to it any more."""

    __slots__ = ("__weakref__", "granted")

    def __init__(self) -> None:
        self.granted = False


class Session:
    """A connection in autocommit mode, for one thread at a time."""

    def __init__(self, address: Address, deadline: float) -> None:
        """Connect before the deadline (by `time.monotonic`); raises `psycopg.OperationalError`."""
        timeout = max(_SHORTEST_CONNECT_S, math.ceil(deadline - monotonic()))
        self.claim: Claim | None = None
        """By whom its pool says it is used."""
        self._pid = os.getpid()
        self.connection = psycopg.connect(
            address.conninfo, autocommit=True, connect_timeout=timeout, prepare_threshold=None
        )
        self._pgconn = self.connection.pgconn
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN)

    def is_alive(self) -> bool:
        """False once the server has hung up: it sends nothing to an idle connection otherwise."""
        return not self._poll.poll(0)

    def close(self) -> None:
        self.connection.close()

    def __del__(self) -> None:
        """Somebody was interrupted before it could be given back; another process's is left to that process."""
        if hasattr(self, "connection") and self._pid == os.getpid():
            self.close()

    def run(self, statement: bytes, parameters: list[bytes | None], deadline: float) -> list[str]:
        """The first column of the answer. Raises `Denied`, or `Lost`, after which the session is of no more use."""
        pgconn, sent = self._pgconn, False
        try:
            pgconn.send_query_params(statement, parameters)
            sent = True
            self._flush(deadline)
            answer = self._answer(deadline)
        except psycopg.Error as error:
            raise Lost(str(error), sent=sent) from error
        if answer.status in _OK:
            return [(answer.get_value(row, 0) or b"").decode() for row in range(answer.ntuples)]
        message = (answer.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode(errors="replace")
        sqlstate = (answer.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        if not sqlstate or pgconn.status != pq.ConnStatus.OK:
            raise Lost(message or pgconn.get_error_message(), sent=True)
        raise Denied(message, sqlstate)

    def _answer(self, deadline: float) -> "pq.abc.PGresult":
        """The result of the statement, once the server is ready for the next one."""
        answer = None
        while True:
            while self._pgconn.is_busy():
                self._wait(deadline)
                self._pgconn.consume_input()
            result = self._pgconn.get_result()
            if result is None:
                break
            answer = result
        if answer is None:
            raise Lost("the server sent no answer", sent=True)
        return answer

    def _flush(self, deadline: float) -> None:
        while self._pgconn.flush():
            self._poll.modify(self._pgconn.socket, select.POLLIN | select.POLLOUT)
            try:
                self._wait(deadline)
            finally:
                self._poll.modify(self._pgconn.socket, select.POLLIN)
            self._pgconn.consume_input()

    def _wait(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0 or not self._poll.poll(left * 1_000):
            raise Lost("no answer in time", sent=True, late=True)
