"""Rules about credit pools and the other spend that competes for them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from planner.credits import covers
from planner.projection import credit_pool
from planner.review.context import ReviewContext
from planner.review.rule import Rule
from planner.scenario import Credit
from pricing.money import MICROS_PER_USD, Micros, format_usd
from pricing.problems import Problem

_MOST_GRANTED: Final = {
    "activate-founders": 5_000,
    "activate-portfolio": 200_000,
    "genai-accelerator": 1_000_000,
    "free-tier": 200,
}
"""US dollars that AWS's programme pages named on 2026-11-22; programmes without a figure of AWS's own are left out."""
_NEVER_PAID: Final = (
    (re.compile(r"\bsupport\b", re.IGNORECASE), "support"),
    (re.compile(r"\b(tax|vat|gst)\b", re.IGNORECASE), "tax"),
    (re.compile(r"\bup-?front\b|\bdomain registration\b", re.IGNORECASE), "upfront"),
)

FORFEITS: Final = Rule(
    "pool-forfeits",
    "warning",
    "A credit pool that loses much of its balance",
    "AWS extends no credit: what is left on the day it expires is gone. More than 10 % of the balance is a finding,"
    " unless `review.forfeit_pct` in bursar.yaml says otherwise.",
    "Use it sooner, on more of the work, or ask AWS for less.",
    "credits:\n  - {name: poc, balance_usd: 25_000, starts: 2026-12-01, expires: 2027-02-28}   # a plan of $400 a month",
    "credits:\n  - {name: poc, balance_usd: 1_000, starts: 2026-12-01, expires: 2027-02-28}",
)
UNKNOWN: Final = Rule(
    "coverage-unknown",
    "info",
    "A pool of which nobody knows whether it pays Marketplace models",
    "Stability's models on Bedrock are sold through AWS Marketplace, which many credits do not pay. The plan counts on"
    " nothing, so cash and runway come as a range.",
    "Make one picture, look for its credit row on the bill a day later, and write yes or no.",
    "credits:\n  - {name: activate, balance_usd: 5_000, starts: 2026-11-01, expires: 2027-10-31}",
    "credits:\n  - {name: activate, balance_usd: 5_000, starts: 2026-11-01, expires: 2027-10-31, bedrock_third_party: yes}",
)
TERMS: Final = Rule(
    "coverage-against-terms",
    "info",
    "A pool said to pay what its terms do not, or the reverse",
    "The Activate Terms (section 1.2, 2026-01-22) let credits pay third-party models on Bedrock; the general"
    " Promotional Credit Terms exclude AWS Marketplace. A mistake here moves the whole cost of Stability's models"
    " between credits and cash.",
    "Hold it against a bill, then keep it with an ignore comment that says which.",
    "credits:\n  - {name: activate, program: activate-founders, bedrock_third_party: no, ...}",
    "credits:\n  - {name: activate, program: activate-founders, bedrock_third_party: yes, ...}",
)
TWICE: Final = Rule(
    "pool-twice",
    "warning",
    "Two pools that look like one",
    "They have the same programme, balance, dates and products. One credit entered twice makes the runway twice as long"
    " as it is.",
    "Take one out, or ignore it with the two credit ids as the reason.",
    "credits:\n  - {name: a, balance_usd: 5_000, starts: 2026-11-01, expires: 2027-10-31}\n"
    "  - {name: b, balance_usd: 5_000, starts: 2026-11-01, expires: 2027-10-31}",
    "credits:\n  - {name: a, balance_usd: 5_000, starts: 2026-11-01, expires: 2027-10-31}",
)
LARGE: Final = Rule(
    "pool-above-program",
    "warning",
    "A balance above what its programme grants",
    "Most often a digit too many. The figures are those on AWS's programme pages on 2026-11-22.",
    "Check the balance on the credits page of the Billing console.",
    "credits:\n  - {name: founders, program: activate-founders, balance_usd: 50_000, ...}",
    "credits:\n  - {name: founders, program: activate-founders, balance_usd: 5_000, ...}",
)
BACKGROUND: Final = Rule(
    "background-missing",
    "warning",
    "A shared pool, and no other spend on the account",
    "AWS applies a credit to the largest charge it covers, which is seldom the images. Without the account's other"
    " charges the plan gives all of it to the images, and the runway is too long.",
    "List the account's other charges under background_spend.",
    'credits:\n  - {name: activate, products: ["*"], ...}',
    "background_spend:\n  - {product: Amazon Elastic Compute Cloud, usd_per_month: 250}\n"
    'credits:\n  - {name: activate, products: ["*"], ...}',
)
KIND: Final = Rule(
    "background-kind",
    "warning",
    "Spend that no credit pays, entered as usage",
    "Credits pay neither support plans nor taxes nor upfront fees. As usage this charge would use up credit in the plan"
    " that it leaves alone on the bill.",
    "Write kind: support, tax or upfront.",
    "background_spend:\n  - {product: AWS Support (Business), usd_per_month: 100}",
    "background_spend:\n  - {product: AWS Support (Business), usd_per_month: 100, kind: support}",
)
COUNTED_TWICE: Final = Rule(
    "background-twice",
    "info",
    "Other spend on a product the plan prices itself",
    "What the pipelines make is priced already. Taken from a bill, this figure holds it a second time.",
    "Take the pipelines' own part off the figure.",
    "background_spend:\n  - {product: Amazon Bedrock, usd_per_month: 400}   # the plan uses Nova Canvas",
    "background_spend:\n  - {product: Amazon Elastic Compute Cloud, usd_per_month: 400}",
)
RULES: Final = (FORFEITS, UNKNOWN, TERMS, TWICE, LARGE, BACKGROUND, KIND, COUNTED_TWICE)


def check(context: ReviewContext) -> Iterator[Problem]:
    yield from _pools(context)
    yield from _background(context)
    if context.plan is not None:
        yield from _of_plan(context)


def _pools(context: ReviewContext) -> Iterator[Problem]:
    first: dict[object, str] = {}
    for index, credit in enumerate(context.scenario.credits):
        where = f"credits[{index}]"
        other = first.setdefault(_alike(credit), credit.name)
        if other != credit.name:
            message = f"{credit.name} has the programme, balance, dates and products of {other}"
            yield TWICE.found(where, message, "take one out, or say why there are two")
        most = _MOST_GRANTED.get(credit.program)
        if most is not None and credit.balance_usd > most * MICROS_PER_USD:
            message = (
                f"{format_usd(credit.balance_usd)} is more than the ${most:,} that {credit.program} grants"
            )
            yield LARGE.found(f"{where}.balance_usd", message, "check it in the Billing console")
        yield from _terms(credit, f"{where}.bedrock_third_party")


def _alike(credit: Credit) -> object:
    return credit.program, credit.balance_usd, credit.starts, credit.expires, credit.products, credit.status


def _terms(credit: Credit, where: str) -> Iterator[Problem]:
    if credit.program.startswith("activate-") and credit.bedrock_third_party == "no":
        message = "the Activate Terms let credits pay third-party models on Bedrock"
        yield TERMS.found(where, message, "hold it against a bill")
    if credit.program in ("bedrock-poc", "free-tier") and credit.bedrock_third_party == "yes":
        message = "AWS's general credit terms exclude Marketplace, which sells third-party models"
        yield TERMS.found(where, message, "hold it against a bill")


def _background(context: ReviewContext) -> Iterator[Problem]:
    scenario = context.scenario
    for index, spend in enumerate(scenario.background_spend):
        kind = next((kind for words, kind in _NEVER_PAID if words.search(spend.product)), None)
        if kind is not None and spend.kind == "usage":
            message = f"no credit pays {spend.product}, and as usage it uses them up in the plan"
            yield KIND.found(f"background_spend[{index}]", message, f"write kind: {kind}")
    if scenario.pipelines and not scenario.background_spend:
        for index, credit in enumerate(scenario.credits):
            if "*" in credit.products and credit.status == "active" and credit.balance_usd:
                message = (
                    f"{credit.name} pays every product on the account, and background_spend names none:"
                    " the plan gives all of it to the images"
                )
                yield BACKGROUND.found(f"credits[{index}]", message, "list the account's other charges")


def _of_plan(context: ReviewContext) -> Iterator[Problem]:
    assert context.plan is not None  # noqa: S101 - the caller looks
    plan = context.plan.projection
    lines = [line for month in plan.months for line in month.charges if not line.background]
    products = {line.product for line in lines}
    for index, spend in enumerate(context.scenario.background_spend):
        if spend.product in products and spend.kind == "usage":
            message = f"{spend.product} is priced by the pipelines too, so part of it may be counted twice"
            yield COUNTED_TWICE.found(
                f"background_spend[{index}].product", message, "take the pipelines' own part off"
            )
    models = {(line.product, line.entity): line.credit_charge() for line in lines if line.sku}.values()
    marketplace = any(charge.entity == "marketplace" for charge in models)
    for index, (credit, pool) in enumerate(zip(context.scenario.credits, plan.pools, strict=True)):
        where = f"credits[{index}]"
        if (
            pool.drawn
            and pool.forfeited_on
            and _share(pool.forfeited, pool.opening_balance) > context.settings.forfeit_pct
        ):
            share = float(_share(pool.forfeited, pool.opening_balance))
            message = (
                f"{pool.name} loses {format_usd(pool.forfeited)} of {format_usd(pool.opening_balance)}"
                f" ({share:.0f} %) when it expires on {pool.forfeited_on}"
            )
            yield FORFEITS.found(where, message, "use it sooner or on more, or plan with less of it")
        pays_some = any(covers(credit_pool(credit), charge) for charge in models)
        if pays_some and pool.drawn and credit.bedrock_third_party == "unknown" and marketplace:
            message = (
                f"whether {pool.name} pays models sold through AWS Marketplace is not known: cash is a range"
            )
            yield UNKNOWN.found(
                f"{where}.bedrock_third_party", message, "make one picture and look at the bill"
            )


def _share(part: Micros, whole: Micros) -> Fraction:
    return Fraction(part * 100, whole) if whole else Fraction(0)
