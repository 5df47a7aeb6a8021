"""When rules speak and when they keep silent: each beside the case that is just all right."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from planner.review.file import Reviewer
from planner.review.rules import RULES
from planner.review.settings import ReviewSettings
from pricing.problems import Problem

GOOD = Path("tests/corpus/review/good.yaml").read_text("utf-8")
AS_OF = date(2026, 10, 20)
NOVA = Path("tests/corpus/review/size-over-boundary.yaml").read_text("utf-8")
"""A plan on Nova Canvas, while it lived, with one stage of 1040x1040."""


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def findings(text: str, settings: ReviewSettings | None = None, as_of: date = AS_OF) -> tuple[Problem, ...]:
    return Reviewer(as_of, settings or ReviewSettings()).review_source(text, "test.yaml").findings


def codes(text: str, settings: ReviewSettings | None = None, as_of: date = AS_OF) -> list[str]:
    return [problem.code for problem in findings(text, settings, as_of)]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("draft-dearer", [("stability.stable-image-core-v1:1, candidates", "stability.sd3-5-large-v1:0, candidates")]),
        ("candidates-unneeded", [(", candidates: 3", "")]),
        ("candidates-unneeded", [("name: final", "name: variants"), ("large-v1:0}\n", "large-v1:0, candidates: 2}\n")]),
        ("growth-compounds", [("growth_pct_per_month: 2", "growth_pct_per_month: 51")]),
        ("season-unused", [("growth_pct_per_month: 2", "seasonality: {11: 1.6, 12: 1.8}")]),
        ("plan-over", [("start: 2026-12", "start: 2025-11")]),
        ("pool-above-program", [("balance_usd: 5_000", "balance_usd: 5_000.000000")]),
        ("background-missing", [('products: ["*"]', "products: [Amazon Bedrock]")]),
        ("background-missing", [("usd_per_month: 100}", "usd_per_month: 0}")]),
        ("background-kind", [("usd_per_month: 100}", "usd_per_month: 100}\n  - {product: AWS Support (Business), usd_per_month: 29, kind: support}")]),
        ("background-twice", [("Amazon Elastic Compute Cloud", "Amazon Simple Storage Service")]),
        ("budget-unmatched", [("per: month,", "per: month, applies_to: {models: [us.stability.*]},")]),
        ("budget-unmatched", [("per: month,", "per: month, applies_to: {tags: {app: studio}},")]),
        ("budget-unmatched", [("per: month,", "per: month, applies_to: {tags: {pipeline: pictures}},")]),
        ("call-uncovered", [("per: month,", "per: month, applies_to: {tags: {app: studio}},")]),
        ("call-uncovered", [("budgets:\n", "budgets:\n  - {name: core, limit_usd: 300, applies_to: {models: ['*core*']}}\n")]),
        ("budget-below-plan", [("limit_usd: 400", "limit_usd: 248.68")]),
        ("budget-below-plan", [("limit_usd: 400", "limit_usd: 1"), ("per: month,", "per: month, applies_to: {tags: {app: x}},")]),
        ("budget-loose", [("limit_usd: 400", "limit_usd: 2_486")]),
        ("budget-redundant", [("budgets:\n", "budgets:\n  - {name: day, limit_usd: 20, per: day}\n")]),
        ("budget-redundant", [("budgets:\n", "budgets:\n  - {name: stop, limit_usd: 450, thresholds: [{at_pct: 50, do: notify}]}\n")]),
        ("budget-no-credits", [("budgets:\n", "budgets:\n  - {name: no-cash, limit: credits}\n")]),
        ("threshold-no-effect", [("at_pct: 80", "at_pct: 99.9")]),
        ("downgrade-without-ladder", [("do: downgrade", "do: notify"), ("ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}\n", "")]),
        ("rung-never", [("model: stability.sd3-5-large-v1:0", "model: stability.stable-image-ultra-v1:1"), ("ladder:\n", "ladder:\n  - {from: stability.stable-image-ultra-v1:1, to: stability.sd3-5-large-v1:0}\n")]),
        ("rung-changes-payer", []),
        ("guard-lax", [("expect:", "policy: {retired: allow, assumed_billed: [read_timeout]}\nexpect:")]),
        ("expect-vacuous", [("{max: 0}", "{max: 1, min: 0.01}")]),
        ("override-shadowed", [("price_book: 2026-07-24\n", "price_overrides:\n  - {model: stability.*, discount_pct: 5}\n  - {model: '*core*', discount_pct: 9}\n")]),
        ("override-above-list", [("price_book: 2026-07-24\n", "price_overrides:\n  - {model: '*core*', usd_per_image: 0.04}\n")]),
        ("pool-late", [("starts: 2026-11-15", "starts: 2026-12-31")]),
        ("coverage-against-terms", [("program: activate-founders", "program: other"), ("third_party: yes", "third_party: no")]),
    ],
)  # fmt: skip
def test_a_rule_keeps_silent_beside_its_case(rule: str, changes: list[tuple[str, str]]) -> None:
    text = changed(GOOD, *changes)
    assert not [each for each in findings(text) if each.code in RULES and RULES[each.code].unusable]
    assert rule not in codes(text)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("1024x1024", None),
        ("1040x1040", "write size: 1024x1024"),
        ("1136x1136", "write size: 1024x1024"),
        ("1152x1152", None),
        ("1280x720", None),
    ],
)
def test_a_size_is_just_over_a_boundary_while_a_fifth_fewer_pixels_get_below_it(
    size: str, said: str | None
) -> None:
    """1024x1024 has 81 % of the pixels of 1136x1136, and 79 % of those of 1152x1152."""
    found = findings(NOVA.replace("1040x1040", size))
    assert [each.remedy for each in found if each.code == "size-over-boundary"] == ([said] if said else [])


def test_a_pool_may_lose_the_share_the_team_allows() -> None:
    """$5,000 from December to February, of which $912.04 is used: 82 % is lost."""
    text = changed(GOOD, ("expires: 2028-11-14", "expires: 2027-02-28"))
    assert "pool-forfeits" in codes(text)
    assert "pool-forfeits" in codes(text, ReviewSettings(forfeit_pct=Fraction(81)))
    assert "pool-forfeits" not in codes(text, ReviewSettings(forfeit_pct=Fraction(82)))


def test_prices_are_old_after_the_days_the_team_allows() -> None:
    """The book's newest figure was read 88 days before."""
    assert "old-prices" not in codes(GOOD)
    assert "old-prices" not in codes(GOOD, ReviewSettings(old_prices_days=88))
    assert "old-prices" in codes(GOOD, ReviewSettings(old_prices_days=87))
    policy = "name: Guard\nbudgets:\n  - {name: month, limit_usd: 400}\n"
    assert codes(policy) == []
    assert codes(policy, ReviewSettings(old_prices_days=87)) == ["old-prices"]


