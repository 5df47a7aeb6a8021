"""A small ledger with every kind of entry, written by the verbs at fixed moments, and waiting for a screen to show it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from time import monotonic
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from planner.guard.ledger import Held, Ledger, Offer, open_ledger
from tests.guarding import Clock, at
from tests.support import usd

NOW = "2026-11-22T14:00:00"
CORE = "stability.stable-image-core-v1:1 any us-west-2"
ULTRA = "stability.stable-image-ultra-v1:1 any us-west-2"
SCENARIO = """\
name: Studio
budgets:
  - name: catalogue-month
    limit_usd: 6.00
    per: month
    thresholds:
      - {at_pct: 50, do: notify}
      - {at_pct: 80, do: downgrade}
"""


def folder_with(path: Path, text: str = SCENARIO) -> Path:
    """A folder with one scenario."""
    path.mkdir(exist_ok=True)
    (path / "studio.yaml").write_text(dedent(text), "utf-8")
    return path


def small_ledger(path: Path, clock: Clock) -> str:
    """Two budgets; calls that were billed, downgraded, refused, lapsed and are open, over the last minutes before `NOW`."""
    url = f"sqlite:///{path}"
    clock.now = at(NOW) - 600
    with open_ledger(url, clock=clock) as ledger:
        ledger.define("catalogue-month", usd("6.00"), "month")
        ledger.define("studio-day", usd("20.00"), "day")
        ledger.hold("lost", usd("0.14"), ["catalogue-month"], lease_s=120, tags=_words(ULTRA))
        for number in range(20):
            clock.now += 15
            key = f"call-{number:02}"
            assert isinstance(ledger.hold(key, usd("0.14"), ["catalogue-month"], tags=_words(ULTRA)), Held)
            clock.now += 2
            ledger.settle(key, usd("0.14"), tags={"outcome": "ok", "images": 1})
        ledger.claim_notice("catalogue-month", "2026-11", 50)
        clock.now += 10
        _downgraded(ledger)
        clock.now += 5
        ledger.hold("too-much", usd("9.00"), ["catalogue-month"], tags=_words(ULTRA))
        ledger.hold("open-1", usd("0.04"), ["catalogue-month", "studio-day"], tags=_words(CORE))
        ledger.lapse_due()
    clock.now = at(NOW)
    return url


async def until(pilot: Pilot[Any], seen: Callable[[], bool], *, within_s: float = 15) -> None:
    """Lets the app work until something is so; fails when it does not come about."""
    limit = monotonic() + within_s
    while not seen():
        assert monotonic() < limit, f"not seen within {within_s} s:\n{text_of(pilot.app)}"
        await pilot.pause()
        await asyncio.sleep(0.01)
    await pilot.pause()


async def at_rest(pilot: Pilot[Any]) -> None:
    """Waits until the screen has stopped changing."""
    before, same = "", 0
    while same < 10:
        await pilot.pause()
        await asyncio.sleep(0.1)
        now = text_of(pilot.app)
        before, same = now, same + 1 if now == before else 0


def text_of(app: App[Any]) -> str:
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


def _words(sku: str) -> dict[str, str | int | None]:
    return {"sku": sku, "images": 1, "task": "TEXT_IMAGE", "tag:pipeline": "catalogue"}


def _downgraded(ledger: Ledger) -> None:
    offers = [
        Offer(usd("0.14"), {"catalogue-month": usd("0.50")}),
        Offer(usd("0.04"), {"catalogue-month": None}),
    ]
    words = _words(ULTRA) | {
        "offer:1": f"{CORE}; model: {ULTRA.partition(' ')[0]} -> {CORE.partition(' ')[0]}",
        "offer:1:images": 1,
    }
    ledger.hold_first("cheaper", offers, tags=words)
    ledger.settle("cheaper", usd("0.04"), tags={"outcome": "ok", "images": 1})
