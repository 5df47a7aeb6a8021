"""What can go wrong between sending a request and having its images, and what each mishap is assumed to cost.

AWS does not say what it bills for filtered, failed or abandoned work, so `billed` is part of every fault's
definition. The defaults are the cautious reading: what may have been generated counts as billed.

Fault
├── Ok          nothing goes wrong
├── Latency     later than usual
├── ApiError    a modelled error; throttling is one
├── Filter      the content filter takes some images, all of them, or the request
├── Timeout     accepted, never answered
├── Reset       the connection is reset before the answer
├── Hangup      the connection is closed before the answer
├── Truncate    the answer ends in the middle
├── Stall       the answer stops in the middle, the connection stays open
└── Drip        the answer comes a little at a time
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import ClassVar, Literal

from planner.guard.local_bedrock.errors import MODELLED, Refusal
from planner.guard.local_bedrock.work import Work

Seconds = float | tuple[float, float]
"""A fixed time, or the ends of a range drawn from evenly."""
Filtered = Literal["some", "all", "prompt", "input_image", "inference_error"]
FILTERED: tuple[Filtered, ...] = ("some", "all", "prompt", "input_image", "inference_error")


@dataclass(frozen=True, slots=True)
class Ok:
    """A step of a script at which nothing goes wrong."""

    outcome: ClassVar[str] = "ok"
    billed: bool = True


@dataclass(frozen=True, slots=True)
class ApiError:
    """A modelled error such as `InternalServerException`; by default nothing is billed."""

    code: str
    message: str = ""
    """Empty for a default sentence."""
    billed: bool = False

    def __post_init__(self) -> None:
        if self.code not in MODELLED:
            raise ValueError(
                f"{self.code[:60]!r} is not an error of InvokeModel; it has {', '.join(MODELLED)}"
            )

    @property
    def outcome(self) -> str:
        return self.code

    def refusal(self, model_id: str) -> Refusal:
        more = (
            {"originalStatusCode": 500, "resourceName": model_id}
            if self.code == "ModelErrorException"
            else {}
        )
        return Refusal(self.code, self.message or MODELLED[self.code].message, more)


def throttle(*, billed: bool = False) -> ApiError:
    """429, which every retry mode of botocore tries again."""
    return ApiError("ThrottlingException", billed=billed)


@dataclass(frozen=True, slots=True)
class Filter:
    """The content filter, each model family answering in its own way."""

    what: Filtered = "all"
    """Output images (`some`: half of them, at least one), the input, or an inference that failed."""
    bill: bool | None = None
    """None: blocked output counts as billed, blocked input and a failed inference do not."""

    outcome: ClassVar[str] = "filtered"

    def __post_init__(self) -> None:
        if self.what not in FILTERED:
            raise ValueError(f"{self.what!r} is nothing a filter does; use one of {', '.join(FILTERED)}")

    @property
    def billed(self) -> bool:
        return self.what in ("some", "all") if self.bill is None else self.bill


@dataclass(frozen=True, slots=True)
class Timeout:
    """The request is accepted and never answered, until the client or the endpoint closes the connection."""

    outcome: ClassVar[str] = "timeout"
    billed: bool = True


@dataclass(frozen=True, slots=True)
class Reset:
    """TCP reset in place of an answer."""

    outcome: ClassVar[str] = "reset"
    billed: bool = True


@dataclass(frozen=True, slots=True)
class Hangup:
    """The connection is closed in place of an answer."""

    outcome: ClassVar[str] = "hangup"
    billed: bool = True


@dataclass(frozen=True, slots=True)
class Truncate:
    """Status 200 and a Content-Length larger than what is sent before the connection closes."""

    keep: float = 0.5
    """The share of the body that is sent."""
    billed: bool = True

    outcome: ClassVar[str] = "truncate"

    def __post_init__(self) -> None:
        _check_share(self.keep)


@dataclass(frozen=True, slots=True)
class Stall:
    """As `Truncate`, but the connection stays open."""

    keep: float = 0.5
    billed: bool = True

    outcome: ClassVar[str] = "stall"

    def __post_init__(self) -> None:
        _check_share(self.keep)


@dataclass(frozen=True, slots=True)
class Drip:
    """The body arrives whole, in twenty pieces over `seconds`."""

    seconds: float = 1.0
    billed: bool = True

    outcome: ClassVar[str] = "drip"

    def __post_init__(self) -> None:
        check_seconds(self.seconds)


@dataclass(frozen=True, slots=True)
class Latency:
    """A wait on top of the endpoint's own latency, then whatever comes next."""

    seconds: Seconds
    then: "Fault" = Ok()

    def __post_init__(self) -> None:
        check_seconds(self.seconds)
        if isinstance(self.then, Latency):
            raise ValueError("one wait after another is one wait: add them up")

    @property
    def outcome(self) -> str:
        return self.then.outcome

    @property
    def billed(self) -> bool:
        return self.then.billed


Fault = Ok | ApiError | Filter | Timeout | Reset | Hangup | Truncate | Stall | Drip | Latency
Decide = Callable[[Work], Fault | None]
"""Chooses from the request itself; None for nothing. Called from many threads."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault happens: to the next `times` requests for the models it names."""

    fault: Fault
    times: int | None = 1
    """None for any number."""
    probability: float | None = None
    """The chance that it happens to a request it could happen to; None for certainty."""
    models: str = "*"
    """A glob over foundation model ids."""

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1")
        if self.probability is not None and not 0 < self.probability <= 1:
            raise ValueError("probability must be above 0 and at most 1")


Faults = Sequence[Fault | Rule] | Decide


class Script:
    """Which fault the next request meets: the first rule that has not run out and applies. Thread-safe."""

    def __init__(self, faults: Faults = (), seed: int = 0) -> None:
        self._decide = faults if callable(faults) else None
        self._rules = [] if callable(faults) else list(_rules(faults))
        self._left = [rule.times for rule in self._rules]
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._lock = Lock()

    def fault(self, work: Work) -> Fault:
        if self._decide is not None:
            return self._decide(work) or _OK
        if not self._rules:
            return _OK
        with self._lock:
            return self._next(work.sku.model_id)

    def seconds(self, wanted: Seconds) -> float:
        """A time drawn from the range."""
        if not isinstance(wanted, tuple):
            return wanted
        with self._lock:
            return self._random.uniform(*wanted)

    def _next(self, model_id: str) -> Fault:
        for index, rule in enumerate(self._rules):
            if self._left[index] == 0 or not fnmatchcase(model_id, rule.models):
                continue
            if rule.probability is not None and self._random.random() >= rule.probability:
                continue
            left = self._left[index]
            self._left[index] = None if left is None else left - 1
            return rule.fault
        return _OK


def check_seconds(seconds: Seconds) -> None:
    """Raises `ValueError` unless it is a time, or a range of times in order."""
    low, high = seconds if isinstance(seconds, tuple) else (seconds, seconds)
    if not 0 <= low <= high <= 3600:
        raise ValueError(f"{seconds} is not a time from 0 to 3600 seconds, or a range of them")


def _check_share(share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError("keep must be at least 0 and less than 1")


def _rules(faults: Iterable[Fault | Rule]) -> Iterable[Rule]:
    return (each if isinstance(each, Rule) else Rule(each) for each in faults)


_OK = Ok()
