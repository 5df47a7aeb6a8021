"""A price book as its file has it: rows, sources by name, what families have in common."""

from collections.abc import Mapping as Map
from datetime import date
from typing import Any

from pricing.money import Micros
from pricing.records import record

Names = tuple[str, ...]
UnitPrice = tuple[Micros, int]
Fields = Map[str, Any]
"""The keys of a family or model as written, by the names `ModelCard` has for them."""


@record
class SourceRow:
    """Where figures were read."""

    what: str
    where: str
    read_on: date


@record
class RateRow:
    """One row of prices; it makes one rate for each of its regions."""

    size_class: str
    regions: Names
    usd_per_image: UnitPrice
    source: Names
    verified: bool
    quality: str | None = None
    low_usd_per_image: UnitPrice | None = None
    valid_from: date | None = None
    """None for the day the whole book holds from."""
    valid_until: date | None = None
    note: str = ""


@record
class LifecycleRow:
    """The dates of a model's end, and how they are known."""

    source: Names
    legacy_from: date | None = None
    end_of_life: date | None = None
    basis: str = ""
    replacement: str | None = None

    def __post_init__(self) -> None:
        if self.legacy_from and self.end_of_life and self.end_of_life < self.legacy_from:
            raise ValueError(f"end_of_life {self.end_of_life} is before legacy_from {self.legacy_from}")


@record
class TierRow:
    """A unit price up to a monthly quantity."""

    usd: UnitPrice
    per: int = 1
    up_to: int | None = None


@record
class ServiceRow:
    """A supporting service and its tiers."""

    product: str
    unit: str
    region: str
    tiers: tuple[TierRow, ...]
    source: Names
    verified: bool
    note: str = ""

    def __post_init__(self) -> None:
        limits = [tier.up_to for tier in self.tiers]
        known = [limit for limit in limits if limit is not None]
        if None in limits[:-1] or known != sorted(set(known)):
            raise ValueError("up_to must rise from tier to tier; only the last tier may leave it out")


@record
class AllowanceRow:
    """A monthly quantity that is free."""

    product: str
    unit: str
    quantity: int
    source: Names
    verified: bool
    note: str = ""


@record
class OtherRow:
    """A price that no image request meets."""

    item: str
    unit: str
    usd: UnitPrice
    source: Names
    verified: bool
    note: str = ""


@record
class BookRows:
    """A price book as written."""

    version: str
    title: str
    published: date
    valid_from: date
    sources: Map[str, SourceRow]
    models: Map[str, Fields]
    families: Map[str, Fields]
    services: Map[str, ServiceRow]
    allowances: Map[str, AllowanceRow]
    other_prices: tuple[OtherRow, ...]
    representative: bool
