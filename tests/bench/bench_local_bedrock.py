"""What a call to the local endpoint costs, since benchmarks of the guard compare with it.

Run with `python -m tests.bench.bench_local_bedrock [--calls 400]`. The yardstick is the standard library's
`http.server` answering every request with the same bytes, in the same run: each server has a process of its own.
"""

import argparse
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from time import perf_counter

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from tests.bodies import CORE
from tests.endpoint import Client

BODY = b'{"prompt": "a red bicycle"}'
THREADS = 8
ENDPOINT = """
import sys
from planner.guard.local_bedrock import LocalBedrock
local = LocalBedrock(image_bytes=int(sys.argv[1])).start()
print(local.url, flush=True)
sys.stdin.read()
"""
YARDSTICK = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
ANSWER = b'{"seeds":[1],"finish_reasons":[null],"images":["' + b"A" * 6696 + b'"]}'
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)
    def log_message(self, *args): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def serving(code: str, *arguments: str) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def client_of(url: str) -> Client:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nobody checks it
        config=Config(max_pool_connections=THREADS),
    )


def raw_call(url: str) -> Callable[[], object]:
    host, _, port = url.removeprefix("http://").partition(":")
    connection = HTTPConnection(host, int(port))
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call() -> object:
        connection.request("POST", f"/model/{CORE}/invoke", BODY)
        return connection.getresponse().read()

    return call


def boto_call(client: Client) -> Callable[[], object]:
    return lambda: json.loads(client.invoke_model(modelId=CORE, body=BODY)["body"].read())


def interleaved(calls: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """The median of each in microseconds, one call of each in turn."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            begin = perf_counter()
            call()
            taken[name].append(perf_counter() - begin)
    return {name: median(each) * 1e6 for name, each in taken.items()}


def calls_per_second(client: Client, calls: int) -> float:
    call = boto_call(client)
    with ThreadPoolExecutor(THREADS) as pool:
        begin = perf_counter()
        list(pool.map(lambda _: call(), range(calls)))
        return calls / (perf_counter() - begin)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What a call to the local endpoint costs.")
    parser.add_argument("--calls", type=int, default=400)
    calls = parser.parse_args(arguments).calls
    with serving(ENDPOINT, "0") as url, serving(YARDSTICK) as plain:
        local, other = client_of(url), client_of(plain)
        pairs = {
            "raw http": (raw_call(url), raw_call(plain)),
            "boto3": (boto_call(local), boto_call(other)),
        }
        for name, (here, there) in pairs.items():
            interleaved({"here": here, "there": there}, calls // 10)
            took = interleaved({"here": here, "there": there}, calls)
            ratio = took["here"] / took["there"]
            print(
                f"{name:<24} {took['here']:8.0f} us   http.server {took['there']:8.0f} us   ratio {ratio:.2f}"
            )
        rates = calls_per_second(local, calls * 2), calls_per_second(other, calls * 2)
        print(
            f"boto3, {THREADS} threads {rates[0]:14.0f} /s   http.server {rates[1]:8.0f} /s   ratio {rates[0] / rates[1]:.2f}"
        )
    with serving(ENDPOINT, str(5_250_000)) as url:
        took = interleaved({"large": boto_call(client_of(url))}, calls // 20)
        print(f"boto3, a 7 MB answer {took['large'] / 1000:11.1f} ms, parsed by the caller")


if __name__ == "__main__":
    main()
