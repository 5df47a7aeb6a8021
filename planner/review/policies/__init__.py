"""Policies that a team writes in `bursar.yaml`: limits that every scenario below it is held to.

What holds scenarios against them, `check`, is imported where a team has some.
"""

from planner.review.policies.load import PolicyFile, parse_policy_file, policy_file_for, read_policy_file

__all__ = ["PolicyFile", "parse_policy_file", "policy_file_for", "read_policy_file"]
