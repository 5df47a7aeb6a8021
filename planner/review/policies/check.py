"""Scenarios held against a team's policies: every violation with its place, and with the policy that says so."""

from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase

from planner.plan import Plan
from planner.review.policies.breach import Breach
from planner.review.policies.budgets import budget_breaches, setting_breaches
from planner.review.policies.figures import figure_breaches
from planner.review.policies.globs import covers
from planner.review.policies.load import PolicyFile
from planner.review.policies.names import model_breaches, region_breaches
from planner.review.policies.prices import price_breaches
from planner.review.policies.types import Scope, TeamPolicy
from planner.scenario import Scenario
from planner.scenario_file import ScenarioFile
from pricing.printable import printable
from pricing.problems import Problem


def policy_findings(
    policy_file: PolicyFile, file: ScenarioFile, plan: Plan | None, as_of: date, *, path: str | None = None
) -> Iterator[Problem]:
    """A problem for each thing in the scenario that a policy does not allow; figures need the plan.

    `path` is where the scenario stands, for the globs; None for the name it was read by.
    """
    relative = policy_file.relative(path or file.document.file)
    for number, policy in enumerate(policy_file.policies):
        if not _applies(policy.applies_to, relative, file.scenario):
            continue
        for breach in _breaches(policy, file, plan, as_of):
            line = policy_file.line(f"policies[{number}].{breach.limit}")
            yield _problem(policy, f"{policy_file.path}:{line}", breach, file)


def _applies(scope: Scope, relative: str, scenario: Scenario) -> bool:
    return (
        covers(scope.paths, relative)
        and _matches(scope.scenarios, [scenario.name])
        and (
            scope.pipelines is None
            or _matches(scope.pipelines, [pipeline.name for pipeline in scenario.pipelines])
        )
    )


def _matches(globs: Iterable[str], names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs for name in names)


def _breaches(policy: TeamPolicy, file: ScenarioFile, plan: Plan | None, as_of: date) -> Iterator[Breach]:
    scenario, pipelines = file.scenario, policy.applies_to.pipelines
    if plan is not None:
        yield from figure_breaches(policy.limits, plan)
    yield from model_breaches(policy.models, scenario, pipelines)
    yield from region_breaches(policy.regions, scenario, pipelines)
    yield from price_breaches(policy.price_book, file, plan, as_of)
    yield from budget_breaches(policy.budgets, scenario)
    yield from setting_breaches(policy.policy, scenario)


def _problem(policy: TeamPolicy, at: str, breach: Breach, file: ScenarioFile) -> Problem:
    because = f": {policy.reason}" if policy.reason else ""
    message = f"{breach.message}; policy '{printable(policy.name, 80)}' ({at}) says so{because}"
    return Problem(
        policy.severity, breach.code, breach.where, message, breach.remedy, file.place(breach.where)
    )
