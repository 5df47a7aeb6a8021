"""A ledger on another machine that goes away: refused at once, or written into the journal and brought home later."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import JournalError, LedgerUnavailable
from planner.guard.ledger import Clock, Held, Lapse, Ledger, Offer, Refused, open_ledger
from planner.guard.ledger.outage import breaking, merging
from planner.guard.ledger.outage.breaker import Breaker
from planner.guard.ledger.outage.breaking import BreakingLedger
from planner.guard.ledger.outage.merging import Merge
from planner.guard.ledger.outage.spooling import SpoolingLedger
from tests.ledger_engines import Clock as MovedClock
from tests.ledger_engines import check_history, usd


class Wire:
    """Cuts the way to every ledger but the journal; the ledgers themselves are real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cut = False
        self.asked = 0
        monkeypatch.setattr(breaking, "open_ledger", self._open)
        monkeypatch.setattr(merging, "open_ledger", self._open)

    def _open(self, url: str, *, clock: Clock = time.time, lapse: Lapse = "assume_billed") -> Ledger:
        if "journal" not in url.rpartition("/")[2]:
            self.use()
        ledger = open_ledger(url, clock=clock, lapse=lapse)
        if "journal" not in url.rpartition("/")[2]:
            _put_on_wire(ledger, self)
        return ledger

    def use(self) -> None:
        self.asked += 1
        if self.cut:
            raise LedgerUnavailable("the server does not answer")


