"""The local endpoint as a server: threads, processes, forks, its control paths, and HTTP as it comes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, EndpointConnectionError  # type: ignore[import-untyped]

from planner.guard.local_bedrock import Hangup, LocalBedrock
from tests.bodies import (
    CORE,
)
from tests.endpoint import ONCE, ask, connect, invoke, read_all, request_bytes


@pytest.fixture
def west() -> Iterator[LocalBedrock]:
    with LocalBedrock() as local:
        yield local


@contextmanager
def forked(work: Callable[[], object]) -> Iterator[int]:
    """A child of this process that does the work; yields the end of a pipe that its answer comes through."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of forking beside threads: the case tested here
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, repr(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        yield reading
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


def test_thirty_two_threads_are_all_counted(west: LocalBedrock) -> None:
    client = west.client(config=Config(max_pool_connections=32))
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: invoke(client, CORE, {"prompt": "a"}), range(320)))
    assert len(answers) == 320
    assert (west.billed.images, west.billed.micros) == (320, 12_800_000)


def test_many_processes_are_counted_and_read_the_totals_by_url(west: LocalBedrock) -> None:
    """Four processes at once, five calls each, each with a client of its own."""

    def five_calls() -> int:
        client = west.client()
        return sum(bool(invoke(client, CORE, {"prompt": "a"})) for _ in range(5))

    with ExitStack() as children:
        answers = [children.enter_context(forked(five_calls)) for _ in range(4)]
        assert [os.read(answer, 100) for answer in answers] == [b"5", b"5", b"5", b"5"]
    totals = ask(west, "GET", "/_local/billed")
    assert totals == {
        "images": 20,
        "micros": 800_000,
        "usd": "0.80",
        "by_sku": [
            {
                "model_id": CORE,
                "size_class": "any",
                "quality": None,
                "region": "us-west-2",
                "images": 20,
                "micros": 800_000,
            }
        ],
        "requests": {"ok": 20},
    }


def in_fork(work: Callable[[], object]) -> str:
    with forked(work) as answer:
        return os.read(answer, 10_000).decode()


def test_a_forked_child_calls_and_reads_the_parent_s_totals() -> None:
    with LocalBedrock() as local:
        client = local.client()
        assert in_fork(lambda: bool(invoke(local.client(), CORE, {"prompt": "a"}))) == "True"
        assert in_fork(lambda: local.billed.micros) == "40000"
        assert in_fork(lambda: local.requests) == "{'ok': 1}"
        assert in_fork(local.close) == "None"
        assert invoke(client, CORE, {"prompt": "a"})["images"]


def test_a_forked_child_is_told_where_faults_are_set() -> None:
    def refused() -> str:
        with pytest.raises(RuntimeError) as caught:
            local.set_faults([Hangup()])
        return str(caught.value)

    with LocalBedrock() as local:
        assert f"POST {local.url}/_local/faults instead" in in_fork(refused)


def test_a_forked_child_does_not_keep_connections_open() -> None:
    """The child sleeps on while the endpoint hangs up: the client sees the end at once."""
    with LocalBedrock() as local, connect(local) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(65_536)
        with forked(lambda: time.sleep(60)):
            local.close()
            sock.settimeout(5)
            assert sock.recv(1) == b""
            with pytest.raises(ConnectionRefusedError):
                connect(local)


def test_faults_and_reset_over_the_control_paths(west: LocalBedrock) -> None:
    script = json.dumps({"faults": [{"fault": "throttle", "times": 2}], "latency_s": 0})
    assert ask(west, "POST", "/_local/faults", script) == {"faults": 1}
    client = west.client(config=ONCE)
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            invoke(client, CORE, {"prompt": "a"})
    invoke(client, CORE, {"prompt": "a"})
    assert west.requests == {"ThrottlingException": 2, "ok": 1}
    assert ask(west, "POST", "/_local/reset")["images"] == 0
    assert (west.billed.images, west.requests) == (0, {})


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET /model/a/invoke HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"POST /model//invoke HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"POST /_local/nothing HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"\x16\x03\x01\x02\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST /model/a/invoke HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST /model/a/invoke HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"HTTP/1.1 413 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000, b"HTTP/1.1 431 "),
        (b'POST /_local/faults HTTP/1.1\r\nContent-Length: 13\r\n\r\n{"faults": 5}', b"HTTP/1.1 400 "),
    ],
)
def test_what_is_not_a_request_is_answered_and_harms_nobody(
    west: LocalBedrock, sent: bytes, answer: bytes
) -> None:
    with connect(west) as sock:
        sock.sendall(sent)
        assert sock.recv(65_536).startswith(answer)
    with connect(west) as sock:
        sock.sendall(request_bytes(CORE, {"prompt": "a"}, "Connection: close"))
        assert read_all(sock).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_serves_requests_one_after_another_however_they_are_cut(west: LocalBedrock) -> None:
    """Three requests sent in pieces of seven bytes; the second in chunks; the third closes."""
    chunked = f"POST /model/{CORE}/invoke HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = b'5\r\n{"pro\r\nc;x=1\r\nmpt": "cat"}\r\n0\r\nTrailer: 1\r\n\r\n'
    first, last = (
        request_bytes(CORE, {"prompt": "a"}),
        request_bytes(CORE, {"prompt": "a"}, "Connection: close"),
    )
    sent = first + chunked + chunks + last
    with connect(west) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), 7):
            sock.sendall(sent[start : start + 7])
        assert read_all(sock).count(b"HTTP/1.1 200 OK\r\n") == 3
    assert west.billed.images == 3


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(west: LocalBedrock) -> None:
    head, _, body = request_bytes(CORE, {"prompt": "a"}, "Expect: 100-continue").partition(b"\r\n\r\n")
    with connect(west) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert sock.recv(20).startswith(b"HTTP/1.1 200 OK")


def test_closing_ends_open_connections_and_keeps_the_totals() -> None:
    local = LocalBedrock()
    with local:
        client = local.client(config=ONCE)
        invoke(client, CORE, {"prompt": "a"})
        idle = connect(local)
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert idle.recv(65_536)
    assert idle.recv(1) == b""
    idle.close()
    assert local.billed.images == 1
    with pytest.raises(EndpointConnectionError):
        invoke(client, CORE, {"prompt": "a"})


def test_a_port_already_taken_is_an_error_and_an_endpoint_not_started_has_no_url() -> None:
    with LocalBedrock() as local:
        port = int(local.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            LocalBedrock(port=port).start()
    with pytest.raises(RuntimeError, match="not listening"):
        _ = LocalBedrock().url


def test_without_boto3_the_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "planner.guard.local_bedrock.client", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with LocalBedrock() as local, pytest.raises(ModuleNotFoundError, match="pip install boto3"):
        local.client()


def test_the_endpoint_loads_neither_boto3_nor_pydantic() -> None:
    code = (
        "import sys, planner.guard.local_bedrock as m; m.LocalBedrock().start().close(); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"boto3", "botocore", "pydantic", "pandas", "numpy", "http.server"}.intersection(loaded)
