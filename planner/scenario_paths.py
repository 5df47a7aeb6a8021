"""Single values of a scenario by their dotted path, as a problem names them: `credits[0].expires`."""

import re
from datetime import date
from fractions import Fraction
from typing import Final, cast

from planner.scenario import Scenario, Stage
from pricing.records import record, replace
from pricing.sizes import Size

Value = Fraction | int | str | date | Size | Stage | None
"""What stands at a path; a path may also name a whole stage."""

_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")
_FIELDS: Final = {"model": "model_id"}
"""Keys of the file that are called otherwise in the records."""
_OF_PIPELINE: Final = ("assets_per_month", "growth_pct_per_month", "rework_pct")
_OF_STAGE: Final = ("model", "candidates", "outputs", "share_pct", "size", "quality", "steps")
_OF_CREDIT: Final = ("balance_usd", "starts", "expires")


@record
class Change:
    """A value that is not what the file says."""

    path: str
    was: Value
    value: Value
    """None where the key is to be left out, or for a pool that never expires."""


def value_at(scenario: Scenario, path: str) -> Value:
    """The value at a path; raises `LookupError` where there is none."""
    node: object = scenario
    for field, index in _steps(path):
        node = getattr(node, field)
        node = cast("tuple[object, ...]", node)[index] if index is not None else node
    return cast("Value", node)


def with_value(scenario: Scenario, path: str, value: Value) -> Scenario:
    """The scenario with another value at a path."""
    return cast("Scenario", _with(scenario, _steps(path), value))


def changes(base: Scenario, now: Scenario) -> tuple[Change, ...]:
    """What `now` says otherwise than `base`, of the values that can be changed one by one, in the order of the file.

    Both have the same pipelines, stages, pools and background spend.
    """
    found = (Change(path, value_at(base, path), value_at(now, path)) for path in _paths(base))
    return tuple(change for change in found if change.was != change.value)


def _paths(scenario: Scenario) -> list[str]:
    paths = ["name", "months"]
    for index, pipeline in enumerate(scenario.pipelines):
        paths += [f"pipelines[{index}].{field}" for field in _OF_PIPELINE]
        for number in range(len(pipeline.stages)):
            paths += [f"pipelines[{index}].stages[{number}].{field}" for field in _OF_STAGE]
    paths += [f"background_spend[{index}].usd_per_month" for index in range(len(scenario.background_spend))]
    for index in range(len(scenario.credits)):
        paths += [f"credits[{index}].{field}" for field in _OF_CREDIT]
    return paths


def _steps(path: str) -> list[tuple[str, int | None]]:
    return [
        (_FIELDS.get(field, field), int(index) if index else None) for field, index in _STEP.findall(path)
    ]


def _with(node: object, steps: list[tuple[str, int | None]], value: object) -> object:
    if not steps:
        return value
    (field, index), rest = steps[0], steps[1:]
    before = getattr(node, field)
    if index is None:
        return replace(node, **{field: _with(before, rest, value)})
    items = list(before)
    items[index] = _with(items[index], rest, value)
    return replace(node, **{field: tuple(items)})
