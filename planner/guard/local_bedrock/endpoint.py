"""The paths the endpoint answers: InvokeModel with whatever goes wrong on the way, and the control paths."""

import json
from collections.abc import Callable
from threading import Event
from typing import NamedTuple
from urllib.parse import unquote

from planner.guard.local_bedrock.errors import UNKNOWN_OPERATION, Refusal, Refused
from planner.guard.local_bedrock.faults import (
    ApiError,
    Drip,
    Fault,
    Filter,
    Latency,
    Ok,
    Reset,
    Script,
    Seconds,
    Stall,
    Timeout,
    Truncate,
)
from planner.guard.local_bedrock.replies import filtered, generated
from planner.guard.local_bedrock.tally import Served, Tally, served, totals_json
from planner.guard.local_bedrock.wire import BadHttp, ClientGone, Connection, HttpRequest
from planner.guard.local_bedrock.work import Catalogue, Work

_PIECES = 20
_NO_CHAT = (
    "This action doesn't support the model that you provided. Try again with a supported text or chat model."
)
_NOT_INVOKE = {
    "converse": _NO_CHAT,
    "converse-stream": _NO_CHAT,
    "invoke-with-response-stream": "The model is unsupported for streaming",
    "count-tokens": "The provided model doesn't support counting tokens.",
}
"""Other operations on a model, and why no image model takes them."""


class Settings(NamedTuple):
    """What happens to requests; replaced as a whole."""

    script: Script
    latency_s: Seconds


class Endpoint:
    """Answers one connection per call of `serve`, in as many threads as there are connections."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings,
        tally: Tally,
        *,
        image_bytes: int = 0,
        on_request: Callable[[Served], object] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.settings = settings
        self.tally = tally
        self.closing = Event()
        """Once set, no answer waits any longer."""
        self._image_bytes = image_bytes
        self._on_request = on_request

    def serve(self, connection: Connection) -> None:
        try:
            while True:
                request = connection.read()
                if not self._answer(connection, request) or not request.keep_alive:
                    return
        except ClientGone:
            return
        except BadHttp as error:
            _complain(connection, error)

    def _answer(self, connection: Connection, request: HttpRequest) -> bool:
        """Whether the connection can be used again."""
        if request.path.startswith("/_local/"):
            return self._control(connection, request)
        model, _, operation = request.path.removeprefix("/model/").rpartition("/")
        if request.method != "POST" or not model or not request.path.startswith("/model/"):
            return _unknown(connection, request)
        if operation == "invoke":
            return self._invoke(connection, unquote(model), request.body)
        if operation not in _NOT_INVOKE:
            return _unknown(connection, request)
        self._count(Served(unquote(model), "ValidationException"))
        connection.refuse(Refusal("ValidationException", _NOT_INVOKE[operation]))
        return True

    def _invoke(self, connection: Connection, model_id: str, body: bytes) -> bool:
        script, latency_s = self.settings
        try:
            work = self.catalogue.work(model_id, body)
        except Refused as refused:
            self._count(Served(model_id, refused.refusal.code))
            connection.refuse(refused.refusal)
            return True
        fault = script.fault(work)
        self._count(served(model_id, work, fault.outcome, billed=fault.billed))
        if isinstance(fault, Latency):
            self._wait(script.seconds(fault.seconds))
            fault = fault.then
        if not isinstance(fault, ApiError):
            self._wait(script.seconds(latency_s))
        return self._meet(connection, work, fault)

    def _meet(self, connection: Connection, work: Work, fault: Fault) -> bool:
        """Answers as the fault has it; whether the connection can be used again."""
        match fault:
            case Ok():
                connection.answer(generated(work, self._image_bytes))
                return True
            case ApiError():
                connection.refuse(fault.refusal(work.card.model_id))
                return True
            case Filter():
                return self._filter(connection, work, fault)
            case Drip(seconds):
                self._drip(connection, generated(work, self._image_bytes), seconds)
                return True
            case Truncate(keep):
                connection.answer_part(generated(work, self._image_bytes), keep)
            case Stall(keep):
                connection.answer_part(generated(work, self._image_bytes), keep)
                connection.wait_for_client()
            case Timeout():
                connection.wait_for_client()
            case Reset():
                connection.reset()
        return False

    def _filter(self, connection: Connection, work: Work, fault: Filter) -> bool:
        reply = filtered(work, fault, self._image_bytes)
        if isinstance(reply, Refusal):
            connection.refuse(reply)
        else:
            connection.answer(reply)
        return True

    def _drip(self, connection: Connection, body: bytes, seconds: float) -> None:
        connection.begin_answer(len(body))
        step = -(-len(body) // _PIECES)
        for start in range(0, len(body), step):
            self._wait(seconds / _PIECES)
            connection.send(body[start : start + step])

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and self.closing.wait(seconds):
            raise ClientGone

    def _count(self, attempt: Served) -> None:
        self.tally.count(attempt)
        if self._on_request is not None:
            self._on_request(attempt)

    def _control(self, connection: Connection, request: HttpRequest) -> bool:
        match request.method, request.path.removeprefix("/_local/"):
            case "GET", "billed":
                pass
            case "POST", "reset":
                self.tally.reset()
            case "POST", "faults":
                return self._set_faults(connection, request.body)
            case _:
                return _unknown(connection, request)
        connection.answer(_json(totals_json(self.tally.billed(), self.tally.outcomes())))
        return True

    def _set_faults(self, connection: Connection, body: bytes) -> bool:
        from planner.guard.local_bedrock.script import Invalid, parse_script

        try:
            script = parse_script(body)
        except Invalid as error:
            connection.refuse(Refusal("ValidationException", str(error)))
            return True
        latency_s = self.settings.latency_s if script.latency_s is None else script.latency_s
        self.settings = Settings(Script(script.faults, script.seed), latency_s)
        connection.answer(_json({"faults": len(script.faults)}))
        return True


def _unknown(connection: Connection, request: HttpRequest) -> bool:
    asked = f"{request.method} {request.path[:200]}"
    said = f"{asked} is not an operation of this endpoint; it serves POST /model/ID/invoke"
    connection.refuse(Refusal(UNKNOWN_OPERATION, said))
    return True


def _complain(connection: Connection, error: BadHttp) -> None:
    try:
        connection.answer(_json({"message": error.message}), error.status, b"Connection: close\r\n")
    except ClientGone:
        return


def _json(value: object) -> bytes:
    return json.dumps(value).encode("ascii")
