"""`bursar.yaml`: the nearest one is found, every key is read, every mistake is told with its place."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from planner.review.policies import PolicyFile, policy_file_for, read_policy_file
from planner.review.policies.explained import POLICY_RULES
from planner.review.policies.types import Budgets, Named, Prices, Scope, TeamPolicy, Wanted
from planner.review.settings import ReviewSettings
from planner.scenario import Bounds
from pricing.money import Micros
from pricing.problems import Invalid

GOLDEN = Path(__file__).with_name("golden")
FULL = GOLDEN / "policies_full.yaml"


def found(scenario: Path) -> PolicyFile:
    file = policy_file_for(str(scenario))
    assert file is not None
    return file


def told(folder: Path, text: str) -> list[str]:
    """Each problem without its excerpt and file name."""
    path = folder / "bursar.yaml"
    path.write_text(text)
    with pytest.raises(Invalid) as raised:
        read_policy_file(str(path), ("old-prices", "retired"))
    lines = str(raised.value).splitlines()
    return [line.removeprefix(f"{path}:") for line in lines if line.startswith(str(path))]


def test_every_key_is_read() -> None:
    file = read_policy_file(str(FULL))
    assert file.warnings == ()
    assert file.settings == ReviewSettings(
        120, Fraction(25), {"old-prices": "error", "premium-drafts": "off"}
    )
    assert file.exclude == ("archive/**", "*.draft.yaml")
    assert file.policies == (
        TeamPolicy(
            "ceiling",
            reason="finance signs above this",
            severity="warning",
            applies_to=Scope(paths=("scenarios/**",), scenarios=("Catalogue*",)),
            limits={
                "list_cost_usd": Bounds(max=Fraction(100_000)),
                "list_cost_usd_per_month": Bounds(max=Fraction(9_000)),
                "out_of_pocket_usd": Bounds(max=Fraction(0)),
                "out_of_pocket_usd_per_month": Bounds(max=Fraction(0)),
                "cost_per_asset_usd": Bounds(Fraction(1, 20), Fraction(1, 4)),
                "forfeited_usd": Bounds(max=Fraction(1_000)),
                "runway_months": Bounds(min=Fraction(12)),
            },
            price_book=Prices(180, "forbid"),
            budgets=Budgets(
                require=(
                    Wanted("*-month", Micros(6_000_000_000), per="month", tags={"pipeline": "*"}),
                    Wanted(limit="credits", every_call=True),
                ),
                every=(Wanted("tenant-*", limit="amount", tags={"tenant": "*"}),),
            ),
            policy={
                "unpriced": "block",
                "uncovered": "block",
                "retired": "warn",
                "ledger_down": "block",
                "assumed_billed": ("timeout",),
            },
        ),
        TeamPolicy(
            "drafts",
            severity="error",
            applies_to=Scope(pipelines=("draft*",)),
            models=Named(("amazon.*", "stability.*"), ("stability.stable-image-ultra-*",)),
            regions=Named(("us-*",), ("us-gov-*",)),
        ),
    )


def test_the_nearest_file_wins_whole(tmp_path: Path) -> None:
    above, below = tmp_path / "bursar.yaml", tmp_path / "team" / "bursar.yaml"
    above.write_text("review: {forfeit_pct: 1, old_prices_days: 1}\n")
    (tmp_path / "team" / "deep").mkdir(parents=True)
    assert found(tmp_path / "team" / "deep" / "s.yaml").path == str(above)
    below.write_text("review: {forfeit_pct: 2}\n")
    settings = found(tmp_path / "team" / "deep" / "s.yaml").settings
    assert (settings.forfeit_pct, settings.old_prices_days) == (2, 90)
    assert found(tmp_path / "s.yaml").settings.old_prices_days == 1


@pytest.mark.parametrize("worktree", [False, True])
def test_the_search_ends_at_the_repository(tmp_path: Path, *, worktree: bool) -> None:
    """`.git` is a folder, or a file in a linked work tree."""
    (tmp_path / "bursar.yaml").write_text("review: {forfeit_pct: 1}\n")
    repository = tmp_path / "repository"
    (repository / "scenarios").mkdir(parents=True)
    if worktree:
        (repository / ".git").write_text("gitdir: elsewhere\n")
    else:
        (repository / ".git").mkdir()
    assert policy_file_for(str(repository / "scenarios" / "s.yaml")) is None
    (repository / "bursar.yaml").write_text("review: {forfeit_pct: 2}\n")
    assert found(repository / "scenarios" / "s.yaml").settings.forfeit_pct == 2


def test_a_relative_path_is_searched_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bursar.yaml").write_text("review: {exclude: [archive/**]}\n")
    (tmp_path / "archive").mkdir()
    monkeypatch.chdir(tmp_path)
    assert found(Path("s.yaml")).path == "bursar.yaml"
    assert found(Path("archive/s.yaml")).excludes("archive/s.yaml")
    assert not found(Path("s.yaml")).excludes("s.yaml")
    monkeypatch.chdir("archive")
    file = found(Path("s.yaml"))
    assert file.path == "../bursar.yaml"
    assert file.excludes("s.yaml")
    assert not file.excludes("../s.yaml")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "bursar.yaml"
    path.write_text("review: {forfeit_pct: 1}\n")
    first = found(tmp_path / "s.yaml")
    assert found(tmp_path / "s.yaml") is first
    path.write_text("review: {forfeit_pct: 22}\n")
    assert found(tmp_path / "s.yaml").settings.forfeit_pct == 22
    path.unlink()
    assert policy_file_for(str(tmp_path / "s.yaml")) is None


def test_many_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        "review: {old_price_days: 9, forfeit_pct: 101}\n"
        "policies:\n"
        "  - {name: a, severity: fatal, limits: {list_cost: {max: 1}}}\n"
        "  - {name: a, models: {}}\n"
        "  - {name: b, budgets: {require: [{limit_usd: 5}, {limit: credits, limit_usd: 5, per: day}]}}\n"
        "  - {name: c}\n"
        "  - {name: d, applies_to: {}, regions: {allow: [Oregon]}}\n"
        "  - {name: e, policy: {ledger_down: warn}}\n"
    )
    assert told(tmp_path, text) == [
        "1:10: error: review.old_price_days: is not a known key; did you mean old_prices_days?  [unknown-key]",
        "1:42: error: review.forfeit_pct: must be between 0 and 100, got 101  [out-of-range]",
        "3:25: error: policies[0].severity: must be one of error, warning, info, got fatal  [wrong-value]",
        (
            "3:40: error: policies[0].limits: needs one of list_cost_usd, list_cost_usd_per_month, out_of_pocket_usd, "
            "out_of_pocket_usd_per_month, cost_per_asset_usd, forfeited_usd, runway_months; add one  [missing-key]"
        ),
        "3:41: error: policies[0].limits.list_cost: is not a known key; did you mean list_cost_usd?  [unknown-key]",
        "4:12: error: policies[1].name: a is already taken on line 3; give each its own  [duplicate-name]",
        "4:23: error: policies[1].models: needs one of allow, forbid; add one  [missing-key]",
        "5:35: error: policies[2].budgets.require[0].per: is missing, though limit_usd is given; add it  [missing-key]",
        (
            "5:51: error: policies[2].budgets.require[1].limit_usd: cannot stand beside limit: credits; keep one of them"
            "  [one-of]"
        ),
        (
            "6:5: error: policies[3]: needs one of limits, models, regions, price_book, budgets, policy; add one"
            "  [missing-key]"
        ),
        "7:27: error: policies[4].applies_to: needs one of paths, scenarios, pipelines; add one  [missing-key]",
        (
            "7:49: error: policies[4].regions.allow[0]: must be an AWS region or a pattern such as us-*, got Oregon"
            "  [wrong-value]"
        ),
        "8:37: error: policies[5].policy.ledger_down: must be block, got warn  [wrong-value]",
    ]


def test_a_policy_for_some_pipelines_cannot_hold_what_a_whole_scenario_has(tmp_path: Path) -> None:
    text = "policies: [{name: a, applies_to: {pipelines: [x]}, models: {forbid: [z.*]}, limits: {runway_months: {min: 1}}}]"
    assert told(tmp_path, text) == [
        (
            "1:77: error: policies[0].limits: holds a whole scenario, but this policy is for some pipelines; "
            "put it in a policy of its own  [wrong-scope]"
        )
    ]


def test_an_unknown_rule_suggests_the_nearest_one(tmp_path: Path) -> None:
    assert told(tmp_path, "review:\n  rules: {old-price: error, retired: off}\n") == [
        "2:11: error: review.rules.old-price: is not a rule; did you mean old-prices?  [unknown-rule]"
    ]


def test_off_may_be_written_as_yaml_1_1_tools_write_it(tmp_path: Path) -> None:
    path = tmp_path / "bursar.yaml"
    path.write_text("review: {rules: {retired: off, old-prices: false}}\n")
    file = read_policy_file(str(path), ("old-prices", "retired"))
    assert file.settings.severities == {"retired": "off", "old-prices": "off"}
    assert file.warnings == ()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"\x00", b"- a\n", b"policies: &a [*a]\n", b"[" * 5000, b"review:\n"]
)
def test_what_is_no_policy_file_is_a_clear_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bursar.yaml"
    path.write_bytes(content)
    with pytest.raises(Invalid) as raised:
        policy_file_for(str(tmp_path / "s.yaml"))
    assert raised.value.file == str(path)
    assert str(raised.value).startswith(f"{path}:")


def test_a_missing_file_is_a_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="there is no such file"):
        read_policy_file(str(tmp_path / "bursar.yaml"))


def test_a_file_that_may_not_be_read_is_a_clear_problem(tmp_path: Path) -> None:
    """A FIFO would never end; a folder of that name is none."""
    (tmp_path / "bursar.yaml").mkdir()
    assert policy_file_for(str(tmp_path / "s.yaml")) is None
    os.mkfifo(tmp_path / "other.yaml")
    with pytest.raises(Invalid, match="is not a regular file"):
        read_policy_file(str(tmp_path / "other.yaml"))


def test_every_rule_a_policy_makes_explains_itself(tmp_path: Path) -> None:
    """The example of each is a policy file."""
    assert len({rule.id for rule in POLICY_RULES}) == len(POLICY_RULES) == 11
    for rule in POLICY_RULES:
        path = tmp_path / f"{rule.id}.yaml"
        path.write_text(rule.bad)
        assert len(read_policy_file(str(path)).policies) == 1


def test_a_policy_file_that_would_not_be_read_is_a_clear_problem(tmp_path: Path) -> None:
    """`bursar.yml` looks as if it held; beside a `bursar.yaml` it is nobody's business."""
    (tmp_path / "bursar.yml").write_text("policies: []\n")
    with pytest.raises(
        Invalid, match=r"bursar\.yml: error: is not read under this name.*rename it to bursar\.yaml"
    ):
        policy_file_for(str(tmp_path / "scenarios/s.yaml"))
    (tmp_path / "bursar.yaml").write_text("policies: []\n")
    assert found(tmp_path / "scenarios/s.yaml").policies == ()
