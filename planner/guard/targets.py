"""What a guard can be attached to, and where its events are heard."""

from typing import Any

from planner.guard.client import Emitter, Handlers
from planner.guard.errors import GuardConfigError

SERVICES = ("bedrock-runtime", "bedrock")


def emitter_of(target: Any) -> Emitter:
    """The event emitter of a bedrock-runtime client, or of a boto3, botocore, aioboto3 or aiobotocore session.

    Raises `GuardConfigError` for anything else.
    """
    meta = getattr(target, "meta", None)
    if meta is not None and hasattr(meta, "events"):
        service = meta.service_model.service_name
        if service not in SERVICES:
            raise GuardConfigError(f"this is a client of {service}; attach a bedrock-runtime client, or the session")
        found: Emitter = meta.events
        return found
    for session in (target, getattr(target, "_session", None)):
        if hasattr(session, "get_component"):
            found = session.get_component("event_emitter")
            return found
    if type(target).__name__ == "ClientCreatorContext":
        raise GuardConfigError("enter the client first: async with session.client(...) as client: guard.attach(client)")
    raise GuardConfigError(
        f"a guard cannot be attached to a {type(target).__qualname__}; give it a bedrock-runtime client or a session"
    )


def listen(emitter: Emitter, name: str, handlers: Handlers) -> None:
    """Hear the events; whoever listened under the name before hears them no more."""
    unlisten(emitter, name, handlers)
    for index, (event, handler) in enumerate(handlers.events()):
        emitter.register_first(event, handler, unique_id=f"{name}-{index}")


def unlisten(emitter: Emitter, name: str, handlers: Handlers) -> None:
    for index, (event, _) in enumerate(handlers.events()):
        emitter.unregister(event, unique_id=f"{name}-{index}")


def listen_by_default(handlers: Handlers) -> None:
    """Hear the events of every session made from now on, by whichever library, and of boto3's default one.

    botocore gives each new session the handlers of this list; it is not documented, and has been there for years.
    """
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST  # type: ignore[import-untyped] # noqa: PLC0415

    BUILTIN_HANDLERS.extend((event, handler, REGISTER_FIRST) for event, handler in handlers.events())


def unlisten_by_default(handlers: Handlers) -> None:
    from botocore.handlers import BUILTIN_HANDLERS  # noqa: PLC0415

    heard = handlers.events()
    BUILTIN_HANDLERS[:] = [spec for spec in BUILTIN_HANDLERS if (spec[0], spec[1]) not in heard]
