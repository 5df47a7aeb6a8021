"""Models and regions held against the names that a policy allows."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from planner.review.policies.breach import Breach
from planner.review.policies.types import Named
from planner.scenario import ModelRung, Scenario, Stage
from pricing.model_ids import parse_model_id

_AREAS: Final = {"apac": "ap", "jp": "ap-northeast", "au": "ap-southeast", "global": ""}
"""Inference profiles whose regions do not begin with the profile's own name."""


def model_breaches(models: Named, scenario: Scenario, pipelines: Sequence[str] | None) -> Iterator[Breach]:
    """Stages and rungs that ask a model which may not be used; the ladder belongs to no pipeline."""
    asked = [(f"{where}.model", stage.model_id) for where, stage in _stages(scenario, pipelines)]
    if pipelines is None:
        asked += [
            (f"ladder[{number}].to", rung.to_model)
            for number, rung in enumerate(scenario.ladder)
            if isinstance(rung, ModelRung)
        ]
    for where, model_id in asked:
        names = (model_id, parse_model_id(model_id).model_id)
        for message, remedy, limit in _refusals(model_id, names, models):
            yield Breach("policy-model", where, message, remedy, f"models.{limit}")


def region_breaches(regions: Named, scenario: Scenario, pipelines: Sequence[str] | None) -> Iterator[Breach]:
    """Regions in which a stage asks its model; each line that names one is told once."""
    told = set()
    for where, stage in _stages(scenario, pipelines):
        place, region, words = _region(scenario, stage, where)
        if region and (place, region) not in told:
            told.add((place, region))
            for message, remedy, limit in _refusals(words, (region,), regions):
                yield Breach("policy-region", place, message, remedy, f"regions.{limit}")


def _stages(scenario: Scenario, pipelines: Sequence[str] | None) -> Iterator[tuple[str, Stage]]:
    for number, pipeline in enumerate(scenario.pipelines):
        if pipelines is None or any(fnmatchcase(pipeline.name, glob) for glob in pipelines):
            for index, stage in enumerate(pipeline.stages):
                yield f"pipelines[{number}].stages[{index}]", stage


def _region(scenario: Scenario, stage: Stage, where: str) -> tuple[str, str, str]:
    """Where a stage's region is written, a region that stands for it, and its words.

    An inference profile answers from any region of its geography, so only a pattern that covers them all allows it.
    """
    ref = parse_model_id(stage.model_id)
    if ref.geography is not None:
        stand_in = f"{_AREAS.get(ref.geography, ref.geography)}-any-0".lstrip("-")
        return f"{where}.model", stand_in, f"any region of the {ref.geography} inference profile"
    if stage.region is not None:
        return f"{where}.region", stage.region, stage.region
    if ref.region is not None:
        return f"{where}.model", ref.region, ref.region
    return "region", scenario.region or "", scenario.region or ""


def _refusals(words: str, names: Sequence[str], named: Named) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a name that may be spelled in several ways, how to mend it, and by which list."""
    forbidden = _first(named.forbid, names)
    if forbidden is not None:
        yield f"{words} is forbidden as {forbidden}", _choose(named.allow), "forbid"
    elif named.allow is not None and _first(named.allow, names) is None:
        yield f"{words} is not allowed", _choose(named.allow), "allow"


def _first(globs: Sequence[str], names: Sequence[str]) -> str | None:
    return next((glob for glob in globs if any(fnmatchcase(name, glob) for name in names)), None)


def _choose(globs: Sequence[str] | None) -> str:
    if globs is None:
        return "use another"
    return f"use {', '.join(globs[:5])}{', ...' if len(globs) > 5 else ''}"
