"""The URL of a ledger: which engine it asks for, and a form of it that is fit to be shown.

Whatever was typed where a URL is expected may hold a password in a place nobody thought of. So a message shows only
what cannot be one: the scheme, and of the rest the host, table or path up to where options or something unexpected begin.
"""

import re
from typing import Final

from planner.guard.errors import LedgerUrlError
from pricing.printable import printable

FORMS: Final = (
    "sqlite:///guard.db, postgresql://user@host/database, dynamodb://table?region=us-east-1, "
    "or memory:// to try things out"
)
"""One URL for each engine."""
ENCODE: Final = "in a user name or password write @ as %40, / as %2F, : as %3A and ? as %3F"
"""The remedy for a URL that its password cuts in pieces."""

_OPENERS = {
    "sqlite": ("sqlite", "open_sqlite"),
    "memory": ("memory", "open_memory"),
    "postgresql": ("postgres", "open_postgres"),
    "postgres": ("postgres", "open_postgres"),
    "dynamodb": ("dynamodb", "open_dynamodb"),
}
"""Module and function of each engine; it costs only who asks for it."""
_LONGEST = 80
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,19}):(//)?")
_END_OF_PLACE = re.compile(r"[\s?#&;=]")
_END_OF_FILE = re.compile(r"\?")
_DECODED = re.compile(r"(?i)%(3a|3d|40)")
"""Percent signs for `:`, `=` and `@`."""
_ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]")
"""An IPv6 address as URLs write it."""
_NO_PORT = re.compile(r":(?!\d{1,5}(?:[/,]|$)).*", re.DOTALL)
"""A colon that no port follows: perhaps a password does."""


def opener(url: str) -> tuple[str, str, str]:
    """The engine's module, the function in it that opens a ledger, and what follows `://`; raises `LedgerUrlError`."""
    scheme, separator, place = url.partition("://")
    if not separator or scheme not in _OPENERS:
        raise no_ledger(url)
    module, function = _OPENERS[scheme]
    return f"planner.guard.ledger.{module}", function, place


def no_ledger(url: str) -> LedgerUrlError:
    """For what is no ledger's URL."""
    return LedgerUrlError(f"{shown_url(url)} names no ledger; use {FORMS}")


def shown_url(url: str) -> str:
    """The beginning of what was meant as a URL, in quotes, without what may be a secret."""
    return repr(plain_url(url))


def plain_url(url: str, most: int = _LONGEST) -> str:
    """The same without quotes, in at most so many printable characters."""
    scheme, rest = _parts(_DECODED.sub(lambda code: chr(int(code[1], 16)), url))
    before, at, place = rest.rpartition("@")
    if "=" in before:  # the @ may be part of password=...
        place = ""
    is_file = scheme == "sqlite://" and place.startswith("/") and not at
    end = (_END_OF_FILE if is_file else _END_OF_PLACE).search(place)
    named = _without_secrets(place[: end.start()] if end else place)
    return printable(f"{scheme}{'***@' if at else ''}{named}{'…' if end else ''}", most)


def _parts(url: str) -> tuple[str, str]:
    """The scheme with what ends it, and the rest; a word before a colon counts only when it can be nothing else."""
    match = _SCHEME.match(url)
    if match is None or not (match[2] or match[1].lower() in _OPENERS):
        return "", url
    return match[0], url[match.end() :]


def _without_secrets(place: str) -> str:
    address = _ADDRESS.search(place)
    if address is None:
        return _NO_PORT.sub(":***", place)
    before, after = place[: address.start()], place[address.end() :]
    return f"{_NO_PORT.sub(':***', before)}{address[0]}{_NO_PORT.sub(':***', after)}"
