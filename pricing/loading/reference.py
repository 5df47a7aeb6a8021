"""What a book records beside its prices: sources, free quantities, and prices that no image request meets."""

from datetime import date
from fractions import Fraction

from pricing.records import record


@record
class Source:
    """Where figures of a book were read; rates name it by `what`."""

    name: str
    what: str
    where: str
    read_on: date


@record
class Allowance:
    """A monthly quantity AWS gives free. Shown, never subtracted and never taken as a price of zero."""

    key: str
    product: str
    unit: str
    quantity: int
    source: str
    read_on: date
    verified: bool
    note: str = ""


@record
class OtherPrice:
    """A price for something other than an image on demand: training, provisioned throughput, tokens."""

    item: str
    unit: str
    unit_price: Fraction
    """Micro-US-dollars for one unit."""
    source: str
    read_on: date
    verified: bool
    note: str = ""
