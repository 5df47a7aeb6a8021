"""What botocore's exceptions mean: whether a request left, and what became of it. Imported with the first client."""

import sys

from botocore import __version__ as botocore_version  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import HTTPError as Urllib3Error

from planner.guard.errors import GuardError
from planner.guard.outcomes import NOT_SENT

IMAGE_READ_TIMEOUT_S = 300
"""What AWS advises for image requests: large ones take minutes
(docs.aws.amazon.com/nova/latest/userguide/image-gen-access.html, read 2026-11-22)."""
_DEFAULT_READ_TIMEOUT_S = 60
"""botocore's own; a client with any other value was given it on purpose."""
_VERSION = tuple(int(part) for part in botocore_version.split(".")[:2])
CAN_VETO_ANSWERS = _VERSION >= (1, 43)
"""From here on, False from a `needs-retry` handler means no; before, it meant at once."""
CAN_SET_READ_TIMEOUT = _VERSION >= (1, 43)
"""From here on, a request's context can say how long to wait for the answer."""
RETRIED = frozenset({"read_timeout", "connection_lost", "throttled", "server_error"})
"""Outcomes after which botocore may try again by itself."""
_AFTER_HANDSHAKE = ("EOF", "BAD_RECORD", "DECRYPTION")


def outcome_of(error: BaseException) -> str:
    """What became of an attempt that ended in an exception."""
    if isinstance(error, ReadTimeoutError):
        return "read_timeout"
    return NOT_SENT if _never_sent(error) else "connection_lost"


def client_error(answer: dict[str, object]) -> Exception:
    """What botocore raises for an answer that is an error, where only the general class is at hand."""
    error: Exception = ClientError(answer, "InvokeModel")
    return error


def body_errors() -> tuple[type[BaseException], ...]:
    """What reading a body can raise when the connection fails."""
    aiohttp = sys.modules.get("aiohttp")
    more = (aiohttp.ClientError,) if aiohttp is not None else ()
    return (BotoCoreError, Urllib3Error, OSError, *more)


def read_timeout_s(context: dict[str, object]) -> tuple[float, bool]:
    """How long the client waits for an answer, and whether that is only botocore's default."""
    given = context.get("read_timeout")
    wait = given if given is not None else getattr(context.get("client_config"), "read_timeout", None)
    if not isinstance(wait, int | float):
        return float(IMAGE_READ_TIMEOUT_S), False
    return float(wait), given is None and wait == _DEFAULT_READ_TIMEOUT_S


def most_attempts(context: dict[str, object]) -> int:
    """How many HTTP requests botocore makes at the most for one call."""
    retries = context.get("retries")
    seeded = retries.get("max") if isinstance(retries, dict) else None
    if isinstance(seeded, int):
        return seeded
    config = getattr(context.get("client_config"), "retries", None) or {}
    return int(config.get("total_max_attempts") or (5 if config.get("mode", "legacy") == "legacy" else 3))


def _never_sent(error: BaseException) -> bool:
    match error:
        case EndpointConnectionError():
            return _never_connected(error.kwargs.get("error"))
        case SSLError():
            return not any(sign in str(error).upper() for sign in _AFTER_HANDSHAKE)
        case ConnectTimeoutError() | ProxyConnectionError() | GuardError():
            return True
        case HTTPClientError():
            return False
        case _:
            return isinstance(error, BotoCoreError)


def _never_connected(cause: object) -> bool:
    """aiobotocore reports a connection reset after sending as one that could not be made; only the cause tells."""
    names = {each.__name__ for each in type(cause).__mro__}
    return "ClientConnectionError" not in names or "ClientConnectorError" in names
