"""What a hold stands for: the request that went out under it, read from the words the guard keeps with the hold."""

from planner.guard.ledger import Hold, Tags
from pricing.book import Sku
from pricing.records import record

TAG = "tag:"
"""How the ledger's words for the user's own tags begin."""


@record
class Sent:
    """The request of a hold."""

    sku: str
    """Empty for a hold no guard has made."""
    images: int | None
    """The most it can make; None when that is not known."""
    asked: str = ""
    """The SKU that was asked for, when a cheaper request went out; empty otherwise."""
    changes: str = ""
    """What is different about it from the request as asked, in words."""


def sent_under(hold: Hold) -> Sent:
    return sent(hold.tags, hold.offer)


def sent(words: Tags, offer: int) -> Sent:
    """The request of the offer that was taken; `words` are those of the entry that granted the hold."""
    asked, images = str(words.get("sku") or ""), words.get("images")
    told = words.get(f"offer:{offer}") if offer else None
    if not isinstance(told, str):
        return Sent(asked, _count(images))
    sku, _, changes = told.partition("; ")
    if not changes:
        return Sent(sku, _count(images))
    return Sent(sku, _count(words.get(f"offer:{offer}:images", images)), asked, changes)


def user_tags(words: Tags) -> dict[str, str]:
    """The tags the caller gave the call."""
    return {name.removeprefix(TAG): str(value) for name, value in words.items() if name.startswith(TAG)}


def parse_sku(text: str) -> Sku | None:
    """The parts of a SKU as `str` writes it; None for other text."""
    match text.split(" "):
        case [model_id, size_class, region]:
            return Sku(model_id, size_class, None, region)
        case [model_id, size_class, quality, region]:
            return Sku(model_id, size_class, quality, region)
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
