"""The JSON of a request body: parsed strictly, written back without loss."""

import json
from collections import Counter
from typing import NoReturn

from pricing.errors import RequestRefused

MAX_BODY_BYTES = 25_000_000
"""AWS's own limit on an InvokeModel body (botocore's service model, read 2026-11-22)."""


class Repeating(dict[str, object]):
    """An object that names a field more than once; it holds the last value, as most parsers do."""

    repeated: frozenset[str] = frozenset()


def parse_body(body: bytes | str) -> dict[str, object]:
    """The body's object; raises `RequestRefused` for anything that is not one JSON object in UTF-8."""
    if len(body) > MAX_BODY_BYTES:
        raise _refused(
            f"is larger than {MAX_BODY_BYTES:,} bytes",
            "AWS takes no larger body: send smaller images",
            "body-too-large",
        )
    if not body:
        raise _refused("is empty", "send a JSON object", "empty-body")
    value = _decoded(body)
    if not isinstance(value, dict):
        raise _refused("is JSON, but not an object", 'begin it with {"...', "not-an-object")
    return value


def write_body(value: dict[str, object]) -> bytes:
    """The object as compact ASCII JSON; raises `RequestRefused` for one that cannot be written as it was."""
    try:
        return _ENCODER.encode(value).encode("ascii")
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _refused(
            "has a number too large to write back", "write it as a plain decimal", "not-json"
        ) from error


def _decoded(body: bytes | str) -> object:
    try:
        text = body if isinstance(body, str) else body.decode()
        return _DECODER.decode(text[1:] if text.startswith("\ufeff") else text)
    except RecursionError as error:
        raise _too_deep() from error
    except UnicodeDecodeError as error:
        raise _refused(f"is not UTF-8 text (byte {error.start})", "encode it as UTF-8", "not-json") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refused(
            f"is not JSON: {error.msg} ({where})", "json.dumps writes it right", "not-json"
        ) from error
    except ValueError as error:
        raise _refused(
            f"is not JSON: {error}", "json.dumps(..., allow_nan=False) writes it right", "not-json"
        ) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    repeating = Repeating(value)
    repeating.repeated = frozenset(
        name for name, count in Counter(name for name, _ in pairs).items() if count > 1
    )
    return repeating


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _too_deep() -> RequestRefused:
    return _refused("is nested too deeply", "no request needs more than a few levels", "not-json")


def _refused(what: str, remedy: str, code: str) -> RequestRefused:
    return RequestRefused(f"the request body {what}", remedy, code=code)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
