"""`bursar guard void`, `settle`, `stop` and `resume`: an operator's word, recorded with who and why."""

import argparse
import sys
import time

from planner.commands import BadUsage
from planner.commands.guard_ledger import changing, ledger_name, one_line, signed_words, who
from planner.guard.errors import UnknownHold
from planner.guard.ledger import Hold, Ledger, Stopped
from planner.report.guard_words import moment, span, usd
from pricing.money import Micros, MoneyError, decimal_usd, parse_usd
from pricing.printable import printable


def void(args: argparse.Namespace) -> int:
    words = signed_words(args)
    with changing(args) as ledger:
        hold = _unresolved(ledger, args.key, Micros(0))
        ledger.void(args.key, tags=words)
    counted = hold.amount if hold.state == "open" else hold.assumed
    _say(f"voided {args.key}: {usd(counted)} counts no more in {_lines(hold)}")
    return 0


def settle(args: argparse.Namespace) -> int:
    words, billed = signed_words(args), amount(args.usd, "--usd")
    with changing(args) as ledger:
        hold = _unresolved(ledger, args.key, billed)
        resolved = ledger.settle(args.key, billed, tags=words)
    above = f", {usd(resolved.overrun)} above what was held" if resolved.overrun else ""
    _say(f"settled {args.key} at {usd(billed)} in {_lines(hold)}{above}")
    return 0


def stop(args: argparse.Namespace) -> int:
    why, by = one_line(args.why, "--why"), who(args)
    with changing(args) as ledger:
        before = ledger.stopped()
        ledger.stop(why, by)
    name = ledger_name(args)
    if before is None:
        _say(f"stopped by {by}: {why}; every call is refused until bursar guard resume; ledger {name}")
    else:
        _say(f"stopped already, since {_since(before)}; ledger {name}")
    return 0


def resume(args: argparse.Namespace) -> int:
    by = who(args)
    with changing(args) as ledger:
        before = ledger.stopped()
        ledger.resume(by)
    name = ledger_name(args)
    if before is None:
        _say(f"was not stopped; nothing changed; ledger {name}")
    else:
        _say(f"resumed by {by}; it was stopped since {_since(before)}; ledger {name}")
    return 0


def amount(text: str, option: str) -> Micros:
    """An amount as a person writes it; raises `BadUsage` for anything else, and below zero."""
    try:
        given = parse_usd(text)
    except MoneyError as error:
        raise BadUsage(f"{option}: {error}") from error
    if given < 0:
        raise BadUsage(f"{option}: {text} is below zero; a bill cannot be")
    return given


def _unresolved(ledger: Ledger, key: str, billed: Micros) -> Hold:
    """The hold; raises `BadUsage` when there is none, or its bill is known already. `billed` is what it is to come to."""
    if not key.isprintable():
        raise UnknownHold(key)
    hold = ledger.find(key)
    if hold.state in ("settled", "voided"):
        how = f"settled at {usd(hold.billed)}" if hold.state == "settled" else "voided"
        raise BadUsage(f"hold {key!r} was {how} already; that stays, nothing changed{_remedy(hold, billed)}")
    left = hold.lease_until - time.time()
    if hold.state == "open" and left > 0:
        sys.stderr.write(
            f"bursar: its lease had {span(left)} left: if the call is still under way, what it comes to is not recorded\n"
        )
    return hold


def _remedy(hold: Hold, billed: Micros) -> str:
    """What is to be done about a bill that is not what was settled: entries are never taken back."""
    if billed < hold.billed:
        over = usd(Micros(hold.billed - billed))
        return f". If {usd(billed)} is right, {over} too much counts in {_lines(hold)}"
    if billed == hold.billed:
        return ""
    key, missing = f"{hold.key} correction", decimal_usd(Micros(billed - hold.billed))
    names = [line.budget for line in hold.lines]
    return (
        f". If {usd(billed)} is right, count the missing ${missing} under a key of its own, in Python: "
        f"open_ledger(URL).hold({key!r}, 0, {names}), then: bursar guard settle {key!r} --usd {missing} --why ..."
    )


def _lines(hold: Hold) -> str:
    return ", ".join(f"{line.budget} {line.period}" for line in hold.lines) or "no budget"


def _since(stopped: Stopped) -> str:
    return f"{moment(stopped.at)} UTC by {stopped.who}: {stopped.reason}"


def _say(text: str) -> None:
    sys.stdout.write(f"{printable(text, 1_000)}\n")
