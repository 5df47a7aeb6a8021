"""How fast budgets fill, and when each reaches its next threshold or its limit if that goes on."""

from collections import deque
from collections.abc import Iterable, Sequence
from fractions import Fraction

from planner.guard.ledger import Entry, Line, Status
from planner.report.guard_status import Gauge
from planner.report.guard_words import percent, span, usd
from pricing.money import Micros
from pricing.records import record

WINDOW_S = 900
"""The rate is that of the last quarter of an hour, or of what is known of it."""
_SHORTEST_S = 5
"""Below this a rate says more about the moment than about the day."""
_EVERY_S = 15
"""Between two exposures that are kept."""
_HOUR_S = 3_600


@record
class Seen:
    """A budget's exposure at a moment."""

    at: float
    exposure: int


@record
class Level:
    """What a budget comes to next: a threshold, or its limit."""

    words: str
    at: Fraction
    """The exposure in micro-dollars from which on it counts as reached."""


class Pace:
    """Exposures as they were seen, for each budget in its period."""

    def __init__(self) -> None:
        self._seen: dict[Line, deque[Seen]] = {}

    def seed(self, now: float, statuses: Iterable[Status], entries: Sequence[Entry]) -> None:
        """Works out an earlier exposure from the newest entries, oldest first, so that a rate is known at once."""
        recent = [entry for entry in entries if entry.at >= now - WINDOW_S]
        if len(recent) < len(entries) or not recent:
            since = now - WINDOW_S
        else:
            since = recent[0].at
            recent = recent[recent[0].seq > 1 :]
        for status in statuses:
            line = Line(status.budget, status.period)
            moved = sum(each.change.held + each.change.settled for each in recent if line in each.lines)
            self._seen[line] = deque([Seen(since, status.exposure - moved)])

    def note(self, now: float, statuses: Iterable[Status]) -> None:
        """Remembers exposures; those of periods that have ended are forgotten."""
        lines = {Line(status.budget, status.period): status.exposure for status in statuses}
        for line, exposure in lines.items():
            seen = self._seen.setdefault(line, deque())
            if not seen or now - seen[-1].at >= _EVERY_S:
                seen.append(Seen(now, exposure))
            while len(seen) > 1 and seen[1].at <= now - WINDOW_S:
                seen.popleft()
        for gone in self._seen.keys() - lines.keys():
            del self._seen[gone]

    def per_second(self, status: Status, now: float) -> Fraction | None:
        """Micro-dollars a second, exactly as seen; None while too little is known. Never below zero."""
        seen = self._seen.get(Line(status.budget, status.period))
        if not seen or now - seen[0].at < _SHORTEST_S:
            return None
        grown = max(0, status.exposure - seen[0].exposure)
        return Fraction(grown) / Fraction(now - seen[0].at)


def next_level(gauge: Gauge) -> Level | None:
    """None when it is full already, or has no limit."""
    limit, exposure = gauge.limit, gauge.status.exposure
    if limit is None or exposure >= limit:
        return None
    thresholds = gauge.budget.thresholds if gauge.budget else ()
    ahead = [each for each in thresholds if each.at_pct < 100 and exposure * 100 < each.at_pct * limit]
    if not ahead:
        return Level("full", Fraction(limit))
    nearest = min(ahead, key=lambda each: each.at_pct)
    return Level(percent(nearest.at_pct), nearest.at_pct * limit / 100)


def forecast(gauge: Gauge, per_second: Fraction | None, now: float) -> str:
    """When the next level is reached if spending goes on as it does; empty where there is nothing to reach."""
    level = next_level(gauge)
    if level is None:
        return ""
    if per_second is None:
        return "measuring"
    if not per_second:
        return "no spend now"
    seconds = (level.at - gauge.status.exposure) / per_second
    resets = gauge.status.resets_at
    if resets is not None and now + float(seconds) >= resets:
        return "resets first"
    return f"{level.words} in ~{about(float(seconds))}"


def rate_text(per_second: Fraction | None) -> str:
    """`$4.10/h`, rounded to the cent: a pace is an estimate."""
    if not per_second:
        return ""
    cents = round(per_second * _HOUR_S / 10_000)
    return f"{usd(Micros(cents * 10_000))}/h"


def about(seconds: float) -> str:
    """A span in one or two units: `2 h 10 min`, `3 days`."""
    whole = int(seconds)
    minutes = whole // 60 % 60
    if _HOUR_S <= whole < 10 * _HOUR_S and minutes:
        return f"{whole // _HOUR_S} h {minutes} min"
    return span(whole)
