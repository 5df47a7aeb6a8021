"""Every ledger against a model in a dictionary: any sequence of verbs, the same answers and the same counters."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from planner.guard.errors import HoldConflict, UnknownHold
from planner.guard.ledger import Held, Lapse, Offer, Refused, Resolved
from planner.guard.ledger.windows import Per
from pricing.money import Micros
from tests import dynamodb_local
from tests.ledger_engines import ENGINES, Engine, check_history, counters, new_desk, quick_place

PERS: dict[str, Per] = {"ever": "lifetime", "month": "month", "day": "day"}
KEYS = st.sampled_from([f"k{number}" for number in range(12)])
AMOUNTS = st.integers(0, 40).map(Micros)
NAMES = st.sets(st.sampled_from(sorted(PERS)))
CEILINGS = st.dictionaries(st.sampled_from(sorted(PERS)), st.none() | st.integers(0, 120).map(Micros))
OFFERS = st.lists(st.builds(Offer, AMOUNTS, CEILINGS), min_size=1, max_size=3)


@dataclass
class Known:
    """A hold of the model."""

    asked: int
    amount: int
    offer: int
    lines: frozenset[tuple[str, str]]
    lease_until: float
    state: str = "open"
    attempts: int = 1
    extra: int = 0
    billed: int = 0
    overrun: int = 0

    def counts(self) -> tuple[int, int, int, int]:
        """Settled, held, assumed, overrun."""
        match self.state:
            case "open":
                return 0, self.amount, 0, 0
            case "assumed":
                return self.billed, 0, self.billed, self.overrun
            case "settled":
                return self.billed, 0, 0, self.overrun
            case _:
                return 0, 0, 0, 0

    def exposure(self) -> int:
        return self.counts()[0] + self.counts()[1]

    def end(self, state: str, billed: int) -> None:
        self.overrun = max(0, billed - self.exposure() + self.counts()[3])
        self.state, self.billed = state, billed


class LedgerMachine(RuleBasedStateMachine):
    """Keys are few, so that verbs meet holds in every state."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.place = ExitStack()
        self.desk = new_desk(self.engine, self.place.enter_context(quick_place()))
        self.desk.clock.set("2026-12-30 20:00:00")
        self.holds: dict[str, Known] = {}
        self.limits = dict.fromkeys(PERS, 100)
        self.stopped = False

    @initialize(lapse=st.sampled_from(["assume_billed", "release"]))
    def open(self, lapse: Lapse) -> None:
        self.lapse: Lapse = lapse
        self.ledger = self.desk.open(lapse=lapse)
        for name, per in PERS.items():
            self.ledger.define(name, Micros(100), per)

    @rule()
    def open_again(self) -> None:
        if self.desk.engine.shared:
            self.ledger.close()
            self.ledger = self.desk.open(lapse=self.lapse)

    @rule(seconds=st.sampled_from([1, 50, 600, 20_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.desk.clock.pass_s(seconds)

    @rule(name=st.sampled_from(sorted(PERS)), limit=st.integers(0, 200))
    def define(self, name: str, limit: int) -> None:
        self.ledger.define(name, Micros(limit), PERS[name])
        self.limits[name] = limit

    @rule()
    def stop(self) -> None:
        self.ledger.stop("enough", "ana")
        self.stopped = True

    @rule()
    def resume(self) -> None:
        self.ledger.resume("ana")
        self.stopped = False

    @rule(key=KEYS, amount=AMOUNTS, names=NAMES, lease_s=st.sampled_from([60, 10_000]))
    def hold(self, key: str, amount: Micros, names: set[str], lease_s: int) -> None:
        self._expect_hold(key, [Offer(amount, dict.fromkeys(names))], lease_s)

    @rule(key=KEYS, offers=OFFERS, lease_s=st.sampled_from([60, 10_000]))
    def hold_first(self, key: str, offers: list[Offer], lease_s: int) -> None:
        self._expect_hold(key, offers, lease_s)

    @rule(key=KEYS, extra=AMOUNTS, attempt=st.integers(2, 4))
    def extend(self, key: str, extra: Micros, attempt: int) -> None:
        known = self.holds.get(key)
        if known is None or known.state in {"settled", "voided"}:
            with pytest.raises(UnknownHold if known is None else HoldConflict):
                self.ledger.extend(key, extra, attempt=attempt)
        elif attempt <= known.attempts and (known.state != "open" or attempt == known.attempts != 1):
            self._expect_replayed_extension(known, key, extra, attempt)
        elif attempt <= known.attempts:
            assert isinstance(self.ledger.extend(key, extra, attempt=attempt), Held)
        else:
            self._expect_extension(known, key, extra, attempt)

    @rule(key=KEYS, billed=AMOUNTS)
    def settle(self, key: str, billed: Micros) -> None:
        known = self.holds.get(key)
        if known is None:
            with pytest.raises(UnknownHold):
                self.ledger.settle(key, billed)
        elif known.state == "voided" or (known.state == "settled" and known.billed != billed):
            with pytest.raises(HoldConflict):
                self.ledger.settle(key, billed)
        else:
            if known.state != "settled":
                known.end("settled", billed)
            assert self.ledger.settle(key, billed) == Resolved(key, "settled", billed, Micros(known.overrun))

    @rule(key=KEYS)
    def void(self, key: str) -> None:
        known = self.holds.get(key)
        if known is None or known.state == "settled":
            with pytest.raises(UnknownHold if known is None else HoldConflict):
                self.ledger.void(key)
        else:
            known.state = "voided"
            assert self.ledger.void(key).state == "voided"

    @rule(key=KEYS, amount=AMOUNTS)
    def assume(self, key: str, amount: Micros) -> None:
        known = self.holds.get(key)
        if known is None or known.state in {"settled", "voided"}:
            with pytest.raises(UnknownHold if known is None else HoldConflict):
                self.ledger.assume(key, amount)
        else:
            known.end("assumed", amount)
            assert self.ledger.assume(key, amount) == Resolved(key, "lapsed", amount, Micros(known.overrun))

    @rule()
    def lapse_due(self) -> None:
        assert self.ledger.lapse_due() == self._sweep()

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "ledger"):
            return
        lines = {line for known in self.holds.values() for line in known.lines}
        for budget, period in lines | {self._line(name) for name in PERS}:
            expected = [known.counts() for known in self.holds.values() if (budget, period) in known.lines]
            total = tuple(sum(column) for column in zip((0, 0, 0, 0), *expected, strict=True))
            assert counters(self.ledger, budget, period) == total
            assert self.ledger.status(budget).limit == self.limits[budget]

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check_history(self.ledger)
            self.ledger.close()
        self.place.close()

    def _expect_hold(self, key: str, offers: list[Offer], lease_s: int) -> None:
        known = self.holds.get(key)
        if known is not None:
            self._expect_replay(known, key, offers)
            return
        expected = self._take(key, offers, lease_s)
        answer = self.ledger.hold_first(key, offers, lease_s=lease_s)
        assert (answer.offer if isinstance(answer, Held) else None) == expected

    def _expect_replay(self, known: Known, key: str, offers: list[Offer]) -> None:
        same = known.offer < len(offers) and (
            offers[known.offer].amount == known.asked
            and set(offers[known.offer].budgets) == {budget for budget, _ in known.lines}
        )
        if same and known.state == "open":
            answer = self.ledger.hold_first(key, offers)
            assert isinstance(answer, Held)
            assert (answer.amount, answer.lease_until) == (known.amount, known.lease_until)
        else:
            with pytest.raises(HoldConflict):
                self.ledger.hold_first(key, offers)

    def _take(self, key: str, offers: list[Offer], lease_s: int) -> int | None:
        if self.stopped:
            return None
        self._sweep()
        for index, offer in enumerate(offers):
            lines = frozenset(self._line(name) for name in offer.budgets)
            if all(self._room(line, offer.budgets[line[0]]) >= offer.amount for line in lines):
                until = self.desk.clock.now + lease_s
                self.holds[key] = Known(offer.amount, offer.amount, index, lines, until)
                return index
        return None

    def _expect_replayed_extension(self, known: Known, key: str, extra: Micros, attempt: int) -> None:
        if known.state != "open" or extra != known.extra:
            with pytest.raises(HoldConflict):
                self.ledger.extend(key, extra, attempt=attempt)
        else:
            assert isinstance(self.ledger.extend(key, extra, attempt=attempt), Held)

    def _expect_extension(self, known: Known, key: str, extra: Micros, attempt: int) -> None:
        more = known.amount + extra - known.exposure()
        least = None if known.counts()[3] else 0  # nothing always fits, but an overrun needs room to be held
        fits = not self.stopped and all(self._room(line, None, least) >= more for line in known.lines)
        answer = self.ledger.extend(key, extra, attempt=attempt, lease_s=60)
        assert isinstance(answer, Held if fits else Refused)
        if fits:
            known.state, known.amount = "open", known.amount + extra
            known.attempts, known.extra = attempt, extra
            known.lease_until = max(known.lease_until, self.desk.clock.now + 60)

    def _sweep(self) -> int:
        due = [k for k in self.holds.values() if k.state == "open" and k.lease_until <= self.desk.clock.now]
        for known in due:
            if self.lapse == "assume_billed":
                known.end("assumed", known.amount)
            else:
                known.state = "released"
        return len(due)

    def _room(self, line: tuple[str, str], ceiling: int | None, least: int | None = 0) -> int:
        limit = self.limits[line[0]]
        most = limit if ceiling is None else min(limit, ceiling)
        room = most - sum(known.exposure() for known in self._in(line))
        return room if least is None else max(least, room)

    def _in(self, line: tuple[str, str]) -> Iterable[Known]:
        return (known for known in self.holds.values() if line in known.lines)

    def _line(self, name: str) -> tuple[str, str]:
        return name, self.ledger.status(name).period


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_any_sequence_of_verbs_agrees_with_the_model(engine: Engine) -> None:
    under_test = engine
    if engine.name == "dynamodb" and (why := dynamodb_local.missing()):
        pytest.skip(why)

    class Machine(LedgerMachine):
        engine = under_test

    effort = settings(
        max_examples=engine.examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=effort)
