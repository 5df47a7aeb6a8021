"""What keeps a scenario from having a price, explained; no comment or setting takes these away."""

from typing import Final

from planner.review.rule import Rule

_NO_PLAN: Final = (
    "A missing price is never taken for zero: without it there is no plan, and the guard refuses the call."
)


def _unpriced(
    rule_id: str, title: str, remedy: str, bad: str = "", good: str = "", *, why: str = _NO_PLAN
) -> Rule:
    return Rule(rule_id, "error", title, why, remedy, bad, good, unusable=True)


RULES: Final = (
    _unpriced(
        "unknown-model",
        "A model the price book does not have",
        "Write the id as `bursar prices show` lists it.",
        "model: stability.stable-image-cor-v1:1",
        "model: stability.stable-image-core-v1:1",
    ),
    _unpriced(
        "opaque-model",
        "An ARN that does not say which model answers",
        "Use the foundation model id.",
        "model: arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc",
        "model: stability.stable-image-core-v1:1",
    ),
    _unpriced(
        "not-offered",
        "A model in a region where AWS does not offer it",
        "Give the stage one of the regions that the finding names.",
        "region: eu-west-1\n...\n  - {name: draft, model: stability.stable-image-core-v1:1}",
        "  - {name: draft, model: stability.stable-image-core-v1:1, region: us-west-2}",
        why="Every call there fails with a validation error, and no money can be held for it.",
    ),
    _unpriced(
        "size-refused",
        "A size the model does not make",
        "Write the size that the finding names.",
        "{name: final, model: amazon.titan-image-generator-v2:0, size: 1280x720}",
        "{name: final, model: amazon.titan-image-generator-v2:0, size: 1280x768}",
        why="AWS refuses the request.",
    ),
    _unpriced(
        "unknown-quality",
        "A quality the model does not have",
        "Leave quality out where the model has one price.",
        "{name: final, model: stability.stable-image-ultra-v1:1, quality: premium}",
        "{name: final, model: stability.stable-image-ultra-v1:1}",
    ),
    _unpriced("no-size-class", "A size class without a price", "Choose a book that prices it."),
    _unpriced(
        "no-rate",
        "A planned day without a price",
        "Choose a book that knows the planned months.",
        "start: 2019-12",
        "start: 2026-12",
    ),
    _unpriced(
        "unknown-book",
        "A price book that does not exist",
        "`bursar prices list` names those there are.",
        "price_book: 2026-07-25",
        "price_book: 2026-07-24",
    ),
    _unpriced(
        "broken-price-book",
        "A price book of the team's own that cannot be read",
        "`bursar prices check PATH` shows every mistake in it.",
        "price_book: ./our-prices.yaml      # and no such file",
    ),
    _unpriced(
        "plan-too-large",
        "A plan too large to work out",
        "Split it into several scenarios.",
        why="Tens of thousands of stages x months would keep a review busy for minutes: it stops instead.",
    ),
)
