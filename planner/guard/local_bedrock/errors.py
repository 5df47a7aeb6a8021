"""The errors InvokeModel is modelled with, and what Bedrock says with them.

Names and status codes: botocore's service model of bedrock-runtime, read 2026-11-22. Messages with a constant
of their own are AWS's as public code shows them; the default ones only say what the name says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Modelled(NamedTuple):
    """An error as the service model declares it."""

    status: int
    message: str
    """What is said when a script gives no message."""


MODELLED: Mapping[str, Modelled] = {
    "AccessDeniedException": Modelled(403, "You don't have access to the model with the specified model ID."),
    "InternalServerException": Modelled(500, "The system encountered an unexpected error during processing."),
    "ModelErrorException": Modelled(424, "The request failed due to an error while processing the model."),
    "ModelNotReadyException": Modelled(429, "The model is not ready to serve inference requests."),
    "ModelTimeoutException": Modelled(408, "The request took too long to process."),
    "ResourceNotFoundException": Modelled(404, "The specified resource was not found."),
    "ServiceQuotaExceededException": Modelled(400, "The request exceeds a service quota of the account."),
    "ServiceUnavailableException": Modelled(503, "The service is temporarily unavailable."),
    "ThrottlingException": Modelled(429, "Too many requests, please wait before trying again."),
    "ValidationException": Modelled(400, "The input fails to satisfy the constraints of the service."),
}
UNKNOWN_OPERATION = "UnknownOperationException"
"""What AWS front ends answer, with 404, for a path that is no operation."""

END_OF_LIFE = (
    "This model version has reached the end of its life. "
    "Please refer to the AWS documentation for more details."
)
INVALID_MODEL = "The provided model identifier is invalid"
BLOCKED = (
    "This request has been blocked by our content filters. Please adjust your {} to submit a new request."
)
"""Amazon's models; filled with `text prompt` or `input image`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that makes nothing: the status code, and the body, of a modelled error."""

    code: str
    message: str
    more: Mapping[str, object] = field(default_factory=dict)
    """Further members of the body."""

    @property
    def status(self) -> int:
        return 404 if self.code == UNKNOWN_OPERATION else MODELLED[self.code].status


class Refused(Exception):
    """Raised on the way to an answer; `refusal` is the answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)
