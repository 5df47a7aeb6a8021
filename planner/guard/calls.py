"""Calls as the ledger's entries tell of them, each once: what a bill is compared with, and what is exported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from planner.guard.ledger import Entry, Ledger, Line
from planner.guard.outcomes import OK
from planner.guard.sent import Sent, parse_sku, sent, user_tags
from pricing.book import Sku
from pricing.money import Micros, round_up
from pricing.records import record

Words = dict[str, str | int | None]


@record
class PastCall:
    """A call that was held for, and what it counts now."""

    key: str
    state: Literal["settled", "assumed", "open"]
    """`assumed` counts as billed though nobody knows its bill; `open` is still under way."""
    held_at: float
    ended_at: float | None
    """When it came to what it counts now; None while it is open."""
    lines: tuple[Line, ...]
    billed: Micros
    """Or assumed billed; zero while it is open."""
    overrun: Micros
    held: Micros
    """All that was ever set aside for it."""
    images: int | None
    """Billed or assumed billed; for an open call, the most it can come to. None when nobody can tell."""
    estimated: bool
    """Whether any of `billed` is assumed: by the ledger, or by the policy for its outcome."""
    assumed: Micros
    """That part of `billed`, rounded up."""
    assumed_images: int | None
    """That part of `images`; None when nobody can tell."""
    sku: Sku | None
    """What was sent; None when no guard made the hold."""
    downgraded_from: str
    """The SKU that was asked for; empty when it was sent as asked."""
    changes: str
    task: str
    outcome: str
    """Empty when the guard did not see how it ended."""
    attempts: int
    tags: Mapping[str, str]
    """The caller's own."""
    who: str
    """Who resolved it by hand; empty when nobody did."""
    why: str


def past_calls(ledger: Ledger, *, until: int | None = None) -> Iterator[PastCall]:
    """Every call that counts or may come to count, up to entry `until`: settled ones in the order of their bills,
    then the others in the order of their holds. Voided calls, released holds and adopted sums are no calls here.
    """
    running: dict[str, _Running] = {}
    for entry in ledger.entries():
        if until is not None and entry.seq > until:
            break
        if entry.key is None or entry.kind == "refuse":
            continue
        if entry.kind == "hold":
            if "adopted" not in entry.tags:
                running[entry.key] = _Running(entry)
        elif entry.key in running:
            running[entry.key].hear(entry)
            if entry.kind in ("settle", "void"):
                ended = running.pop(entry.key)
                if entry.kind == "settle":
                    yield ended.call(ledger)
    for left in running.values():
        if left.held or left.settled:
            yield left.call(ledger)


@dataclass(slots=True)
class _Running:
    """A call while its entries are read."""

    hold: Entry
    last: Entry = field(init=False)
    extensions: int = 0
    granted: int = 0
    held: int = 0
    settled: int = 0
    overrun: int = 0
    words: Words = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.last, self.granted, self.held = self.hold, self.hold.amount, self.hold.change.held

    def hear(self, entry: Entry) -> None:
        self.held += entry.change.held
        self.settled += entry.change.settled
        self.overrun += entry.change.overrun
        if entry.kind == "extend":
            self.extensions += 1
            self.granted += entry.amount
        else:
            self.words.update(entry.tags)
        self.last = entry

    def call(self, ledger: Ledger) -> PastCall:
        assert self.hold.key is not None  # noqa: S101 - a hold has a key
        went, final = self._sent(ledger), self.last.tags
        settled, by_hand = self.last.kind == "settle", "who" in final
        outcome = "" if by_hand else str(self.words.get("outcome") or "")
        images = self._images(went)
        estimated = bool(self.settled) and (not settled or "assumed" in final or outcome not in (OK, ""))
        doubtful = self._doubtful(went) if settled and outcome in (OK, "") else None
        return PastCall(
            key=self.hold.key,
            state="settled" if settled else "open" if self.held else "assumed",
            held_at=self.hold.at,
            ended_at=None if self.held else self.last.at,
            lines=self.hold.lines,
            billed=Micros(self.settled),
            overrun=Micros(self.overrun),
            held=Micros(self.granted),
            images=images,
            estimated=estimated,
            assumed=_part(self.settled, doubtful, images) if estimated else Micros(0),
            assumed_images=(images if doubtful is None else doubtful) if estimated else 0,
            sku=parse_sku(went.sku),
            downgraded_from=went.asked,
            changes=went.changes,
            task=str(self.hold.tags.get("task") or ""),
            outcome=outcome,
            attempts=_whole(final.get("attempts")) or 1 + self.extensions,
            tags=user_tags(self.hold.tags),
            who=str(final.get("who") or ""),
            why=str(final.get("why") or ""),
        )

    def _sent(self, ledger: Ledger) -> Sent:
        """Which offer was taken is asked only where there was more than one."""
        several = "offer:1" in self.hold.tags
        return sent(self.hold.tags, ledger.find(self.hold.key or "").offer if several else 0)

    def _images(self, went: Sent) -> int | None:
        """As the guard counted them; otherwise in proportion to what was set aside for so many."""
        said = _whole(self.last.tags.get("images"))
        if self.last.kind == "settle" and said is not None:
            return said + (self._doubtful(went) or 0)
        amount = self.held or self.settled
        if not amount:
            return 0
        if not went.images or not self.granted:
            return None
        share = Fraction(amount * went.images * (1 + self.extensions), self.granted)
        return int(share) if share.denominator == 1 else None

    def _doubtful(self, went: Sent) -> int | None:
        """Images of attempts without an answer that were settled with the answered one; None when they are not known."""
        outcomes = str(self.last.tags.get("assumed") or "")
        attempts = len(list(filter(None, outcomes.split("; "))))
        return 0 if not attempts else attempts * went.images if went.images else None


def _part(amount: int, some: int | None, of: int | None) -> Micros:
    """The part of the amount that so many of the images cost, rounded up; all of it when that is not known."""
    return Micros(round_up(amount * some, of) if some is not None and of else amount)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
