"""The files a repository starts with: a scenario to change, policies to choose from, and the schemas editors read."""

import re
from datetime import date, timedelta
from typing import Final

from planner.months import month_of, months_from

FOLDER: Final = "scenarios"
SCHEMAS: Final = ".bursar"
"""The folder of the schemas: a path beside the files works in every editor, offline and on every machine."""

_PLAN = """\
# yaml-language-server: $schema=../{schemas}/scenario.schema.json
# What images on Amazon Bedrock will cost, and who pays. Change the numbers, then: bursar plan {file}
name: {name}
start: {start} # the first month planned
months: 12
region: us-west-2

pipelines: # what one finished asset takes
  - name: pictures
    assets_per_month: 100
    growth_pct_per_month: 5
    stages:
      - {{name: draft, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1, candidates: 3}} # makes 3, keeps 1
      - {{name: final, task: TEXT_IMAGE, model: stability.sd3-5-large-v1:0}}
    rework_pct: 10 # finished assets that go through again
    # supporting: {{storage_mb: 3, deliveries: 100, delivery_mb: 20}} # other AWS usage of each asset

background_spend: # other charges on the account: they compete for the same credits
  - {{product: Amazon Elastic Compute Cloud, usd_per_month: 25}}

credits: # copy these from the Credits page of the AWS billing console
  - name: activate
    program: activate-founders
    balance_usd: 1_000
    starts: {today}
    expires: {expires} # the last day it can pay, as AWS prints it
    products: ["*"]
    bedrock_third_party: yes # does it pay models sold through AWS Marketplace? unknown shows both ends

"""
_GUARD_ONLY = """\
# yaml-language-server: $schema=../{schemas}/scenario.schema.json
# Limits for the guard alone. In code: Guard.from_scenario("{file}", ledger="sqlite:///guard.db")
# To plan as well, add start, months, region and pipelines.
name: {name}

"""
_LIMITS = """\
budgets: # what the guard holds every call to
  - name: month
    limit_usd: 60
    per: month # day | month | lifetime
    # applies_to: {{tags: {{pipeline: pictures}}}} # left out: every call
    thresholds:
      - {{at_pct: 50, do: notify}}
      - {{at_pct: 80, do: downgrade}}

ladder: # cheaper requests, in the order they may be tried
  - {{from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}}

policy: {{uncovered: block, ledger_down: block}} # a call that matches no budget; a ledger that does not answer
"""
_EXPECTED = """\

expect: # what a review holds the plan to
  out_of_pocket_usd: {{max: 0}}
  runway_months: {{min: 6}}
"""
POLICIES: Final = f"""\
# yaml-language-server: $schema={SCHEMAS}/bursar.schema.json
# What every scenario below this folder is held to. The nearest bursar.yaml above a scenario wins, whole.
# bursar review scenarios checks it; each finding names the policy and its line here.
review:
  old_prices_days: 365 # a price book older than this is worth checking
  forfeit_pct: 10 # a credit pool that loses more of its balance is a finding
  # rules: {{old-prices: error, premium-drafts: off}} # bursar review --explain lists the rules
  # exclude: ["archive/**"] # scenarios that are not reviewed

policies:
  - name: the guard fails closed
    reason: what nobody counts, nobody can stop
    severity: error # warning and info are told too; an error fails the review
    policy: {{uncovered: block, ledger_down: block}}
  - name: prices are AWS's own
    price_book: {{representative: forbid}}
  # - name: no surprises
  #   applies_to: {{paths: ["scenarios/**"]}} # and scenarios: [name, ...], pipelines: [name, ...]
  #   limits:
  #     list_cost_usd_per_month: {{max: 5_000}}
  #     out_of_pocket_usd: {{max: 0}}
  #     cost_per_asset_usd: {{max: 0.50}}
  #     runway_months: {{min: 6}}
  # - name: cheap drafts
  #   applies_to: {{pipelines: [draft*]}}
  #   models: {{allow: [stability.stable-image-core-*]}}
  #   regions: {{allow: [us-west-2]}}
  # - name: fresh prices
  #   severity: warning
  #   price_book: {{max_age_days: 180}}
  # - name: every scenario has a monthly budget
  #   budgets:
  #     require: [{{limit_usd: 6_000, per: month}}]
"""


def slug(text: str) -> str:
    """A name that is safe as a file's: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "images"


def starter_scenario(name: str, today: date, *, guard_only: bool = False) -> str:
    """A scenario with a comment on each choice; it plans from next month on."""
    template = _GUARD_ONLY + _LIMITS if guard_only else _PLAN + _LIMITS + _EXPECTED
    next_month = list(months_from(month_of(today), 2))[1]
    return template.format(
        schemas=SCHEMAS,
        file=f"{FOLDER}/{name}.yaml",
        name=name,
        start=next_month,
        today=today.isoformat(),
        expires=(today + timedelta(days=730)).isoformat(),
    )
