"""What a caller may say to a ledger, whichever engine keeps it: checked before anything is written."""

import json
from functools import lru_cache

from planner.guard.ledger import Offer, Tags
from planner.guard.ledger.store import MICROSECONDS
from pricing.money import LARGEST

_LONGEST_NAME = 200
_LONGEST_LEASE_S = 366 * 86_400
LATEST = 253_402_300_800
"""The first second of the year 10000."""


def checked_moment(at: float) -> int:
    """What a clock says, in microseconds."""
    if not 0 <= at < LATEST:
        raise ValueError(f"the clock says {at!r}, which is no POSIX time between 1970 and 9999")
    return round(at * MICROSECONDS)


def check_offer(offer: Offer) -> None:
    check_amount(offer.amount, "a hold")
    for name, ceiling in offer.budgets.items():
        check_name(name, "a budget's name")
        if ceiling is not None and type(ceiling) is not int:
            raise ValueError(f"a ceiling is a whole number of micro-dollars or None, not {ceiling!r}")


def check_amount(amount: int, what: str) -> None:
    if type(amount) is not int or not 0 <= amount <= LARGEST:
        raise ValueError(f"{what} is a whole number of micro-dollars from 0 to {LARGEST}, not {amount!r}")


def check_name(name: str, what: str) -> None:
    if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
        raise ValueError(f"{what} is 1 to {_LONGEST_NAME} printable characters, not {name!r:.60}")


def lease_micros(lease_s: float) -> int:
    if not 0 < lease_s <= _LONGEST_LEASE_S:
        raise ValueError(f"a lease is more than 0 seconds and at most a year, not {lease_s!r}")
    return round(lease_s * MICROSECONDS)


def tags_text(tags: Tags | None) -> str | None:
    """The tags as a JSON object. Most calls carry the words of another one, so the texts are kept."""
    if not tags:
        return None
    try:
        return _encoded(tuple(tags.items()), tuple(map(type, tags.values())))
    except TypeError:  # a value that cannot be hashed: the encoder has the last word on it
        return _ENCODER.encode(dict(tags))


@lru_cache(maxsize=512)
def _encoded(items: tuple[tuple[str, object], ...], _: tuple[type, ...]) -> str:
    """The types tell True from 1, which are equal."""
    return _ENCODER.encode(dict(items))


_ENCODER = json.JSONEncoder(separators=(",", ":"))
