"""Response bodies read once by the guard and read again by the caller, in whichever way they like.

A body that broke off raises for the caller what it raised for the guard, when it is read.
"""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Protocol

from botocore.response import StreamingBody  # type: ignore[import-untyped]

from planner.guard.transport import body_errors

_AIOBOTOCORE_BODIES = ("AioStreamingBody", "AioHttpxStreamingBody", "StreamingBody", "HttpxStreamingBody")
"""Names of several versions; none checks a checksum, which a body read again has no use for."""


class Lost(Enum):
    """Why there are no bytes to count."""

    BROKEN = "the connection failed before the end"
    UNREADABLE = "a stub's body that can be read only once"


Content = bytes | Lost


class Readable(Protocol):
    """A body of aiobotocore's."""

    async def read(self) -> bytes: ...

    def close(self) -> object:
        """A coroutine where the body is httpx's."""


def reads_async(body: object) -> bool:
    """Whether it is one of aiobotocore's."""
    return _reads_async(type(body))  # type: ignore[arg-type]  # mypy takes the class for one of its objects


@lru_cache(maxsize=16)
def _reads_async(kind: type) -> bool:
    return iscoroutinefunction(getattr(kind, "read", None))


def read_through(body: object) -> tuple[Content, object]:
    """What the body holds, and a body that reads the same again."""
    if isinstance(body, bytes):
        return body, body
    if not isinstance(body, StreamingBody):
        return _read_stub(body), body
    try:
        data = body.read()
    except body_errors() as error:
        body.close()
        return Lost.BROKEN, StreamingBody(_Broken(error), None)
    return data, StreamingBody(_Replay(data), len(data))


async def read_through_async(body: Readable) -> tuple[Content, object]:
    """The same for aiobotocore's bodies, made anew of their own type."""
    try:
        data = await body.read()
    except body_errors() as error:
        closing = body.close()
        if isinstance(closing, Awaitable):
            await closing
        return Lost.BROKEN, _async_body(body, _AsyncReplay(b"", error), None)
    return data, _async_body(body, _AsyncReplay(data, None), len(data))


def _async_body(like: Readable, raw: "_AsyncReplay", length: int | None) -> object:
    """A body over aiohttp is made of a stream and its length; one over httpx needs only the stream."""
    kind: Callable[..., object] = next(
        each for each in type(like).__mro__ if each.__name__ in _AIOBOTOCORE_BODIES
    )
    return kind(raw) if "Httpx" in kind.__name__ else kind(raw, length)


def _read_stub(body: object) -> Content:
    """What a test put in place of a body, left as it was."""
    if not (hasattr(body, "read") and hasattr(body, "seek") and hasattr(body, "tell")):
        return Lost.UNREADABLE
    start = body.tell()
    data = body.read()
    body.seek(start)
    return data if isinstance(data, bytes) else Lost.UNREADABLE


class _NoSocket:
    """Stands where a stream keeps its socket: nothing is read from there any more, so any timeout will do."""

    def __init__(self) -> None:
        self.fp = self.raw = self._sock = self

    def settimeout(self, timeout: float | None) -> None: ...


class _Replay(io.BytesIO):
    """The bytes as they came, without a copy."""

    _fp = _NoSocket()


class _Broken(io.RawIOBase):
    """Raises whatever the guard met, however it is read."""

    _fp = _NoSocket()

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        raise self._error

    def readinto(self, buffer: object, /) -> int:
        raise self._error

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        raise self._error


class _AsyncReplay:
    """As much of an aiohttp (or httpx) response as aiobotocore's bodies use."""

    def __init__(self, data: bytes, error: BaseException | None) -> None:
        self._stream = io.BytesIO(data)
        self._error = error
        self.content = self
        self.url: str | None = None

    async def read(self, size: int = -1) -> bytes:
        if self._error is not None:
            raise self._error
        return self._stream.read(size)

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        yield await self.read()

    async def aread(self) -> bytes:
        return await self.read()

    async def aclose(self) -> None:
        self.close()

    def at_eof(self) -> bool:
        return self._error is None and self._stream.tell() == len(self._stream.getbuffer())

    def close(self) -> None:
        """Nothing is left to close; what was read can still be read."""

    def release(self) -> None:
        """As `close`."""

    async def __aenter__(self) -> "_AsyncReplay":
        return self

    async def __aexit__(self, *_: object) -> None: ...
