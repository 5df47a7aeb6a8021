"""Knobs and what turning them changed, in words: the same on every screen."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from planner.decimal_text import decimal_text
from planner.knobs import Knob, Unit
from planner.plan import Plan
from planner.scenario_paths import Change, Value
from pricing.money import Micros, format_usd
from pricing.records import record


@record
class Difference:
    """How far a figure of the plan is from the file's."""

    words: str
    change: str
    better: bool | None
    """None where more is neither better nor worse."""


def value_words(unit: Unit, value: Value) -> str:
    """A knob's value for people: `3,000`, `8 %`, `$25,000`, `2027-11-30`, `never`, `default`."""
    if value is None:
        return "never" if unit == "expiry" else "default"
    if isinstance(value, date):
        return value.isoformat()
    if unit == "usd" and isinstance(value, int):
        return format_usd(Micros(value)).removesuffix(".00")
    if isinstance(value, int | Fraction):
        text = decimal_text(Fraction(value))
        whole, dot, decimals = text.partition(".")
        return f"{int(whole):,}{dot}{decimals}" + (" %" if unit == "percent" else "")
    return str(value).partition(".")[2] or str(value) if unit == "model" else str(value)


def was_words(knob: Knob) -> str:
    """`(was 3,000)` for a knob that differs from the file; empty otherwise."""
    return f"(was {value_words(knob.unit, knob.was)})" if knob.changed else ""


def change_words(change: Change) -> str:
    """`pipelines[0].assets_per_month: 3000 -> 3100`, as the file will say it."""
    return f"{change.path}: {_file_words(change, change.was)} -> {_file_words(change, change.value)}"


def differences(base: Plan, now: Plan) -> Iterator[Difference]:
    """The figures a budget owner looks at, as they moved against the file; only those that did."""
    before, after = base.projection.totals, now.projection.totals
    for words, was, value in (
        ("cash", before.out_of_pocket, after.out_of_pocket),
        ("list cost", before.list_cost, after.list_cost),
        ("expires unused", before.forfeited, after.forfeited),
    ):
        if value != was:
            sign = "+" if value > was else "-"
            yield Difference(words, f"{sign}{format_usd(Micros(abs(value - was)))}", value < was)
    months = now.projection.runway_months - base.projection.runway_months
    if months:
        unit = "month" if abs(months) == 1 else "months"
        yield Difference("runway", f"{months:+d} {unit}", months > 0)


def _file_words(change: Change, value: Value) -> str:
    key = change.path.rpartition(".")[2]
    if value is None:
        return "never" if key == "expires" else "left out"
    from planner.scenario_edits import yaml_text  # only a list of changes needs it

    return yaml_text(value, money="usd" in key)
