"""What if: a scenario as its file has it, and the same with one of its figures turned, typed or taken back."""

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.knobs import CHOSEN, Knob, Unit, bounds_words, declared
from planner.months import days_in
from planner.scenario import Scenario, Stage
from planner.scenario_paths import Value, value_at, with_value
from pricing.book import PriceBook
from pricing.money import Micros, MoneyError, parse_decimal, parse_usd
from pricing.records import record, replace

if TYPE_CHECKING:
    from planner.alternatives import Option


class BadValue(ValueError):
    """A value typed into a knob cannot be used; the message says what can."""


@record
class WhatIf:
    """A scenario as its file has it, and what has been made of it so far."""

    base: Scenario
    now: Scenario
    """Has the pipelines, stages, pools and background spend of `base`."""
    book: PriceBook
    """With the scenario's overrides applied."""

    def knobs(self) -> tuple[Knob, ...]:
        """Every knob, pipeline by pipeline, then background spend and pools."""
        return tuple(
            replace(knob, was=value_at(self.base, knob.path), value=value_at(self.now, knob.path))
            for knob in declared(self.base, self.now, self.book)
        )

    def turned(self, knob: Knob, steps: int) -> Scenario:
        """The scenario after `steps` presses: up when positive. Stops at the bounds; unchanged where there is no further."""
        if knob.unit in CHOSEN:
            return _chosen(self, knob, steps)
        if knob.unit in ("day", "expiry"):
            return _moved(self.now, knob, steps)
        here = value_at(self.now, knob.path)  # the knob may show what it was before a quick press just now
        assert isinstance(here, int | Fraction)  # noqa: S101 - the units left are numbers
        before = Fraction(here)
        low, high = min(knob.lowest, before), max(knob.highest, before)  # a file may be closer to a bound
        value = min(high, max(low, before + steps * knob.step))
        return _numbered(self.now, knob, value)

    def typed(self, knob: Knob, text: str) -> Scenario:
        """The scenario with a value a person typed; raises `BadValue`, which says what would do."""
        text = text.strip()
        if knob.unit in CHOSEN:
            return _named(self, knob, text)
        if knob.unit in ("day", "expiry"):
            return _dated(self.now, knob, text)
        value = _number(knob, text)
        if not knob.allows(value):
            raise BadValue(f"{knob.label} must be {bounds_words(knob)}")
        return _numbered(self.now, knob, value)

    def reset(self, knob: Knob) -> Scenario:
        """The knob back to the file; a model takes the quality, size and steps of the file with it."""
        if knob.unit != "model":
            made = with_value(self.now, knob.path, knob.was)
            return with_value(made, knob.rest, value_at(self.base, knob.rest)) if knob.rest else made
        before = _stage(self.base, knob)
        kept = _stage(self.now, knob)
        stage = replace(before, candidates=kept.candidates, outputs=kept.outputs, share_pct=kept.share_pct)
        return with_value(self.now, _stage_path(knob), stage)

    def options(self, knob: Knob) -> "tuple[Option, ...]":
        """What a model or quality may be turned to, cheapest first, or a size, smallest first; empty for the rest."""
        if knob.unit not in CHOSEN:
            return ()
        from planner.alternatives import (  # only a turn needs them
            model_options,
            quality_options,
            size_options,
        )

        stage = _stage(self.now, knob)
        if knob.unit == "quality":
            return quality_options(self.now, stage, self.book)
        if knob.unit == "size":
            return size_options(self.now, stage, self.book)
        return model_options(self.now, stage, _stage(self.base, knob), self.book)


def _numbered(now: Scenario, knob: Knob, value: Fraction) -> Scenario:
    """The scenario with another number, and the rest of it where that is another stage's share."""
    made = with_value(now, knob.path, _like(knob.unit, value))
    return with_value(made, knob.rest, knob.high - value) if knob.rest else made


def _like(unit: Unit, value: Fraction) -> Value:
    if unit == "usd":
        return Micros(int(value))
    return int(value) if unit in ("images", "months") else value


def _number(knob: Knob, text: str) -> Fraction:
    bare = text.replace(",", "").removeprefix("$").removesuffix("%").strip()
    try:
        if knob.unit == "usd":
            return Fraction(parse_usd(bare))
        value = parse_decimal(bare)
    except MoneyError as error:
        raise BadValue(str(error)) from None
    if knob.unit in ("images", "months") and value.denominator != 1:
        raise BadValue(f"{knob.label} must be a whole number, {bounds_words(knob)}")
    return value


def _moved(now: Scenario, knob: Knob, months: int) -> Scenario:
    """The day some months on, on the same day of the month or its last one; a pool never ends before it starts."""
    day = value_at(now, knob.path)
    if not isinstance(day, date):
        return now
    last = day.day == days_in(f"{day.year:04d}-{day.month:02d}")
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if not 2000 <= year <= 2100:
        return now
    end = days_in(f"{year:04d}-{month + 1:02d}")
    return _in_order(now, knob, date(year, month + 1, end if last else min(day.day, end))) or now


def _dated(now: Scenario, knob: Knob, text: str) -> Scenario:
    if knob.unit == "expiry" and text.lower() == "never":
        return with_value(now, knob.path, None)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        never = ", or never" if knob.unit == "expiry" else ""
        raise BadValue(f"{text[:40]!r} is not a day such as 2027-11-30{never}") from None
    made = _in_order(now, knob, day)
    if made is None:
        raise BadValue(
            f"a pool cannot expire before it starts: {knob.label} {day} does not fit the other day"
        )
    return made


def _in_order(now: Scenario, knob: Knob, day: date) -> Scenario | None:
    made = with_value(now, knob.path, day)
    pool = knob.path.rpartition(".")[0]
    starts, expires = value_at(made, f"{pool}.starts"), value_at(made, f"{pool}.expires")
    early = isinstance(starts, date) and isinstance(expires, date) and expires < starts
    return None if early else made


def _chosen(made: WhatIf, knob: Knob, steps: int) -> Scenario:
    offered = made.options(knob)
    here = next((index for index, option in enumerate(offered) if option.current), None)
    if here is None:
        return made.now
    return _with_option(made, knob, offered[min(len(offered) - 1, max(0, here + steps))])


def _named(made: WhatIf, knob: Knob, text: str) -> Scenario:
    offered = made.options(knob)
    exact = [
        option for option in offered if text.lower() in (option.words.lower(), str(option.value).lower())
    ]
    found = exact or [option for option in offered if text and text.lower() in option.words.lower()]
    if len(found) == 1:
        return _with_option(made, knob, found[0])
    names = ", ".join(option.words for option in (found or offered))
    raise BadValue(f"{text[:60]!r} {'could be' if found else 'is none of'} {names}")


def _with_option(made: WhatIf, knob: Knob, option: "Option") -> Scenario:
    """The option taken; one that means the same as the file's silence, or as its spelling, is written as the file has it."""
    if option.current:
        return made.now
    if knob.unit == "model":
        from planner.alternatives import with_model

        stage = with_model(_stage(made.now, knob), _stage(made.base, knob), str(option.value), made.book)
        return with_value(made.now, _stage_path(knob), stage)
    if knob.was is None and option.default:
        return with_value(made.now, knob.path, None)
    return with_value(made.now, knob.path, option.value)


def _stage_path(knob: Knob) -> str:
    return knob.path.rpartition(".")[0]


def _stage(scenario: Scenario, knob: Knob) -> Stage:
    stage = value_at(scenario, _stage_path(knob))
    assert isinstance(stage, Stage)  # noqa: S101 - the path of a stage
    return stage
