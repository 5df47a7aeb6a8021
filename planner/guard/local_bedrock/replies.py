"""The response bodies of the three families: Amazon's, Stability's, and SDXL's."""

import json
from itertools import count

from planner.guard.local_bedrock.errors import BLOCKED, MODELLED, Refusal
from planner.guard.local_bedrock.faults import Filter
from planner.guard.local_bedrock.png import picture
from planner.guard.local_bedrock.work import Work

_AMAZON = {"titan": 42, "nova_canvas": 12}
"""Families that answer with `images` and `error`, and the seed each uses when none is given."""
_SEEDS = 2**32 - 1
_chance = count(1)
_REASONS = {
    "some": "Filter reason: output image",
    "all": "Filter reason: output image",
    "prompt": "Filter reason: prompt",
    "input_image": "Filter reason: input image",
    "inference_error": "Inference error",
}


def generated(work: Work, least_bytes: int = 0) -> bytes:
    """The body of an answer with every image."""
    if work.card.family in _AMAZON:
        return _amazon(work, work.images, b"null", least_bytes)
    seeds = _seeds(work, work.images)
    pictures = [_picture(work, seed, least_bytes) for seed in seeds]
    if work.card.family == "sdxl":
        return _artifacts(list(zip(seeds, pictures, ["SUCCESS"] * len(seeds), strict=True)))
    reasons = b",".join([b"null"] * len(seeds))
    return b'{"seeds":%b,"finish_reasons":[%b],"images":%b}' % (_json(seeds), reasons, _quoted(pictures))


def filtered(work: Work, fault: Filter, least_bytes: int = 0) -> bytes | Refusal:
    """What a blocked request is answered: a body that says so, or an error."""
    blocked = work.images if fault.what != "some" else max(1, work.images // 2)
    if work.card.family in _AMAZON:
        return _amazon_filtered(work, fault, blocked, least_bytes)
    if work.card.family == "sdxl":
        return _sdxl_filtered(work, fault, blocked, least_bytes)
    return b'{"finish_reasons":%b}' % _json([_REASONS[fault.what]] * blocked)


def _amazon_filtered(work: Work, fault: Filter, blocked: int, least_bytes: int) -> bytes | Refusal:
    if fault.what == "inference_error":
        return Refusal("ModelErrorException", MODELLED["ModelErrorException"].message)
    if fault.what in ("prompt", "input_image"):
        cause = "text prompt" if fault.what == "prompt" else "input image"
        return Refusal("ValidationException", BLOCKED.format(cause))
    which = "All" if blocked == work.images else "Some"
    error = f"{which} of the generated images have been blocked by our content filters."
    return _amazon(work, work.images - blocked, _json(error), least_bytes)


def _sdxl_filtered(work: Work, fault: Filter, blocked: int, least_bytes: int) -> bytes:
    reason = "ERROR" if fault.what == "inference_error" else "CONTENT_FILTERED"
    seeds = _seeds(work, work.images)
    reasons = ["SUCCESS"] * (work.images - blocked) + [reason] * blocked
    pictures = [_picture(work, seed, least_bytes) for seed in seeds]
    return _artifacts(list(zip(seeds, pictures, reasons, strict=True)))


def _amazon(work: Work, images: int, error: bytes, least_bytes: int) -> bytes:
    pictures = [_picture(work, seed, least_bytes) for seed in _seeds(work, images)]
    mask = b',"maskImage":"%b"' % _picture(work, 0, 0) if work.returns_mask and images else b""
    return b'{"images":%b,"error":%b%b}' % (_quoted(pictures), error, mask)


def _artifacts(artifacts: list[tuple[int, bytes, str]]) -> bytes:
    each = b",".join(
        b'{"seed":%d,"base64":"%b","finishReason":"%b"}' % (seed, pixels, reason.encode())
        for seed, pixels, reason in artifacts
    )
    return b'{"result":"success","artifacts":[%b]}' % each


def _seeds(work: Work, images: int) -> list[int]:
    """One per image, from the request's own or the family's default; Stability draws one if none is given."""
    first = work.seed if work.seed is not None else _AMAZON.get(work.card.family)
    if first is None:
        first = next(_chance) * 2_654_435_761 % _SEEDS
    return [(first + index) % _SEEDS for index in range(images)]


def _picture(work: Work, seed: int, least_bytes: int) -> bytes:
    return picture(work.size, seed, transparent=work.transparent, least_bytes=least_bytes)


def _quoted(pictures: list[bytes]) -> bytes:
    return b'["%b"]' % b'","'.join(pictures) if pictures else b"[]"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")
