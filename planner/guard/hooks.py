"""As much of botocore's events as the guard speaks of; aiobotocore's are the same."""

from typing import Any, Protocol

Context = dict[str, Any]
"""What botocore carries from one event of a call to the next."""
SIGNED = "request-created.bedrock-runtime"
"""Heard last, it comes once the request is signed: botocore signs in a handler of it."""


class ServiceModel(Protocol):
    service_name: str


class Operation(Protocol):
    """What is called, as botocore describes it."""

    name: str
    service_model: ServiceModel


class Request(Protocol):
    """An HTTP request about to be signed."""

    url: str
    data: object
    context: Context


class HttpResponse(Protocol):
    status_code: int


class Emitter(Protocol):
    """The part of botocore's event emitters used here; aiobotocore's have it too."""

    def register(self, event_name: str, handler: object, unique_id: str) -> None: ...

    def register_first(self, event_name: str, handler: object, unique_id: str) -> None: ...

    def register_last(self, event_name: str, handler: object, unique_id: str) -> None: ...

    def unregister(self, event_name: str, *, unique_id: str) -> None: ...
