"""`bursar guard status`, `holds` and `verify`: how a ledger stands."""

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from planner.commands.guard_ledger import (
    files_of,
    ledger_name,
    ledger_url,
    reading,
    scenario_budgets,
    write_listing,
)
from planner.commands.terminal import ascii_only
from planner.report.guard_words import iso, usd

if TYPE_CHECKING:
    from planner.guard.ledger import Status
    from planner.scenario import Budget


def status(args: argparse.Namespace) -> int:
    from planner.report.guard_holds import overdue, overdue_text
    from planner.report.guard_status import gauges, status_listing

    budgets = scenario_budgets(args)
    with reading(args) as ledger:
        stopped = ledger.stopped()
        statuses = [ledger.status(name) for name in ledger.budgets()]
        late = overdue(ledger.holds(), time.time())
    plain = args.format != "table" or ascii_only(args)
    ran_out = (f"Holds whose lease ran out: {overdue_text(late)}.",) if late else ()
    name = ledger_name(args)
    journal = journal_notes(ledger_url(args))
    known = _notes(statuses, budgets, given=args.scenario is not None)
    notes = (*ran_out, *journal, *known, f"Ledger: {name}")
    listing = status_listing(gauges(statuses, budgets), stopped, notes, ascii_only=plain)
    value = {
        "at": iso(time.time()),
        "ledger": name,
        "stopped": stopped and {"at": iso(stopped.at), "who": stopped.who, "reason": stopped.reason},
        "budgets": listing.records,
        "notes": notes,
    }
    write_listing(args, listing, value, inputs=files_of(args))
    return 0


def holds(args: argparse.Namespace) -> int:
    from planner.report.guard_holds import holds_listing

    with reading(args) as ledger:
        found = [
            hold
            for state in ("open", "lapsed")
            if args.state in (None, state)
            for hold in ledger.holds(state="open" if state == "open" else "lapsed")
        ]
    listing = holds_listing(found, time.time())
    write_listing(args, listing, listing.records, inputs=files_of(args))
    return 0


def verify(args: argparse.Namespace) -> int:
    from planner.report.guard_holds import verify_listing

    with reading(args) as ledger:
        entries = ledger.last_seq()
        mismatches = ledger.verify()
    listing = verify_listing(mismatches, entries)
    value = {"ok": not mismatches, "entries": entries, "mismatches": listing.records}
    write_listing(args, listing, value, inputs=files_of(args))
    return 1 if mismatches else 0


def journal_notes(url: str) -> Iterator[str]:
    """Whose journal it is, when it is one, and what of it the ledger has not been told."""
    if not url.startswith("sqlite:"):
        return
    from planner.guard.ledger.outage.belonging import file_of
    from planner.guard.ledger.outage.journal_tables import look

    found = look(file_of(url))
    if found is not None:
        left = f"{found.unmerged} is not merged" if found.unmerged.entries else "all of it is merged"
        yield f"This is a journal of {found.belonging.shown}; {left}."


def _notes(statuses: Sequence["Status"], budgets: Sequence["Budget"], *, given: bool) -> Iterator[str]:
    known = {status.budget: status for status in statuses}
    for status in statuses:
        if status.overrun:
            yield f"{status.budget}: {usd(status.overrun)} was billed above what was held for it"
    if not given:
        if statuses:
            yield "Thresholds are not known without --scenario FILE."
        return
    for budget in budgets:
        now, limit = known.get(budget.name), budget.limit_usd
        if now is None and f"{budget.name} (observed)" not in known:
            yield f"{budget.name}: not in this ledger; a guard of this scenario adds it when it starts"
        elif now is not None and limit is not None and limit != now.limit:
            yield f"{budget.name}: the scenario says {usd(limit)}; it counts when a guard next starts"
        elif now is not None and limit is None:
            yield f"{budget.name}: its limit is what credits could pay on the last day a guard made a call"
