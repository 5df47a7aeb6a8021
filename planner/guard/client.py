"""botocore's events around a call: hold before it, count its attempts, settle after it.

`before-call` is heard by its wildcard name, and first: so a botocore `Stubber`, which answers there, meets the guard
before its stub, and tests see the refusals and the metadata that production does. What a call has come to rides in
botocore's own `context`, which every event of the call carries.
"""

import json
from collections.abc import Awaitable, Mapping
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote

from planner.guard.bodies import read_through, read_through_async
from planner.guard.call import Call, Passed
from planner.guard.errors import GuardError, RequestChanged
from planner.guard.log import log
from planner.guard.outcomes import OK, Answer, of_body, of_error
from planner.guard.tagging import tags as call_tags
from planner.guard.transport import (
    CAN_SET_READ_TIMEOUT,
    CAN_VETO_ANSWERS,
    IMAGE_READ_TIMEOUT_S,
    most_attempts,
    outcome_of,
    read_timeout_s,
)

if TYPE_CHECKING:
    from planner.guard.admission import Admission
    from planner.guard.settlement import Settlement

LEASE_S = 900.0
Context = dict[str, Any]
_INVOKE = "InvokeModel"
_OTHERS = {
    "bedrock-runtime": (
        "InvokeModelWithResponseStream",
        "InvokeModelWithBidirectionalStream",
        "Converse",
        "ConverseStream",
        "StartAsyncInvoke",
    ),
    "bedrock": ("CreateModelInvocationJob",),
}
"""Operations that reach models otherwise than by InvokeModel."""


class Emitter(Protocol):
    """The part of botocore's event emitters used here; aiobotocore's have it too."""

    def register(self, event_name: str, handler: object, unique_id: str) -> None: ...

    def register_first(self, event_name: str, handler: object, unique_id: str) -> None: ...

    def unregister(self, event_name: str, *, unique_id: str) -> None: ...


class Handlers:
    """One guard's ears on one client or session."""

    def __init__(self, name: str, admission: "Admission", settlement: "Settlement", tags: Mapping[str, str]) -> None:
        self._name = name
        self._admission = admission
        self._settlement = settlement
        self._tags = tags

    def events(self) -> tuple[tuple[str, Any], ...]:
        """Event names and who hears them; all but the first only about InvokeModel."""
        about = f"bedrock-runtime.{_INVOKE}"
        return (
            ("before-call.*.*", self.before_call),
            (f"request-created.{about}", self.request_created),
            (f"needs-retry.{about}", self.needs_retry),
            (f"after-call.{about}", self.after_call),
            (f"after-call-error.{about}", self.after_call_error),
        )

    def before_call(self, model: Any, params: dict[str, Any], context: Context, **_: object) -> None:
        service = model.service_model.service_name
        if self._name in context or service not in _OTHERS:
            return
        if service == "bedrock-runtime" and model.name == _INVOKE:
            self._admit(params, context)
        elif model.name in _OTHERS[service]:
            self._admission.other_operation(model.name, _model_of(params), self._all_tags())

    def request_created(self, request: Any, **_: object) -> None:
        """Each HTTP request, before it is signed: none goes out whose cost is not held."""
        call = request.context.get(self._name)
        if not isinstance(call, Call):
            return
        if request.url != call.url or (request.data is not call.sent.body and request.data != call.sent.body):
            raise RequestChanged(
                "something changed the request after its cost was held: attach the guard after the other handlers; nothing was sent",
                call.asked.model_id,
                call.tags,
            )
        if call.judged and not self._settlement.may_retry(call):
            raise call.veto or RuntimeError("a retry without a hold")
        call.attempts += 1

    def needs_retry(
        self,
        response: tuple[Any, dict[str, Any]] | None,
        attempts: int,
        caught_exception: Exception | None,
        request_dict: dict[str, Any],
        **_: object,
    ) -> bool | None:
        """After each attempt: judge it and, if it may be tried again, pay for that first."""
        call = request_dict["context"].get(self._name)
        if not isinstance(call, Call) or (response is not None and response[0].status_code < 300):
            return None
        outcome = _outcome(response) if response is not None else outcome_of(caught_exception or OSError())
        self._settlement.failed(call, outcome)
        if attempts >= most_attempts(request_dict["context"]) or self._settlement.may_retry(call):
            return None
        log().warning("not tried again after %s: %s", outcome, call.veto)
        if caught_exception is not None:
            raise caught_exception
        return False if CAN_VETO_ANSWERS else None

    def after_call(
        self, http_response: Any, parsed: dict[str, Any], context: Context, **_: object
    ) -> Awaitable[None] | None:
        call = context.get(self._name)
        if isinstance(call, Passed):
            _say(parsed, call.metadata())
        if not isinstance(call, Call):
            return None
        if http_response.status_code >= 300:
            outcome = _outcome((http_response, parsed))
            if call.judged < max(1, call.attempts):
                self._settlement.failed(call, outcome)
            _say(parsed, self._settlement.ended(call, outcome))
            return None
        body = parsed.get("body")
        if body is not None and isinstance(body, Awaitable) is False and _reads_async(body):
            return self._settle_async(call, parsed)
        self._settle(call, parsed)
        return None

    def after_call_error(self, exception: BaseException, context: Context, **_: object) -> None:
        call = context.get(self._name)
        if not isinstance(call, Call):
            return
        outcome = outcome_of(exception)
        if call.judged < call.attempts:
            self._settlement.failed(call, outcome)
        self._settlement.ended(call, outcome)

    def _admit(self, params: dict[str, Any], context: Context) -> None:
        body = _whole(params.get("body"))
        wait, by_default = read_timeout_s(context)
        if by_default:
            wait = float(IMAGE_READ_TIMEOUT_S)
        call = self._admission.admit(
            _model_of(params), body, context.get("client_region"), self._all_tags(), max(LEASE_S, 2 * wait + 300)
        )
        if call is None:
            params["body"] = body
            return
        context[self._name] = call
        params["body"] = body
        ...
