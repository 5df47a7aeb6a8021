"""Response bodies read once by the guard and read again by the caller, in whichever way they like.

A body that broke off raises for the caller what it raised for the guard, when it is read.
"""

import io
from typing import Any, Protocol

from planner.guard.transport import body_errors


class Body(Protocol):
    """A body of botocore's or aiobotocore's, made of a raw stream and its length."""

    def __init__(self, raw: object, length: int | None) -> None: ...

    def read(self) -> Any: ...


def read_through(body: Body) -> tuple[bytes | None, Body]:
    """All of the body, None when it broke off; and a body of the same type that reads the same."""
    try:
        data: bytes = body.read()
    except body_errors() as error:
        return None, type(body)(_Broken(error), None)
    return data, type(body)(_Replay(data), len(data))


async def read_through_async(body: Body) -> tuple[bytes | None, Body]:
    """The same for aiobotocore."""
    try:
        data: bytes = await body.read()
    except body_errors() as error:
        return None, type(body)(_AsyncReplay(b"", error), None)
    return data, type(body)(_AsyncReplay(data, None), len(data))


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


