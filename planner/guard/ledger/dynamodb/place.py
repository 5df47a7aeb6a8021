"""Where a DynamoDB ledger is: what follows `dynamodb://` in a URL."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from planner.guard.errors import LedgerUrlError
from pricing.nearest import nearest
from pricing.records import record

DEADLINE_S: Final = 10.0
"""How long a verb may take, retries included, before its caller is told that it is not known what became of it."""

_EXAMPLE: Final = "dynamodb://bursar-ledger?region=us-east-1"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html, read 2026-11-22."""


@record
class DynamoPlace:
    """A table, and how to reach it."""

    table: str
    region: str | None = None
    """None for the region of the AWS configuration."""
    endpoint_url: str | None = None
    profile: str | None = None
    deadline_s: float = DEADLINE_S

    def __str__(self) -> str:
        """For messages."""
        return f"dynamodb://{self.table}"


_OPTIONS: Final = ("region", "endpoint_url", "profile", "deadline_s")


def parse_place(place: str) -> DynamoPlace:
    """Raises `LedgerUrlError` with the remedy for anything but a table's name and known options."""
    table, _, query = place.partition("?")
    if not _NAME.fullmatch(table):
        raise LedgerUrlError(f"'dynamodb://{table[:60]}' names no table; write {_EXAMPLE}")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in options.items():
        if name not in _OPTIONS:
            remedy = nearest(name, _OPTIONS) or f"known are {', '.join(_OPTIONS)}"
            raise LedgerUrlError(f"{name[:40]!r} is no option of a DynamoDB ledger; {remedy}")
        if not value:
            raise LedgerUrlError(
                f"option {name} of a DynamoDB ledger is empty; leave it out, or give it a value"
            )
    return DynamoPlace(
        table,
        options.get("region"),
        _endpoint(options.get("endpoint_url")),
        options.get("profile"),
        _deadline(options.get("deadline_s")),
    )


def _endpoint(text: str | None) -> str | None:
    if text is not None and urlsplit(text).scheme not in ("http", "https"):
        raise LedgerUrlError(f"endpoint_url {text[:60]!r} is no http or https address")
    return text


def _deadline(text: str | None) -> float:
    try:
        seconds = DEADLINE_S if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 300:
        raise LedgerUrlError(f"deadline_s is a number of seconds from 0.1 to 300, not {str(text)[:40]!r}")
    return seconds
