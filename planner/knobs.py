"""The figures of a scenario that can be turned, and how far each may go.

A knob stands for one key of the file, named by its dotted path, so that saving edits just that key. The share of a
stage is turned where the file gives it one; two stages whose shares make up the whole turn together, by the knob of
the first. Which model, quality and size a stage uses is chosen among what the price book sells for the same task
(`planner.alternatives`).
"""

from collections.abc import Iterator
from fractions import Fraction
from math import floor, log10
from typing import Final, Literal

from planner.scenario import Pipeline, Scenario, Stage
from planner.scenario_paths import Value
from planner.shares import pairs
from pricing.book import PriceBook
from pricing.money import LARGEST, MICROS_PER_USD, Micros
from pricing.records import record, replace

Unit = Literal["assets", "percent", "images", "months", "usd", "day", "expiry", "model", "quality", "size"]
CHOSEN: Final = ("model", "quality", "size")
"""Units whose values are chosen from what the price book sells."""
_SHARE_STEP: Final = Fraction(5)


@record
class Knob:
    """One figure of the scenario that can be turned."""

    path: str
    """Its key in the file: `pipelines[0].stages[1].candidates`."""
    label: str
    of: str
    """The pipeline, stage or pool it belongs to; empty for the scenario itself."""
    unit: Unit
    was: Value
    """In the file; None where the file leaves it out."""
    value: Value
    """Now."""
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    step: Fraction = Fraction(1)
    """One press, in the unit; micro-dollars for `usd`, months for days."""
    open_low: bool = False
    """True when the value must lie above `low`."""
    open_high: bool = False
    """True when the value must lie below `high`."""
    rest: str = ""
    """The key that takes what is left of `high`; empty where a turn changes this key alone."""

    @property
    def changed(self) -> bool:
        return self.was != self.value

    @property
    def lowest(self) -> Fraction:
        """The least a turn reaches: a fifth of a step above a bound that is itself left out."""
        return self.low + self.step / 5 if self.open_low else self.low

    @property
    def highest(self) -> Fraction:
        """The most a turn reaches."""
        return self.high - self.step / 5 if self.open_high else self.high

    def allows(self, value: Fraction) -> bool:
        """Whether a number lies within the bounds."""
        above = value > self.low if self.open_low else value >= self.low
        return above and (value < self.high if self.open_high else value <= self.high)


def declared(base: Scenario, now: Scenario, book: PriceBook) -> Iterator[Knob]:
    """Every knob without its values: those of the file `base`, and of the models that `now` uses."""
    if base.months is not None:
        yield _plain("months", "months planned", "", "months", (1, 120))
    for index, pipeline in enumerate(base.pipelines):
        yield from _of_pipeline(pipeline, now.pipelines[index], f"pipelines[{index}]", book)
    for index, spend in enumerate(base.background_spend):
        yield _dollars(
            f"background_spend[{index}].usd_per_month", "a month", spend.product, spend.usd_per_month
        )
    for index, credit in enumerate(base.credits):
        path = f"credits[{index}]"
        yield _dollars(f"{path}.balance_usd", "balance", credit.name, credit.balance_usd)
        yield Knob(f"{path}.starts", "starts", credit.name, "day", None, None)
        yield Knob(f"{path}.expires", "expires", credit.name, "expiry", None, None)


def bounds_words(knob: Knob) -> str:
    """`from 0 to 100`, for a number."""
    scale = MICROS_PER_USD if knob.unit == "usd" else 1
    low, high = (f"{float(bound / scale):,.0f}" for bound in (knob.low, knob.high))
    if knob.open_low:
        return f"above {low} and {'below' if knob.open_high else 'at most'} {high}"
    return f"from {low} to {high}"


def _of_pipeline(base: Pipeline, now: Pipeline, path: str, book: PriceBook) -> Iterator[Knob]:
    step = _nice(base.assets_per_month)
    assets = _plain(f"{path}.assets_per_month", "assets a month", base.name, "assets", (0, 10**12))
    yield replace(assets, step=step)
    growth = _plain(f"{path}.growth_pct_per_month", "growth a month", base.name, "percent", (-100, 1000))
    yield replace(growth, step=Fraction(1, 2), open_low=True)
    yield _plain(f"{path}.rework_pct", "rework", base.name, "percent", (0, 100))
    shares = _shares(base, path, book)
    for number, stage in enumerate(now.stages):
        yield from _of_stage(stage, f"{path}.stages[{number}]", f"{base.name} / {stage.name}", book)
        if number in shares:
            yield shares[number]


def _of_stage(stage: Stage, path: str, of: str, book: PriceBook) -> Iterator[Knob]:
    card = book.card(stage.model_id)
    yield Knob(f"{path}.model", "model", of, "model", None, None)
    if len(card.qualities) > 1 and not card.quality_steps:
        yield Knob(f"{path}.quality", "quality", of, "quality", None, None)
    if len(card.sizes.classes()) > 1:
        yield Knob(f"{path}.size", "size", of, "size", None, None)
    yield _plain(f"{path}.candidates", "candidates", of, "images", (1, 1000))
    yield _plain(f"{path}.outputs", "outputs", of, "images", (1, 1000))


def _shares(base: Pipeline, path: str, book: PriceBook) -> dict[int, Knob]:
    """The share of each stage that has one, by the stage's place; the second of a pair has no knob of its own."""
    stages = base.stages
    rests = pairs(stages, [stage.task or book.card(stage.model_id).tasks[0] for stage in stages])
    seconds = set(rests.values())
    found = {}
    for place, stage in enumerate(stages):
        if stage.share_pct is None or place in seconds:
            continue
        of = f"{base.name} / {stage.name}"
        knob = _plain(f"{path}.stages[{place}].share_pct", "share", of, "percent", (0, 100))
        knob = replace(knob, step=_SHARE_STEP, open_low=True)
        if place in rests:
            second = rests[place]
            of = f"{of}, rest {stages[second].name}"
            knob = replace(knob, of=of, open_high=True, rest=f"{path}.stages[{second}].share_pct")
        found[place] = knob
    return found


def _plain(path: str, label: str, of: str, unit: Unit, bounds: tuple[int, int]) -> Knob:
    low, high = bounds
    return Knob(path, label, of, unit, None, None, Fraction(low), Fraction(high))


def _dollars(path: str, label: str, of: str, amount: Micros) -> Knob:
    step = _nice(Fraction(amount, MICROS_PER_USD)) * MICROS_PER_USD
    return Knob(path, label, of, "usd", None, None, Fraction(0), Fraction(LARGEST), step)


def _nice(value: Fraction) -> Fraction:
    """A power of ten of 1 % to 10 % of the value, at least 1: what one press adds."""
    return Fraction(10) ** max(0, floor(log10(value)) - 1) if value > 1 else Fraction(1)
