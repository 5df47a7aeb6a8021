"""What a scenario file may say: every key, its bounds, its words for editors. See `planner.scenario` for what it becomes."""

import re
from collections.abc import Mapping as Map
from datetime import date
from fractions import Fraction
from typing import Any, Final

from planner.months import parse_month
from planner.scenario import (
    AppliesTo,
    BackgroundSpend,
    Bounds,
    Budget,
    Credit,
    ImagesRung,
    ModelRung,
    Pipeline,
    Policy,
    QualityRung,
    Rung,
    Scenario,
    SizeRung,
    Stage,
    Supporting,
    Threshold,
)
from pricing.money import Micros
from pricing.numeric import Decimal, Integer, Price, Usd
from pricing.overrides import Override
from pricing.scalars import Choice, Parsed, Text, parse_day
from pricing.shape import Field, ListOf, MapOf, OneOf, Record, Values
from pricing.sink import Sink
from pricing.sizes import Size
from pricing.yaml_nodes import Mapping

OUTCOMES: Final = ("timeout", "filtered_output", "filtered_input", "server_error")
"""Answers of AWS for which it does not say whether they are billed."""

PROGRAMS: Final = (
    "activate-founders",
    "activate-portfolio",
    "bedrock-poc",
    "genai-accelerator",
    "free-tier",
    "other",
)
KINDS: Final = ("usage", "support", "tax", "upfront", "marketplace")
FIGURES: Final = (
    "out_of_pocket_usd",
    "runway_months",
    "list_cost_usd",
    "forfeited_usd",
    "cost_per_asset_usd",
)

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_TRILLION = 1_000_000_000_000


def _month(text: str) -> str:
    if not _FIRST_YEAR <= int(parse_month(text)[:4]) <= _LAST_YEAR:
        raise ValueError("outside the calendar of plans")
    return text


def _day(text: str) -> date:
    day = parse_day(text)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError("outside the calendar of plans")
    return day


def _expiry(text: str) -> date | None:
    return None if text == "never" else _day(text)
