"""A machine whose clock on the wall shows another day than UTC does."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

FAR = ("PST+8", "JST-9")
"""Los Angeles' time and Tokyo's, as POSIX writes them: they need no table of zones."""


@contextmanager
def standing_in(zone: str) -> Iterator[None]:
    """This process tells the time of the zone."""
    before = os.environ.get("TZ")
    _move(zone)
    try:
        yield
    finally:
        _move(before)


def _move(zone: str | None) -> None:
    if zone is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = zone
    time.tzset()
