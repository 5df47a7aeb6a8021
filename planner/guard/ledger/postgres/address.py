"""Which database, which schema in it and how long to wait: what a `postgresql://` URL says.

Everything libpq knows may stand in the URL or where libpq looks: PGHOST and its kind, a service file, a password file.
A password is never part of anything that is shown.
"""

import re
from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planner.guard.errors import LedgerUrlError
from planner.guard.ledger.urls import ENCODE, shown_url
from pricing.printable import printable

DEFAULT_SCHEMA = "bursar"
DEADLINE_S = 5.0
POOL_SIZE = 8
_OWN = ("schema", "deadline_s", "pool_size")
_SECRET = ("password", "sslpassword", "oauth_client_secret")
_PORT = re.compile(r"[0-9]{0,5}")
_HOST = re.compile(r"[/@][^@]*|[0-9A-Fa-f:.]*(%\w+)?|[^@:/?#\s]*")
"""A socket's directory (`@` for an abstract one), an IP address, or a name."""
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Address:
    """A ledger's place. Its text form is fit to be shown."""

    def __init__(self, conninfo: str, schema: str, deadline_s: float, pool_size: int) -> None:
        given = conninfo_to_dict(conninfo)
        self.conninfo = conninfo
        """As libpq reads it, secrets and all: never shown."""
        self.schema = schema
        self.quoted_schema = f'"{schema}"'
        self.deadline_s = deadline_s
        """The most a verb waits, for connections, locks and answers together."""
        self.pool_size = pool_size
        """The most connections of this process; more threads take turns."""
        self._secrets = [str(given[name]) for name in _SECRET if given.get(name)]
        self._shown = _shown(given)

    def __str__(self) -> str:
        return self._shown if self.schema == DEFAULT_SCHEMA else f"{self._shown}?schema={self.schema}"

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def masked(self, text: str) -> str:
        """What the server or libpq says, in one line and without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return printable(" ".join(text.split()), 300)


def parse_url(url: str) -> Address:
    """Raises `LedgerUrlError`, which never repeats a password."""
    _check_shape(url)
    place, _, query = url.partition("?")
    options = [option.partition("=")[::2] for option in query.split("&") if option]
    own = {name: value for name, value in options if name in _OWN}
    others = "&".join(f"{name}={value}" for name, value in options if name not in _OWN)
    try:
        conninfo = make_conninfo(
            f"{place}?{others}" if others else place,
            client_encoding="UTF8",
            fallback_application_name="bursar",
        )
    except psycopg.ProgrammingError:
        raise LedgerUrlError(
            "the postgresql:// URL cannot be read: write postgresql://user@host:5432/database?option=value, with "
            "percent signs for special characters (a space is %20), and only options that libpq knows besides "
            + ", ".join(_OWN)
        ) from None
    _check_places(conninfo, url)
    schema = own.get("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise LedgerUrlError(
            f"schema={schema[:70]!r} is no schema of a ledger; use small letters, digits and _, such as bursar_test"
        )
    deadline_s = _number("deadline_s", own.get("deadline_s", str(DEADLINE_S)), 0.1, 600)
    pool_size = _number("pool_size", own.get("pool_size", str(POOL_SIZE)), 1, 1_000)
    return Address(conninfo, schema, deadline_s, int(pool_size))


def _check_shape(url: str) -> None:
    """Refuses what libpq would read otherwise than it was meant: it ends a password at the first @ or /, not at a ?."""
    authority, _, path = url.partition("://")[2].partition("/")
    user = authority.rpartition("@")[0]
    if "@" in user or "?" in user or "@" in path.partition("?")[0]:
        raise LedgerUrlError(f"{shown_url(url)}: cannot be read; {ENCODE}")


def _check_places(conninfo: str, url: str) -> None:
    """Hosts and ports are shown in messages, so nothing else may pass for one."""
    given = conninfo_to_dict(conninfo)
    hosts, ports = (str(given.get(name) or "").split(",") for name in ("host", "port"))
    if not all(map(_HOST.fullmatch, hosts)) or not all(map(_PORT.fullmatch, ports)):
        raise LedgerUrlError(
            f"{shown_url(url)}: its host or port cannot be one; write postgresql://user:password@host:5432/database, "
            f"and {ENCODE}"
        )


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise LedgerUrlError(f"{name}={text[:40]!r} is not a number from {least:g} to {most:g}")
    return value


def _shown(given: Mapping[str, object]) -> str:
    user = f"{_plain(given['user'])}@" if given.get("user") else ""
    hosts, ports = (str(given.get(name) or "").split(",") for name in ("host", "port"))
    ports = ports if len(ports) == len(hosts) else ports * len(hosts)
    places = ",".join(f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=True))
    service = f"?service={_plain(given['service'])}" if given.get("service") else ""
    return printable(f"postgresql://{user}{places}/{_plain(given.get('dbname') or '')}{service}", 200)


def _plain(value: object) -> str:
    """A name, unless it looks like more than one."""
    return "***" if re.search(r"[:@=]", str(value)) else str(value)
