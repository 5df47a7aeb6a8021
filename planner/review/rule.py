"""What a rule is: a stable id, how serious, why it matters, how to mend it, and one example of each."""

from collections.abc import Callable, Iterator

from planner.review.context import ReviewContext
from pricing.problems import Problem, Severity
from pricing.records import record


@record
class Rule:
    """One thing a review looks for; `bursar review --explain ID` prints it."""

    id: str
    severity: Severity
    """Unless `review.rules` in `bursar.yaml` says otherwise."""
    title: str
    why: str
    """What happens to the money, or to the calls, when nothing is done."""
    remedy: str
    bad: str = ""
    """YAML that the rule finds; empty where no few lines show it."""
    good: str = ""
    """The same mended."""
    unusable: bool = False
    """Whether the file cannot be used, or has no price, until it is mended: no comment or setting takes that away."""

    def found(self, where: str, message: str, remedy: str = "") -> Problem:
        """A finding of this rule at a dotted path."""
        return Problem(self.severity, self.id, where, message, remedy)


Check = Callable[[ReviewContext], Iterator[Problem]]
"""Finds what one subject's rules look for."""
