"""What a guard can be attached to, and where its events are heard."""

import sys
from collections.abc import Callable
from functools import cache, lru_cache
from inspect import iscoroutinefunction
from typing import Any, cast

from planner.guard.client import EVENTS, Handlers
from planner.guard.errors import GuardConfigError
from planner.guard.hooks import SIGNED, Context, Emitter

SERVICES = ("bedrock-runtime", "bedrock")


def emitter_of(target: object) -> Emitter:
    """The event emitter of a bedrock-runtime client, or of a boto3, botocore, aioboto3 or aiobotocore session.

    Raises `GuardConfigError` for anything else.
    """
    if hasattr(target, "meta") and hasattr(target.meta, "events"):
        return _client_emitter(target.meta)
    for session in (target, getattr(target, "_session", None)):
        if session is not None and hasattr(session, "get_component"):
            return cast(Emitter, session.get_component("event_emitter"))
    if type(target).__name__ == "ClientCreatorContext":
        raise GuardConfigError(
            "enter the client first: async with session.client(...) as client: guard.attach(client)"
        )
    raise GuardConfigError(
        f"a guard cannot be attached to a {type(target).__qualname__}; give it a bedrock-runtime client or a session"
    )


def _client_emitter(meta: Any) -> Emitter:  # noqa: ANN401 - botocore has no types
    service = meta.service_model.service_name
    if service not in SERVICES:
        raise GuardConfigError(
            f"this is a client of {service}; attach a bedrock-runtime client, or the session"
        )
    return cast(Emitter, meta.events)


def listen(emitter: Emitter, name: str, handlers: Handlers) -> None:
    """Hear the events; whoever listened under the name before hears them no more."""
    unlisten(emitter, name)
    for event, handler in handlers.events():
        register = emitter.register_last if event == SIGNED else emitter.register_first
        register(event, handler, unique_id=f"{name} {event}")


def unlisten(emitter: Emitter, name: str) -> None:
    for event in (*EVENTS, SIGNED):
        emitter.unregister(event, unique_id=f"{name} {event}")


def awaits(emitter: Emitter) -> bool:
    """Whether it is one of aiobotocore's, which awaits what handlers return."""
    behind_aliases: object = getattr(emitter, "_emitter", emitter)
    return iscoroutinefunction(getattr(behind_aliases, "emit_until_response", None))


def default_session() -> object | None:
    """boto3's, if something has made it."""
    boto3 = sys.modules.get("boto3")
    return boto3 and boto3.DEFAULT_SESSION


class ByDefault:
    """What sessions nobody has made yet shall hear with: each call tells of which kind its client is."""

    def __init__(self, plain: Handlers, asynchronous: Callable[[], Handlers]) -> None:
        """`asynchronous` makes the handlers for aiobotocore's clients; it is asked once there is one."""
        later = cache(lambda: dict(asynchronous().events()))
        heard = (*plain.events(), (SIGNED, _nothing))
        self.events = tuple((event, _either(handler, event, later)) for event, handler in heard)


def _nothing(**_: object) -> None:
    """What plain clients hear where only async ones have something to hear."""


def _either(
    handler: Callable[..., Any], event: str, later: Callable[[], dict[str, Any]]
) -> Callable[..., Any]:
    def either(**said: Any) -> Any:  # noqa: ANN401 - botocore has no types
        kind: type = type(_context(said).get("client_config"))
        return (later()[event] if _aiobotocores(kind) else handler)(**said)

    return either


def _context(said: dict[str, Any]) -> Context:
    """The call's context, wherever an event carries it."""
    if "context" in said:
        return cast(Context, said["context"])
    return cast(Context, said["request"].context if "request" in said else said["request_dict"]["context"])


@lru_cache(maxsize=16)
def _aiobotocores(kind: type) -> bool:
    return any(each.__module__.partition(".")[0] == "aiobotocore" for each in kind.__mro__)


def listen_by_default(handlers: ByDefault) -> None:
    """Hear the events of every session made from now on, by whichever library, and of boto3's default one.

    botocore gives each new session the handlers of this list; it is not documented, and has been there for years.
    """
    from botocore.handlers import (  # type: ignore[import-untyped]
        BUILTIN_HANDLERS,
        REGISTER_FIRST,
        REGISTER_LAST,
    )

    for event, handler in handlers.events:
        BUILTIN_HANDLERS.append((event, handler, REGISTER_LAST if event == SIGNED else REGISTER_FIRST))


def unlisten_by_default(handlers: ByDefault) -> None:
    from botocore.handlers import BUILTIN_HANDLERS

    BUILTIN_HANDLERS[:] = [spec for spec in BUILTIN_HANDLERS if (spec[0], spec[1]) not in handlers.events]
