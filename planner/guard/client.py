"""botocore's events around a call: hold before it, count its attempts, settle after it.

`before-call` is heard by its wildcard name, and first: so a botocore `Stubber`, which answers there, meets the guard
before its stub, and tests see the refusals and the metadata that production does. What a call has come to rides in
botocore's own `context`, which every event of the call carries. What may ask the ledger is in methods of its own,
which `client_async` sends to a thread.
"""

import json
from collections.abc import Awaitable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from planner.guard.bodies import Content, Lost, read_through
from planner.guard.call import Call, Passed
from planner.guard.errors import RequestChanged, Unpriced
from planner.guard.hooks import Context, HttpResponse, Operation, Request
from planner.guard.log import log
from planner.guard.outcomes import OK, Answer, of_body, of_error
from planner.guard.tagging import tags
from planner.guard.transport import (
    CAN_SET_READ_TIMEOUT,
    CAN_VETO_ANSWERS,
    IMAGE_READ_TIMEOUT_S,
    RETRIED,
    client_error,
    most_attempts,
    outcome_of,
    read_timeout_s,
)

if TYPE_CHECKING:
    from planner.guard.admission import Admission
    from planner.guard.settlement import Settlement

LEASE_S = 900.0
Asking = tuple[str, bytes, str | None, Mapping[str, str], float]
"""What `Admission.admit` is asked with."""
Response = tuple[HttpResponse, dict[str, Any]]
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


EVENTS = (
    "before-call.*.*",
    *(
        f"{event}.bedrock-runtime.{_INVOKE}"
        for event in ("request-created", "needs-retry", "after-call", "after-call-error")
    ),
)


class Handlers:
    """One guard's ears on one client or session."""

    def __init__(
        self, name: str, admission: "Admission", settlement: "Settlement", added: Mapping[str, str]
    ) -> None:
        """`name` is the guard's own, also in the context of a call; `added` tags every call heard here."""
        self._name = name
        self._own = f"{name} {id(self):x}"
        """Where a call admitted here rides in the context: who else of this guard hears it lets it be."""
        self._admission = admission
        self._settlement = settlement
        self._tags = dict(added)

    def events(self) -> tuple[tuple[str, Any], ...]:
        """Each event and who hears it."""
        heard = (
            self.before_call,
            self.request_created,
            self.needs_retry,
            self.after_call,
            self.after_call_error,
        )
        return tuple(zip(EVENTS, heard, strict=True))

    def before_call(
        self, model: Operation, params: dict[str, Any], context: Context, **_: object
    ) -> Awaitable[None] | None:
        service = model.service_model.service_name
        if self._name in context or service not in _OTHERS:
            return None
        if service == "bedrock-runtime" and model.name == _INVOKE:
            return self._admit(params, context)
        if model.name in _OTHERS[service]:
            self._admission.other_operation(model.name, _model_of(params), self._tags_now())
        return None

    def request_created(self, request: Request, **_: object) -> Awaitable[None] | None:
        """Each HTTP request, before it is signed: none goes out unless its cost is held."""
        call = request.context.get(self._own)
        if not isinstance(call, Call):
            return None
        if request.url != call.url or (request.data is not call.sent.body and request.data != call.sent.body):
            why = "another botocore handler changed the request after its cost was held; let it change the parameters"
            raise RequestChanged(
                f"{why} in before-parameter-build; nothing was sent", call.asked.model_id, call.tags
            )
        return self._begin_attempt(call)

    def needs_retry(
        self,
        response: Response | None,
        attempts: int,
        caught_exception: Exception | None,
        request_dict: dict[str, Any],
        **_: object,
    ) -> Awaitable[bool | None] | bool | None:
        """After each attempt: judge it and, if another may follow, see that its cost is held as well."""
        call = request_dict["context"].get(self._own)
        if not isinstance(call, Call) or (response is not None and response[0].status_code < 300):
            return None
        outcome = outcome_of(caught_exception or OSError()) if response is None else _outcome(*response)
        self._settlement.failed(call, outcome)
        last = outcome not in RETRIED or attempts >= most_attempts(request_dict["context"])
        return None if last else self._try_again(call, outcome, response, caught_exception)

    def after_call(
        self, http_response: HttpResponse, parsed: dict[str, Any], context: Context, **_: object
    ) -> Awaitable[None] | None:
        call = context.get(self._own)
        if isinstance(call, Passed):
            _say(parsed, call.metadata())
        if not isinstance(call, Call):
            return None
        if http_response.status_code >= 300:
            return self._refused(call, parsed, _outcome(http_response, parsed))
        return self._answered(call, parsed)

    def after_call_error(
        self, exception: BaseException, context: Context, **_: object
    ) -> Awaitable[None] | None:
        call = context.get(self._own)
        return self._ended(call, outcome_of(exception)) if isinstance(call, Call) else None

    def _admit(self, params: dict[str, Any], context: Context) -> Awaitable[None] | None:
        asking = self._asking(params, context)
        if asking is not None:
            self._admitted(self._admission.admit(*asking), params, context)
        return None

    def _asking(self, params: dict[str, Any], context: Context) -> Asking | None:
        """None for a model that makes no images."""
        model_id = _model_of(params)
        if not self._admission.concerns(model_id):
            return None
        wait, by_default = read_timeout_s(context)
        wait = IMAGE_READ_TIMEOUT_S if by_default else wait
        params["body"] = body = _whole(params.get("body"), model_id)
        if by_default:
            _wait_longer(context)
        return model_id, body, context.get("client_region"), self._tags_now(), max(LEASE_S, 2 * wait + 300)

    def _admitted(self, call: Call | Passed, params: dict[str, Any], context: Context) -> None:
        context[self._name] = context[self._own] = call
        if isinstance(call, Call):
            _rewrite(params, call)

    def _begin_attempt(self, call: Call) -> Awaitable[None] | None:
        if call.veto is not None or not self._settlement.may_retry(call):
            raise call.veto or RuntimeError("a retry whose cost is not held")
        call.attempts += 1
        return None

    def _try_again(
        self, call: Call, outcome: str, response: Response | None, caught: Exception | None
    ) -> Awaitable[bool | None] | bool | None:
        return None if self._settlement.may_retry(call) else veto(call, outcome, response, caught)

    def _refused(self, call: Call, parsed: dict[str, Any], outcome: str) -> Awaitable[None] | None:
        if call.judged < max(1, call.attempts):
            self._settlement.failed(call, outcome)
        _say(parsed, self._settlement.ended(call, outcome))
        return None

    def _answered(self, call: Call, parsed: dict[str, Any]) -> Awaitable[None] | None:
        body, parsed["body"] = read_through(parsed.get("body"))
        self._settle(call, parsed, body)
        return None

    def _ended(self, call: Call, outcome: str) -> Awaitable[None] | None:
        if call.judged < call.attempts:
            self._settlement.failed(call, outcome)
        self._settlement.ended(call, outcome)
        return None

    def _settle(self, call: Call, parsed: dict[str, Any], body: Content) -> None:
        match body:
            case bytes():
                metadata = self._settlement.answered(call, of_body(body, call.sent.images))
            case Lost.BROKEN:
                self._settlement.failed(call, "body_lost")
                metadata = self._settlement.ended(call, "body_lost")
            case Lost.UNREADABLE:
                metadata = self._settlement.answered(call, Answer(OK, call.sent.images))
        _say(parsed, metadata)

    def _tags_now(self) -> Mapping[str, str]:
        now = tags.current()
        return {**self._tags, **now} if self._tags else now


