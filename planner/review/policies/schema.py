"""The JSON Schema of `bursar.yaml`, for editors: written by the same shapes that check one."""

from planner.review.policies.shape import POLICY_FILE_SHAPE
from planner.schema import DIALECT, PUBLISHED, as_text

PUBLISHED_POLICIES = PUBLISHED.with_name("bursar.schema.json")
"""The committed copy."""


def policies_schema() -> dict[str, object]:
    """The schema as JSON values."""
    return {
        "$schema": DIALECT,
        "title": "Bursar policies",
        "description": "What a team holds its scenarios to, and how they are reviewed.",
        **POLICY_FILE_SHAPE.json_schema(),
    }


def policies_schema_text() -> str:
    """The schema as it is published."""
    return as_text(policies_schema())
