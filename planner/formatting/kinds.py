"""Which files can be formatted: what each may say, in which order."""

from pathlib import Path
from typing import Final

from planner.schema.scenario import SCENARIO
from pricing.reading.nodes import Document, Mapping
from pricing.reading.scalars import Shape
from pricing.records import record

POLICY_FILE_NAME: Final = "bursar.yaml"


@record
class Kind:
    """A kind of file."""

    words: str
    shape: Shape[object]


SCENARIO_FILE: Final = Kind("a scenario", SCENARIO)


def kind_of(document: Document) -> Kind:
    """By the name of the file; text without one is told by its keys."""
    if Path(document.file).name == POLICY_FILE_NAME:
        return _policy_file()
    root = document.root
    named = document.file != "-"
    if named or not isinstance(root, Mapping) or "name" in root.entries:
        return SCENARIO_FILE
    return _policy_file() if {"policies", "review"} & set(root.entries) else SCENARIO_FILE


def _policy_file() -> Kind:
    from planner.review.policies.shape import POLICY_FILE_SHAPE  # most files are scenarios

    return Kind("a policy file", POLICY_FILE_SHAPE)