def _model_of(params: Mapping[str, Any]) -> str:
    """The model a request names: in its path, or in its JSON body; empty when it names none."""
    named = _in_path(params["url_path"])
    if named is not None:
        return named
    try:
        said = json.loads(params.get("body") or b"{}").get("modelId")
    except (ValueError, TypeError, AttributeError):
        return ""
    return said if isinstance(said, str) else ""


@lru_cache(maxsize=256)
def _in_path(path: str) -> str | None:
    parts = path.split("/")
    return unquote(parts[2]) if len(parts) > 3 and parts[1] == "model" else None


def _whole(body: object, model_id: str) -> bytes:
    """The body's bytes, whatever the caller gave; what is sent is exactly what was priced."""
    given = body.read() if hasattr(body, "read") else body
    match given:
        case bytes():
            return given
        case str():
            return given.encode()
        case bytearray() | memoryview():
            return bytes(given)
        case None:
            return b""
    raise Unpriced(
        f"the request body is a {type(given).__name__}; give text, bytes or a file opened in binary mode; nothing was sent",
        model_id,
    )


def _rewrite(params: dict[str, Any], call: Call) -> None:
    if call.downgraded:
        path = f"/model/{quote(call.sent.model_id, safe='')}/invoke"
        before, _, after = params["url"].rpartition(params["url_path"])
        params["url_path"], params["url"] = path, f"{before}{path}{after}"
        params["body"] = call.sent.body
    call.url = params["url"]


def _wait_longer(context: Context) -> None:
    """A minute is too short for many images, and a request given up is generated and billed all the same."""
    context["read_timeout"] = IMAGE_READ_TIMEOUT_S
    if not CAN_SET_READ_TIMEOUT:
        _advise_timeout()


@cache
def _advise_timeout() -> None:
    log().warning(
        "this botocore gives up on images after 60 s and asks again; make clients with Config(read_timeout=%d)",
        IMAGE_READ_TIMEOUT_S,
    )


def veto(call: Call, outcome: str, response: Response | None, caught: Exception | None) -> bool | None:
    """No further attempt; what a `needs-retry` handler of this botocore says for that."""
    log().warning("after %s: %s", outcome, call.veto)
    if caught is not None:
        raise caught
    if response is not None and not CAN_VETO_ANSWERS:
        call.veto = client_error(response[1])
        return None
    return False


def _outcome(http_response: HttpResponse, parsed: Mapping[str, Any]) -> str:
    return of_error(http_response.status_code, str(parsed.get("Error", {}).get("Message", "")))


def _say(parsed: dict[str, Any], metadata: dict[str, object]) -> None:
    parsed.setdefault("ResponseMetadata", {})["Bursar"] = metadata
