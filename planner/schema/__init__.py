"""The JSON Schema of a scenario, for editors: written by the same shapes that check one."""

from pathlib import Path

from planner.schema.scenario import SCENARIO

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED = Path(__file__).with_name("scenario.schema.json")
"""The committed copy that the first line of a scenario points at."""


def scenario_schema() -> dict[str, object]:
    """The schema as JSON values."""
    return {
        "$schema": DIALECT,
        "title": "Bursar scenario",
        "description": "What is planned, who pays for it, and the limits it is held to.",
        **SCENARIO.json_schema(),
    }


def schema_text() -> str:
    """The schema as it is published."""
    return as_text(scenario_schema())


def as_text(schema: dict[str, object]) -> str:
    """A schema as a file."""
    from json import dumps  # only the schema command pays for it

    return dumps(schema, indent=2, ensure_ascii=False) + "\n"
