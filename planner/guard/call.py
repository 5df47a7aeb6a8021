"""One guarded InvokeModel call, from its hold to its settlement."""

from collections.abc import Mapping
from functools import lru_cache

from planner.guard.ladder import Skipped
from planner.guard.policy import Decision
from planner.guard.priced import Priced
from pricing.money import Micros, decimal_usd
from pricing.records import record

_usd = lru_cache(maxsize=256)(decimal_usd)
"""Few amounts come up again and again."""
Words = dict[str, str | int | None]


class Call:
    """What is known of a call while it is on its way. One thread or task at a time works on it."""

    __slots__ = (
        "asked",
        "attempts",
        "budgets",
        "doubtful",
        "held_for",
        "judged",
        "key",
        "lease_s",
        "over",
        "sent",
        "signed",
        "skipped",
        "tags",
        "unbilled",
        "url",
        "veto",
        "warnings",
        "would",
    )

    def __init__(
        self, asked: Priced, sent: Priced, tags: Mapping[str, str], *, key: str | None, lease_s: float
    ) -> None:
        self.asked = asked
        self.sent = sent
        """What goes out: as asked, or a cheaper request."""
        self.tags = tags
        self.key = key
        """The hold's key; None when nothing is held: policy allows it while the ledger is down."""
        self.lease_s = lease_s
        self.budgets: tuple[str, ...] = ()
        """The budgets that count it, by the names of the scenario."""
        self.skipped: tuple[Skipped, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self.would = ""
        """In observe mode: what enforcing would have done instead of sending it as asked."""
        self.url = ""
        """Where the request goes."""
        self.attempts = 0
        """HTTP requests begun."""
        self.judged = 0
        """Of these, how many have an outcome."""
        self.held_for = 1
        """How many attempts' cost is held."""
        self.doubtful: list[str] = []
        """Outcomes of earlier attempts that count as billed, one for each attempt."""
        self.unbilled: list[str] = []
        """Outcomes that count nothing."""
        self.veto: BaseException | None = None
        """Why no further attempt may go out."""
        self.signed = False
        """With an async client: whether a request was on the point of leaving, and may have left."""
        self.over = False
        """Whether what it comes to is settled."""

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


@record
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
            "outcome": None,
            "attempts": None,
            "assumed": [],
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
