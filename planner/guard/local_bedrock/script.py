"""Fault scripts as text, YAML or JSON: what `bursar local-bedrock --faults` and `POST /_local/faults` read.

latency_s: 0.5-2              # or a number; left out, the endpoint keeps its own; a script may say no more than that
seed: 7                       # of everything left to chance
faults:                       # each happens once, in order, unless it says otherwise
  - {fault: throttle, times: 2}
  - {fault: ok, times: 10}
  - {fault: timeout, models: "stability.*", billed: false}
  - {fault: error, code: ModelErrorException}
  - {fault: filtered, what: some}
  - {fault: latency, seconds: 1-3}
  - {fault: truncate, keep: 0.9}
  - {fault: reset, probability: 0.05}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from planner.guard.local_bedrock.errors import MODELLED
from planner.guard.local_bedrock.faults import (
    FILTERED,
    ApiError,
    Drip,
    Fault,
    Filter,
    Filtered,
    Hangup,
    Latency,
    Ok,
    Reset,
    Rule,
    Seconds,
    Stall,
    Timeout,
    Truncate,
    check_seconds,
)
from pricing.problems import Invalid
from pricing.reading.nodes import Document
from pricing.reading.numeric import Decimal, Integer
from pricing.reading.scalars import Choice, Flag, Parsed, Text
from pricing.reading.shape import Field, ListOf, Record, bind_document
from pricing.reading.source import parse_document, read_document


@dataclass(frozen=True, slots=True)
class FaultScript:
    """A script, read and checked."""

    faults: tuple[Rule, ...] = ()
    seed: int = 0
    latency_s: Seconds | None = None


def read_script(path: str) -> FaultScript:
    """A script file; raises `Invalid` with every problem in it."""
    return _bound(read_document(path))


def parse_script(source: bytes, name: str = "the script") -> FaultScript:
    """A script sent as a body."""
    return _bound(parse_document(source, name))


def parse_seconds(text: str) -> Seconds:
    """`1.5`, or the range `0.5-2`; raises `ValueError` for anything else."""
    low, dash, high = text.strip().partition("-")
    seconds = (_plain(low), _plain(high)) if dash else _plain(low)
    check_seconds(seconds)
    return seconds


def _plain(text: str) -> float:
    if not text.isascii() or not text.replace(".", "", 1).strip().isdigit():
        raise ValueError(f"{text[:40]!r} is not a number of seconds")
    return float(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """One fault as it is written."""

    fault: str
    times: int | None = None
    probability: Fraction | None = None
    models: str = "*"
    billed: bool | None = None
    seconds: Seconds | None = None
    what: Filtered | None = None
    keep: Fraction | None = None
    code: str | None = None
    message: str | None = None


def _rule(**values: object) -> Rule:
    """Raises `ValueError` for a key that the fault does not take."""
    written = _Written(**values)  # type: ignore[arg-type]
    taken, make = _FAULTS[written.fault]
    for name in ("billed", "seconds", "what", "keep", "code", "message"):
        if getattr(written, name) is not None and name not in taken:
            keys = f"it takes {', '.join(taken)}" if taken else "it takes none of its own"
            raise ValueError(f"{written.fault} has no key {name}: {keys}")
    always = written.probability is not None and written.times is None
    chance = None if written.probability is None else float(written.probability)
    return Rule(make(written), None if always else written.times or 1, chance, written.models)


def _error(written: _Written) -> Fault:
    if written.code is None:
        raise ValueError("an error needs its code, such as InternalServerException")
    return ApiError(written.code, written.message or "", billed=bool(written.billed))


def _latency(written: _Written) -> Fault:
    if written.seconds is None:
        raise ValueError("latency needs seconds, such as 1.5 or 0.5-2")
    return Latency(written.seconds, Ok(billed=_billed(written)))


def _drip(written: _Written) -> Fault:
    if isinstance(written.seconds, tuple):
        raise ValueError("drip takes one number of seconds, not a range")
    return Drip(1.0 if written.seconds is None else written.seconds, _billed(written))


def _billed(written: _Written) -> bool:
    return written.billed is not False


def _keep(written: _Written) -> float:
    return 0.5 if written.keep is None else float(written.keep)


_FAULTS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[_Written], Fault]]]] = {
    "ok": (("billed",), lambda written: Ok(_billed(written))),
    "latency": (("seconds", "billed"), _latency),
    "throttle": (
        ("message", "billed"),
        lambda each: ApiError("ThrottlingException", each.message or "", bool(each.billed)),
    ),
    "error": (("code", "message", "billed"), _error),
    "filtered": (("what", "billed"), lambda written: Filter(written.what or "all", written.billed)),
    "timeout": (("billed",), lambda written: Timeout(_billed(written))),
    "reset": (("billed",), lambda written: Reset(_billed(written))),
    "hangup": (("billed",), lambda written: Hangup(_billed(written))),
    "truncate": (("keep", "billed"), lambda written: Truncate(_keep(written), _billed(written))),
    "stall": (("keep", "billed"), lambda written: Stall(_keep(written), _billed(written))),
    "drip": (("seconds", "billed"), _drip),
}
"""The word in a script, the keys it takes, and what it makes."""
_SECONDS = Parsed(
    parse_seconds, "seconds such as 1.5, or a range such as 0.5-2", {"type": ["number", "string"]}
)
_SHARE = Decimal(0, 1, below=True)
_FAULT = Record(
    _rule,
    (
        Field("fault", Choice(tuple(_FAULTS)), "what goes wrong", required=True),
        Field("times", Integer(1, 1_000_000_000), "to how many requests"),
        Field(
            "probability",
            Decimal(0, 1, above=True),
            "the chance that it happens; to any number of requests unless times is given",
        ),
        Field("models", Text(), "a glob over model ids"),
        Field("billed", Flag(), "whether the request counts as billed"),
        Field("seconds", _SECONDS, "how long"),
        Field("what", Choice(FILTERED), "what the filter blocks"),
        Field("keep", _SHARE, "the share of the body that is sent"),
        Field("code", Choice(tuple(MODELLED)), "the error"),
        Field("message", Text(2_000), "what the error says"),
    ),
    "a fault",
)


def _script(**values: object) -> FaultScript:
    """Raises `ValueError` for a script that asks for nothing."""
    if "faults" not in values and "latency_s" not in values:
        raise ValueError("a script says what goes wrong, in faults, or how long answers take, in latency_s")
    return FaultScript(**values)  # type: ignore[arg-type]


_SCRIPT = Record(
    _script,
    (
        Field("faults", ListOf(_FAULT), "what goes wrong, in order"),
        Field("seed", Integer(0, 2**63 - 1), "of everything left to chance"),
        Field("latency_s", _SECONDS, "before every answer"),
    ),
    "a script",
)


def _bound(document: Document) -> FaultScript:
    return bind_document(_SCRIPT, document)[0]


__all__ = ["FaultScript", "Invalid", "parse_script", "parse_seconds", "read_script"]
