"""What differs between the ledger and what somebody else counted, and what bills of single calls would change."""

from collections.abc import Iterator, Mapping, Sequence

from planner.guard.reconciliation import Action, Correction, Doubt, Total
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


def doubt_listing(found: Sequence[Doubt], now: float) -> Listing:
    """Calls in the order given, with what each counts that nobody has confirmed."""
    columns = (
        Column("key"),
        Column("state"),
        Column("age", "right"),
        Column("attempts", "right"),
        Column("assumed", "right"),
        Column("budgets"),
        Column("sku"),
    )
    cells = [
        [
            each.key,
            each.state,
            span(now - each.held_at),
            str(each.attempts),
            usd(each.assumed)
            if each.assumed == each.billed
            else f"{usd(each.assumed)} of {usd(each.billed)}",
            ", ".join(f"{line.budget} {line.period}" for line in each.lines),
            each.sku,
        ]
        for each in found
    ]
    records = [
        {
            "key": each.key,
            "billed_usd": decimal_usd(each.billed),
            "state": each.state,
            "assumed_usd": decimal_usd(each.assumed),
            "held_at": iso(each.held_at),
            "attempts": each.attempts,
            "budgets": [f"{line.budget} {line.period}" for line in each.lines],
            "sku": each.sku or None,
        }
        for each in found
    ]
    keys = ("key", "billed_usd", "state", "assumed_usd", "held_at", "attempts", "budgets", "sku")
    return Listing(columns, cells, keys, records, foot=tuple(_next_steps(found)))


def _next_steps(found: Sequence[Doubt]) -> Iterator[str]:
    if not found:
        yield "Nothing is assumed: every call the ledger knows has an outcome, or is under way."
    settled = [each for each in found if each.state == "settled"]
    if settled:
        yield (
            f"{count(len(settled), 'call')} settled with {usd(_assumed(settled))} of attempts whose outcome nobody knows, "
            "counted as billed for good."
        )
    lapsed = [each for each in found if each.state == "lapsed"]
    if not lapsed:
        return
    yield f"{count(len(lapsed), 'call')} without a known bill, counted at {usd(_assumed(lapsed))} until someone says otherwise."
    yield "One by one: bursar guard settle KEY --usd AMOUNT --why ..., or void KEY --why ..."
    yield "Many: --format csv -o bills.csv, correct the billed_usd column (0 is not billed), then --billed bills.csv"


def _assumed(found: Sequence[Doubt]) -> Micros:
    return Micros(sum(each.assumed for each in found))


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
    if any(each.action == "differs" for each in found):
        yield "What was settled or voided stays: bursar guard settle KEY --usd AMOUNT --why ... says what to do about it."
    if doing and not applied:
        yield "Dry run: nothing was settled or voided. --apply does it."


def _signed(amount: Micros) -> str:
    return f"+{usd(amount)}" if amount > 0 else usd(amount)
