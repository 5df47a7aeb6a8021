"""What became of an attempt, and what it is taken to cost.

AWS says what it bills for images it returns, and nothing about filtered, failed or abandoned work. So each such
outcome has a name, and those listed in `policy.assumed_billed` count at what the request can cost at the most; the
others count nothing and are named in the ledger. What is certain is no setting: images returned are billed, and a
request that never left is not.
"""

import json
from collections.abc import Iterable, Mapping

from planner.guard.errors import GuardConfigError
from planner.scenario import ASSUMABLE, ASSUMABLE_GROUPS
from pricing.nearest import nearest
from pricing.records import record

OK = "ok"
NOT_SENT = "not_sent"
"""No connection was made, or the request was stopped on this side: certainly not billed."""

_SMALL = 1_024
"""Bytes up to which a body is simply parsed."""
_CONTENT_FILTER = "blocked by our content filters"
_BY_STATUS = {408: "model_timeout", 424: "model_error", 429: "throttled"}
_BY_REASON = {
    "Filter reason: output image": "filtered_output",
    "Filter reason: prompt": "filtered_input",
    "Filter reason: input image": "filtered_input",
    "Inference error": "failed_inference",
    "CONTENT_FILTERED": "filtered_output",
    "ERROR": "failed_inference",
}
"""Stability's `finish_reasons`, and SDXL's `finishReason`."""
_WORST_FIRST = ("filtered_output", "failed_inference", "filtered_input")


@record
class Answer:
    """What a body with status 200 says."""

    outcome: str
    images: int
    """Images that came back."""


def assumed_billed(names: Iterable[str]) -> frozenset[str]:
    """The outcomes that count as billed, groups taken apart; raises `GuardConfigError` for a name that is none."""
    counted: set[str] = set()
    for name in names:
        if name not in ASSUMABLE and name not in ASSUMABLE_GROUPS:
            known = {*ASSUMABLE, *ASSUMABLE_GROUPS}
            raise GuardConfigError(
                f"policy.assumed_billed: {name[:60]!r} is no outcome; "
                + nearest(name, known, f"known: {', '.join(sorted(known))}")
            )
        counted.update(ASSUMABLE_GROUPS.get(name, (name,)))
    return frozenset(counted)


def of_error(status: int, message: str) -> str:
    """The outcome of an answer other than 200."""
    if status == 400 and _CONTENT_FILTER in message:
        return "filtered_input"
    return _BY_STATUS.get(status) or ("server_error" if status >= 500 else "rejected")


def of_body(body: bytes, asked: int) -> Answer:
    """The outcome of an answer with status 200 to a request for `asked` images.

    Fewer images without a word of a filter is what was generated; a body that shows neither images nor a reason
    counts as all that was asked.
    """
    counted = _cut(body) if len(body) > _SMALL else None
    images, rest = counted if counted is not None else (None, body)
    try:
        said = json.loads(rest)
    except (ValueError, RecursionError):
        return Answer(OK, images or asked)
    return _read(said, images, asked) if isinstance(said, dict) else Answer(OK, images or asked)


def _read(said: Mapping[str, object], images: int | None, asked: int) -> Answer:
    listed = said.get("images")
    count = images if images is not None else len(listed) if isinstance(listed, list) else 0
    reasons = _reasons(said)
    if isinstance(said.get("artifacts"), list):
        count = sum(reason == "SUCCESS" for reason in reasons)
    outcomes = {_BY_REASON.get(reason) for reason in reasons}
    if said.get("error"):
        outcomes.add("filtered_output")
    worst = next((outcome for outcome in _WORST_FIRST if outcome in outcomes), OK)
    return Answer(worst, count or (asked if worst == OK else 0))


def _reasons(said: Mapping[str, object]) -> list[str]:
    artifacts, reasons = said.get("artifacts"), said.get("finish_reasons")
    if isinstance(artifacts, list):
        return [str(each.get("finishReason")) for each in artifacts if isinstance(each, dict)]
    return [each for each in reasons if isinstance(each, str)] if isinstance(reasons, list) else []


def _cut(body: bytes) -> tuple[int, bytes] | None:
    """How many images the body holds, and the body without its pictures; None where it is laid out otherwise.

    Base64 has neither quotes nor brackets, so nothing in between needs to be parsed: a third of the time or less.
    """
    start = _after(body, b'"images"', b"[")
    if start is None:
        return None
    end = body.find(b"]", start)
    quotes = _quotes(body, start, end)
    if end < 0 or quotes % 2:
        return None
    return quotes // 2, _without_mask(body[:start] + body[end:])


def _quotes(body: bytes, start: int, end: int) -> int:
    """As `body.count`, which looks at every byte; `find` leaps from one quote to the next."""
    found = 0
    while (start := body.find(b'"', start, end) + 1) > 0:
        found += 1
    return found


def _without_mask(body: bytes) -> bytes:
    start = _after(body, b'"maskImage"', b'"')
    return body if start is None else body[:start] + body[body.find(b'"', start) :]


def _after(body: bytes, key: bytes, opening: bytes) -> int | None:
    """Where the value of a key begins, past its opening sign."""
    at = body.find(key)
    if at < 0:
        return None
    lead = body[at + len(key) : at + len(key) + 32]
    if lead.replace(b" ", b"").replace(b"\n", b"")[:2] != b":" + opening:
        return None
    return at + len(key) + lead.index(opening) + 1
