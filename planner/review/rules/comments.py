"""Rules about ignore comments themselves."""

from typing import Final

from planner.review.rule import Rule

_WHY: Final = "A finding that is set aside is a decision: who reads the file next must see which, and why."

MALFORMED: Final = Rule(
    "ignore-malformed",
    "warning",
    "A comment to bursar that is not understood",
    "It sets nothing aside, although it looks as if it did.",
    "Write: # bursar: ignore RULE reason",
    "# bursar: ignroe pool-idle kept for next year",
    "# bursar: ignore pool-idle kept for next year",
)
UNKNOWN: Final = Rule(
    "ignore-unknown-rule",
    "warning",
    "An ignore comment for a rule that does not exist",
    "It sets nothing aside; the finding it was written for, if any, has another id.",
    "Write the id in brackets at the end of the finding.",
    "# bursar: ignore pool-idel kept for next year",
    "# bursar: ignore pool-idle kept for next year",
)
NO_REASON: Final = Rule(
    "ignore-no-reason",
    "warning",
    "An ignore comment without a reason",
    _WHY + " Without a reason nothing is ignored.",
    "Say why, in a few words.",
    "# bursar: ignore pool-idle",
    "# bursar: ignore pool-idle kept for next year",
)
UNUSED: Final = Rule(
    "ignore-unused",
    "warning",
    "An ignore comment that sets nothing aside",
    "What it was written for is mended, or stands on another line: left in place, it will hide the next finding there.",
    "Take it out, or move it to the line of the finding or the one above.",
)
AGAINST_POLICY: Final = Rule(
    "ignore-policy-error",
    "warning",
    "An ignore comment against an error of the team's policy",
    "What a team holds every scenario to is not for one scenario to set aside: the error stands.",
    "Mend the scenario, or have the policy in bursar.yaml changed or its severity lowered.",
    "- {name: final, model: stability.stable-image-ultra-v1:1} # bursar: ignore policy-model just this once",
)
RULES: Final = (MALFORMED, UNKNOWN, NO_REASON, UNUSED, AGAINST_POLICY)
