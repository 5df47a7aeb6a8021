"""Budgets as rows: a gauge, what is taken, how it stands and when the next level is reached."""

from collections.abc import Sequence

from textual.content import Content

from planner.report.guard_status import Gauge, state_of, used_text
from planner.report.guard_words import moment, usd
from planner.tui.ledger.pace import Pace, forecast, rate_text
from planner.tui.text import clean
from planner.tui.widgets.gauge import gauge
from planner.tui.widgets.grid_rows import Cell, Column, Row

_MIDDLE, _WIDE, _WIDER, _WIDEST = 100, 140, 150, 180
_LOOKS = {"ok": "$success", "notify": "$warning", "downgrade": "$warning", "exhausted": "bold $error"}


def gauge_columns(width: int) -> tuple[Column, ...]:
    """As many as a grid of that width has room for."""
    if width < _MIDDLE:
        return (
            Column("budget", 17),
            Column("taken", 16),
            Column("used", 7, "right"),
            Column("state, then next"),
        )
    narrow = width < _WIDE
    name, bar = (20, 20) if narrow else (22, 24) if width < _WIDEST else (34, 40)
    head = (
        Column("budget", name),
        Column("taken", bar),
        Column("used", 7, "right"),
        Column("room", 12, "right"),
    )
    if narrow:
        return (*head, Column("state, then next"))
    more = (*head, Column("limit", 12, "right"), Column("rate", 11, "right"), Column("state, then next"))
    return more if width < _WIDER else (*more, Column("resets", 16))


def gauge_rows(gauges: Sequence[Gauge], pace: Pace, now: float, width: int, *, stopped: bool) -> list[Row]:
    """In the columns of `gauge_columns`."""
    return [_row(each, pace, now, gauge_columns(width), stopped=stopped) for each in gauges]


def _row(each: Gauge, pace: Pace, now: float, columns: Sequence[Column], *, stopped: bool) -> Row:
    rate = pace.per_second(each.status, now)
    limit = each.limit
    cells: dict[str, Cell] = {
        "budget": each.name,
        "used": used_text(each) if limit else "",
        "room": "" if limit is None else usd(each.status.room),
        "limit": "none" if limit is None else usd(limit),
        "rate": rate_text(rate),
        "state, then next": _state(each, forecast(each, rate, now), stopped=stopped),
        "resets": "never" if each.status.resets_at is None else moment(each.status.resets_at)[:-3],
    }
    width = next(column.width or 0 for column in columns if column.title == "taken")
    cells["taken"] = "" if limit is None else _bar(each, limit, width)
    return [cells[column.title] for column in columns]


def _bar(each: Gauge, limit: int, width: int) -> Content:
    status = each.status
    marks = [threshold.at_pct for threshold in each.budget.thresholds] if each.budget else []
    return gauge(status.settled, status.held, limit, cells=width, state=state_of(each)[0], thresholds=marks)


def _state(each: Gauge, ahead: str, *, stopped: bool) -> Content:
    """Where no scenario tells the thresholds, nothing is said of them."""
    state, words = state_of(each)
    shown = "" if state is None else words
    look = "bold $error" if stopped else _LOOKS.get(state or "", "")
    parts = ["STOPPED" if stopped else "", shown, ahead if not stopped else ""]
    said = [clean(part) for part in parts if part]
    if not said:
        return Content("")
    return Content.assemble((said[0], look), "".join(f"; {part}" for part in said[1:]))
