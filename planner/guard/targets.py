"""What a guard can be attached to, and where its events are heard."""

import sys
from typing import Any, cast

from planner.guard.client import EVENTS, Emitter, Handlers
from planner.guard.errors import GuardConfigError

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
        emitter.register_first(event, handler, unique_id=f"{name} {event}")


def unlisten(emitter: Emitter, name: str) -> None:
    for event in EVENTS:
        emitter.unregister(event, unique_id=f"{name} {event}")


def default_session() -> object | None:
    """boto3's, if something has made it."""
    boto3 = sys.modules.get("boto3")
    return boto3 and boto3.DEFAULT_SESSION


def listen_by_default(handlers: Handlers) -> None:
    """Hear the events of every session made from now on, by whichever library, and of boto3's default one.

    botocore gives each new session the handlers of this list; it is not documented, and has been there for years.
    """
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST  # type: ignore[import-untyped]

    BUILTIN_HANDLERS.extend((event, handler, REGISTER_FIRST) for event, handler in handlers.events())


def unlisten_by_default(handlers: Handlers) -> None:
    from botocore.handlers import BUILTIN_HANDLERS

    heard = handlers.events()
    BUILTIN_HANDLERS[:] = [spec for spec in BUILTIN_HANDLERS if (spec[0], spec[1]) not in heard]
