"""Every ledger asked again, asked otherwise, or asked nonsense."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import HoldConflict, LedgerUnavailable, LedgerUrlError
from planner.guard.ledger import Held, Ledger, Offer, Refused, open_ledger
from pricing.money import Micros
from tests.ledger_engines import (
    ENGINES,
    SPLIT,
    Desk,
    Engine,
    check_history,
    counters,
    new_desk,
    quick_place,
    usd,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture(params=(*ENGINES, SPLIT), ids=lambda engine: engine.name)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    engine: Engine = request.param
    with quick_place() as place:
        yield new_desk(engine, place)


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    """A budget of $10 a month and one of $3 a day; its history is checked at the end of every test."""
    with desk.open() as ledger:
        ledger.define("month", usd("10"), "month")
        ledger.define("day", usd("3"), "day")
        yield ledger
        check_history(ledger)


# Repeating a verb


def test_the_same_hold_again_is_the_same_hold(ledger: Ledger) -> None:
    first = ledger.hold("a", usd("1"), ["month", "day"])
    entries = len(list(ledger.entries()))
    assert ledger.hold("a", usd("1"), ["day", "month"]) == first
    assert len(list(ledger.entries())) == entries
    assert ledger.status("month").held == usd("1")


@pytest.mark.parametrize(
    ("amount", "budgets"), [("2", ["month"]), ("1", ["day"]), ("1", ["month", "day"]), ("1", [])]
)
def test_a_key_stands_for_one_intent(ledger: Ledger, amount: str, budgets: list[str]) -> None:
    ledger.hold("a", usd("1"), ["month"])
    with pytest.raises(
        HoldConflict, match="hold 'a' was granted 1000000 micros for other budgets or another amount"
    ):
        ledger.hold("a", usd(amount), budgets)
    assert counters(ledger, "month") == (0, usd("1"), 0, 0)


def test_the_same_offers_again_are_the_same_hold(ledger: Ledger) -> None:
    offers = [Offer(usd("4"), {"day": None}), Offer(usd("2"), {"day": None})]
    first = ledger.hold_first("a", offers)
    assert ledger.hold_first("a", offers) == first
    with pytest.raises(HoldConflict):
        ledger.hold_first("a", offers[:1])


def test_a_resolved_key_is_never_held_again(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    ledger.settle("a", usd("1"))
    with pytest.raises(HoldConflict, match="hold 'a' is settled; a new call needs a new key"):
        ledger.hold("a", usd("1"), ["month"])


def test_a_refused_key_may_ask_again(ledger: Ledger) -> None:
    ledger.hold("big", usd("3"), ["day"])
    assert isinstance(ledger.hold("a", usd("1"), ["day"]), Refused)
    ledger.void("big")
    assert isinstance(ledger.hold("a", usd("1"), ["day"]), Held)


def test_settling_again_at_the_same_bill_changes_nothing(ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    assert ledger.settle("a", usd("2")) == ledger.settle("a", usd("2"))
    assert counters(ledger, "month") == (usd("2"), 0, 0, usd("1"))


def test_a_hold_resolves_one_way(ledger: Ledger) -> None:
    ledger.hold("settled", usd("1"), ["month"])
    ledger.hold("voided", usd("1"), ["month"])
    ledger.settle("settled", usd("1"))
    ledger.void("voided")
    assert ledger.void("voided").state == "voided"
    with pytest.raises(
        HoldConflict, match="'settled' was settled at 1000000 micros; it cannot be settled at 2"
    ):
        ledger.settle("settled", usd("2"))
    with pytest.raises(HoldConflict, match="'settled' was settled at 1000000 micros; it cannot be voided"):
        ledger.void("settled")
    with pytest.raises(HoldConflict, match="'voided' was voided; it cannot be settled at 1000000 micros"):
        ledger.settle("voided", usd("1"))
    assert counters(ledger, "month") == (usd("1"), 0, 0, 0)


def test_a_closed_ledger_says_so(desk: Desk) -> None:
    ledger = desk.open()
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.hold("a", usd("1"), [])
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.status("month")


# Arguments no caller means


@pytest.mark.parametrize("amount", [-1, 1.5, True, 9 * 10**18 + 1, "1", None])
def test_an_amount_is_a_whole_number_of_micros(ledger: Ledger, amount: Micros) -> None:
    for verb in (
        lambda: ledger.hold("a", amount, ["month"]),
        lambda: ledger.settle("a", amount),
        lambda: ledger.extend("a", amount),
        lambda: ledger.define("b", amount, "day"),
    ):
        with pytest.raises(ValueError, match="whole number of micro-dollars"):
            verb()


@pytest.mark.parametrize("name", ["", "a\nb", "\ud800", "x" * 201, 7])
def test_a_name_is_printable_text(ledger: Ledger, name: str) -> None:
    with pytest.raises(ValueError, match="printable characters"):
        ledger.hold(name, usd("1"), ["month"])
    with pytest.raises(ValueError, match="printable characters"):
        ledger.define(name, usd("1"), "day")
    with pytest.raises(ValueError, match="printable characters"):
        ledger.hold("a", usd("1"), [name])


def test_other_nonsense_is_refused_before_anything_is_written(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="a lease is more than 0 seconds"):
        ledger.hold("a", usd("1"), ["month"], lease_s=0)
    with pytest.raises(ValueError, match="hold 'a' makes no offer"):
        ledger.hold_first("a", [])
    with pytest.raises(ValueError, match="give a list of names"):
        ledger.hold("a", usd("1"), "month")
    with pytest.raises(ValueError, match="per day, month or lifetime, not 'year'"):
        ledger.define("b", usd("1"), "year")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="extensions count from 2"):
        ledger.extend("a", usd("1"), attempt=1)
    with pytest.raises(ValueError, match="budget 'month' is per month and has no period '2026-12-05'"):
        ledger.status("month", period="2026-12-05")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("guard.db", "'guard.db' names no ledger; use sqlite:///guard.db, postgresql://user@host/database, "),
        ("mysql://ana:pass@word@localhost/guard", "'mysql://***@localhost/guard' names no ledger"),
        ("", "'' names no ledger"),
        ("memory://mine", "memory:// takes nothing after it; write that alone, not 'memory://mine'"),
        ("sqlite://guard.db", "'sqlite://guard.db' names no file; write sqlite:///guard.db or"),
        ("sqlite:///", "'sqlite:///' names no file"),
        ("sqlite:///:memory:", "a ledger in memory is memory://"),
        ("sqlite:///guard.db?synchronous=OFF", "a SQLite ledger takes no option but synchronous=FULL or"),
        ("sqlite:///guard.db?cache=shared", "a SQLite ledger takes no option but synchronous=FULL or"),
    ],
)
def test_a_url_that_names_no_ledger_says_what_would(url: str, message: str) -> None:
    with pytest.raises(LedgerUrlError) as raised:
        open_ledger(url)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(("url", "loaded"), [("memory://", set()), ("sqlite:///guard.db", {"sqlite3"})])
def test_an_engine_is_imported_by_who_asks_for_it(url: str, loaded: set[str], tmp_path: Path) -> None:
    script = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport planner.guard.ledger as ledger\n"
    script += f"assert 'sqlite3' not in sys.modules\nledger.open_ledger({url!r}).close()\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    heavy = {
        "sqlite3",
        "pydantic",
        "pandas",
        "numpy",
        "textual",
        "boto3",
        "psycopg",
        "ctypes",
    }
    assert heavy & set(ran.stdout.split()) == loaded
