"""A loopback endpoint that speaks InvokeModel, and is the truth about what it would have billed.

It answers for every image model of a price book in the model's own response shape, with real PNG files of the
size asked for (PNG also where JPEG or WebP was asked for), and counts images and money per HTTP attempt, even
when the client has gone. What only AWS can check is not checked: signatures, access, quotas.

Other processes and languages use its control paths:
    GET  /_local/billed   {"images", "micros", "usd", "by_sku": [...], "requests": {outcome: count}}
    POST /_local/faults   a fault script, see `planner.guard.local_bedrock.script`; replaces the one in force
    POST /_local/reset    counts from zero; answers as `billed`
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from planner.guard.local_bedrock.endpoint import Endpoint, Settings
from planner.guard.local_bedrock.faults import (
    ApiError,
    Drip,
    Fault,
    Faults,
    Filter,
    Hangup,
    Latency,
    Ok,
    Reset,
    Rule,
    Script,
    Seconds,
    Stall,
    Timeout,
    Truncate,
    check_seconds,
    throttle,
)
from planner.guard.local_bedrock.server import HOST, Server
from planner.guard.local_bedrock.tally import Billed, Served, SkuTotal, Tally
from planner.guard.local_bedrock.work import Catalogue, Work

if TYPE_CHECKING:
    from botocore.client import BaseClient  # type: ignore[import-untyped]

    from pricing.book import PriceBook

__all__ = [
    "ApiError",
    "Billed",
    "Drip",
    "Fault",
    "Filter",
    "Hangup",
    "Latency",
    "LocalBedrock",
    "Ok",
    "Reset",
    "Rule",
    "Served",
    "SkuTotal",
    "Stall",
    "Timeout",
    "Truncate",
    "Work",
    "throttle",
]


class LocalBedrock:
    """Serves from `start()`, or the beginning of a `with`, to `close()`; listens on 127.0.0.1 only.

    A process forked from this one talks to it by its URL and asks it for totals over the control paths.
    """

    def __init__(
        self,
        book: "PriceBook | None" = None,
        region: str = "us-west-2",
        *,
        port: int = 0,
        faults: Faults = (),
        latency_s: Seconds = 0.0,
        as_of: date | None = None,
        seed: int = 0,
        image_bytes: int = 0,
        on_request: Callable[[Served], object] | None = None,
    ) -> None:
        """`book` None is the default book; `port` 0 any free one; `latency_s` precedes generated answers.

        `as_of` is the day it pretends to be: models at their end of life then answer 404, as AWS's do. None:
        prices of today, and every model of the book answers. `seed` decides what is left to chance.
        `image_bytes` pads each picture to at least this length. `on_request` sees each attempt as it is
        counted, from many threads.
        """
        check_seconds(latency_s)
        self.region = region
        self.as_of = as_of
        self._port = port
        self._tally = Tally()
        catalogue = Catalogue(book or _default_book(), region, _today, as_of)
        settings = Settings(Script(faults, seed), latency_s)
        self._endpoint = Endpoint(
            catalogue, settings, self._tally, image_bytes=image_bytes, on_request=on_request
        )
        self._server: Server | None = None
        self._process = os.getpid()

    def start(self) -> Self:
        """Listen; raises `OSError` when the port cannot be had."""
        if self._server is None:
            self._server = Server(self._port, self._endpoint.serve, self._endpoint.closing)
        return self

    def close(self) -> None:
        """Stop; connections still open are cut. Totals stay readable."""
        if self._server is not None and os.getpid() == self._process:
            self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError(
                "the endpoint is not listening yet: use it in a with statement, or call start()"
            )
        return f"http://{HOST}:{self._server.port}"

    @property
    def book(self) -> "PriceBook":
        return self._endpoint.catalogue.book

    @property
    def billed(self) -> Billed:
        """What every attempt so far would have been billed."""
        if os.getpid() != self._process:
            return _remote_totals(self.url)[0]
        return self._tally.billed()

    @property
    def requests(self) -> Mapping[str, int]:
        """How many attempts ended how: `ok`, the word of a fault, or the code of an error."""
        if os.getpid() != self._process:
            return _remote_totals(self.url)[1]
        return self._tally.outcomes()

    def set_faults(self, faults: Faults = (), *, latency_s: Seconds | None = None, seed: int = 0) -> None:
        """Replace the script from the next request on; None keeps the latency."""
        self._only_here("set_faults", "faults")
        if latency_s is not None:
            check_seconds(latency_s)
        kept = self._endpoint.settings.latency_s if latency_s is None else latency_s
        self._endpoint.settings = Settings(Script(faults, seed), kept)

    def reset(self) -> None:
        """Count from zero. The fault script goes on where it is."""
        self._only_here("reset", "reset")
        self._tally.reset()

    def client(self, **options: object) -> "BaseClient":
        """A boto3 bedrock-runtime client that talks to this endpoint, from a session of its own; needs boto3.

        `options` are those of `boto3.client`; proxies of the environment are not used.
        """
        try:
            from planner.guard.local_bedrock.client import new_client
        except ModuleNotFoundError as error:
            said = "LocalBedrock.client() needs boto3: pip install boto3"
            raise ModuleNotFoundError(said, name=error.name) from error
        return new_client(self.url, self.region, **options)

    def _only_here(self, verb: str, path: str) -> None:
        if os.getpid() != self._process:
            raise RuntimeError(
                f"{verb} works in the process that runs the endpoint; POST {self.url}/_local/{path} instead"
            )


def _remote_totals(url: str) -> tuple[Billed, Mapping[str, int]]:
    from planner.guard.local_bedrock.control import read_totals

    return read_totals(url)


def _default_book() -> "PriceBook":
    from pricing.load import load_book

    return load_book()


def _today() -> date:
    return datetime.now(UTC).date()
