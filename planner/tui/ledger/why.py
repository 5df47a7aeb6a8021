"""Why a decision was taken: everything the ledger knows of one entry, or of one hold, as facts with a label."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.guard.errors import UnknownHold
from planner.guard.ledger import Entry, Hold, Ledger
from planner.guard.sent import sent_under, user_tags
from planner.report.guard_status import Gauge, state_of, used_text
from planner.report.guard_tail import Told
from planner.report.guard_words import count, moment, percent, span, usd
from planner.tui.ledger.pace import Pace, about, forecast, rate_text
from planner.tui.ledger.scenarios import PoolLeft
from pricing.records import record

Fact = tuple[str, str]
_MEANS = {
    "hold": "money set aside before the request was sent",
    "extend": "more set aside before a retry that may be billed again",
    "settle": "the bill is known and takes the place of the hold",
    "void": "certainly not billed: the money was given back",
    "assume": "nobody knows the bill: counted as billed by the scenario's policy",
    "lapse": "the lease ran out before the outcome was known",
    "refuse": "nothing was sent",
    "notice": "a threshold was reached; told once in each period",
    "stop": "the kill switch: every call is refused",
    "resume": "calls are granted again",
    "define": "a guard started, and said what the budget's limit is",
}


@record
class Explained:
    """A title, facts, and what can be done next."""

    title: str
    facts: tuple[Fact, ...]
    then: tuple[str, ...] = ()


def explain_entry(told: Told, ledger: Ledger) -> Explained:
    """One line of the history; asks the ledger for the hold it is about."""
    entry = told.entry
    hold = _hold_of(entry, ledger)
    facts = [
        ("when", f"{moment(entry.at)} UTC, entry {entry.seq:,}"),
        ("what", f"{entry.kind}: {_MEANS[entry.kind]}"),
        ("why", told.note),
        ("amount", told.amount),
        ("counted in", ", ".join(f"{line.budget} {line.period}" for line in entry.lines)),
    ]
    facts += list(_hold_facts(hold, entry.at)) if hold else list(_own_facts(entry, told))
    return Explained(f"{entry.kind} {moment(entry.at)}", tuple(fact for fact in facts if fact[1]))


def explain_hold(hold: Hold, now: float, *, allow_changes: bool) -> Explained:
    """A hold nobody has resolved, and how to resolve it."""
    facts = [("state", f"{hold.state}: {_state_means(hold, now)}"), *_hold_facts(hold, now)]
    then = (
        ("s records what it was billed, v gives it back",)
        if allow_changes
        else (
            f"bursar guard settle {hold.key} --usd AMOUNT --why TEXT",
            f"bursar guard void {hold.key} --why TEXT",
        )
    )
    return Explained(f"hold {hold.key}", tuple(fact for fact in facts if fact[1]), then)


def explain_gauge(gauge: Gauge, pace: Pace, now: float) -> Explained:
    """A budget: its counters, thresholds and pace."""
    status = gauge.status
    rate = pace.per_second(status, now)
    facts = [
        ("budget", f"{gauge.name}, {status.period} (per {status.per})"),
        ("state", state_of(gauge)[1]),
        ("limit", "none" if gauge.limit is None else usd(gauge.limit)),
        ("settled", f"{usd(status.settled)} billed or assumed billed"),
        ("assumed", usd(status.assumed) if status.assumed else ""),
        ("held", f"{usd(status.held)} for calls under way"),
        ("overrun", f"{usd(status.overrun)} billed above what was held" if status.overrun else ""),
        ("used", used_text(gauge) if gauge.limit else ""),
        ("room", "" if gauge.limit is None else usd(status.room)),
        (
            "resets",
            "never"
            if status.resets_at is None
            else f"{moment(status.resets_at)} UTC, in {about(status.resets_at - now)}",
        ),
        ("pace", rate_text(rate) or forecast(gauge, rate, now)),
        *_levels(gauge, rate),
    ]
    return Explained(gauge.name, tuple(fact for fact in facts if fact[1]))


def explain_pool(pool: PoolLeft) -> Explained:
    """A credit pool, and how what is left of it was worked out."""
    credit = pool.credit
    facts = (
        ("pool", f"{credit.name}, {credit.program}"),
        ("budget", pool.budget),
        ("balance", f"{usd(credit.balance_usd)} when the scenario was written"),
        (
            "left",
            f"{usd(pool.left)} by what this ledger counted, and the background spend to the end of the month",
        ),
        ("pays", f"from {credit.starts} to {credit.expires or 'no end'}: {', '.join(credit.products)}"),
        ("third-party models", credit.bedrock_third_party),
    )
    return Explained(credit.name, facts, ("bursar plan FILE shows how it goes on",))


def _levels(gauge: Gauge, rate: Fraction | None) -> Iterator[Fact]:
    limit, exposure = gauge.limit, gauge.status.exposure
    if limit is None:
        return
    if gauge.budget is None:
        yield "thresholds", "not known: no scenario of this folder defines this budget as the ledger has it"
        return
    steps: Sequence[tuple[str, Fraction]] = [
        *(
            (f"{percent(each.at_pct)}, {each.do}", each.at_pct * limit / 100)
            for each in gauge.budget.thresholds
        ),
        ("full: calls are refused", Fraction(limit)),
    ]
    for words, at in steps:
        if exposure >= at:
            yield "at", f"{words}: reached"
        elif rate:
            yield (
                "at",
                f"{words}: {usd(int(at) - exposure)} away, ~{about(float((at - exposure) / rate))} at this pace",
            )
        else:
            yield "at", f"{words}: {usd(int(at) - exposure)} away"


def _hold_of(entry: Entry, ledger: Ledger) -> Hold | None:
    if entry.key is None or entry.kind == "refuse":
        return None
    try:
        return ledger.find(entry.key)
    except UnknownHold:
        return None


def _own_facts(entry: Entry, told: Told) -> Iterator[Fact]:
    """Of an entry without a hold: its own words."""
    yield "request", told.sent.sku
    yield "key", entry.key or ""
    for name, value in user_tags(entry.tags).items():
        yield f"tag {name}", value


def _hold_facts(hold: Hold, now: float) -> Iterator[Fact]:
    went = sent_under(hold)
    yield "sent", went.sku
    yield "asked for", went.asked
    yield "changed", went.changes
    yield (
        "hold",
        f"{hold.state}, {usd(hold.amount)} set aside"
        + (f" over {count(hold.attempts, 'attempt')}" if hold.attempts > 1 else ""),
    )
    yield "billed", usd(hold.billed) if hold.state == "settled" else ""
    yield "assumed", usd(hold.assumed) if hold.state == "lapsed" else ""
    yield (
        "held since",
        f"{moment(hold.held_at)} UTC, {span(now - hold.held_at)} before" if now > hold.held_at else "",
    )
    yield "counts in", ", ".join(f"{line.budget} {line.period}" for line in hold.lines)
    yield "key", hold.key
    for name, value in user_tags(hold.tags).items():
        yield f"tag {name}", value


def _state_means(hold: Hold, now: float) -> str:
    if hold.state == "lapsed":
        return "its lease ran out; it counts as billed until someone says what it came to"
    left = hold.lease_until - now
    return (
        f"its call is under way; the lease has {span(left)} left"
        if left > 0
        else "its lease has run out; the next hold lapses it"
    )
