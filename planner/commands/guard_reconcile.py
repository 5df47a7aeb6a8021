"""`bursar guard reconcile`: the ledger against what was billed, as a whole or call by call."""

import argparse
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from planner.commands import BadUsage
from planner.commands.guard_change import amount
from planner.commands.guard_export import days_of
from planner.commands.guard_ledger import changing, files_of, one_line, who, write_listing
from planner.guard.calls import past_calls
from planner.guard.ledger.urls import plain_url, shown_url
from planner.guard.reconciliation import (
    Correction,
    Total,
    Which,
    corrections,
    doubts,
    total,
    totals_by_sku,
)
from planner.report.guard_reconcile import (
    Difference,
    Other,
    comparison_listing,
    correction_listing,
    doubt_listing,
)
from planner.report.guard_words import count
from pricing.money import Micros

if TYPE_CHECKING:
    from planner.guard.ledger import Ledger
    from planner.guard.local_bedrock.tally import Billed as EndpointTotals


def reconcile(args: argparse.Namespace) -> int:
    totals = args.total_images is not None or args.total_usd is not None
    if (args.billed is not None) + totals + (args.endpoint is not None) > 1:
        raise BadUsage(
            "--billed, --total-images or --total-usd, and --endpoint are three questions; ask one at a time"
        )
    if args.billed is None and args.apply:
        raise BadUsage("--apply settles and voids by a file of bills; name it with --billed FILE")
    compares = totals or args.endpoint is not None
    if not compares and (args.first or args.last or args.model):
        raise BadUsage(
            "--from, --to and --model choose what is compared; give --total-images, --total-usd or --endpoint"
        )
    if args.billed is not None:
        return _by_call(args)
    return _compare(args) if compares else _list(args)


def _list(args: argparse.Namespace) -> int:
    with changing(args) as ledger:
        _lapse(ledger)
        found = doubts(ledger.holds(state="lapsed"), past_calls(ledger))
    listing = doubt_listing(found, time.time())
    write_listing(args, listing, listing.records, inputs=files_of(args))
    return 0


def _by_call(args: argparse.Namespace) -> int:
    """Nothing is applied while a row names no hold: then it may be the bill of another ledger."""
    from planner.guard.bills import read_bills

    bills = read_bills(args.billed)
    words = {"who": who(args), "why": one_line(args.why or f"billed: {args.billed}", "--why")}
    with changing(args) as ledger:
        _lapse(ledger)
        found = corrections(bills, ledger.find, time.time())
        unknown = sum(each.action == "unknown" for each in found)
        applied = args.apply and not unknown
        if applied:
            _apply(ledger, found, words)
    listing = correction_listing(found, applied=applied)
    write_listing(args, listing, listing.records, inputs=files_of(args, args.billed))
    if unknown:
        nothing = "; nothing was applied" if args.apply else ""
        sys.stderr.write(
            f"bursar: {args.billed}: {count(unknown, 'row')} without a hold in this ledger{nothing}\n"
        )
        return 2
    return 1 if any(each.action == "differs" for each in found) else 0


def _apply(ledger: "Ledger", found: tuple[Correction, ...], words: dict[str, str]) -> None:
    """One by one; a row that is done already does nothing when the file is applied again."""
    for each in found:
        if each.action == "settle":
            ledger.settle(each.bill.key, each.bill.usd, tags=words)
        elif each.action == "void":
            ledger.void(each.bill.key, tags=words)


def _compare(args: argparse.Namespace) -> int:
    which = Which(days_of(args), args.model or "*")
    name, theirs, whole = _other(args, which)
    with changing(args) as ledger:
        _lapse(ledger)
        calls = [call for call in past_calls(ledger) if call in which]
    ours = totals_by_sku(calls)
    skus = sorted({*ours, *theirs}) if theirs else ()
    nothing = Other(0, Micros(0))
    lines = [Difference(sku or "unknown", ours.get(sku, Total()), theirs.get(sku, nothing)) for sku in skus]
    lines.append(Difference("all calls", total(calls), whole))
    differ = any(line.exists for line in lines)
    listing = comparison_listing(lines, name, _head(args))
    write_listing(args, listing, {"differ": differ, "lines": listing.records}, inputs=files_of(args))
    return 1 if differ else 0


def _other(args: argparse.Namespace, which: Which) -> tuple[str, Mapping[str, Other], Other]:
    """What the ledger is compared with: its name, by SKU where it says so, and as a whole."""
    if args.endpoint is None:
        dollars = None if args.total_usd is None else amount(args.total_usd, "--total-usd")
        return "yours", {}, Other(args.total_images, dollars)
    by_sku = {
        str(sku): Other(each.images, each.micros)
        for sku, each in _billed_by(args.endpoint).by_sku.items()
        if which.has_model(sku.model_id)
    }
    images = sum(each.images or 0 for each in by_sku.values())
    return "endpoint", by_sku, Other(images, Micros(sum(each.usd or 0 for each in by_sku.values())))


def _billed_by(url: str) -> "EndpointTotals":
    from http.client import HTTPException

    from planner.guard.local_bedrock.control import read_totals

    if not url.startswith(("http://", "https://")):
        raise BadUsage(f"--endpoint takes an address such as http://127.0.0.1:8470, not {shown_url(url)}")
    try:
        return read_totals(url.rstrip("/"))[0]
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        why = getattr(error, "reason", None) or error
        raise BadUsage(f"{plain_url(url)} does not answer as a bursar local-bedrock does: {why}") from error


def _lapse(ledger: "Ledger") -> None:
    lapsed = ledger.lapse_due()
    if lapsed:
        sys.stderr.write(
            f"bursar: the lease of {count(lapsed, 'hold')} has run out; counted as billed from now on\n"
        )


def _head(args: argparse.Namespace) -> str:
    first = f"from {args.first}" if args.first else ""
    last = f"to {args.last}, that day included" if args.last else ""
    when = " ".join(filter(None, (first, last)))
    days = f"Calls held {when} (UTC)" if when else "All calls in the ledger"
    return days + (f", models {args.model}" if args.model else "")
