"""Just enough HTTP/1.1 for an SDK: keep-alive, Content-Length, chunked bodies; straight on a socket."""

import json
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from planner.guard.local_bedrock.errors import Refusal

LARGEST_HEAD = 65_536
LARGEST_BODY = 64_000_000
"""Bytes; well above what InvokeModel takes, so that its own limit answers first."""
_READ = 262_144
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    424: "Failed Dependency",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_number = count(1)


class BadHttp(Exception):
    """What came is not HTTP this endpoint reads; answer with the status and close."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class ClientGone(Exception):
    """The other side closed the connection, in the middle or between two requests."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request with its whole body."""

    method: str
    path: str
    """As sent, still percent-encoded, without the query."""
    body: bytes
    keep_alive: bool


class Connection:
    """One client's socket."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._unread = b""

    def read(self) -> HttpRequest:
        """The next request; raises `ClientGone` when there is none, `BadHttp` for what cannot be read."""
        head = self._head()
        line, *fields = head.split(b"\r\n")
        method, target, version = _request_line(line)
        headers = _headers(fields)
        if b"expect" in headers:
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = headers.get(b"transfer-encoding", b"").lower() == b"chunked"
        body = self._chunks() if chunked else self._exactly(_length(headers))
        asked = headers.get(b"connection", b"").lower()
        keep_alive = asked != b"close" if version == b"HTTP/1.1" else asked == b"keep-alive"
        return HttpRequest(method, target.partition("?")[0], body, keep_alive)

    def answer(self, body: bytes, status: int = 200, more: bytes = b"") -> None:
        head = _head_of(status, len(body), more)
        if len(body) < _READ:
            self._send(head + body)
        else:
            self._send(head)
            self._send(body)

    def refuse(self, refusal: Refusal) -> None:
        """Answers with a modelled error, as AWS writes one."""
        body = json.dumps({"message": refusal.message, **refusal.more}).encode("ascii")
        self.answer(body, refusal.status, b"x-amzn-ErrorType: %b\r\n" % refusal.code.encode("ascii"))

    def answer_part(self, body: bytes, share: float) -> None:
        """Promises the whole body and sends a share of it."""
        self._send(_head_of(200, len(body)) + body[: int(len(body) * share)])

    def begin_answer(self, length: int) -> None:
        self._send(_head_of(200, length))

    def send(self, part: bytes) -> None:
        self._send(part)

    def wait_for_client(self) -> None:
        """Returns when the client has closed the connection, or the endpoint closes it under this thread."""
        try:
            while self._sock.recv(_READ):
                pass
        except OSError:
            pass

    def reset(self) -> None:
        """Closes with a TCP reset: the client sees ECONNRESET."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def shut(self) -> None:
        """Ends every wait on the socket, from any thread."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._sock.close()

    def abandon(self) -> None:
        """Lets go of the descriptor without a word to the client: another process owns the connection."""
        descriptor = self._sock.detach()
        if descriptor >= 0:
            socket.close(descriptor)

    def _head(self) -> bytes:
        while (end := self._unread.find(b"\r\n\r\n")) < 0:
            if len(self._unread) > LARGEST_HEAD:
                raise BadHttp(431, "the request's headers are larger than 64 kB")
            self._unread += self._receive()
        head, self._unread = self._unread[:end], self._unread[end + 4 :]
        return head

    def _exactly(self, length: int) -> bytes:
        if length > LARGEST_BODY:
            raise BadHttp(413, f"the body is larger than {LARGEST_BODY:,} bytes")
        parts, have = [self._unread], len(self._unread)
        while have < length:
            parts.append(self._receive())
            have += len(parts[-1])
        whole = b"".join(parts)
        self._unread = whole[length:]
        return whole[:length]

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while size := self._chunk_size():
            parts.append(self._exactly(size))
            self._line()
            if sum(map(len, parts)) > LARGEST_BODY:
                raise BadHttp(413, f"the body is larger than {LARGEST_BODY:,} bytes")
        while self._line():
            pass
        return b"".join(parts)

    def _chunk_size(self) -> int:
        try:
            return int(self._line().partition(b";")[0], 16)
        except ValueError as error:
            raise BadHttp(400, "a chunk of the body has no size") from error

    def _line(self) -> bytes:
        while (end := self._unread.find(b"\r\n")) < 0:
            if len(self._unread) > LARGEST_HEAD:
                raise BadHttp(431, "a line of the request is larger than 64 kB")
            self._unread += self._receive()
        line, self._unread = self._unread[:end], self._unread[end + 2 :]
        return line

    def _receive(self) -> bytes:
        try:
            received = self._sock.recv(_READ)
        except OSError as error:
            raise ClientGone from error
        if not received:
            raise ClientGone
        return received

    def _send(self, content: bytes) -> None:
        try:
            self._sock.sendall(content)
        except OSError as error:
            raise ClientGone from error


def _request_line(line: bytes) -> tuple[str, str, bytes]:
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1.") or not line.isascii():
        raise BadHttp(
            400, "the first line is not METHOD PATH HTTP/1.1; this endpoint speaks plain HTTP, not TLS"
        )
    return parts[0].decode("ascii"), parts[1].decode("ascii"), parts[2]


def _headers(lines: list[bytes]) -> Mapping[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    return headers


def _length(headers: Mapping[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    if not text.isdigit():
        raise BadHttp(400, "Content-Length is not a number")
    return int(text)


def _head_of(status: int, length: int, more: bytes = b"") -> bytes:
    return _HEAD % (status, _REASONS[status].encode("ascii"), length, next(_number), more)


_HEAD = (
    b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 00000000-0000-4000-8000-%012x\r\n%b\r\n"
)
