"""Which ledger a journal belongs to: by the ledger's first entry, and by its place while nobody can ask for that."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl

from planner.guard.ledger import Entry, Ledger
from planner.guard.ledger.arguments import tags_text
from planner.guard.ledger.engine import EngineLedger
from planner.guard.ledger.sqlite_file import parse_place
from planner.guard.ledger.store import MICROSECONDS
from planner.guard.ledger.urls import plain_url
from pricing.records import record

_TELLING = ("dbname", "endpoint_url", "host", "hostaddr", "port", "region", "schema", "service")
"""Options of a URL that lead to another ledger; the others say how to reach it."""


@record
class Place:
    """Where a ledger is, without anything secret."""

    shown: str
    digest: str
    """Of all that tells one place from another."""


def place_of(url: str) -> Place:
    """Of a ledger's URL; user names and passwords do not count."""
    scheme, _, rest = url.partition("://")
    path, _, query = rest.partition("?")
    if scheme == "sqlite":
        told = str(parse_place(rest)[0].resolve())
        return Place(f"sqlite:///{told}", _digest("sqlite", told))
    told = path.rpartition("@")[2]
    options = sorted(pair for pair in parse_qsl(query) if pair[0] in _TELLING)
    shown = plain_url(url.partition("?")[0])
    named = [f"{name}={value}" for name, value in options if name in ("schema", "region")]
    scheme = scheme.replace("postgresql", "postgres")
    return Place(
        plain_url(shown) + (f"?{'&'.join(named)}" if named else ""), _digest(scheme, told, repr(options))
    )


def identity_of(ledger: Ledger) -> str | None:
    """A ledger's first entry never changes, and copies keep it. None for a ledger without any."""
    first = ledger.first() if isinstance(ledger, EngineLedger) else next(ledger.entries(), None)
    return None if first is None else _of_entry(first)


def file_of(journal: str) -> Path:
    """The file behind a journal's URL."""
    return parse_place(journal.partition("://")[2])[0]


def _of_entry(entry: Entry) -> str:
    at, tags = round(entry.at * MICROSECONDS), tags_text(dict(sorted(entry.tags.items())))
    return _digest(str(at), entry.kind, str(entry.key), str(entry.amount), repr(entry.lines), str(tags))


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
