"""Holds nobody has resolved yet, and what does not add up in a ledger."""

from collections.abc import Sequence

from planner.guard.ledger import Hold, Mismatch
from planner.guard.sent import Sent, sent_under
from planner.report.guard_listing import Listing
from planner.report.guard_words import count, iso, span, usd
from planner.report.tables import Column
from pricing.money import Micros, decimal_usd

_HOLD_COLUMNS = (
    Column("key"),
    Column("state"),
    Column("age", "right"),
    Column("lease left", "right"),
    Column("attempts", "right"),
    Column("amount", "right"),
    Column("assumed", "right"),
    Column("budgets"),
    Column("sku"),
)
_HOLD_KEYS = (
    "key",
    "state",
    "held_at",
    "age_s",
    "lease_until",
    "lease_left_s",
    "attempts",
    "amount_usd",
    "assumed_usd",
    "budgets",
    "sku",
    "downgraded_from",
)
_MISMATCH_COLUMNS = (
    Column("what"),
    Column("recorded", "right"),
    Column("by the entries", "right"),
    Column("off by", "right"),
)


def holds_listing(holds: Sequence[Hold], now: float) -> Listing:
    """In the order given; ages count to `now` (POSIX seconds)."""
    return Listing(
        _HOLD_COLUMNS,
        [_hold_cells(hold, now) for hold in holds],
        _HOLD_KEYS,
        [_hold_record(hold, now) for hold in holds],
        foot=(_summary(holds, now),),
    )


def verify_listing(mismatches: Sequence[Mismatch], entries: int) -> Listing:
    """What does not add up; amounts in micro-dollars, because some are counts."""
    cells = [
        [each.where, f"{each.recorded:,}", f"{each.recomputed:,}", f"{each.recorded - each.recomputed:+,}"]
        for each in mismatches
    ]
    records = [
        {"where": each.where, "recorded": each.recorded, "recomputed": each.recomputed} for each in mismatches
    ]
    added_up = count(entries, "entry").replace("entrys", "entries")
    fine = f"{added_up} added up: every counter, hold and limit agrees."
    broken = (
        f"{added_up} added up: {count(len(mismatches), 'figure')} beside them "
        f"{'differs' if len(mismatches) == 1 else 'differ'}. Figures are micro-dollars; keep a copy of the file."
    )
    return Listing(
        _MISMATCH_COLUMNS,
        cells,
        ("where", "recorded", "recomputed"),
        records,
        foot=(broken if mismatches else fine,),
    )


def overdue(holds: Sequence[Hold], now: float) -> list[Hold]:
    """Open in the ledger, though their lease has run out: the next hold there lapses them."""
    return [hold for hold in holds if _state(hold, now) == "overdue"]


def _state(hold: Hold, now: float) -> str:
    return "overdue" if hold.state == "open" and hold.lease_until <= now else hold.state


def _hold_cells(hold: Hold, now: float) -> list[str]:
    left = hold.lease_until - now
    return [
        hold.key,
        _state(hold, now),
        span(now - hold.held_at),
        "" if hold.state != "open" else span(left) if left > 0 else "ended",
        str(hold.attempts),
        usd(hold.amount),
        usd(hold.assumed) if hold.state == "lapsed" else "",
        ", ".join(line.budget for line in hold.lines),
        _what(sent_under(hold)),
    ]


def _what(went: Sent) -> str:
    return f"{went.sku} (asked {went.asked})" if went.asked else went.sku


def _hold_record(hold: Hold, now: float) -> dict[str, object]:
    went = sent_under(hold)
    return {
        "key": hold.key,
        "state": _state(hold, now),
        "held_at": iso(hold.held_at),
        "age_s": int(now - hold.held_at),
        "lease_until": iso(hold.lease_until),
        "lease_left_s": max(0, int(hold.lease_until - now)) if hold.state == "open" else None,
        "attempts": hold.attempts,
        "amount_usd": decimal_usd(hold.amount),
        "assumed_usd": decimal_usd(hold.assumed) if hold.state == "lapsed" else None,
        "budgets": [f"{line.budget} {line.period}" for line in hold.lines],
        "sku": went.sku or None,
        "downgraded_from": went.asked or None,
    }


def _summary(holds: Sequence[Hold], now: float) -> str:
    open_, late, lapsed = (
        [hold for hold in holds if _state(hold, now) == state] for state in ("open", "overdue", "lapsed")
    )
    held = Micros(sum(hold.amount for hold in open_))
    assumed = Micros(sum(hold.assumed for hold in lapsed))
    ran_out = f"; {overdue_text(late)}" if late else ""
    return (
        f"{len(open_):,} open, {usd(held)} held{ran_out}; "
        f"{len(lapsed):,} lapsed, {usd(assumed)} assumed billed"
    )


def overdue_text(late: Sequence[Hold]) -> str:
    amount = usd(Micros(sum(hold.amount for hold in late)))
    them = "it" if len(late) == 1 else "them"
    return f"{len(late):,} overdue, {amount} held until the next call on this ledger lapses {them}"
