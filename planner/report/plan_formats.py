"""A plan in each format `bursar plan --format` writes, as text."""

from collections.abc import Callable, Mapping
from typing import Final

from planner.plan import Plan
from planner.report.json_text import json_text
from planner.report.plan_json import plan_json
from planner.report.plan_text import plan_csv, plan_markdown, plan_text


def _json(plan: Plan) -> str:
    return json_text(plan_json(plan))


PLAN_FORMATS: Final[Mapping[str, Callable[[Plan], str]]] = {
    "table": plan_text,
    "json": _json,
    "csv": plan_csv,
    "markdown": plan_markdown,
}
"""Format to text; the suffixes are those of `SUFFIXES`."""
SUFFIXES: Final[Mapping[str, str]] = {"table": ".txt", "json": ".json", "csv": ".csv", "markdown": ".md"}
