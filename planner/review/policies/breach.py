"""What a scenario does that a policy does not allow, before it is known which policy says so."""

from pricing.records import record


@record
class Breach:
    """One violation."""

    code: str
    where: str
    """The dotted path in the scenario."""
    message: str
    remedy: str
    limit: str
    """The dotted path of what is violated, below the policy: `limits.list_cost_usd`."""
