"""What a plan should know about its credit pools: those that pay nothing, no model, or too late, and why."""

from collections.abc import Iterator, Sequence

from planner.credits import Charge, CreditPool, covers
from planner.months import month_of
from planner.projection import PoolPlan, Projection, credit_pool
from planner.scenario import Credit, Scenario
from pricing.problems import Problem

_BEDROCK = "bedrock"


def pool_findings(scenario: Scenario, projection: Projection) -> Iterator[Problem]:
    """Pools that pay nothing, or for no model, of the plan, and pools that come after cash was paid."""
    charges, models = _kinds(projection)
    for index, (credit, plan) in enumerate(zip(scenario.credits, projection.pools, strict=True)):
        where, pool = f"credits[{index}]", credit_pool(credit)
        if not plan.opening_balance:
            message = f"{plan.name} has no balance, so it pays nothing"
            yield Problem("info", "pool-empty", where, message, "take it out, or give its balance")
        elif models and _meant_for_models(credit) and not any(covers(pool, charge) for charge in models):
            yield _no_model(credit, models, where)
        elif not plan.drawn:
            reason, remedy = _why_idle(projection, credit, charges)
            message = f"{credit.name} pays nothing in this plan: {reason}"
            yield Problem("warning", "pool-idle", where, message, remedy)
        else:
            yield from _late(projection, plan, pool, where)


def _kinds(projection: Projection) -> tuple[list[Charge], list[Charge]]:
    """One charge for each way in which the plan is billed, and of those the ones that are images."""
    lines = {
        (line.product, line.entity, line.kind, line.sku is None): line
        for month in projection.months
        for line in month.charges
    }
    every = [(line, line.credit_charge()) for line in lines.values()]
    return [charge for _, charge in every], [charge for line, charge in every if line.sku is not None]


def _meant_for_models(credit: Credit) -> bool:
    """Whether its list of products reaches Bedrock at all."""
    return any(product == "*" or _BEDROCK in product.lower() for product in credit.products)


def _no_model(credit: Credit, models: Sequence[Charge], where: str) -> Problem:
    sold_by_aws = sorted({charge.product for charge in models if charge.entity == "aws"})
    if sold_by_aws:
        message = (
            f"{credit.name} pays for no model in this plan: its products do not name {', '.join(sold_by_aws)}"
        )
        return Problem("warning", "pool-no-model", where, message, "name products as on the AWS bill")
    if credit.bedrock_third_party == "unknown":
        message = (
            f"{credit.name} may pay for no model in this plan: all are sold through AWS Marketplace,"
            " and whether it pays those is not known"
        )
        remedy = "say yes or no in bedrock_third_party once a bill shows it"
    else:
        message = (
            f"{credit.name} pays for no model in this plan: all are sold through AWS Marketplace,"
            " which it does not pay"
        )
        remedy = "count on cash, or on a pool that pays them"
    return Problem("warning", "pool-no-model", where, message, remedy)


def _why_idle(projection: Projection, credit: Credit, charges: Sequence[Charge]) -> tuple[str, str]:
    first, last = projection.months[0].month, projection.months[-1].month
    if credit.status == "paused":
        return "it is paused", "activate it in the AWS console and here, or take it out"
    if credit.expires is not None and month_of(credit.expires) < first:
        return f"it expires on {credit.expires}, before the first month planned", "take it out"
    if month_of(credit.starts) > last:
        return (
            f"it starts on {credit.starts}, after the last month planned",
            "plan more months, or take it out",
        )
    if credit.bedrock_third_party == "unknown" and projection.at_best is not None:
        reason = "whether it pays models sold through AWS Marketplace is not known"
        return reason, "say yes or no in bedrock_third_party once a bill shows it"
    if not any(covers(credit_pool(credit), charge) for charge in charges):
        return (
            "nothing in it is what the pool covers",
            "look at its products, and at the kinds of the charges",
        )
    return "the pools before it leave nothing for it", "plan more months to see it used"


def _late(projection: Projection, plan: PoolPlan, pool: CreditPool, where: str) -> Iterator[Problem]:
    """Cash paid before a pool starts, for charges that it covers."""
    opens = month_of(plan.starts)
    cash = [
        month
        for month, unpaid in projection.credits.unpaid.items()
        if month < opens and any(covers(pool, charge) for charge in unpaid)
    ]
    if cash:
        message = (
            f"{plan.name} starts on {plan.starts}, and charges it covers are paid in cash from {cash[0]} on"
        )
        remedy = "start later, ask AWS for it sooner, or keep another pool for those months"
        yield Problem("warning", "pool-late", f"{where}.starts", message, remedy)
