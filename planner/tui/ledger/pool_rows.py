"""Credit pools behind a ledger's budgets as rows: what each has left, and until when."""

from collections.abc import Sequence
from datetime import date

from planner.report.guard_words import usd
from planner.tui.ledger.scenarios import PoolLeft
from planner.tui.widgets.gauge import gauge
from planner.tui.widgets.grid_rows import Cell, Column, Row

_WIDE, _WIDEST = 100, 180


def pool_columns(width: int) -> tuple[Column, ...]:
    wide = width >= _WIDE
    columns = (
        Column("pool", 24 if wide else 16),
        Column("drawn", 40 if width >= _WIDEST else 24 if wide else 14),
        Column("left", 14, "right"),
    )
    more = (Column("of", 14, "right"), Column("budget", 20)) if wide else ()
    return (*columns, *more, Column("state"))


def pool_rows(pools: Sequence[PoolLeft], today: date, width: int) -> list[Row]:
    """In the columns of `pool_columns`."""
    columns = pool_columns(width)
    return [
        [_cells(pool, today, columns[1].width or 0)[column.title] for column in columns] for pool in pools
    ]


def _cells(pool: PoolLeft, today: date, cells: int) -> dict[str, Cell]:
    credit = pool.credit
    drawn = credit.balance_usd - pool.left
    gone = credit.expires is not None and credit.expires < today
    state = "ok" if pool.left and not gone else "exhausted"
    return {
        "pool": credit.name,
        "drawn": gauge(drawn, 0, credit.balance_usd, cells=cells, state=state),
        "left": usd(pool.left),
        "of": usd(credit.balance_usd),
        "budget": pool.budget,
        "state": _state(pool, today, gone=gone),
    }


def _state(pool: PoolLeft, today: date, *, gone: bool) -> str:
    credit = pool.credit
    if gone:
        return f"expired on {credit.expires}"
    if credit.status != "active":
        return credit.status
    if credit.starts > today:
        return f"starts on {credit.starts}"
    until = f"pays until {credit.expires}" if credit.expires else "never expires"
    unknown = "; third-party models: not known" if credit.bedrock_third_party == "unknown" else ""
    return f"{'empty; ' if not pool.left else ''}{until}{unknown}"
