"""Every spelling of a model id that AWS accepts, back to the foundation model a book prices."""

import re
from functools import lru_cache

from pricing.records import record

_GEOGRAPHIES = ("us", "us-gov", "eu", "apac", "jp", "au", "ca", "global")
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*):(\d*):([a-z-]+)/(.+)", re.ASCII)
_NAMES_MODEL = ("foundation-model", "inference-profile")


@record
class ModelRef:
    """A model id taken apart."""

    model_id: str
    """The foundation model id; for an opaque ARN, the ARN itself."""
    geography: str | None = None
    """`us`, `eu`, ...: the inference profile it is called through."""
    region: str | None = None
    """The region an ARN names."""
    opaque: bool = False
    """True when the id does not say which model answers.

    So it is with application inference profiles, provisioned throughput, custom and imported models.
    """


@lru_cache(maxsize=256)
def parse_model_id(text: str) -> ModelRef:
    """Takes a bare id, `us.`-prefixed id or ARN apart; never fails: any text may be a model a book prices."""
    match = _ARN.fullmatch(text)
    if match is None:
        return ModelRef(text, opaque=True) if text.startswith("arn:") else _without_geography(text, None)
    region, kind, resource = match.group(1) or None, match.group(3), match.group(4)
    if kind not in _NAMES_MODEL:
        return ModelRef(text, region=region, opaque=True)
    return _without_geography(resource, region)


def _without_geography(text: str, region: str | None) -> ModelRef:
    prefix, _, rest = text.partition(".")
    if prefix in _GEOGRAPHIES and "." in rest:
        return ModelRef(rest, geography=prefix, region=region)
    return ModelRef(text, region=region)
