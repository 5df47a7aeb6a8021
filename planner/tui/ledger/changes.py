"""What an operator may do to a ledger from the screen: the verbs of `bursar guard`, recorded with who and why."""

from argparse import Namespace
from collections.abc import Callable

from planner.commands.guard_change import amount
from planner.commands.guard_ledger import changing, one_line, who
from planner.guard.ledger import Hold, Ledger
from planner.report.guard_words import moment, usd

Change = Callable[[Ledger], str]
"""Does it, and says in one line what it came to."""


def run(url: str, change: Change) -> str:
    """Opens the ledger to write, once, as the command line does. Raises `GuardError` and changes nothing then."""
    with changing(Namespace(ledger=url)) as ledger:
        return change(ledger)


def stop(why: str) -> Change:
    """Raises `BadUsage` for a reason that cannot be recorded."""
    reason, by = one_line(why, "why"), _me()

    def change(ledger: Ledger) -> str:
        before = ledger.stopped()
        ledger.stop(reason, by)
        if before is not None:
            return f"stopped already, since {moment(before.at)} UTC by {before.who}: {before.reason}"
        return f"stopped by {by}: {reason}; every call is refused"

    return change


def resume() -> Change:
    by = _me()

    def change(ledger: Ledger) -> str:
        before = ledger.stopped()
        ledger.resume(by)
        return (
            "was not stopped; nothing changed"
            if before is None
            else f"resumed by {by}; calls are granted again"
        )

    return change


def void(hold: Hold, why: str) -> Change:
    """Raises `BadUsage` as `stop` does."""
    words = {"who": _me(), "why": one_line(why, "why")}

    def change(ledger: Ledger) -> str:
        ledger.void(hold.key, tags=words)
        counted = hold.amount if hold.state == "open" else hold.assumed
        return f"voided {hold.key}: {usd(counted)} counts no more"

    return change


def settle(hold: Hold, billed: str, why: str) -> Change:
    """Raises `BadUsage` for an amount that is none."""
    words, micros = {"who": _me(), "why": one_line(why, "why")}, amount(billed, "billed")

    def change(ledger: Ledger) -> str:
        resolved = ledger.settle(hold.key, micros, tags=words)
        above = f", {usd(resolved.overrun)} above what was held" if resolved.overrun else ""
        return f"settled {hold.key} at {usd(micros)}{above}"

    return change


def _me() -> str:
    return who(Namespace(who=None))
