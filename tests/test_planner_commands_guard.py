"""`bursar guard`: how a ledger stands, what happens in it, and what an operator sets right."""

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from planner.guard.ledger import Ledger, Offer, Status, open_ledger
from planner.report.guard_status import bar, gauges, status_listing
from planner.scenario import Budget
from pricing.money import Micros
from tests.postgres_server import PostgresServer
from tests.support import Ran, bursar, lines_with, usd

Capture = pytest.CaptureFixture[str]
CORE = "stability.stable-image-core-v1:1 any us-west-2"
ULTRA = "stability.stable-image-ultra-v1:1 any us-west-2"
HOSTILE = "\x1b[31m<b>|=1+1\u202e"
BY_ANA = ("--who", "ana", "--why", "the log shows it")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/guard.db?synchronous=NORMAL"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A lifetime budget `b` of $1.00."""
    with open_ledger(url) as opened:
        opened.define("b", usd("1"), "lifetime")
        yield opened


def guard(capsys: Capture, url: str, *arguments: object) -> Ran:
    return bursar(capsys, "guard", arguments[0], "--ledger", url, *arguments[1:])


def value(capsys: Capture, url: str, *arguments: object) -> object:
    """What the command answers as JSON; it must succeed."""
    ran = guard(capsys, url, *arguments, "--format", "json")
    assert ran.code == 0
    return json.loads(ran.out)


def words(sku: str = CORE) -> Mapping[str, str | int | None]:
    """What a guard keeps with a hold for one image."""
    return {"sku": sku, "images": 1}


def shown(url: str) -> str:
    """The file's ledger, as commands name it."""
    return url.partition("?")[0]


# --- status


def test_a_budget_is_a_gauge_with_exact_amounts(capsys: Capture, url: str, ledger: Ledger) -> None:
    """$0.50 settled, $0.100001 of it assumed, $0.25 held, of $1.00: 15 of 20 cells, 5 of them on hold."""
    ledger.hold("a", usd("0.399999"), ["b"])
    ledger.settle("a", usd("0.399999"))
    ledger.hold("b", usd("0.100001"), ["b"])
    ledger.assume("b", usd("0.100001"))
    ledger.hold("c", usd("0.25"), ["b"])
    ran = guard(capsys, url, "status")
    assert (ran.code, ran.err) == (0, "")
    (row,) = lines_with(ran.out, "lifetime")
    assert re.split(r"  +", row) == [
        "b",
        "not known",
        "lifetime",
        "██████████▒▒▒▒▒·····",
        "75.0 %",
        "$1.00",
        "$0.50",
        "$0.100001",
        "$0.25",
        "$0.25",
        "never",
    ]
    assert "Thresholds are not known without --scenario FILE." in ran.out


