"""What tests of the local endpoint share: clients that send once, raw connections, pictures taken apart."""

import json
import socket
import struct
import zlib
from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

from botocore.config import Config  # type: ignore[import-untyped]

from planner.guard.local_bedrock import LocalBedrock
from tests.bodies import BOOK, Body

Client = Any
"""A bedrock-runtime client: botocore has no types."""
ONCE = Config(retries={"total_max_attempts": 1})
IMPATIENT = Config(read_timeout=0.3, retries={"total_max_attempts": 1})


def region_of(model_id: str) -> str:
    """A region in which the default book prices the model."""
    return next(rate.sku.region for rate in BOOK.rates if rate.sku.model_id == model_id)


def callable_id(model_id: str) -> str:
    """The id that invokes it: through the inference profile where the model has one."""
    geographies = BOOK.card(model_id).geographies
    return f"{geographies[0]}.{model_id}" if geographies else model_id


def invoke(client: Client, model_id: str, body: Body) -> dict[str, Any]:
    """The parsed response body."""
    response = client.invoke_model(modelId=model_id, body=json.dumps(body))
    answer: dict[str, Any] = json.loads(response["body"].read())
    return answer


def ask(local: LocalBedrock, method: str, path: str, body: str = "") -> Any:  # noqa: ANN401 - JSON
    """The JSON that a control path answers."""
    connection = HTTPConnection(*_address(local), timeout=10)
    with closing(connection):
        connection.request(method, path, body)
        return json.load(connection.getresponse())


def connect(local: LocalBedrock) -> socket.socket:
    return socket.create_connection(_address(local), timeout=10)


def _address(local: LocalBedrock) -> tuple[str, int]:
    host, _, port = local.url.removeprefix("http://").partition(":")
    return host, int(port)


def request_bytes(model_id: str, body: Body, *headers: str) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode()
    lines = [
        f"POST /model/{quote(model_id, safe='')}/invoke HTTP/1.1",
        "Host: local",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def read_all(sock: socket.socket) -> bytes:
    """Everything until the endpoint closes."""
    parts = []
    while part := sock.recv(65_536):
        parts.append(part)
    return b"".join(parts)


@dataclass(frozen=True)
class Png:
    """A PNG file, checked chunk by chunk."""

    size: tuple[int, int]
    transparent: bool
    seed: int
    length: int


def png(text: str) -> Png:
    """Takes base64 apart; every checksum and the number of pixels must be right."""
    data = b64decode(text, validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert data[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + content))
        chunks[kind] = content
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) in {(8, 2), (8, 6)}
    pixels = zlib.decompress(chunks[b"IDAT"])
    assert len(pixels) == height * (1 + width * (4 if colour == 6 else 3))
    transparent = colour == 6 and not any(pixels)
    return Png((width, height), transparent, int(chunks[b"tEXt"].removeprefix(b"Seed\0")), len(data))