def _put_on_wire(ledger: Ledger, wire: Wire) -> None:
    """Every transaction passes the wire first."""
    for name in ("_write", "_read"):
        original = getattr(ledger, name)

        def through(*args: object, original: object = original) -> object:
            wire.use()
            return original(*args)  # type: ignore[operator]

        setattr(ledger, name, through)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def shared(tmp_path: Path, clock: MovedClock) -> Iterator[Ledger]:
    """The ledger as its own machine sees it: ten dollars."""
    with open_ledger(f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL", clock=clock) as ledger:
        ledger.define("b", usd("10"), "day")
        yield ledger


class Patience:
    """A monotonic clock the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def patience() -> Patience:
    return Patience()


def _spooling(tmp_path: Path, clock: MovedClock, patience: Patience) -> SpoolingLedger:
    return SpoolingLedger(
        f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL",
        f"sqlite:///{tmp_path}/journal.db",
        clock,
        Breaker(patience),
    )


def _merged(tmp_path: Path) -> None:
    Merge(f"sqlite:///{tmp_path}/journal.db", f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL").bring()


def test_after_a_failure_callers_are_refused_without_asking(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """One call pays for finding out; the pauses between two probes double, and the first that works ends them."""
    url = f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL"
    with BreakingLedger(url, clock, Breaker(patience)) as ledger:
        ledger.hold("a", usd("1"), ["b"])
        wire.cut, wire.asked = True, 0
        for pause in (1.0, 2.0, 4.0):
            for key in ("b", "c", "d"):
                with pytest.raises(LedgerUnavailable, match="does not answer"):
                    ledger.hold(key, usd("1"), ["b"])
            patience.now += pause
            assert not ledger.ask_again()
        assert wire.asked == 4
        with pytest.raises(
            LedgerUnavailable, match=r"^the server does not answer; it is asked again in 8\.0 s$"
        ) as caught:
            ledger.hold("e", usd("1"), ["b"])
        assert caught.value.again_s == 8
        wire.cut = False
        assert ledger.ask_again()
        assert isinstance(ledger.hold("g", usd("1"), ["b"]), Held)
        assert isinstance(ledger.hold("h", usd("1"), ["b"]), Held)
    assert shared.status("b").held == usd("3")


def test_an_outage_is_bridged_and_every_call_is_brought_home_once(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """A hold from before, three during, one of them above its hold; then the ledger has them all, at their own times."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.define("b", usd("10"), "day")
        ledger.hold("before", usd("1"), ["b"])
        wire.cut = True
        ledger.settle("before", usd("0.9"))
        for key, billed in (("one", "1"), ("two", "2.5"), ("three", None)):
            clock.pass_s(60)
            assert isinstance(ledger.hold(key, usd("2"), ["b"], tags={"sku": "core"}), Held)
            ledger.settle(key, usd(billed)) if billed else ledger.void(key)
        assert ledger.status("b").exposure == usd("4.5")
        wire.cut = False
        assert ledger.ask_again()
        assert isinstance(ledger.hold("after", usd("1"), ["b"]), Held)
    _merged(tmp_path)
    _merged(tmp_path)
    status = shared.status("b")
    assert (status.settled, status.held, status.overrun) == (usd("4.4"), usd("1"), usd("0.5"))
    held_at = {key: shared.find(key).held_at for key in ("one", "two", "three")}
    assert held_at["three"] - held_at["one"] == 120
    assert shared.find("three").state == "voided"
    assert shared.find("one").tags == {"sku": "core", "journal": "journal.db"}
    check_history(shared)


def test_an_outage_spends_no_more_than_was_last_seen_left(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Six of ten dollars were taken; four more go out, and the fifth is refused with the room there is."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("6"), ["b"])
        wire.cut = True
        answers = [ledger.hold(f"k{number}", usd("1"), ["b"]) for number in range(6)]
        assert [isinstance(answer, Held) for answer in answers] == [True] * 4 + [False] * 2
        refused = answers[4]
        assert isinstance(refused, Refused)
        assert (refused.budget, refused.room) == ("b", 0)


def test_a_ceiling_holds_during_an_outage(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """A downgrade threshold at eight dollars: six are taken, so the second offer is taken from the third on."""
    offers = [Offer(usd("1"), {"b": usd("8")}), Offer(usd("0.5"), {"b": None})]
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("6"), ["b"])
        wire.cut = True
        taken = []
        for number in range(4):
            answer = ledger.hold_first(f"k{number}", offers)
            assert isinstance(answer, Held)
            taken.append(answer.offer)
        assert taken == [0, 0, 1, 1]


def test_two_machines_overshoot_by_no_more_than_what_was_left(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Both saw four dollars left and both spend them: eight, four of which are recorded as overrun."""
    other = SpoolingLedger(
        f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL",
        f"sqlite:///{tmp_path}/journal-2.db",
        clock,
        Breaker(patience),
    )
    with _spooling(tmp_path, clock, patience) as ledger, other:
        ledger.hold("before", usd("6"), ["b"])
        other.hold("seen", usd("0"), ["b"])
        wire.cut = True
        for name, machine in (("x", ledger), ("y", other)):
            granted = [machine.hold(f"{name}{number}", usd("1"), ["b"]) for number in range(6)]
            assert sum(isinstance(answer, Held) for answer in granted) == 4
            for number in range(4):
                machine.settle(f"{name}{number}", usd("1"))
        wire.cut = False
    for journal in ("journal.db", "journal-2.db"):
        Merge(f"sqlite:///{tmp_path}/{journal}", f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL").bring()
    status = shared.status("b")
    assert (status.settled, status.held, status.overrun) == (usd("8"), usd("6"), usd("4"))
    check_history(shared)


def test_a_merge_cut_at_any_point_is_finished_by_the_next(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """The wire breaks after one more request each time; nothing is brought twice."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("1"), ["b"])
        wire.cut = True
        for number in range(4):
            ledger.hold(f"k{number}", usd("0.5"), ["b"])
            ledger.settle(f"k{number}", usd("0.25"))
    journal, url = f"sqlite:///{tmp_path}/journal.db", f"sqlite:///{tmp_path}/shared.db?synchronous=NORMAL"
    (tmp_path / "journal.db.merged").unlink(missing_ok=True)
    for requests in range(1, 40):
        wire.cut, wire.asked = False, 0
        merge = Merge(journal, url)

        def breaks(seq: int, requests: int = requests) -> None:
            wire.cut = wire.asked >= requests

        try:
            merge.bring(breaks)
        except LedgerUnavailable:
            continue
        break
    wire.cut = False
    Merge(journal, url).bring()
    status = shared.status("b")
    assert (status.settled, status.held) == (usd("1"), usd("1"))
    check_history(shared)


def test_a_day_that_begins_during_an_outage_has_its_own_limit(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Nine of ten dollars are taken today; after midnight ten more may go out, and count tomorrow."""
    clock.set("2026-12-05 23:59:00")
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("9"), ["b"])
        wire.cut = True
        assert isinstance(ledger.hold("today", usd("1"), ["b"]), Held)
        assert isinstance(ledger.hold("today too", usd("1"), ["b"]), Refused)
        ledger.settle("today", usd("1"))
        clock.set("2026-12-06 00:01:00")
        for number in range(10):
            assert isinstance(ledger.hold(f"k{number}", usd("1"), ["b"]), Held)
            ledger.settle(f"k{number}", usd("1"))
        assert isinstance(ledger.hold("too much", usd("1"), ["b"]), Refused)
        wire.cut = False
    _merged(tmp_path)
    assert shared.status("b", period="2026-12-05").settled == usd("1")
    assert shared.status("b", period="2026-12-06").settled == usd("10")


def test_a_machine_that_never_saw_the_budget_sends_nothing(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Started during the outage with an empty journal: nothing bounds the call."""
    wire.cut = True
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.define("b", usd("10"), "day")
        with pytest.raises(JournalError, match="this machine has never seen how budget b stands"):
            ledger.hold("k", usd("1"), ["b"])


def test_a_process_killed_during_an_outage_leaves_its_journal_to_the_next(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """The next one goes on within the same bound, and a hold nobody ended lapses as billed."""
    first = _spooling(tmp_path, clock, patience)
    first.hold("before", usd("6"), ["b"])
    wire.cut = True
    first.hold("k", usd("3"), ["b"])
    with _spooling(tmp_path, clock, patience) as second:
        assert isinstance(second.hold("l", usd("2"), ["b"]), Refused)
        assert isinstance(second.hold("m", usd("1"), ["b"]), Held)
        clock.pass_s(3_600)
        assert second._journal.lapse_due() == 2
        wire.cut = False
    first.close()
    _merged(tmp_path)
    assert shared.find("k").state == "lapsed"
    assert shared.find("k").assumed == usd("3")


def test_when_the_ledger_is_back_the_journal_is_brought_by_itself(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Nobody has to do anything: the first answer starts it."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("1"), ["b"])
        wire.cut = True
        ledger.hold("k", usd("2"), ["b"])
        ledger.settle("k", usd("2"))
        wire.cut = False
        assert ledger.ask_again()
        assert ledger.come_home()
        ledger.hold("after", usd("1"), ["b"])
        assert shared.find("k").billed == usd("2")


def test_the_journal_is_named_by_a_file() -> None:
    with pytest.raises(Exception, match="a journal is a file of this machine"):
        Merge("memory://", "memory://")
    assert issubclass(JournalError, LedgerUnavailable)


def test_processes_that_share_a_journal_share_what_was_left(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Both have seen seven dollars of room: together they spend seven in the outage, not seven each."""
    with _spooling(tmp_path, clock, patience) as one, _spooling(tmp_path, clock, Patience()) as other:
        one.hold("before", usd("2"), ["b"])
        other.hold("before too", usd("1"), ["b"])
        one.status("b")
        wire.cut = True
        granted = [
            ledger.hold(f"{name}-{number}", usd("1"), ["b"])
            for name, ledger in (("one", one), ("other", other))
            for number in range(6)
        ]
        assert sum(isinstance(answer, Held) for answer in granted) == 7
        assert (other.status("b").exposure, other.status("b").limit) == (usd("10"), usd("10"))
        wire.cut = False
    _merged(tmp_path)
    assert shared.status("b").exposure == usd("10")


def test_a_retry_of_a_call_held_before_the_outage_is_held_in_the_journal(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Four of ten dollars are left: a retry of three fits, the next does not; the ledger learns of all of it."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("k", usd("3"), ["b"])
        ledger.hold("before", usd("3"), ["b"])
        wire.cut = True
        assert isinstance(ledger.extend("k", usd("3"), attempt=2), Held)
        assert isinstance(ledger.extend("k", usd("3"), attempt=2), Held)
        refused = ledger.extend("before", usd("3"), attempt=2)
        assert isinstance(refused, Refused)
        assert (refused.room, refused.outage) == (usd("1"), "the server does not answer")
        with pytest.raises(JournalError, match="is not this process's"):
            ledger.extend("strange", usd("1"), attempt=2)
        ledger.settle("k", usd("5"))
        wire.cut = False
        assert ledger.ask_again()
        assert ledger.come_home()
        status = shared.status("b")
        assert (status.settled, status.held, status.overrun) == (usd("5"), usd("3"), 0)
        assert shared.find("k").attempts == 2
        check_history(shared)


def test_a_call_held_in_the_journal_and_billed_after_it_reaches_the_ledger_at_once(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Not at the next outage; and a retry of it is held in the ledger."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("1"), ["b"])
        wire.cut = True
        ledger.hold("k", usd("2"), ["b"])
        wire.cut = False
        assert ledger.ask_again()
        assert ledger.come_home()
        assert shared.status("b").held == usd("3")
        assert isinstance(ledger.extend("k", usd("2"), attempt=2), Held)
        ledger.settle("k", usd("3"))
        assert ledger._home is not None
        ledger._home.join()
        assert shared.find("k").billed == usd("3")
        assert (shared.status("b").settled, shared.status("b").overrun) == (usd("3"), 0)


def test_a_process_that_has_not_noticed_asks_the_ledger_at_once(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Its sibling has brought the journal home and spends in the ledger: nothing is left in an account for the other."""
    with _spooling(tmp_path, clock, patience) as one, _spooling(tmp_path, clock, Patience()) as other:
        one.hold("before", usd("1"), ["b"])
        wire.cut = True
        assert isinstance(one.hold("one", usd("1"), ["b"]), Held)
        assert isinstance(other.hold("other", usd("1"), ["b"]), Held)
        wire.cut = False
        assert one.ask_again()
        assert one.come_home()
        assert isinstance(one.hold("most", usd("6.5"), ["b"]), Held)
        refused = other.hold("too much", usd("1"), ["b"])
        while isinstance(refused, Refused) and refused.outage:
            assert other.ask_again()
            refused = other.hold("too much", usd("1"), ["b"])
        assert isinstance(refused, Refused)
        assert refused.room == usd("0.5")
        assert shared.status("b").exposure == usd("9.5")


def test_a_hold_nobody_knows_the_fate_of_does_not_stand_in_the_way(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """It was granted, its answer was lost and its call refused: given back, it makes room for what the journal spent."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("6"), ["b"])
        shared.hold("ghost", usd("2"), ["b"])
        wire.cut = True
        assert isinstance(ledger.hold("k", usd("4"), ["b"]), Held)
        ledger.settle("k", usd("4"))
        assert isinstance(ledger.hold("ghost", usd("2"), ["b"]), Refused)
        ledger.void("ghost")
        ledger.void("never was")
        wire.cut = False
        assert ledger.ask_again()
        assert ledger.come_home()
    status = shared.status("b")
    assert (status.settled, status.held, status.overrun) == (usd("4"), usd("6"), 0)
    check_history(shared)


def test_a_restarted_process_goes_on_within_what_its_machine_saw(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Started during the outage: status as last seen, and calls within it."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("6"), ["b"])
    wire.cut = True
    with _spooling(tmp_path, clock, patience) as ledger:
        status = ledger.status("b")
        assert (status.limit, status.exposure) == (usd("10"), usd("6"))
        assert isinstance(ledger.hold("k", usd("4"), ["b"]), Held)
        assert isinstance(ledger.hold("l", usd("1"), ["b"]), Refused)
        assert ledger.budgets() == ("b",)


def test_nothing_is_sent_when_its_file_is_gone(
    tmp_path: Path, wire: Wire, clock: MovedClock, shared: Ledger, patience: Patience
) -> None:
    """Someone has removed the file: whatever is asked of the ledger, the answer is that nothing bounds a call."""
    with _spooling(tmp_path, clock, patience) as ledger:
        ledger.hold("before", usd("1"), ["b"])
        (tmp_path / "journal.db").unlink()
        wire.cut = True
        with pytest.raises(JournalError, match=r"its journal cannot stand in: .*journal\.db: was removed"):
            ledger.hold("k", usd("1"), ["b"])
        with pytest.raises(JournalError, match="its journal cannot stand in"):
            ledger.status("b")
        with pytest.raises(JournalError, match="its journal cannot be written"):
            ledger.settle("before", usd("1"))