def test_a_budget_by_pipeline_counts_that_pipeline_alone() -> None:
    """Two pipelines of $40 a month each: $50 hold one of them, and not both."""
    pipelines = "".join(
        f"  - name: {name}\n    assets_per_month: 1_000\n    stages:\n"
        "      - {name: final, model: stability.stable-image-core-v1:1}\n"
        for name in ("one", "two")
    )
    head = f"name: two\nstart: 2026-12\nmonths: 1\nregion: us-west-2\nexpect: {{list_cost_usd: {{max: 80}}}}\npipelines:\n{pipelines}"
    one = "budgets:\n  - {name: one, limit_usd: 50, applies_to: {tags: {pipeline: one}}}\n"
    assert codes(head + one) == ["call-uncovered"]
    both = "budgets:\n  - {name: both, limit_usd: 50}\n"
    [problem] = findings(head + both)
    assert problem.message == "both allows $50.00, and the plan needs $80.00 in 2026-12"


def test_a_ladder_is_judged_by_what_the_steps_before_it_made() -> None:
    """Ultra -> SD3.5 -> Core are two steps down; without the first, the second has nothing to start from."""
    ultra = ("model: stability.sd3-5-large-v1:0", "model: stability.stable-image-ultra-v1:1")
    assert [each.where for each in findings(changed(GOOD, ultra)) if each.code == "rung-never"] == [
        "ladder[0]"
    ]


def test_a_policy_for_the_guard_alone_is_judged_without_a_plan() -> None:
    text = """\
name: Guard
price_overrides:
  - {model: stability.*, discount_pct: 5}
budgets:
  - {name: month, limit_usd: 0, thresholds: [{at_pct: 80, do: downgrade}]}
  - {name: no-cash, limit: credits}
policy: {ledger_down: allow}
"""
    assert codes(text) == ["budget-zero", "downgrade-without-ladder", "budget-no-credits", "guard-lax"]


def test_a_plan_that_has_no_price_is_still_judged_by_what_needs_none() -> None:
    text = changed(
        GOOD, ("core-v1:1, candidates", "cor-v1:1, candidates"), ("limit_usd: 400", "limit_usd: 0")
    )
    assert codes(text) == ["unknown-model", "budget-zero"]


def test_nothing_is_said_of_the_credits_that_pay_more_than_one_seller() -> None:
    """A pool that pays Nova Canvas and Stability alike: leading from one to the other changes no payer."""
    text = changed(NOVA, ("\nexpect:", "\nladder:\n  - {from: amazon.nova-canvas-v1:0, to: stability.stable-image-core-v1:1}\n\nexpect:"))  # fmt: skip
    assert "rung-changes-payer" not in codes(text)
    assert "rung-changes-payer" in codes(changed(text, ("third_party: yes", "third_party: no")))


def test_every_rule_is_explained() -> None:
    for rule in RULES.values():
        assert rule.id == rule.id.lower()
        assert all((rule.title, rule.why, rule.remedy))
        assert rule.why.endswith((".", ")"))


def test_what_a_plan_finds_a_review_finds_in_the_same_words() -> None:
    for path in sorted(Path("tests/corpus/review").glob("*.yaml")):
        reviewed = Reviewer(AS_OF).review_path(str(path))
        if reviewed.plan is not None:
            stands = {*reviewed.findings, *(ignored.problem for ignored in reviewed.ignored)}
            assert set(reviewed.plan.problems) <= stands


def test_the_samples_have_no_finding_that_is_not_meant() -> None:
    """What stays is true: a million dollars that mostly expires, a budget that stops the November peak, ..."""
    warned = {
        path.stem: [each.code for each in Reviewer(AS_OF).review_path(str(path)).findings if each.severity != "info"]
        for path in sorted(Path("scenarios").glob("*.yaml"))
    }  # fmt: skip
    assert warned == {
        "accelerator-scale": ["pool-forfeits"],
        "ad-creative": ["near-end-of-life", "background-missing"],
        "marketplace-catalogue": ["pool-no-model", "pool-forfeits", "budget-below-plan"],
        "solo-founder": [],
        "titan-catalogue-2026": ["near-end-of-life"],
    }
