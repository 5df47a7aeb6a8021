"""A history moved from one ledger into another: nothing lost, nothing twice, and the other goes on from there."""

from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import pytest

from planner.guard.errors import LedgerError
from planner.guard.ledger import Entry, Held, Ledger, open_ledger
from planner.guard.ledger.engine import EngineLedger
from planner.guard.ledger.history import Page, copy_history, last_entry
from tests.ledger_engines import ENGINES, Clock, Desk, Engine, check_history, new_desk, quick_place, usd


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def target(request: pytest.FixtureRequest) -> Iterator[Desk]:
    engine: Engine = request.param
    with quick_place() as place:
        yield new_desk(engine, place)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Ledger]:
    clock = Clock()
    with open_ledger(f"sqlite:///{tmp_path}/source.db?synchronous=NORMAL", clock=clock) as ledger:
        _live(ledger, clock)
        yield ledger


def _live(ledger: Ledger, clock: Clock) -> None:
    """One of everything: settled, above its hold, voided, extended, assumed, lapsed, corrected, open, refused, stopped."""
    ledger.define("day", usd("5"), "day")
    ledger.define("ever", usd("20"), "lifetime")
    both = ["day", "ever"]
    for key in ("settled", "above", "voided", "extended", "assumed", "open"):
        ledger.hold(key, usd("0.5"), both, tags={"sku": "core", "images": 1})
    ledger.hold("lapsed", usd("0.25"), ["day"], lease_s=60)
    ledger.hold("corrected", usd("0.25"), ["day"], lease_s=60)
    ledger.hold("nowhere", usd("1"), [])
    ledger.settle("settled", usd("0.4"), tags={"images": 1})
    ledger.settle("above", usd("0.9"))
    ledger.void("voided")
    ledger.extend("extended", usd("0.5"), attempt=2, tags={"attempt": 2})
    ledger.assume("assumed", usd("0.3"))
    ledger.hold("too much", usd("9"), both)
    clock.pass_s(120)
    ledger.lapse_due()
    ledger.settle("corrected", usd("0.1"))
    ledger.claim_notice("day", "2026-12-05", 50)
    ledger.define("day", usd("6"), "day")
    ledger.stop("enough", "ana")


def _everything(ledger: Ledger) -> object:
    """All a ledger can be asked."""
    entries = list(ledger.entries())
    keys = sorted({entry.key for entry in entries if entry.key and entry.kind == "hold"})
    return (
        entries,
        [ledger.find(key) for key in keys],
        ledger.holds(),
        ledger.holds(state="lapsed"),
        [ledger.status(name) for name in ledger.budgets()],
        ledger.stopped(),
    )


def test_a_copy_is_the_same_ledger(source: Ledger, target: Desk) -> None:
    """Every entry, hold, counter, limit and the kill switch; the copy adds up."""
    target.clock.now += 120
    with target.open() as ledger:
        assert isinstance(ledger, EngineLedger)
        assert copy_history(source, ledger, lambda _: None) == len(list(source.entries()))
        assert _everything(ledger) == _everything(source)
        check_history(ledger)


def test_a_copy_goes_on_as_the_source_would(source: Ledger, target: Desk) -> None:
    """Verbs after the copy find what the ones before it left: replays, notices, room."""
    target.clock.now += 120
    with target.open() as ledger:
        assert isinstance(ledger, EngineLedger)
        copy_history(source, ledger, lambda _: None)
        ledger.resume("ana")
        assert isinstance(ledger.hold("open", usd("0.5"), ["day", "ever"]), Held)
        assert ledger.settle("settled", usd("0.4")).billed == usd("0.4")
        assert ledger.extend("extended", usd("0.5"), attempt=2) == source.extend(
            "extended", usd("0.5"), attempt=2
        )
        assert not ledger.claim_notice("day", "2026-12-05", 50)
        assert ledger.settle("lapsed", usd("0.2")).state == "settled"
        check_history(ledger)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def test_an_interrupted_copy_is_started_again(source: Ledger, target: Desk) -> None:
    """After every page it may end; the next run goes on from there, and all of it arrives once."""
    target.clock.now += 120
    with target.open() as ledger:
        assert isinstance(ledger, EngineLedger)
        ledger.page_entries = 5

        def interrupt(_: int) -> None:
            raise Interrupted

        runs = 0
        while last_entry(ledger) != last_entry(source):
            runs += 1
            with suppress(Interrupted):
                copy_history(source, ledger, interrupt)
        assert runs == -(-len(list(source.entries())) // 5)
        assert copy_history(source, ledger, lambda _: None) == 0
        assert _everything(ledger) == _everything(source)
        check_history(ledger)


def test_what_happens_after_a_copy_is_brought_by_the_next(source: Ledger, target: Desk) -> None:
    target.clock.now += 120
    with target.open() as ledger:
        assert isinstance(ledger, EngineLedger)
        copy_history(source, ledger, lambda _: None)
        source.resume("ana")
        source.settle("open", usd("0.5"))
        assert copy_history(source, ledger, lambda _: None) == 2
        assert _everything(ledger) == _everything(source)


def test_a_target_with_a_history_of_its_own_is_left_alone(source: Ledger, target: Desk) -> None:
    """Nothing is mixed."""
    with target.open() as ledger:
        assert isinstance(ledger, EngineLedger)
        ledger.define("mine", usd("1"), "lifetime")
        with pytest.raises(LedgerError, match="entry 1 of the target is not the source's"):
            copy_history(source, ledger, lambda _: None)
        assert [entry.kind for entry in ledger.entries()] == ["define"]


def test_a_history_that_does_not_add_up_is_refused(source: Ledger) -> None:
    """A settle whose entry moved something else than its amount."""
    with closing(open_ledger("memory://")) as ledger:
        assert isinstance(ledger, EngineLedger)
        entries = [_altered(entry) for entry in source.entries()]
        holds = {entry.key: source.find(entry.key) for entry in entries if entry.key and entry.kind == "hold"}
        with pytest.raises(LedgerError, match="does not follow from those before it"):
            ledger.absorb(Page(tuple(entries), holds))


def test_the_last_entry_is_found_among_many() -> None:
    with open_ledger("memory://") as ledger:
        assert last_entry(ledger) is None
        for number in range(1, 40):
            ledger.define(f"b{number}", usd("1"), "lifetime")
            newest = last_entry(ledger)
            assert newest is not None
            assert newest.seq == number
        assert len(list(islice(ledger.entries(), 100))) == 39


def _altered(entry: Entry) -> Entry:
    from pricing.records import replace

    return replace(entry, amount=entry.amount + 1) if entry.kind == "settle" else entry
