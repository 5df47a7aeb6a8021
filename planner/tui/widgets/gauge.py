"""A gauge of a budget in a row of cells: settled, held and free, with a mark at each threshold."""

from collections.abc import Sequence
from fractions import Fraction

from textual.content import Content

from planner.report.guard_status import BLOCKS, bar

MARK_AHEAD, MARK_PASSED = "┊", "┃"
LEGEND = "█ settled  ▒ held  · free  ┊ threshold"
_LOOKS = {"ok": "$success", "notify": "$warning", "downgrade": "$warning", "exhausted": "$error"}


def gauge(
    settled: int,
    held: int,
    limit: int,
    *,
    cells: int,
    state: str | None,
    thresholds: Sequence[Fraction] = (),
) -> Content:
    """`thresholds` in percent of the limit; the colour follows the state, which is said in words beside it."""
    signs = list(bar(settled, held, limit, BLOCKS, cells))
    for at_pct in thresholds:
        place = min(cells - 1, int(at_pct * cells / 100))
        if at_pct < 100:
            signs[place] = MARK_AHEAD if signs[place] == BLOCKS[2] else MARK_PASSED
    text = "".join(signs)
    taken = len(text.rstrip(f"{BLOCKS[2]}{MARK_AHEAD}"))
    look = _LOOKS.get(state or "ok", "$primary")
    return Content.assemble((text[:taken], look), (text[taken:], "$text-muted"))
