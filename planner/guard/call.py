"""One guarded InvokeModel call, from its hold to its settlement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from planner.guard.ladder import Skipped
from planner.guard.policy import Decision
from planner.guard.priced import Priced
from pricing.money import Micros, decimal_usd

_usd = lru_cache(maxsize=256)(decimal_usd)
"""Few amounts come up again and again."""
Words = dict[str, str | int | None]


@dataclass(slots=True, eq=False)
class Call:
    """What is known of a call while it is on its way. One thread or task at a time works on it."""

    asked: Priced
    sent: Priced
    """What goes out: as asked, or a cheaper request."""
    tags: Mapping[str, str]
    budgets: tuple[str, ...]
    """The budgets that count it, by the names of the scenario."""
    key: str | None
    """The hold's key; None when nothing is held: policy allows it while the ledger is down."""
    lease_s: float
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    would: str = ""
    """In observe mode: what enforcing would have done instead of sending it as asked."""
    url: str = ""
    """Where the request goes."""
    attempts: int = 0
    """HTTP requests begun."""
    judged: int = 0
    """Of these, how many have an outcome."""
    held_for: int = 1
    """How many attempts' cost is held."""
    doubtful: list[str] = field(default_factory=list)
    """Outcomes of earlier attempts that count as billed, one for each attempt."""
    unbilled: list[str] = field(default_factory=list)
    """Outcomes that count nothing."""
    veto: BaseException | None = None
    """Why no further attempt may go out."""

    @property
    def downgraded(self) -> bool:
        return self.sent is not self.asked

    def metadata(self, billed: Micros | None, outcome: str) -> dict[str, object]:
        """What `response["ResponseMetadata"]["Bursar"]` says; money as decimal strings in US dollars."""
        return {
            "hold_id": self.key,
            "sku": self.sent.tariff.name,
            "quoted_usd": _usd(self.sent.cost),
            "billed_usd": None if billed is None else _usd(billed),
            "downgraded_from": self.asked.tariff.name if self.downgraded else None,
            "changes": list(self.sent.changes),
            "skipped": [{"rung": each.rung, "why": each.why} for each in self.skipped],
            "budgets": list(self.budgets),
            "outcome": outcome,
            "attempts": self.attempts,
            "assumed": list(self.doubtful),
            "warnings": list(self.warnings),
            **({"would": self.would} if self.would else {}),
        }


@dataclass(frozen=True, slots=True)
class Passed:
    """A call that went out without a price and without a hold, because policy says so."""

    why: str

    def metadata(self) -> dict[str, object]:
        return {
            "hold_id": None,
            "sku": None,
            "quoted_usd": None,
            "billed_usd": None,
            "downgraded_from": None,
            "changes": [],
            "skipped": [],
            "budgets": [],
            "warnings": [self.why],
        }


def hold_words(asked: Priced, tags: Mapping[str, str], decision: Decision, would: str) -> Words:
    """What the ledger keeps with a hold: the request as asked, the user's tags as `tag:<name>`, and the other offers.

    A settlement adds what became of it, and the SKU again where a cheaper request was sent: read it over these.
    """
    words: Words = {**_sku_words(asked), "task": asked.task}
    for name, value in tags.items():
        words[f"tag:{name}"] = value
    for index, option in enumerate(decision.options[1:], 1):
        request = option.request
        words[f"offer:{index}"] = "; ".join((request.tariff.name, *request.changes))
        if request.images != asked.images:
            words[f"offer:{index}:images"] = request.images
    if decision.skipped:
        words["skipped"] = "; ".join(f"{each.rung}: {each.why}" for each in decision.skipped)
    if would:
        words["would"] = would
    return words


def settle_words(call: Call, outcome: str, images: int) -> Words:
    """What the ledger keeps with a settlement."""
    words: Words = {"outcome": outcome, "attempts": call.attempts}
    if call.downgraded:
        words |= {
            **_sku_words(call.sent),
            "downgraded_from": call.asked.tariff.name,
            "changes": "; ".join(call.sent.changes),
        }
    words["images"] = images
    if call.doubtful:
        words["assumed"] = "; ".join(call.doubtful)
    if call.unbilled:
        words["unbilled"] = "; ".join(call.unbilled)
    return words


def _sku_words(request: Priced) -> Words:
    sku = request.sku
    return {
        "sku": request.tariff.name,
        "model_id": sku.model_id,
        "size_class": sku.size_class,
        "quality": sku.quality,
        "region": sku.region,
        "images": request.images,
    }
