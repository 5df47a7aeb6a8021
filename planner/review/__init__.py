"""Reviewing scenarios as code is reviewed: findings per file, team policies, and what a change does to the plan."""
