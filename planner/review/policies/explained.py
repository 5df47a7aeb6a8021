"""The rules that a team's policies make, as `bursar review --explain` tells them."""

from typing import Final

from planner.review.rule import Rule
from pricing.problems import Severity

POLICY_PREFIX: Final = "policy-"
"""What the id of every finding of a team's policy begins with."""
_HAVE_IT_CHANGED: Final = (
    "or have the policy changed by those who wrote it: the finding names its line in bursar.yaml"
)


def _rule(id_: str, title: str, why: str, remedy: str, bad: str) -> Rule:
    severity: Severity = "error"
    return Rule(
        id_, severity, title, why, f"{remedy}, {_HAVE_IT_CHANGED}", bad=f"# bursar.yaml\npolicies:\n{bad}"
    )


POLICY_RULES: Final = (
    _rule(
        "policy-list-cost",
        "list cost outside a policy",
        "The team has agreed on what a plan may cost before credits, in all or in any one month.",
        "Plan less",
        "  - {name: ceiling, limits: {list_cost_usd_per_month: {max: 5_000}}}\n",
    ),
    _rule(
        "policy-out-of-pocket",
        "cash outside a policy",
        "The team has agreed on how much of a plan may be paid in cash, in all or in any one month.",
        "Plan less, or find credit that pays for it",
        "  - {name: no cash, limits: {out_of_pocket_usd: {max: 0}}}\n",
    ),
    _rule(
        "policy-cost-per-asset",
        "cost per asset outside a policy",
        "The team has agreed on what one finished asset may cost before credits.",
        "Use fewer candidates or a cheaper model",
        "  - {name: margin, limits: {cost_per_asset_usd: {max: 0.25}}}\n",
    ),
    _rule(
        "policy-forfeited",
        "forfeits outside a policy",
        "The team has agreed on how much credit may expire unused.",
        "Move spend to before the pool expires",
        "  - {name: no waste, limits: {forfeited_usd: {max: 1_000}}}\n",
    ),
    _rule(
        "policy-runway",
        "runway outside a policy",
        "The team has agreed on how many months credits must last.",
        "Plan less, or find more credit",
        "  - {name: runway, limits: {runway_months: {min: 12}}}\n",
    ),
    _rule(
        "policy-model",
        "model outside a policy",
        "The team has agreed on which models may be asked, in stages and on the ladder.",
        "Use one that is allowed",
        "  - {name: models, models: {allow: [stability.*], forbid: [stability.stable-image-ultra-*]}}\n",
    ),
    _rule(
        "policy-region",
        "region outside a policy",
        "The team has agreed on where models may be asked. An inference profile answers from any region of its geography.",
        "Use a region that is allowed",
        "  - {name: at home, regions: {allow: [us-west-2]}}\n",
    ),
    _rule(
        "policy-price-age",
        "price book older than a policy allows",
        "A plan with old prices can be wrong in every figure.",
        "Use a newer price book",
        "  - {name: fresh, price_book: {max_age_days: 180}}\n",
    ),
    _rule(
        "policy-price-kind",
        "representative prices where a policy forbids them",
        "Figures that people plan with are not what AWS bills.",
        "Use a price book with AWS's own prices",
        "  - {name: real prices, price_book: {representative: forbid}}\n",
    ),
    _rule(
        "policy-budget",
        "budget missing or not as a policy wants it",
        "The guard stops only what a budget counts, so the team has agreed on which budgets there must be.",
        "Add or change the budget",
        "  - {name: capped, budgets: {require: [{per: month, limit_usd: 6_000, every_call: true}]}}\n",
    ),
    _rule(
        "policy-setting",
        "guard less strict than a policy wants",
        "What the guard lets through when it cannot decide is money nobody has counted.",
        "Make the setting stricter",
        "  - {name: fail closed, policy: {ledger_down: block, uncovered: block}}\n",
    ),
)
