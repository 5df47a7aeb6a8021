"""Scenario and policy files in one order of keys and one spelling, every comment kept beside its value."""

from planner.formatting.format import NotKept, formatted
from planner.formatting.kinds import SCENARIO_FILE, Kind, kind_of

__all__ = ["SCENARIO_FILE", "Kind", "NotKept", "formatted", "kind_of"]
