"""What differs between the ledger and what somebody else counted, and what bills of single calls would change."""

from collections.abc import Iterator, Mapping, Sequence

from planner.guard.ledger import Hold
from planner.guard.reconciliation import Action, Correction, Total
from planner.guard.sent import sent_under
from planner.report.guard_listing import Listing
from planner.report.guard_words import count, iso, span, usd
from planner.report.tables import Column
from pricing.money import Micros, decimal_usd
from pricing.records import record

_SAYS: dict[Action, str] = {
    "settle": "settle",
    "void": "void: not billed",
    "agrees": "agrees already",
    "differs": "DIFFERS: resolved before, and stays so",
    "open": "waits: its call may be under way",
    "unknown": "UNKNOWN: no such hold in this ledger",
}


@record
class Other:
    """What somebody else counted; None for what they did not say."""

    images: int | None
    usd: Micros | None


@record
class Difference:
    """One line of a comparison."""

    subject: str
    ledger: Total
    other: Other

    @property
    def images(self) -> int | None:
        """What the other side counts more than the ledger."""
        return None if self.other.images is None else self.other.images - self.ledger.images

    @property
    def usd(self) -> Micros | None:
        return None if self.other.usd is None else Micros(self.other.usd - self.ledger.usd)

    @property
    def exists(self) -> bool:
        return bool(self.images or self.usd)


def comparison_listing(lines: Sequence[Difference], name: str, head: str) -> Listing:
    """The last line is the total; `name` is whose figures the ledger is compared with."""
    columns = (
        Column("calls"),
        Column("ledger images", "right"),
        Column("ledger usd", "right"),
        Column(f"{name} images", "right"),
        Column(f"{name} usd", "right"),
        Column("images differ by", "right"),
        Column("usd differs by", "right"),
    )
    keys = (
        "subject",
        "ledger_images",
        "ledger_usd",
        "assumed_images",
        "assumed_usd",
        "other_images",
        "other_usd",
        "images_difference",
        "usd_difference",
    )
    return Listing(
        columns,
        [_difference_cells(line) for line in lines],
        keys,
        [_difference_record(line) for line in lines],
        (head,),
        tuple(_conclusions(lines[-1], name)),
    )


def correction_listing(found: Sequence[Correction], *, applied: bool) -> Listing:
    columns = (
        Column("key"),
        Column("counted", "right"),
        Column("billed", "right"),
        Column("change", "right"),
        Column("done" if applied else "would do"),
    )
    cells = [
        [
            each.bill.key,
            "" if each.state is None else usd(each.counted),
            usd(each.bill.usd),
            "" if each.state is None else _signed(each.change),
            _SAYS[each.action],
        ]
        for each in found
    ]
    records = [
        {
            "key": each.bill.key,
            "line": each.bill.line,
            "state": each.state,
            "counted_usd": decimal_usd(each.counted),
            "billed_usd": decimal_usd(each.bill.usd),
            "change_usd": decimal_usd(each.change),
            "action": each.action,
            "applied": applied and each.action in ("settle", "void"),
        }
        for each in found
    ]
    keys = ("key", "line", "state", "counted_usd", "billed_usd", "change_usd", "action", "applied")
    return Listing(columns, cells, keys, records, foot=tuple(_tally(found, applied=applied)))


def unresolved_listing(holds: Sequence[Hold], now: float) -> Listing:
    """Lapsed holds, oldest first, with what each is assumed to have cost."""
    ordered = sorted(holds, key=lambda hold: (hold.held_at, hold.key))
    columns = (
        Column("key"),
        Column("age", "right"),
        Column("attempts", "right"),
        Column("assumed", "right"),
        Column("budgets"),
        Column("sku"),
    )
    cells = [
        [
            hold.key,
            span(now - hold.held_at),
            str(hold.attempts),
            usd(hold.assumed),
            ", ".join(f"{line.budget} {line.period}" for line in hold.lines),
            sent_under(hold).sku,
        ]
        for hold in ordered
    ]
    records = [
        {
            "key": hold.key,
            "billed_usd": decimal_usd(hold.assumed),
            "held_at": iso(hold.held_at),
            "attempts": hold.attempts,
            "budgets": [f"{line.budget} {line.period}" for line in hold.lines],
            "sku": sent_under(hold).sku or None,
        }
        for hold in ordered
    ]
    keys = ("key", "billed_usd", "held_at", "attempts", "budgets", "sku")
    return Listing(columns, cells, keys, records, foot=tuple(_next_steps(ordered)))


