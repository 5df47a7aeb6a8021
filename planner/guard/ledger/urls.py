"""The URL of a ledger: which engine it asks for, and a form of it that is fit to be shown."""

import re

from planner.guard.errors import LedgerUrlError

_OPENERS = {
    "sqlite": ("sqlite", "open_sqlite"),
    "memory": ("memory", "open_memory"),
    "postgresql": ("postgres", "open_postgres"),
    "postgres": ("postgres", "open_postgres"),
    "dynamodb": ("dynamodb", "open_dynamodb"),
}
"""Module and function of each engine; it costs only who asks for it."""
_CREDENTIALS = re.compile(r"(?<=://)([^/?#@:]*):[^/?#]*@")
_SECRET_OPTION = re.compile(r"(?i)([?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*")


def opener(url: str) -> tuple[str, str, str]:
    """The engine's module, the function in it that opens a ledger, and what follows `://`; raises `LedgerUrlError`."""
    scheme, separator, place = url.partition("://")
    if not separator or scheme not in _OPENERS:
        raise LedgerUrlError(
            f"{shown_url(url)} names no ledger; use sqlite:///guard.db, or memory:// to try things out"
        )
    module, function = _OPENERS[scheme]
    return f"planner.guard.ledger.{module}", function, place


def shown_url(url: str) -> str:
    """The beginning of the URL in quotes, without a password."""
    masked = _SECRET_OPTION.sub(r"\1***", _CREDENTIALS.sub(r"\1:***@", url))
    return repr(masked[:80])
