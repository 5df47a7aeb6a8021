"""Sentences of the Guard screen: what is missing, what failed, and what to do next."""

from planner.guard.ledger import Stopped
from planner.guard.ledger.urls import plain_url
from planner.report.guard_words import count, moment, span, usd
from planner.tui.ledger.snapshot import Snapshot
from planner.tui.widgets.headline import Answer
from planner.tui.widgets.tab_line import Tab
from pricing.records import record

READ_ONLY = "This screen only reads. Start bursar with --allow-changes, or run: {command}"


@record
class Said:
    """A title, what is so, and what to do next."""

    title: str
    lines: tuple[str, ...]
    then: tuple[str, ...]


NO_LEDGER = Said(
    "No ledger is named",
    (
        "A guard in your program keeps its budgets, holds and bills in a ledger; this screen shows one as it fills.",
        'It begins with: guard = Guard.from_scenario("FILE", ledger="sqlite:///guard.db"); guard.attach(client)',
    ),
    (
        "Show a ledger:          bursar --ledger sqlite:///guard.db   (or set BURSAR_LEDGER)",
        "See a guard at work:    bursar demo",
    ),
)


def ledger_name(url: str) -> str:
    """What a ledger is called where there is little room; a password in its URL is never shown."""
    if url.startswith("sqlite:///") and "@" not in url:
        return url.partition("?")[0].rsplit("/", 1)[-1] or url
    return plain_url(url).replace("***@", "").rstrip("…")


def failed(url: str, why: str) -> Said:
    """A ledger that cannot be shown, before anything of it was."""
    return Said(
        f"{ledger_name(url)} cannot be shown",
        (why,),
        (
            "r looks again; this screen does so by itself every few seconds",
            "Another ledger:         bursar --ledger sqlite:///path   (or set BURSAR_LEDGER)",
            "See a guard at work:    bursar demo",
        ),
    )


def opening(url: str) -> Said:
    return Said(f"Opening {ledger_name(url)}", (), ("esc or another screen (1 2 3 5) leaves it",))


def stale_text(age_s: float, why: str) -> str:
    """What is shown is old, and why."""
    return f"! as of {span(age_s)} ago: {why or 'the ledger has not answered since'}; r looks again"


def stopped_text(stopped: Stopped) -> str:
    return (
        f"■ STOPPED since {moment(stopped.at)} UTC by {stopped.who}: {stopped.reason}. "
        "Every call is refused until: bursar guard resume"
    )


def answers(snapshot: Snapshot, state: str, *, stale: bool) -> list[Answer]:
    """What the top row says besides the ledger's name."""
    switch = Answer(
        "kill switch", "STOPPED" if snapshot.stopped else "off", "error" if snapshot.stopped else "plain", 3
    )
    held = f"{len(snapshot.open):,}" + (f" ({usd(snapshot.held)})" if snapshot.open else "")
    found = [Answer("", state, "warning" if stale else "good", 4), Answer("holds", held, "plain", 1)]
    if snapshot.lapsed:
        found.append(Answer("outcome unknown", f"{len(snapshot.lapsed):,} !", "warning", 2))
    return [*found, switch]


def tabs(snapshot: Snapshot, pools: int | None) -> list[Tab]:
    """The views, with what there is in each."""
    lapsed = f", {len(snapshot.lapsed):,} lapsed" if snapshot.lapsed else ""
    return [
        Tab("decisions", "d", f"decisions {snapshot.last_seq:,}"),
        Tab("holds", "o", f"holds {len(snapshot.open):,} open{lapsed}", alarming=bool(snapshot.lapsed)),
        Tab("pools", "b", "credit pools" if pools is None else count(pools, "credit pool")),
    ]
