"""Where a DynamoDB ledger is: what follows `dynamodb://` in a URL."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from planner.guard.errors import LedgerUrlError
from planner.guard.ledger.urls import shown_url
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
    shards: int | None = None
    """Over how many shards the ledger is split; None when it is not."""
    shard: int | None = None
    """The only one that is asked for, from 1; None for all of them."""

    def __str__(self) -> str:
        """For messages."""
        split = f"?shards={self.shards}" if self.shards else ""
        return f"dynamodb://{self.table}{split}" + (f"&shard={self.shard}" if self.shard else "")


MOST_SHARDS: Final = 16
"""A new limit is four items of each shard in one transaction, which takes a hundred."""
_OPTIONS: Final = ("region", "endpoint_url", "profile", "deadline_s", "shards", "shard")


def parse_place(place: str) -> DynamoPlace:
    """Raises `LedgerUrlError` with the remedy for anything but a table's name and known options."""
    table, _, query = place.partition("?")
    if not _NAME.fullmatch(table):
        raise LedgerUrlError(
            f"{shown_url(f'dynamodb://{place}')} names no table; write {_EXAMPLE}, and leave keys to the AWS "
            "configuration"
        )
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in options.items():
        if name not in _OPTIONS:
            remedy = nearest(name, _OPTIONS)
            shown = f"{name[:40]!r}" if "did you mean" in remedy else "what follows ? or &"
            raise LedgerUrlError(f"{shown} is no option of a DynamoDB ledger; {remedy}")
        if not value:
            raise LedgerUrlError(
                f"option {name} of a DynamoDB ledger is empty; leave it out, or give it a value"
            )
    shards, shard = options.get("shards"), options.get("shard")
    split = None if shards is None else _whole(shards, "shards", 2, MOST_SHARDS)
    if shard is not None and split is None:
        raise LedgerUrlError(f"shard={shard[:20]} says one of how many? Write ?shards=4&shard=1")
    return DynamoPlace(
        table,
        options.get("region"),
        _endpoint(options.get("endpoint_url")),
        options.get("profile"),
        _deadline(options.get("deadline_s")),
        split,
        None if shard is None or split is None else _whole(shard, "shard", 1, split),
    )


def _whole(text: str, option: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not least <= number <= most:
        raise LedgerUrlError(f"{option} is a whole number from {least} to {most}, not {text[:40]!r}")
    return number


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    if urlsplit(text).scheme not in ("http", "https"):
        raise LedgerUrlError(f"endpoint_url {shown_url(text)} is no http or https address")
    if "@" in text:
        raise LedgerUrlError(
            f"endpoint_url {shown_url(text)} takes no user and no password; leave keys to the AWS configuration"
        )
    return text


def _deadline(text: str | None) -> float:
    try:
        seconds = DEADLINE_S if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 300:
        raise LedgerUrlError(f"deadline_s is a number of seconds from 0.1 to 300, not {str(text)[:40]!r}")
    return seconds