def test_status_as_json_has_every_figure(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("a", usd("0.10"), ["b"])
    ledger.settle("a", usd("0.30"))
    answer = value(capsys, url, "status")
    assert isinstance(answer, dict)
    assert answer["stopped"] is None
    assert answer["budgets"] == [
        {
            "budget": "b",
            "per": "lifetime",
            "period": "lifetime",
            "limit_usd": "1.00",
            "settled_usd": "0.30",
            "assumed_usd": "0.00",
            "overrun_usd": "0.20",
            "held_usd": "0.00",
            "room_usd": "0.70",
            "used_pct": "30.0",
            "resets_at": None,
            "state": None,
            "says": "not known",
            "stopped": False,
        }
    ]
    assert answer["notes"] == [
        "b: $0.20 was billed above what was held for it",
        "Thresholds are not known without --scenario FILE.",
        f"Ledger: {shown(url)}",
    ]
    assert answer["ledger"] == shown(url)


THRESHOLDS = """
name: policy
budgets:
  - {name: b, limit_usd: 1, per: lifetime, thresholds: [{at_pct: 50, do: notify}, {at_pct: 62.5, do: notify}, {at_pct: 80, do: downgrade}]}
"""


@pytest.mark.parametrize(
    ("spent", "state", "says"),
    [
        ("0.499999", "ok", "ok"),
        ("0.50", "notify", "notified at 50 %"),
        ("0.625", "notify", "notified at 62.5 %"),
        ("0.80", "downgrade", "downgrading since 80 %"),
        ("1.00", "exhausted", "full"),
        ("1.02", "exhausted", "full, $0.02 over"),
    ],
)
def test_a_scenario_says_what_its_thresholds_do(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path, *, spent: str, state: str, says: str
) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text(THRESHOLDS)
    ledger.hold("a", Micros(0), ["b"])
    ledger.settle("a", usd(spent))
    answer = value(capsys, url, "status", "--scenario", scenario)
    assert isinstance(answer, dict)
    (budget,) = answer["budgets"]
    assert (budget["state"], budget["says"]) == (state, says)


def test_what_scenario_and_ledger_do_not_share_is_said(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text(
        "name: policy\nbudgets:\n  - {name: new, limit_usd: 5}\n  - {name: b, limit_usd: 2, per: lifetime}\n"
    )
    ran = guard(capsys, url, "status", "--scenario", scenario)
    assert "new: not in this ledger; a guard of this scenario adds it when it starts" in ran.out
    assert "b: the scenario says $2.00; it counts when a guard next starts" in ran.out


def test_a_broken_scenario_is_reported_with_its_line(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text("name: policy\nbudgets:\n  - {name: b, limit: 2}\n")
    ran = guard(capsys, url, "status", "--scenario", scenario)
    assert (ran.code, ran.out) == (2, "")
    assert f"{scenario}:3:" in ran.err


def status_of(name: str, settled: str, held: str, limit: str, period: str = "2026-12") -> Status:
    nothing = Micros(0)
    return Status(name, period, "month", usd(limit), usd(settled), usd(held), nothing, nothing)


def test_a_month_resets_on_the_first_of_the_next() -> None:
    listing = status_listing(gauges([status_of("b", "1", "0", "4")], ()), None, ())
    assert "2027-01-01 00:00" in listing.cells[0]


def test_a_narrow_terminal_gets_blocks_that_fit() -> None:
    listing = status_listing(gauges([status_of("catalogue-month", "3500", "172", "6000")], ()), None, ())
    lines = listing.text(60).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0] == "catalogue-month"
    assert "state not known" in lines[1]


def test_observed_budgets_show_what_enforcing_would_say() -> None:
    """Without limits in the ledger, against the scenario's limit where there is one."""
    observed = [
        status_of("b (observed)", "2", "0", "9000000000000"),
        status_of("c (observed)", "2", "0", "9000000000000"),
    ]
    listing = status_listing(gauges(observed, [Budget("b", usd("2"))]), None, ())
    assert [record["says"] for record in listing.records] == [
        "observed: would be full",
        "observed: nothing is refused",
    ]
    assert [record["limit_usd"] for record in listing.records] == ["2.00", None]


def test_the_parts_of_a_budget_held_to_credits_stand_beside_it() -> None:
    rows = [
        status_of("a", "0", "0", "1"),
        status_of("no-cash", "1", "0", "2"),
        status_of("no-cash: AWS Marketplace", "1", "0", "2"),
    ]
    made = gauges(rows, [Budget("no-cash", None)])
    assert [each.name for each in made] == ["no-cash", "no-cash: AWS Marketplace", "a"]


@pytest.mark.parametrize(
    ("settled", "held", "limit", "shown"),
    [
        (0, 0, 100, "...................."),
        (1, 0, 1_000_000, "#..................."),
        (0, 1, 1_000_000, "=..................."),
        (999_999, 0, 1_000_000, "###################."),
        (999_998, 1, 1_000_000, "##################=."),
        (50, 50, 100, "##########=========="),
        (1, 99, 100, "#==================="),
        (300, 0, 100, "####################"),
        (0, 0, 0, "...................."),
        (1, 0, 0, "####################"),
    ],
)
def test_a_bar_is_full_only_when_nothing_is_left(settled: int, held: int, limit: int, shown: str) -> None:
    assert bar(settled, held, limit, "#=.") == shown


def test_a_stopped_ledger_says_so_first(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.stop("leaked key", "ana")
    ran = guard(capsys, url, "status")
    assert ran.out.startswith("STOPPED since 20")
    assert ran.out.splitlines()[0].endswith(" UTC by ana: leaked key")
    assert lines_with(ran.out, "b ", "stopped; not known")
    answer = value(capsys, url, "status")
    assert isinstance(answer, dict)
    assert (answer["stopped"]["who"], answer["stopped"]["reason"]) == ("ana", "leaked key")


def test_a_ledger_without_budgets_is_no_error(capsys: Capture, url: str) -> None:
    open_ledger(url).close()
    ran = guard(capsys, url, "status")
    assert (ran.code, ran.out) == (
        0,
        f"The ledger has no budget yet: no guard has started on it.\n\nLedger: {shown(url)}\n",
    )


# --- which ledger


def test_no_command_makes_a_ledger(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BURSAR_LEDGER", raising=False)
    changing = (["stop", "--why", "x"], ["resume"], ["void", "k", "--why", "x"], ["reconcile"])
    for command in (["status"], ["tail"], ["holds"], ["verify"], ["export"], *changing):
        for where in ([], ["--ledger", "sqlite:///guard.db"]):
            ran = bursar(capsys, "guard", *command, *where)
            assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
            assert "guard.db" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_the_ledger_and_the_option_wins(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURSAR_LEDGER", "sqlite:///nowhere.db")
    assert "nowhere.db: there is no ledger here" in bursar(capsys, "guard", "status").err
    assert guard(capsys, url, "status").code == 0
    monkeypatch.delenv("BURSAR_LEDGER")
    assert bursar(capsys, "guard", "status").code == 0


def _directory(path: Path) -> None:
    path.mkdir()


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (x); PRAGMA user_version = 1")


def _newer(path: Path) -> None:
    open_ledger(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_directory, "is not a regular file"),
        (lambda path: path.write_text("x" * 5_000), "is not a SQLite database"),
        (lambda path: path.write_text(""), "is empty"),
        (_other_database, "is another program's SQLite database"),
        (_newer, "was written by a newer Bursar"),
    ],
)
@pytest.mark.parametrize("command", [("status",), ("tail",), ("stop", "--why", "x")])
def test_what_is_no_ledger_is_one_clear_line(
    capsys: Capture, tmp_path: Path, make: object, said: str, command: tuple[str, ...]
) -> None:
    path = tmp_path / "x.db"
    assert callable(make)
    make(path)
    ran = guard(capsys, f"sqlite:///{path}", *command)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


@pytest.mark.parametrize("url", ["guard.db", "memory://", "dynamodb://t", "sqlite://", "sqlite:///a\x00b"])
def test_a_url_that_names_no_file_is_one_clear_line(capsys: Capture, url: str) -> None:
    ran = guard(capsys, url, "status")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_reading_neither_waits_for_a_writer_nor_changes_the_file(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    """A process that holds the writers' gate and a write transaction does not delay a look."""
    import fcntl

    file = tmp_path / "guard.db"
    ledger.hold("a", usd("0.1"), ["b"])
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    before = _checksum(file)
    with (tmp_path / "guard.db.lock").open("rb+") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        start = time.monotonic()
        for command in ("status", "tail", "holds", "verify", "export"):
            assert guard(capsys, url, command).code == 0
        assert time.monotonic() - start < 5
    writer.execute("ROLLBACK")
    writer.close()
    assert _checksum(file) == before


def _checksum(file: Path) -> str:
    """By another process: to open and close the file here would drop SQLite's locks on it."""
    return subprocess.run(["cksum", file], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["guard.db", "guard.db-wal", "guard.db.lock"])
def test_output_never_replaces_the_ledger(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path, name: str
) -> None:
    ran = guard(capsys, url, "status", "-o", tmp_path / name)
    assert ran.code == 2
    assert "would overwrite the file it was read from" in ran.err
    assert ledger.verify() == ()


def test_a_path_with_signs_of_its_own_is_opened_as_it_is(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "a b%41#c.db"
    open_ledger(f"sqlite:///{tmp_path}/a b%2541#c.db").close()
    assert path.exists()
    assert guard(capsys, f"sqlite:///{tmp_path}/a b%2541#c.db", "verify").code == 0


# --- tail


def test_tail_tells_what_happened(capsys: Capture, url: str, ledger: Ledger) -> None:
    cheaper = f"{CORE}; model: ultra -> core; size: 2x2 -> 1x1"
    both = [Offer(usd("5"), {"b": None}), Offer(usd("0.04"), {"b": None})]
    ledger.hold_first("down", both, tags={**words(ULTRA), "offer:1": cheaper})
    ledger.extend("down", usd("0.04"), attempt=2)
    ledger.settle("down", usd("0.08"), tags={"outcome": "ok", "images": 1, "assumed": "read_timeout"})
    ledger.hold("lost", usd("0.04"), ["b"], tags=words())
    ledger.void("lost", tags={"outcome": "throttled"})
    ledger.hold("big", usd("9"), ["b"], tags=words(ULTRA))
    ledger.hold("doubt", usd("0.04"), ["b"], tags=words())
    ledger.assume("doubt", usd("0.04"), tags={"outcome": "read_timeout", "assumed": "read_timeout"})
    ledger.claim_notice("b", "lifetime", 80)
    ledger.claim_notice("b", "lifetime", 101)
    ledger.stop("leaked key", "ana")
    ledger.resume("ben")
    told = [line[21:] for line in guard(capsys, url, "tail").out.splitlines()]
    assert told == [
        "define             b  limit $1.00 per lifetime",
        f"hold        $0.04  b  {CORE}  downgraded from {ULTRA} (size: 2x2 -> 1x1)  down",
        f"extend      $0.04  b  {CORE}  one more attempt  down",
        f"settle      $0.08  b  {CORE}  downgraded from {ULTRA} (size: 2x2 -> 1x1); 1 image; earlier attempts assumed billed: read_timeout  down",
        f"hold        $0.04  b  {CORE}  lost",
        f"void        $0.04  b  {CORE}  throttled  lost",
        f"refuse             b  {ULTRA}  wanted $9.00, and b had $0.92 left  big",
        f"hold        $0.04  b  {CORE}  doubt",
        f"assume      $0.04  b  {CORE}  assumed billed; read_timeout  doubt",
        "notice             b  reached 80 %",
        "notice             b  first call refused in this period",
        "stop               ana: leaked key",
        "resume             ben",
    ]


def test_tail_begins_with_the_newest(capsys: Capture, url: str, ledger: Ledger) -> None:
    for number in range(700):
        ledger.hold(f"k{number}", Micros(1), ["b"])
    assert [line.split()[-1] for line in guard(capsys, url, "tail", "-n", "3").out.splitlines()] == [
        "k697",
        "k698",
        "k699",
    ]
    assert len(guard(capsys, url, "tail").out.splitlines()) == 20
    assert guard(capsys, url, "tail", "-n", "0").out == ""
    assert len(guard(capsys, url, "tail", "-n", "9999").out.splitlines()) == 701


def test_tail_in_every_format_says_the_same(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("a", usd("0.000001"), ["b"], tags=words())
    answer = value(capsys, url, "tail", "-n", "1")
    assert isinstance(answer, list)
    (entry,) = answer
    assert (entry["seq"], entry["kind"], entry["key"], entry["usd"]) == (2, "hold", "a", "0.000001")
    assert entry["budgets"] == [{"budget": "b", "period": "lifetime"}]
    assert entry["change"] == {"held": "0.000001"}
    (row,) = csv.DictReader(io.StringIO(guard(capsys, url, "tail", "-n", "1", "--format", "csv").out))
    assert (row["usd"], row["budgets"], row["sku"]) == ("0.000001", "b", CORE)
    markdown = guard(capsys, url, "tail", "-n", "1", "--format", "markdown").out.splitlines()
    assert len(markdown) == 3
    assert "| hold | $0\\.000001 |".replace("\\.", ".") in markdown[2].replace("\\", "")


@pytest.mark.parametrize("command", ["tail", "holds", "reconcile", "status"])
@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
def test_what_others_wrote_does_nothing_when_shown(
    capsys: Capture, url: str, ledger: Ledger, command: str, form: str
) -> None:
    """No escape reaches a terminal, no markup a page, no formula a spreadsheet."""
    ledger.define("=cmd|'x'!A1", usd("1"), "lifetime")
    held = {**words(HOSTILE), "tag:=x": HOSTILE, "would": HOSTILE, "offer:1": HOSTILE}
    ledger.hold("@key|<b>", usd("0.1"), ["=cmd|'x'!A1"], tags=held, lease_s=0.001)
    ledger.hold("-2", usd("0.1"), ["b"], tags=held)
    ledger.settle("-2", usd("0.1"), tags={"outcome": HOSTILE, "who": HOSTILE, "why": HOSTILE})
    ledger.stop(HOSTILE, HOSTILE)
    time.sleep(0.01)
    out = guard(capsys, url, command, "--format", form).out
    assert "\x1b" not in out
    assert "\u202e" not in out or form == "json"
    if form == "markdown":
        assert "<b>" not in out
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@")]


@contextmanager
def following(url: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`tail --follow` in a process of its own."""
    command = [sys.executable, "-m", "planner", "guard", "tail", "--follow", "--ledger", url, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_follow_tells_entries_as_they_come_until_ctrl_c(url: str, ledger: Ledger) -> None:
    with following(url, "-n", "1") as process:
        assert "limit $1.00" in read_line(process)
        ledger.hold("later", usd("0.04"), ["b"], tags=words())
        assert read_line(process).endswith(f"hold        $0.04  b  {CORE}  later\n")
        ledger.settle("later", usd("0.03"))
        assert "settle      $0.03" in read_line(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def test_follow_writes_one_json_object_a_line(url: str, ledger: Ledger) -> None:
    with following(url, "--format", "json", "-n", "0") as process:
        time.sleep(0.5)
        ledger.hold("a", usd("0.04"), ["b"])
        ledger.void("a")
        assert [json.loads(read_line(process))["kind"] for _ in range(2)] == ["hold", "void"]


def test_follow_ends_by_itself_when_nobody_reads_any_more(url: str, ledger: Ledger) -> None:
    """Although nothing happens in the ledger that it could fail to write."""
    with following(url) as process:
        read_line(process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_follow_ends_when_the_ledger_is_replaced(url: str, tmp_path: Path) -> None:
    with open_ledger(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
    with following(url) as process:
        read_line(process)
        (tmp_path / "guard.db").rename(tmp_path / "old.db")
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "was removed or replaced while it was read" in err


def test_follow_goes_on_when_its_server_was_away() -> None:
    """Killed under it and started again: it says so once each, and misses no entry."""
    server = PostgresServer(durable=True)
    try:
        url = server.url("deadline_s=1")
        with open_ledger(url) as ledger:
            ledger.define("b", usd("1"), "lifetime")
        with following(url) as process:
            assert "limit $1.00" in read_line(process)
            server.kill()
            assert process.stderr is not None
            gone = process.stderr.readline()
            server.start()
            with open_ledger(url) as ledger:
                ledger.hold("later", usd("0.04"), ["b"])
            assert read_line(process).split()[2:] == ["hold", "$0.04", "b", "later"]
            back = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    finally:
        server.remove()
    assert re.fullmatch(
        r"bursar: no answer since [-\d]+ [:\d]+ UTC: postgresql://postgres@127\.0\.0\.1:\d+/postgres\?schema=\w+: "
        r".+; asking again\n",
        gone,
    )
    assert re.fullmatch(r"bursar: answers again after \d+ s\n", back)
    assert (process.returncode, out, err) == (130, "", "")


def test_an_empty_ledger_option_is_no_default(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unset variable of the shell would otherwise stop another ledger than was meant."""
    monkeypatch.chdir(tmp_path)
    open_ledger("sqlite:///guard.db").close()
    ran = bursar(capsys, "guard", "stop", "--why", "x", "--ledger", "")
    assert ran.code == 2
    assert ran.err.startswith("bursar: --ledger is empty: give a URL such as sqlite:///guard.db")


def test_follow_takes_no_output_file(capsys: Capture, url: str, ledger: Ledger, tmp_path: Path) -> None:
    ran = guard(capsys, url, "tail", "--follow", "-o", tmp_path / "x")
    assert ran.code == 2
    assert "use: bursar guard tail --follow > FILE" in ran.err


def test_a_closed_pipe_is_quiet(url: str, ledger: Ledger) -> None:
    for number in range(600):
        ledger.hold(f"k{number}", Micros(1), ["b"])
    pipe = f"{sys.executable} -m planner guard tail -n 600 --ledger '{url}' | head -1"
    ran = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, check=True)
    assert (ran.stdout.count("\n"), ran.stderr) == (1, "")


# --- holds


def test_holds_show_age_lease_and_what_is_assumed(capsys: Capture, url: str, ledger: Ledger) -> None:
    """One held two hours ago for 15 minutes, extended once; one held now for an hour; one settled."""
    with open_ledger(url, clock=lambda: time.time() - 7_260) as earlier:
        earlier.hold("old", usd("0.04"), ["b"], tags=words())
        earlier.extend("old", usd("0.04"), attempt=2)
    ledger.lapse_due()
    ledger.hold("new", usd("0.14"), ["b"], tags=words(ULTRA), lease_s=3_605)
    ledger.hold("done", usd("0.04"), ["b"])
    ledger.settle("done", usd("0.04"))
    ran = guard(capsys, url, "holds")
    rows = [re.split(r"  +", line) for line in ran.out.splitlines()]
    assert rows[1] == ["new", "open", "0 s", "1 h", "1", "$0.14", "b", ULTRA]
    assert rows[2] == ["old", "lapsed", "2 h", "2", "$0.08", "$0.08", "b", CORE]
    assert ran.out.endswith("1 open, $0.14 held; 1 lapsed, $0.08 assumed billed\n")
    assert [row["key"] for row in _listed(capsys, url, "--state", "open")] == ["new"]
    (lapsed,) = _listed(capsys, url, "--state", "lapsed")
    assert (lapsed["assumed_usd"], lapsed["attempts"], lapsed["lease_left_s"]) == ("0.08", 2, None)


def _listed(capsys: Capture, url: str, *options: str) -> list[dict[str, object]]:
    answer = value(capsys, url, "holds", *options)
    assert isinstance(answer, list)
    return answer


# --- by hand


def test_settling_by_hand_is_recorded_with_who_and_why(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("k", usd("0.04"), ["b"], lease_s=0.001)
    time.sleep(0.01)
    ledger.lapse_due()
    ran = guard(capsys, url, "settle", "k", "--usd", "0.06", *BY_ANA)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "settled k at $0.06 in b lifetime, $0.02 above what was held\n"
    *_, entry = ledger.entries()
    assert (entry.kind, entry.amount, dict(entry.tags)) == (
        "settle",
        60_000,
        {"who": "ana", "why": "the log shows it"},
    )
    status = ledger.status("b")
    assert (status.settled, status.assumed) == (60_000, 0)
    assert "by hand: ana: the log shows it" in guard(capsys, url, "tail", "-n", "1").out


def test_voiding_by_hand_gives_the_money_back(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("k", usd("0.04"), ["b"], lease_s=0.001)
    time.sleep(0.01)
    ran = guard(capsys, url, "void", "k", "--why", "status 400")
    assert (ran.code, ran.out) == (0, "voided k: $0.04 counts no more in b lifetime\n")
    *_, entry = ledger.entries()
    assert entry.tags["why"] == "status 400"
    assert entry.tags["who"] in (os.environ.get("LOGNAME"), os.environ.get("USER"), _account())
    assert ledger.status("b").exposure == 0


def _account() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def test_a_hold_whose_call_may_be_under_way_is_resolved_with_a_warning(
    capsys: Capture, url: str, ledger: Ledger
) -> None:
    ledger.hold("k", usd("0.04"), ["b"], lease_s=605)
    ran = guard(capsys, url, "void", "k", *BY_ANA)
    assert ran.code == 0
    assert "its lease had 10 min left: if the call is still under way" in ran.err


@pytest.mark.parametrize("verb", [["void"], ["settle", "--usd", "0.04"]])
def test_a_key_nobody_holds_is_refused(capsys: Capture, url: str, ledger: Ledger, verb: list[str]) -> None:
    for key in ("nobody", "\x1b[31m", "\udcff", "", "x" * 300):
        ran = guard(capsys, url, *verb, *BY_ANA, "--", key)
        assert (ran.code, ran.out) == (2, "")
        assert "no hold has the key" in ran.err
        assert "\x1b" not in ran.err


@pytest.mark.parametrize("verb", [["void"], ["settle", "--usd", "0.04"]])
def test_a_resolved_hold_stays_as_it_is(capsys: Capture, url: str, ledger: Ledger, verb: list[str]) -> None:
    ledger.hold("settled", usd("0.04"), ["b"])
    ledger.settle("settled", usd("0.04"))
    ledger.hold("voided", usd("0.04"), ["b"])
    ledger.void("voided")
    before = sum(1 for _ in ledger.entries())
    for key, how in (("settled", "settled at $0.04"), ("voided", "voided")):
        ran = guard(capsys, url, *verb, key, *BY_ANA)
        assert (ran.code, ran.out) == (2, "")
        assert f"hold '{key}' was {how} already; that stays, nothing changed" in ran.err
    assert sum(1 for _ in ledger.entries()) == before


@pytest.mark.parametrize("amount", ["-0.01", "free", "0.0000001", "1e3", "nan", "99999999999999", ""])
def test_an_amount_is_exact_or_refused(capsys: Capture, url: str, ledger: Ledger, amount: str) -> None:
    ledger.hold("k", usd("0.04"), ["b"])
    ran = guard(capsys, url, "settle", "k", f"--usd={amount}", *BY_ANA)
    assert (ran.code, ran.out) == (2, "")
    assert "--usd" in ran.err
    assert ledger.find("k").state == "open"


@pytest.mark.parametrize("why", ["", "  ", "two\nlines", "\x1b[31m", "x" * 501, "\udcff"])
def test_a_reason_is_one_readable_line(capsys: Capture, url: str, ledger: Ledger, why: str) -> None:
    ledger.hold("k", usd("0.04"), ["b"])
    for command in (["void", "k"], ["stop"]):
        ran = guard(capsys, url, *command, f"--why={why}", "--who", "ana")
        assert (ran.code, ran.out) == (2, "")
        assert "--why takes 1 to 500 printable characters in one line" in ran.err
    assert ledger.stopped() is None


def test_a_correction_without_a_reason_is_refused(capsys: Capture, url: str, ledger: Ledger) -> None:
    for command in (["void", "k"], ["settle", "k", "--usd", "1"], ["stop"]):
        ran = guard(capsys, url, *command)
        assert (ran.code, ran.out) == (2, "")
        assert "--why" in ran.err


def test_stop_and_resume_reach_every_process(capsys: Capture, url: str, ledger: Ledger) -> None:
    ran = guard(capsys, url, "stop", *BY_ANA)
    assert ran.out == (
        "stopped by ana: the log shows it; every call is refused until bursar guard resume; "
        f"ledger {shown(url)}\n"
    )
    assert type(ledger.hold("k", Micros(1), ["b"])).__name__ == "Refused"
    again = guard(capsys, url, "stop", "--who", "ben", "--why", "me too")
    assert again.code == 0
    already = r"stopped already, since [-\d]+ [:\d]+ UTC by ana: the log shows it; ledger .+/guard\.db\n"
    assert re.fullmatch(already, again.out)
    assert guard(capsys, url, "resume", "--who", "ben").out.startswith("resumed by ben; it was stopped since")
    assert type(ledger.hold("k", Micros(1), ["b"])).__name__ == "Held"
    assert guard(capsys, url, "resume").out == f"was not stopped; nothing changed; ledger {shown(url)}\n"
    assert [
        (entry.kind, entry.tags["who"]) for entry in ledger.entries() if entry.kind in ("stop", "resume")
    ] == [
        ("stop", "ana"),
        ("resume", "ben"),
    ]


# --- verify


def test_verify_agrees_with_an_honest_ledger(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("k", usd("0.04"), ["b"])
    ran = guard(capsys, url, "verify")
    assert (ran.code, ran.out) == (0, "2 entries added up: every counter, hold and limit agrees.\n")


def test_verify_names_what_does_not_add_up(capsys: Capture, url: str, ledger: Ledger, tmp_path: Path) -> None:
    """A counter moved by hand from $0.04 to $0.03."""
    ledger.hold("k", usd("0.04"), ["b"])
    ledger.settle("k", usd("0.04"))
    with closing(sqlite3.connect(tmp_path / "guard.db")) as connection, connection:
        connection.execute("UPDATE windows SET settled = 30000")
    connection.close()
    ran = guard(capsys, url, "verify")
    assert ran.code == 1
    assert lines_with(ran.out, "settled of b in lifetime", "30,000", "40,000", "-10,000")
    report = guard(capsys, url, "verify", "--format", "json")
    assert report.code == 1
    assert json.loads(report.out) == {
        "ok": False,
        "entries": 3,
        "mismatches": [{"where": "settled of b in lifetime", "recorded": 30_000, "recomputed": 40_000}],
    }


# --- the command itself


def test_a_guard_command_needs_a_verb(capsys: Capture) -> None:
    ran = bursar(capsys, "guard")
    assert (ran.code, ran.out) == (2, "")
    assert "status|tail|holds|void|settle|reconcile|verify|export|stop|resume" in ran.err


@pytest.mark.parametrize("command", ["status", "tail", "holds", "verify"])
def test_a_look_at_the_ledger_loads_nothing_heavy(url: str, ledger: Ledger, command: str) -> None:
    script = (
        "import io, sys, contextlib\nfrom planner.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()): main(['guard', '{command}', '--ledger', '{url}'])\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"boto3", "botocore", "pandas", "numpy", "textual", "yaml", "asyncio", "dataclasses", "inspect"}
    assert not heavy.intersection(ran.stdout.split())


def test_what_was_settled_too_low_says_how_the_rest_is_counted(
    capsys: Capture, url: str, ledger: Ledger
) -> None:
    """A settlement is final. What the message says to do about it does it, even where no room is left."""
    ledger.hold("k", usd("0.04"), ["b"])
    ledger.settle("k", usd("0.04"))
    ran = guard(capsys, url, "settle", "k", "--usd", "0.14", *BY_ANA)
    assert ran.code == 2
    assert ran.err == (
        "bursar: hold 'k' was settled at $0.04 already; that stays, nothing changed. If $0.14 is right, count the "
        "missing $0.10 under a key of its own, in Python: open_ledger(URL).hold('k correction', 0, ['b']), then: "
        "bursar guard settle 'k correction' --usd 0.10 --why ...\n"
    )
    open_ledger(url).hold("k correction", usd("0"), ["b"])
    assert guard(capsys, url, "settle", "k correction", "--usd", "0.10", *BY_ANA).code == 0
    assert ledger.status("b").settled == usd("0.14")
    lower = guard(capsys, url, "settle", "k", "--usd", "0.01", *BY_ANA)
    assert "nothing changed. If $0.01 is right, $0.03 too much counts in b " in lower.err
    again = guard(capsys, url, "settle", "k", "--usd", "0.04", *BY_ANA)
    assert again.err.endswith("hold 'k' was settled at $0.04 already; that stays, nothing changed\n")


@pytest.mark.parametrize(
    "account", ["abc", "1234", "1111-2222-3333", "1111222233334", "１１１１２２２２３３３３", ""]
)
def test_an_account_is_twelve_digits(capsys: Capture, url: str, ledger: Ledger, account: str) -> None:
    ran = guard(capsys, url, "export", f"--account={account}", "--format", "focus")
    assert (ran.code, ran.out) == (2, "")
    assert f"{account!r} is no AWS account id, which is 12 digits without spaces or dashes" in ran.err
    for fine in ("111122223333", "unknown"):
        assert guard(capsys, url, "export", "--account", fine, "--format", "focus").code == 0