def _next_steps(holds: Sequence[Hold]) -> Iterator[str]:
    if not holds:
        yield "Nothing is assumed: every call the ledger knows has an outcome, or is under way."
        return
    assumed = Micros(sum(hold.assumed for hold in holds))
    yield f"{count(len(holds), 'call')} without a known bill, counted at {usd(assumed)} until someone says otherwise."
    yield "One by one: bursar guard settle KEY --usd AMOUNT --why ..., or void KEY --why ..."
    yield "Many: --format csv -o bills.csv, correct the billed_usd column (0 is not billed), then --billed bills.csv"


def _difference_cells(line: Difference) -> list[str]:
    other = line.other
    return [
        line.subject,
        f"{line.ledger.images:,}",
        usd(line.ledger.usd),
        "" if other.images is None else f"{other.images:,}",
        "" if other.usd is None else usd(other.usd),
        "" if line.images is None else f"{line.images:+,}" if line.images else "0",
        "" if line.usd is None else _signed(line.usd),
    ]


def _difference_record(line: Difference) -> Mapping[str, object]:
    other = line.other
    return {
        "subject": line.subject,
        "ledger_images": line.ledger.images,
        "ledger_usd": decimal_usd(line.ledger.usd),
        "assumed_images": line.ledger.assumed_images,
        "assumed_usd": decimal_usd(line.ledger.assumed_usd),
        "other_images": other.images,
        "other_usd": None if other.usd is None else decimal_usd(other.usd),
        "images_difference": line.images,
        "usd_difference": None if line.usd is None else decimal_usd(line.usd),
    }


def _conclusions(total: Difference, name: str) -> Iterator[str]:
    ledger = total.ledger
    yield f"They differ: {name} minus ledger is {_apart(total)}." if total.exists else "They agree."
    if ledger.assumed_images or ledger.assumed_usd:
        part = f"{count(ledger.assumed_images, 'image')} and {usd(ledger.assumed_usd)}"
        yield f"Of the ledger's figures, {part} are assumed: nobody has confirmed them."
    if ledger.uncounted:
        yield f"{count(ledger.uncounted, 'call')} settled by hand for a sum that is no number of images; no image is counted."
    if ledger.open_calls:
        yield f"{count(ledger.open_calls, 'call')} still under way, not counted."
    if (total.images or 0) > 0 or (total.usd or 0) > 0:
        yield f"{name.capitalize()} has more: calls that no guard saw, or holds that were voided or given back."
    elif total.exists:
        yield "The ledger has more: assumed calls that were not billed, or calls to another account or region."


def _apart(total: Difference) -> str:
    images = "" if not total.images else f"{total.images:+,} image{'' if abs(total.images) == 1 else 's'}"
    return " and ".join(filter(None, (images, _signed(total.usd) if total.usd else "")))


def _tally(found: Sequence[Correction], *, applied: bool) -> Iterator[str]:
    doing = [each for each in found if each.action in ("settle", "void")]
    change = Micros(sum(each.change for each in doing))
    settled = sum(each.action == "settle" for each in doing)
    verb = "settled" if applied else "to settle"
    other = "voided" if applied else "to void"
    rest = len(found) - len(doing)
    yield f"{settled:,} {verb}, {len(doing) - settled:,} {other}, {rest:,} left alone; the ledger counts {_signed(change)}"
    if doing and not applied:
        yield "Dry run: nothing was settled or voided. --apply does it."


def _signed(amount: Micros) -> str:
    return f"+{usd(amount)}" if amount > 0 else usd(amount)
