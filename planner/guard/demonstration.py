"""A guard at work before your eyes: real boto3 calls from several threads against a Bedrock on loopback.

The scenario's budgets and credits are scaled down so that about three quarters of the calls, as asked, fit them: the
ladder is taken and the limit is reached within seconds.
"""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from itertools import cycle, islice
from logging import NullHandler
from pathlib import Path
from typing import Any, TextIO

from planner.guard.errors import BudgetExceeded
from planner.guard.local_bedrock.png import picture
from planner.guard.log import log
from planner.guard.notices import Notice
from planner.guard.tagging import tags
from planner.guard.testing import Guarded, guarded
from planner.scenario import Scenario, Stage
from pricing.book import PriceBook
from pricing.money import Micros, format_usd, round_half_even
from pricing.printable import printable
from pricing.quote import quote
from pricing.records import record, replace
from pricing.sizes import Size

CALLS = 200
THREADS = 8
SHARE = Fraction(3, 4)
"""How much of what the calls would cost as asked the scaled budgets allow."""
LATENCY_S = (0.02, 0.06)
BAR = 30
CLEAR = "\r\x1b[K"
_INPUT = picture(Size(512, 512), 1).decode()


@record
class Call:
    """One request of a stage."""

    stage: Stage
    body: str


@record
class Shown:
    """What the demonstration came to."""

    asked: Micros
    billed: Micros
    recorded: Micros
    refused: int

    @property
    def exact(self) -> bool:
        return self.billed == self.recorded


def demonstrate(
    scenario: Scenario, book: PriceBook, out: TextIO, *, on: date, calls: int = CALLS, threads: int = THREADS
) -> Shown:
    """Runs the calls of one pipeline through a guard and tells what happens as it happens. Needs boto3."""
    planned = list(islice(_calls(scenario, book), calls))
    asked = Micros(sum(_cost(call, scenario, book, on) for call in planned))
    scaled = _scaled(scenario, asked)
    screen = _Screen(out, calls)
    out.write(_opening(scaled, calls, threads, asked))
    with tempfile.TemporaryDirectory(prefix="bursar-demo-") as folder, _notices_on_screen_only():
        ledger = f"sqlite:///{Path(folder, 'guard.db')}?synchronous=NORMAL"
        with guarded(scenario=scaled, ledger=ledger, latency_s=LATENCY_S, notify=screen.told) as under:
            _run(under, planned, scenario.pipelines[0].name, threads, screen)
            shown = Shown(asked, under.endpoint.billed.micros, under.recorded, screen.refused)
            screen.finish(under)
    equal = "=" if shown.exact else "IS NOT"
    out.write(
        f"\nbilled by the endpoint {format_usd(shown.billed)} {equal} recorded by the ledger {format_usd(shown.recorded)}\n"
    )
    return shown


@contextmanager
def _notices_on_screen_only() -> Iterator[None]:
    """Notices are shown among the events, so the log need not print them again."""
    log().addHandler(quiet := NullHandler())
    try:
        yield
    finally:
        log().removeHandler(quiet)


def _calls(scenario: Scenario, book: PriceBook) -> Iterator[Call]:
    """The pipeline's requests asset after asset, one image a request."""
    per_asset = [
        Call(stage, _body(stage, book.card(stage.model_id).family))
        for stage in scenario.pipelines[0].stages
        for _ in range(stage.candidates * stage.outputs)
    ]
    return cycle(per_asset)


def _body(stage: Stage, family: str) -> str:
    """A request that asks for what the stage makes."""
    if family == "stability_service":
        return json.dumps(
            {"image": _INPUT} | ({"left": 128, "right": 128} if stage.task == "OUTPAINTING" else {})
        )
    return json.dumps({"prompt": f"{stage.name}: a linen jacket on a plain ground"})


def _cost(call: Call, scenario: Scenario, book: PriceBook, on: date) -> Micros:
    return quote(book, _answering_id(call.stage, book), call.body, region=scenario.region, on=on).cost


def _answering_id(stage: Stage, book: PriceBook) -> str:
    """The id the model answers to: through its inference profile, where it has one."""
    card = book.card(stage.model_id)
    return f"{card.geographies[0]}.{card.model_id}" if card.geographies else card.model_id


