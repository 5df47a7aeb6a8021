"""Policies of a team: what each limit says of a scenario, on which line, and that a figure at its limit is within it."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from planner.plan import make_plan
from planner.review.policies import policy_file_for, read_policy_file
from planner.review.policies.check import policy_findings
from planner.scenario_file import load_scenario
from pricing.load import load_book
from pricing.problems import Problem, render
from tests.support import AS_OF

PLAN = """\
name: Small
start: 2026-12
months: 2
region: us-west-2
price_book: 2026-07-24
pipelines:
  - name: drafts
    assets_per_month: 10
    growth_pct_per_month: 100
    stages:
      - {name: draft, model: stability.stable-image-core-v1:1}
"""
"""10 assets at $0.04, then 20: $0.40 and $0.80, all of it in cash."""
GUARD = """\
name: Guard
budgets:
  - {name: all, limit_usd: 100, per: day}
  - name: team-month
    limit_usd: 50
    per: month
    applies_to: {tags: {team: studio}}
  - {name: no-cash, limit: credits}
ladder:
  - {from: stability.stable-image-ultra-v1:1, to: stability.stable-image-core-v1:1}
policy: {uncovered: warn, ledger_down: allow, assumed_billed: [read_timeout]}
"""


def findings(folder: Path, policies: str, scenario: str, *, at: str = "s.yaml") -> Sequence[Problem]:
    """What one scenario is told by the policies, each of which needs no name."""
    (folder / "bursar.yaml").write_text(policies)
    path = folder / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(scenario)
    file = load_scenario(path)
    plan = None
    if file.scenario.pipelines:
        plan = make_plan(file, load_book(file.scenario.price_book), as_of=AS_OF)
    policy_file = policy_file_for(str(path))
    assert policy_file is not None
    return tuple(policy_findings(policy_file, file, plan, AS_OF))


def said(folder: Path, rule: str, scenario: str = PLAN, *, at: str = "s.yaml") -> list[str]:
    """Where and what each finding of one policy is, without who says so."""
    found = findings(folder, f"policies:\n  - {{name: p, {rule}}}\n", scenario, at=at)
    return [f"{problem.where}: {problem.message.partition('; policy')[0]}" for problem in found]


def test_a_violation_names_the_policy_its_line_its_reason_and_the_line_of_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policies = """\
    # What we agreed on.
    policies:
      - name: cheap-drafts
        reason: finance signs above this
        severity: warning
        limits:
          runway_months: {min: 0}
          list_cost_usd: {max: 1}
    """
    Path("bursar.yaml").write_text(dedent(policies))
    Path("s.yaml").write_text(PLAN)
    file = load_scenario("s.yaml")
    plan = make_plan(file, load_book(), as_of=AS_OF)
    policy_file = policy_file_for("s.yaml")
    assert policy_file is not None
    found = policy_findings(policy_file, file, plan, AS_OF)
    assert render(found, "s.yaml", file.document.lines).splitlines()[:2] == [
        (
            "s.yaml:7:3: warning: pipelines: list cost is $1.20, above $1.00; policy 'cheap-drafts' (bursar.yaml:8) "
            "says so: finance signs above this; change the plan, or have the policy changed  [policy-list-cost]"
        ),
        "    7 |   - name: drafts",
    ]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("list_cost_usd: {max: 1.20}", []),
        ("list_cost_usd: {max: 1.199999}", ["pipelines: list cost is $1.20, above $1.199999"]),
        ("list_cost_usd: {min: 1.20}", []),
        ("list_cost_usd: {min: 2}", ["pipelines: list cost is $1.20, below $2.00"]),
        ("list_cost_usd_per_month: {max: 0.80}", []),
        ("list_cost_usd_per_month: {max: 0.79}", ["pipelines: list cost is $0.80 in 2027-01, above $0.79"]),
        ("list_cost_usd_per_month: {min: 0.41}", ["pipelines: list cost is $0.40 in 2026-12, below $0.41"]),
        ("out_of_pocket_usd: {max: 1.20}", []),
        ("out_of_pocket_usd: {max: 0}", ["pipelines: out-of-pocket is $1.20, above $0.00"]),
        ("out_of_pocket_usd_per_month: {max: 0.80}", []),
        (
            "out_of_pocket_usd_per_month: {max: 0.5}",
            ["pipelines: out-of-pocket is $0.80 in 2027-01, above $0.50"],
        ),
        ("cost_per_asset_usd: {max: 0.04}", []),
        ("cost_per_asset_usd: {max: 0.039}", ["pipelines: cost per asset is $0.04, above $0.039"]),
        ("forfeited_usd: {max: 0}", []),
        ("runway_months: {min: 0}", []),
        ("runway_months: {min: 1}", ["pipelines: runway is 0 months, below 1 months"]),
    ],
)
def test_a_figure_at_its_limit_is_within_it(tmp_path: Path, limit: str, told: list[str]) -> None:
    assert said(tmp_path, f"limits: {{{limit}}}") == told


def test_figures_of_credits_are_told_at_the_credits(tmp_path: Path) -> None:
    """$0.50 of credit pays the first month and half of the second; $5 that expires loses $3.80."""
    pool = "credits: [{{name: c, balance_usd: {0}, starts: 2026-12-01, expires: 2027-01-31, bedrock_third_party: yes}}]\n"
    limits = "limits: {runway_months: {min: 2}, out_of_pocket_usd: {max: 0}, forfeited_usd: {max: 3}}"
    assert said(tmp_path, limits, PLAN + pool.format("0.5")) == [
        "credits: runway is 1 months, below 2 months",
        "credits: out-of-pocket is $0.70, above $0.00",
    ]
    assert said(tmp_path, limits, PLAN + pool.format("5")) == ["credits: forfeited is $3.80, above $3.00"]


def test_credits_that_outlast_the_plan_show_no_more_runway_than_it_has(tmp_path: Path) -> None:
    pool = (
        "credits: [{name: c, balance_usd: 5, starts: 2026-12-01, expires: never, bedrock_third_party: yes}]\n"
    )
    assert said(tmp_path, "limits: {runway_months: {min: 3}}", PLAN + pool) == [
        "credits: runway is 2 months, below 3 months: credits outlast the plan, so plan more months to show it"
    ]


def test_a_plan_that_makes_nothing_has_no_cost_per_asset(tmp_path: Path) -> None:
    nothing = PLAN.replace("assets_per_month: 10", "assets_per_month: 0")
    assert said(tmp_path, "limits: {cost_per_asset_usd: {max: 1}}", nothing) == [
        "pipelines: the plan makes no assets, so it has no cost per asset"
    ]


def test_a_policy_for_the_guard_alone_has_no_figures(tmp_path: Path) -> None:
    assert said(tmp_path, "limits: {list_cost_usd: {max: 0}, runway_months: {min: 99}}", GUARD) == []


def test_models_are_allowed_and_forbidden_by_glob_in_stages_and_on_the_ladder(tmp_path: Path) -> None:
    assert said(tmp_path, "models: {allow: [stability.*]}") == []
    assert said(tmp_path, "models: {allow: [amazon.*, 'stability.sd3*']}") == [
        "pipelines[0].stages[0].model: stability.stable-image-core-v1:1 is not allowed"
    ]
    assert said(tmp_path, "models: {allow: [stability.*], forbid: ['*-core-*']}", GUARD) == [
        "ladder[0].to: stability.stable-image-core-v1:1 is forbidden as *-core-*"
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "us.stability.stable-image-core-v1:1",
        "arn:aws:bedrock:us-west-2::foundation-model/stability.stable-image-core-v1:1",
    ],
)
def test_no_spelling_of_a_model_gets_past_a_policy(tmp_path: Path, asked: str) -> None:
    scenario = PLAN.replace("stability.stable-image-core-v1:1", asked)
    assert said(tmp_path, "models: {forbid: [stability.*]}", scenario) == [
        f"pipelines[0].stages[0].model: {asked} is forbidden as stability.*"
    ]
    assert said(tmp_path, "models: {allow: [stability.*]}", scenario) == []


def test_a_region_is_told_where_it_is_written_and_once(tmp_path: Path) -> None:
    two = PLAN + "      - {name: again, model: stability.stable-image-core-v1:1}\n"
    assert said(tmp_path, "regions: {allow: [us-west-2]}", two) == []
    assert said(tmp_path, "regions: {allow: [eu-*]}", two) == ["region: us-west-2 is not allowed"]
    own = PLAN.replace("core-v1:1}", "core-v1:1, region: us-west-2}").replace(
        "region: us-west-2\nprice", "region: eu-west-1\nprice"
    )
    assert said(tmp_path, "regions: {forbid: ['us-*']}", own) == [
        "pipelines[0].stages[0].region: us-west-2 is forbidden as us-*"
    ]


def test_an_inference_profile_may_answer_from_anywhere_in_its_geography(tmp_path: Path) -> None:
    scenario = PLAN.replace("model: stability", "model: us.stability")
    assert said(tmp_path, "regions: {allow: [us-west-2, us-east-1]}", scenario) == [
        "pipelines[0].stages[0].model: any region of the us inference profile is not allowed"
    ]
    assert said(tmp_path, "regions: {allow: [us-*]}", scenario) == []


def test_a_price_book_may_be_so_many_days_old(tmp_path: Path) -> None:
    """The newest figure of 2026-07-24 is 121 days old on 2026-11-22."""
    assert said(tmp_path, "price_book: {max_age_days: 121}") == []
    told = ["price_book: price book 2026-07-24 is 121 days old, more than 120"]
    assert said(tmp_path, "price_book: {max_age_days: 120}") == told
    assert said(tmp_path, "price_book: {max_age_days: 120}", GUARD) == told


def test_representative_prices_can_be_forbidden(tmp_path: Path) -> None:
    representative = PLAN.replace("2026-07-24", "2026-representative")
    assert said(tmp_path, "price_book: {representative: forbid}") == []
    assert said(tmp_path, "price_book: {representative: allow}", representative) == []
    assert said(tmp_path, "price_book: {representative: forbid}", representative) == [
        "price_book: price book 2026-representative holds representative figures, not AWS's own prices"
    ]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("{name: all}", []),
        ("{name: all, per: day, limit_usd: 100}", []),
        ("{name: all, per: day, limit_usd: 99.99}", ["budgets[0].limit_usd: budget 'all' has a limit of $100.00, above $99.99"]),
        ("{name: all, per: month, limit_usd: 100}", ["budgets[0].per: budget 'all' is a day"]),
        ("{name: '*-month', tags: {team: '*'}}", []),
        ("{name: '*-month', tags: {team: lab}}", ["budgets[1].applies_to.tags: budget 'team-month' is for team studio, not lab"]),
        ("{name: '*-month', tags: {tenant: '*'}}", ["budgets[1].applies_to: budget 'team-month' is for no tag tenant"]),
        ("{name: '*-month', every_call: true}", ["budgets[1].applies_to: budget 'team-month' does not count every call"]),
        ("{limit: credits}", []),
        ("{limit: credits, every_call: true}", []),
        ("{name: no-cash, limit: amount}", ["budgets[2].limit: budget 'no-cash' has no amount: its limit is what credits can still pay"]),
        ("{name: all, limit: credits}", ["budgets[0].limit_usd: budget 'all' has an amount of its own"]),
        ("{name: year}", ["budgets: no budget is named year"]),
        ("{name: year, per: lifetime, limit_usd: 9, tags: {a: b}}", ["budgets: no budget is named year, at most $9.00, per lifetime and for a b"]),
    ],
)  # fmt: skip
def test_required_budgets(tmp_path: Path, wanted: str, told: list[str]) -> None:
    assert said(tmp_path, f"budgets: {{require: [{wanted}]}}", GUARD) == told


def test_a_required_budget_is_any_one_whose_name_matches(tmp_path: Path) -> None:
    """All three match; the monthly one is $50, and what is told is what the nearest one lacks."""
    assert said(tmp_path, "budgets: {require: [{per: month, limit_usd: 50}]}", GUARD) == []
    assert said(tmp_path, "budgets: {require: [{per: month, limit_usd: 40}]}", GUARD) == [
        "budgets[1].limit_usd: budget 'team-month' has a limit of $50.00, above $40.00"
    ]


def test_every_budget_whose_name_matches_is_held_to_the_same(tmp_path: Path) -> None:
    assert said(tmp_path, "budgets: {every: [{name: '*-month', tags: {team: '*'}}]}", GUARD) == []
    assert said(tmp_path, "budgets: {every: [{tags: {team: '*'}}]}", GUARD) == [
        "budgets[0].applies_to: budget 'all' is for no tag team",
        "budgets[2].applies_to: budget 'no-cash' is for no tag team",
    ]


def test_the_guard_must_be_at_least_as_strict(tmp_path: Path) -> None:
    """`warn` satisfies warn and not block; `read_timeout` is one of the three that timeout stands for."""
    assert said(tmp_path, "policy: {uncovered: warn, unpriced: block, retired: warn}", GUARD) == []
    assert said(tmp_path, "policy: {uncovered: block, ledger_down: block, retired: block}", GUARD) == [
        "policy.uncovered: uncovered is warn",
        "policy.ledger_down: ledger_down is allow",
        "policy.retired: retired is warn",
    ]
    assert said(tmp_path, "policy: {assumed_billed: [timeout, read_timeout]}", GUARD) == [
        "policy.assumed_billed: body_lost, connection_lost would not be counted as billed"
    ]
    assert said(tmp_path, "policy: {assumed_billed: [timeout, filtered_output]}", PLAN) == []


@pytest.mark.parametrize(
    ("scope", "applies"),
    [
        ("{paths: ['scenarios/**']}", True),
        ("{paths: ['scenarios/']}", True),
        ("{paths: ['scenarios/*']}", False),
        ("{paths: ['scenarios/*/s.yaml']}", True),
        ("{paths: ['s.yaml']}", True),
        ("{paths: ['*.yml']}", False),
        ("{paths: ['**/team/**']}", True),
        ("{paths: [other/**, scenarios/team/?.yaml]}", True),
        ("{paths: ['/scenarios/team/[a-s].yaml']}", True),
        ("{paths: ['scenarios/team/[!s].yaml']}", False),
        ("{scenarios: [Small]}", True),
        ("{scenarios: ['small*']}", False),
        ("{scenarios: ['S*'], paths: [elsewhere/**]}", False),
        ("{pipelines: ['draft*']}", True),
        ("{pipelines: [finals]}", False),
    ],
)
def test_a_policy_applies_where_every_glob_of_its_scope_matches(
    tmp_path: Path, scope: str, *, applies: bool
) -> None:
    told = said(tmp_path, f"applies_to: {scope}, models: {{forbid: ['*']}}", at="scenarios/team/s.yaml")
    assert bool(told) is applies


def test_a_policy_for_some_pipelines_looks_at_their_stages_alone(tmp_path: Path) -> None:
    two = PLAN + (
        "  - name: finals\n    assets_per_month: 1\n    stages: [{name: f, model: stability.stable-image-ultra-v1:1}]\n"
        "ladder: [{from: stability.stable-image-ultra-v1:1, to: stability.stable-image-core-v1:1}]\n"
    )
    assert said(tmp_path, "applies_to: {pipelines: [finals]}, models: {forbid: [stability.*]}", two) == [
        "pipelines[1].stages[0].model: stability.stable-image-ultra-v1:1 is forbidden as stability.*"
    ]


def test_hostile_names_are_shown_as_text(tmp_path: Path) -> None:
    policies = "policies: [{name: '[red]|<b>=cmd()', limits: {list_cost_usd: {max: 0}}}]\n"
    (problem,) = findings(tmp_path, policies, PLAN)
    assert "policy '[red]|<b>=cmd()' (" in problem.message


def test_a_policy_file_without_policies_finds_nothing(tmp_path: Path) -> None:
    assert findings(tmp_path, "review: {forfeit_pct: 20}\n", PLAN) == ()
    assert read_policy_file(str(tmp_path / "bursar.yaml")).policies == ()
