"""`bursar guard reconcile`: what is assumed, what single bills change, and totals that agree or differ."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from planner.guard.ledger import Ledger, Tags, open_ledger
from planner.guard.testing import LocalBedrock, Ok, Timeout, guarded
from tests.guarding import CORE, ULTRA, stability
from tests.ledger_engines import Clock
from tests.support import Ran, bursar, lines_with, usd

Capture = pytest.CaptureFixture[str]
SKU = f"{CORE} any us-west-2"
WORDS: Tags = {"sku": SKU, "model_id": CORE, "images": 1}
BILLED: Tags = {"outcome": "ok", "attempts": 1, "images": 1}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/guard.db?synchronous=NORMAL"


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-11-05 12:00:00")


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    """A lifetime budget `b` of $10.00, some days ago."""
    with open_ledger(url, clock=clock) as opened:
        opened.define("b", usd("10"), "lifetime")
        yield opened


def reconcile(capsys: Capture, url: str, *options: object) -> Ran:
    return bursar(capsys, "guard", "reconcile", "--ledger", url, *options)


def hold(ledger: Ledger, key: str, amount: str = "0.04", words: Tags = WORDS) -> None:
    """A call whose process died: its lease ran out long ago."""
    ledger.hold(key, usd(amount), ["b"], tags=words)


def settled(ledger: Ledger, key: str, amount: str = "0.04", words: Tags = WORDS) -> None:
    hold(ledger, key, amount, words)
    ledger.settle(key, usd(amount), tags=BILLED)


def bills(tmp_path: Path, *rows: str, name: str = "bills.csv") -> Path:
    file = tmp_path / name
    file.write_text("\n".join(["key,billed_usd", *rows]) + "\n")
    return file


# --- what is assumed


def test_holds_whose_lease_ran_out_are_lapsed_and_listed(capsys: Capture, url: str, ledger: Ledger) -> None:
    hold(ledger, "old", "0.14")
    settled(ledger, "done")
    ran = reconcile(capsys, url)
    assert ran.code == 0
    assert ran.err == "bursar: the lease of 1 hold has run out; counted as billed from now on\n"
    assert lines_with(ran.out, "old", "$0.14", "b lifetime", SKU)
    assert "1 call without a known bill, counted at $0.14 until someone says otherwise." in ran.out
    assert (ledger.find("old").state, ledger.status("b").assumed) == ("lapsed", 140_000)
    assert reconcile(capsys, url).err == ""


def test_nothing_assumed_is_said(capsys: Capture, url: str, ledger: Ledger) -> None:
    settled(ledger, "done")
    ran = reconcile(capsys, url)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Nothing is assumed: every call the ledger knows has an outcome, or is under way.\n"


def test_a_settled_call_with_an_attempt_nobody_knows_of_is_listed(
    capsys: Capture, url: str, ledger: Ledger
) -> None:
    """Two attempts at $0.04, one of them without an answer: half of the bill is an assumption."""
    hold(ledger, "retried")
    ledger.extend("retried", usd("0.04"), attempt=2)
    words: Tags = {"outcome": "ok", "attempts": 2, "images": 1, "assumed": "read_timeout"}
    ledger.settle("retried", usd("0.08"), tags=words)
    settled(ledger, "filtered")
    hold(ledger, "blocked", "0.14")
    ledger.settle("blocked", usd("0.14"), tags={"outcome": "filtered_output", "attempts": 1, "images": 1})
    ran = reconcile(capsys, url)
    assert ran.code == 0
    assert lines_with(ran.out, "retried", "settled", " 2 ", "$0.04 of $0.08", "b lifetime", SKU)
    assert lines_with(ran.out, "blocked", "settled", " 1 ", "$0.14", "b lifetime", SKU)
    assert "filtered" not in ran.out
    assert "Nothing is assumed" not in ran.out
    assert (
        "2 calls settled with $0.18 of attempts whose outcome nobody knows, counted as billed for good."
        in ran.out
    )
    first, second = json.loads(reconcile(capsys, url, "--format", "json").out)
    assert (first["key"], first["state"], first["billed_usd"], first["assumed_usd"]) == (
        "blocked",
        "settled",
        "0.14",
        "0.14",
    )
    assert (second["key"], second["billed_usd"], second["assumed_usd"]) == ("retried", "0.08", "0.04")
    total = reconcile(capsys, url, "--total-images", 4)
    assert "Of the ledger's figures, 2 images and $0.18 are assumed: nobody has confirmed them." in total.out


def test_a_guarded_call_whose_first_attempt_timed_out_is_listed(capsys: Capture, url: str) -> None:
    with guarded(
        "1.00", ledger=url, faults=[Timeout(), Ok()], client_options={"config": Config(read_timeout=1)}
    ) as (
        _,
        client,
        _,
    ):
        client.invoke_model(modelId=CORE, body=stability())
    assert lines_with(reconcile(capsys, url).out, "settled", "$0.04 of $0.08")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_list_can_be_corrected_and_read_back(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path, form: str
) -> None:
    """As listed, every hold settles at what it is assumed at."""
    hold(ledger, "one", "0.04")
    hold(ledger, "two", "0.000001")
    file = tmp_path / f"bills.{form}"
    assert reconcile(capsys, url, "--format", form, "-o", file).code == 0
    assert reconcile(capsys, url, "--billed", file, "--apply").code == 0
    assert [ledger.find(key).state for key in ("one", "two")] == ["settled", "settled"]
    status = ledger.status("b")
    assert (status.settled, status.assumed) == (40_001, 0)


# --- single bills


def test_bills_are_shown_before_they_are_applied(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    for key in ("dear", "free", "same"):
        hold(ledger, key)
    file = bills(tmp_path, "dear,0.06", "free,0", "same,0.04")
    ran = reconcile(capsys, url, "--billed", file)
    assert ran.code == 0
    assert lines_with(ran.out, "dear", "$0.04", "$0.06", "+$0.02", "settle")
    assert lines_with(ran.out, "free", "$0.04", "$0.00", "-$0.04", "void: not billed")
    assert "2 to settle, 1 to void, 0 left alone; the ledger counts -$0.02" in ran.out
    assert "Dry run: nothing was settled or voided. --apply does it." in ran.out
    assert {ledger.find(key).state for key in ("dear", "free", "same")} == {"lapsed"}


def test_applied_bills_are_recorded_with_who_and_why(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    """Applied twice, they are done once."""
    hold(ledger, "dear")
    hold(ledger, "free")
    file = bills(tmp_path, "dear,0.06", "free,0.00")
    ran = reconcile(capsys, url, "--billed", file, "--apply", "--who", "ana", "--why", "bill of December")
    assert ran.code == 0
    assert "1 settled, 1 voided, 0 left alone" in ran.out
    before = [(entry.kind, entry.key, dict(entry.tags)) for entry in ledger.entries()]
    assert before[-2:] == [
        ("settle", "dear", {"who": "ana", "why": "bill of December"}),
        ("void", "free", {"who": "ana", "why": "bill of December"}),
    ]
    status = ledger.status("b")
    assert (status.settled, status.assumed, status.held) == (60_000, 0, 0)
    again = reconcile(capsys, url, "--billed", file, "--apply")
    assert again.code == 0
    assert len(lines_with(again.out, "agrees already")) == 2
    assert len(list(ledger.entries())) == len(before)


def test_without_a_reason_the_file_is_the_reason(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    hold(ledger, "k")
    file = bills(tmp_path, "k,0.04")
    reconcile(capsys, url, "--billed", file, "--apply")
    *_, entry = ledger.entries()
    assert entry.tags["why"] == f"billed: {file}"


def test_a_bill_that_differs_from_what_was_settled_exits_1(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    """What was settled stays; the other rows are applied."""
    settled(ledger, "done")
    hold(ledger, "void")
    ledger.void("void")
    hold(ledger, "k")
    file = bills(tmp_path, "done,0.05", "void,0.04", "k,0.04")
    ran = reconcile(capsys, url, "--billed", file, "--apply")
    assert ran.code == 1
    assert len(lines_with(ran.out, "DIFFERS: resolved before, and stays so")) == 2
    assert "bursar guard settle KEY --usd AMOUNT --why ... says what to do about it." in ran.out
    assert (ledger.find("done").billed, ledger.find("k").state) == (40_000, "settled")


def test_a_bill_of_no_hold_stops_them_all(capsys: Capture, url: str, ledger: Ledger, tmp_path: Path) -> None:
    hold(ledger, "k")
    file = bills(tmp_path, "k,0.04", "of-another-ledger,0.04")
    ran = reconcile(capsys, url, "--billed", file, "--apply")
    assert ran.code == 2
    assert lines_with(ran.out, "of-another-ledger", "UNKNOWN: no such hold in this ledger")
    assert ran.err.endswith("1 row without a hold in this ledger; nothing was applied\n")
    assert ledger.find("k").state == "lapsed"


def test_a_call_that_may_be_under_way_waits(
    capsys: Capture, url: str, ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    clock.now = time.time()
    hold(ledger, "now")
    ran = reconcile(capsys, url, "--billed", bills(tmp_path, "now,0.04"), "--apply")
    assert ran.code == 0
    assert lines_with(ran.out, "now", "waits: its call may be under way")
    assert ledger.find("now").state == "open"


def test_json_bills_are_read_exactly(capsys: Capture, url: str, ledger: Ledger, tmp_path: Path) -> None:
    """Numbers and text alike; a float would make 1.10 something else."""
    hold(ledger, "number", "2")
    hold(ledger, "text", "2")
    file = tmp_path / "bills.json"
    file.write_text('[{"key": "number", "billed_usd": 1.100001}, {"hold_id": "text", "billed_usd": "1.10"}]')
    assert reconcile(capsys, url, "--billed", file, "--apply").code == 0
    assert (ledger.find("number").billed, ledger.find("text").billed) == (1_100_001, 1_100_000)


def test_every_mistake_in_a_file_is_reported_and_nothing_is_done(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    hold(ledger, "k")
    file = bills(tmp_path, "k,0.04", ",1", "x,free", "y,-1", "z,0.0000001", "k,0.05", "w")
    ran = reconcile(capsys, url, "--billed", file, "--apply")
    assert (ran.code, ran.out) == (2, "")
    assert [line.partition(": error: ")[0] for line in ran.err.splitlines()] == [
        f"{file}:{line}:1" for line in (3, 4, 5, 6, 7, 8)
    ]
    assert "k is in row 2 already" in ran.err
    assert ledger.find("k").state == "open"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.csv", b"", "has no heading with the columns key and billed_usd"),
        ("b.csv", b"key,usd\nk,1\n", "has no heading with the columns key and billed_usd"),
        ("b.csv", b"key,billed_usd\n", "has no bill in it"),
        ("b.csv", b'key,billed_usd\n"k,1\n', "is not CSV"),
        ("b.csv", b"key,billed_usd\nk\x00,1\n", "names no hold"),
        ("b.csv", b"key,billed_usd\n\xff\xfe,1\n", "is not UTF-8 text"),
        ("b.json", b"{", "is not JSON"),
        ("b.json", b"[" * 100_000, "is nested too deeply"),
        ("b.json", b'{"k": 1}', "is no list of bills"),
        ("b.json", b'[{"key": "\\ud800", "billed_usd": 1}]', "names no hold"),
        ("b.json", b"[1]", "element 1 is no object"),
        ("b.json", b'[{"key": "k", "billed_usd": true}]', "'True' is not a decimal number"),
        ("b.json", b'[{"key": "k", "billed_usd": NaN}]', "is not a decimal number"),
        ("b.json", b'[{"key": 7, "billed_usd": "1"}, {"key": [], "billed_usd": 1}]', "names no hold"),
    ],
)
def test_a_file_that_is_no_list_of_bills_is_refused(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path, *, name: str, content: bytes, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    ran = reconcile(capsys, url, "--billed", file)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert str(file) in ran.err


def test_a_file_that_is_not_there_is_refused(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    for name in (tmp_path / "none.csv", tmp_path):
        ran = reconcile(capsys, url, "--billed", name)
        assert (ran.code, ran.out) == (2, "")
        assert "cannot be read" in ran.err


def test_a_key_quoted_for_a_spreadsheet_is_read_as_it_was(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    hold(ledger, "=1+1")
    file = tmp_path / "b.csv"
    reconcile(capsys, url, "--format", "csv", "-o", file)
    assert "'=1+1" in file.read_text()
    assert reconcile(capsys, url, "--billed", file, "--apply").code == 0
    assert ledger.find("=1+1").state == "settled"


# --- totals


def test_totals_that_agree_exit_0(capsys: Capture, url: str, ledger: Ledger) -> None:
    settled(ledger, "a")
    settled(ledger, "b")
    ran = reconcile(capsys, url, "--total-images", 2, "--total-usd", "0.08")
    assert ran.code == 0
    assert "They agree." in ran.out


def test_totals_that_differ_exit_1_and_say_by_how_much(capsys: Capture, url: str, ledger: Ledger) -> None:
    """Two settled, one lapsed: AWS counted two images, so the lapsed one was not billed."""
    settled(ledger, "a")
    settled(ledger, "b")
    hold(ledger, "c")
    ran = reconcile(capsys, url, "--total-images", 2)
    assert ran.code == 1
    assert lines_with(ran.out, "all calls", "3", "$0.12", "2", "-1")
    assert "They differ: yours minus ledger is -1 image." in ran.out
    assert "Of the ledger's figures, 1 image and $0.04 are assumed: nobody has confirmed them." in ran.out
    dollars = reconcile(capsys, url, "--total-usd", "0.13")
    assert dollars.code == 1
    assert "They differ: yours minus ledger is +$0.01." in dollars.out
    assert "Yours has more: calls that no guard saw" in dollars.out


def test_days_and_models_choose_what_is_compared(
    capsys: Capture, url: str, ledger: Ledger, clock: Clock
) -> None:
    """CloudWatch counts by model: one image of each on the 5th, one of Core on the 6th."""
    settled(ledger, "a")
    settled(ledger, "b", words={"sku": f"{ULTRA} any us-west-2", "images": 1})
    clock.set("2026-11-06 00:00:00")
    settled(ledger, "c")
    days = ("--from", "2026-11-05", "--to", "2026-11-05")
    assert reconcile(capsys, url, "--total-images", 3).code == 0
    assert reconcile(capsys, url, "--total-images", 2, *days).code == 0
    assert reconcile(capsys, url, "--total-images", 1, *days, "--model", ULTRA).code == 0
    assert reconcile(capsys, url, "--total-images", 2, "--model", "*core*").code == 0
    ran = reconcile(capsys, url, "--total-images", 9, *days, "--model", ULTRA)
    assert ran.code == 1
    head = f"Calls held from 2026-11-05 to 2026-11-05, that day included (UTC), models {ULTRA}"
    assert ran.out.startswith(head)


def test_what_cannot_be_counted_is_said(capsys: Capture, url: str, ledger: Ledger, clock: Clock) -> None:
    hold(ledger, "by hand", "0.12", {"sku": SKU, "images": 3})
    ledger.settle("by hand", usd("0.05"), tags={"who": "ana", "why": "the bill"})
    clock.now = time.time()
    hold(ledger, "now")
    ran = reconcile(capsys, url, "--total-images", 0)
    assert ran.code == 0
    assert "1 call settled by hand for a sum that is no number of images; no image is counted." in ran.out
    assert "1 call still under way, not counted." in ran.out


def test_a_comparison_as_json_is_exact(capsys: Capture, url: str, ledger: Ledger) -> None:
    settled(ledger, "a", "0.000001")
    ran = reconcile(capsys, url, "--total-images", 3, "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out) == {
        "differ": True,
        "lines": [
            {
                "subject": "all calls",
                "ledger_images": 1,
                "ledger_usd": "0.000001",
                "assumed_images": 0,
                "assumed_usd": "0.00",
                "other_images": 3,
                "other_usd": None,
                "images_difference": 2,
                "usd_difference": None,
            }
        ],
    }


def test_the_endpoint_and_the_ledger_agree_on_what_a_guard_let_through(capsys: Capture, url: str) -> None:
    with guarded("1.00", ledger=url) as (_, client, endpoint):
        for model_id in (CORE, CORE, ULTRA):
            client.invoke_model(modelId=model_id, body=stability())
        ran = reconcile(capsys, url, "--endpoint", endpoint.url, "--format", "csv")
        assert ran.code == 0
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert [(row["subject"], row["ledger_usd"], row["other_usd"]) for row in rows] == [
            (SKU, "0.08", "0.08"),
            (f"{ULTRA} any us-west-2", "0.14", "0.14"),
            ("all calls", "0.22", "0.22"),
        ]
        endpoint.client().invoke_model(modelId=CORE, body=stability())
        unguarded = reconcile(capsys, url, "--endpoint", f"{endpoint.url}/")
        assert unguarded.code == 1
        assert "They differ: endpoint minus ledger is +1 image and +$0.04." in unguarded.out
        assert reconcile(capsys, url, "--endpoint", endpoint.url, "--model", ULTRA).code == 0


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "127.0.0.1:8470", "http://127.0.0.1:9", "http://[", "http://a b"]
)
def test_an_address_that_is_no_endpoint_is_refused(
    capsys: Capture, url: str, ledger: Ledger, address: str
) -> None:
    ran = reconcile(capsys, url, "--endpoint", address)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_a_server_that_is_no_endpoint_is_refused(capsys: Capture, url: str, ledger: Ledger) -> None:
    with LocalBedrock() as local:
        ran = reconcile(capsys, url, "--endpoint", f"{local.url}/elsewhere")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "does not answer as a bursar local-bedrock does" in ran.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--billed", "x", "--total-images", "1"], "are three questions; ask one at a time"),
        (["--endpoint", "http://x", "--total-usd", "1"], "are three questions; ask one at a time"),
        (["--apply"], "--apply settles and voids by a file of bills"),
        (["--apply", "--total-images", "1"], "--apply settles and voids by a file of bills"),
        (["--from", "2026-12-01"], "choose what is compared"),
        (["--total-images", "1", "--from", "2026-12-02", "--to", "2026-12-01"], "swap them"),
        (["--total-images", "-1"], "--total-images"),
        (["--total-usd", "lots"], "--total-usd: 'lots' is not a decimal number"),
        (["--total-images", "1", "--from", "soon"], "'soon' is not a day"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    capsys: Capture, url: str, ledger: Ledger, options: list[str], said: str
) -> None:
    ran = reconcile(capsys, url, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