def _scaled(scenario: Scenario, asked: Micros) -> Scenario:
    """The scenario with budgets and credits so small that `SHARE` of what the calls ask for fits the tightest."""
    limits = [budget.limit_usd for budget in scenario.budgets if budget.limit_usd]
    factor = asked * SHARE / min(limits)
    return replace(
        scenario,
        budgets=tuple(
            replace(each, limit_usd=_times(each.limit_usd, factor)) if each.limit_usd else each
            for each in scenario.budgets
        ),
        credits=tuple(
            replace(each, balance_usd=_times(each.balance_usd, factor)) for each in scenario.credits
        ),
        background_spend=tuple(
            replace(each, usd_per_month=_times(each.usd_per_month, factor))
            for each in scenario.background_spend
        ),
    )


def _times(amount: Micros, factor: Fraction) -> Micros:
    scaled = amount * factor
    return Micros(round_half_even(scaled.numerator, scaled.denominator))


def _opening(scaled: Scenario, calls: int, threads: int, asked: Micros) -> str:
    limit, name = min((each.limit_usd, each.name) for each in scaled.budgets if each.limit_usd)
    return (
        f"\nThe guard, live: {calls} InvokeModel calls from {threads} threads to a Bedrock on this machine.\n"
        f"As asked they cost {format_usd(asked)}; budget {printable(name)} is scaled down to {format_usd(limit)}.\n\n"
    )


def _run(under: Guarded, calls: list[Call], pipeline: str, threads: int, screen: "_Screen") -> None:
    book = under.endpoint.book

    def send(call: Call) -> None:
        try:
            with tags(pipeline=pipeline):
                answer = under.client.invoke_model(modelId=_answering_id(call.stage, book), body=call.body)
            screen.answered(call.stage, answer["ResponseMetadata"]["Bursar"], under)
        except BudgetExceeded as error:
            screen.stopped(error, under)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(send, calls):
            pass


class _Screen:
    """Events as lines; under them, on a terminal, a bar of what the tightest budget has taken."""

    def __init__(self, out: TextIO, calls: int) -> None:
        self.refused = 0
        self._out, self._calls, self._done = out, calls, 0
        self._downgraded: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()
        self._live = out.isatty()

    def answered(self, stage: Stage, metadata: Mapping[str, Any], under: Guarded) -> None:
        with self._lock:
            self._done += 1
            if metadata["downgraded_from"]:
                change = (metadata["downgraded_from"], metadata["sku"])
                self._downgraded[change] = self._downgraded.get(change, 0) + 1
                if self._downgraded[change] == 1:
                    self._say(
                        f"call {self._done}: {stage.name} downgraded: {_model(change[0])} -> {_model(change[1])}"
                    )
            self._bar(under)

    def told(self, notice: Notice) -> None:
        with self._lock:
            self._say(notice.text)

    def stopped(self, error: BudgetExceeded, under: Guarded) -> None:
        with self._lock:
            self._done += 1
            self.refused += 1
            if self.refused == 1:
                self._say(f"call {self._done}: stopped: {error}")
            self._bar(under)

    def finish(self, under: Guarded) -> None:
        with self._lock:
            self._bar(under)
            self._out.write("\n" if self._live else "")
            downgrades = "; ".join(
                f"{count} x {_model(old)} -> {_model(new)}" for (old, new), count in self._downgraded.items()
            )
            self._out.write(
                f"\n  {self._done - self.refused} calls answered, {sum(self._downgraded.values())} of them downgraded"
            )
            self._out.write(
                f" ({downgrades}), {self.refused} stopped\n" if downgrades else f", {self.refused} stopped\n"
            )

    def _say(self, text: str) -> None:
        self._out.write(f"{CLEAR if self._live else ''}  {printable(text, 400)}\n")
        self._out.flush()

    def _bar(self, under: Guarded) -> None:
        if not self._live:
            return
        tightest = min(under.guard.status(), key=lambda each: each.room)
        share = min(Fraction(1), Fraction(tightest.settled + tightest.held, max(1, tightest.limit)))
        gauge = "#" * (filled := round(share * BAR)) + "." * (BAR - filled)
        spent = f"{format_usd(tightest.settled)} of {format_usd(tightest.limit)}"
        self._out.write(f"{CLEAR}  [{gauge}] {spent}, {self._done}/{self._calls} calls")
        self._out.flush()


def _model(sku: str) -> str:
    return sku.split(" ", 1)[0].removeprefix("stability.")
