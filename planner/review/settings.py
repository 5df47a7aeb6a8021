"""What a team may set about the review itself."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from pricing.problems import Severity
from pricing.records import EMPTY, record


@record
class ReviewSettings:
    """From `review:` in `bursar.yaml`; the defaults hold where there is none."""

    old_prices_days: int = 90
    """A price book older than this is worth holding against AWS's page."""
    forfeit_pct: Fraction = Fraction(10)
    """A credit pool that loses more than this share of its balance is a finding."""
    severities: Mapping[str, Severity | Literal["off"]] = EMPTY
    """Rule id to the severity it has here."""
