"""A real PgBouncer in front of a test's server, in transaction mode; where there is none, tests that need it are skipped."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.postgres_server import PostgresServer, free_port, server_user

_SETTINGS = """
[databases]
postgres = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""


@contextmanager
def bouncer_before(server: PostgresServer, settings: str = _SETTINGS) -> Iterator[int]:
    """The port of a PgBouncer that shares three connections to the server among all comers."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("there is no pgbouncer on this machine")
    port = free_port()
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        file = Path(place) / "pgbouncer.ini"
        file.write_text(settings.format(server=server.port, port=port))
        with subprocess.Popen(
            [program, "-q", str(file)],
            user=server_user(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                _wait_for(port)
                yield port
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise AssertionError("pgbouncer does not listen")
