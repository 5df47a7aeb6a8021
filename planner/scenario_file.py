"""A scenario read from YAML: checked values, the warnings, and the line each value stands on."""

from pathlib import Path

from planner.scenario import Scenario
from planner.schema.scenario import SCENARIO
from pricing.problems import Place, Problem
from pricing.reading.nodes import Document
from pricing.reading.shape import bind_document
from pricing.reading.source import parse_document, read_document
from pricing.records import record


@record
class ScenarioFile:
    """A scenario and where it was written."""

    scenario: Scenario
    document: Document
    warnings: tuple[Problem, ...]

    def place(self, where: str) -> Place | None:
        """The place of a dotted path such as `pipelines[0].stages[1].size`, or of its nearest parent."""
        return self.document.place(where)


def load_scenario(path: str | Path) -> ScenarioFile:
    """Reads a scenario file; raises `Invalid` with every problem found when it has an error."""
    return _bound(read_document(path))


def read_scenario(text: str | bytes, name: str) -> ScenarioFile:
    """Reads a scenario from text as `load_scenario` does; `name` stands for the file in messages."""
    return _bound(parse_document(text, name))


def _bound(document: Document) -> ScenarioFile:
    scenario, warnings = bind_document(SCENARIO, document)
    return ScenarioFile(scenario, document, warnings)
