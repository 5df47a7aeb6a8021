"""The command line: results on stdout, the rest on stderr, one clear line for whatever a user gets wrong."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from planner.cli import COMMANDS
from tests.support import bursar, lines_with

SAMPLE = "scenarios/marketplace-catalogue.yaml"
SCENARIOS = sorted(Path("scenarios").glob("*.yaml"))
STAGE = "{name: s, model: stability.stable-image-core-v1:1}"
SMALL = f"name: small\nstart: 2026-12\nmonths: 2\nregion: us-west-2\npipelines: [{{name: p, assets_per_month: 10, stages: [{STAGE}]}}]\n"

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_sample_plans_and_keeps_its_expectations(capsys: Capture, path: Path) -> None:
    ran = bursar(capsys, "plan", path, "--as-of", "2026-11-22")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("suffix", ["txt", "md", "csv", "json"])
def test_every_sample_reads_as_its_golden(capsys: Capture, path: Path, suffix: str) -> None:
    """Goldens show change; `BURSAR_GOLDEN=write` renews them."""
    form = {"txt": "table", "md": "markdown"}.get(suffix, suffix)
    ran = bursar(capsys, "plan", path, "--as-of", "2026-11-22", "--format", form)
    golden = Path("tests/golden/plan") / f"{path.stem}.{suffix}"
    if os.environ.get("BURSAR_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(ran.out, "utf-8", newline="")
    assert (
        ran.out == golden.read_text("utf-8") if suffix != "csv" else ran.out.encode() == golden.read_bytes()
    )


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_json_adds_up(capsys: Capture, path: Path) -> None:
    """Each month: charges = list cost = draws + out-of-pocket; the totals are the sums of the months."""
    plan = json.loads(bursar(capsys, "plan", path, "--format", "json").out)
    for month in plan["months"]:
        listed = Decimal(month["list_cost"])
        assert sum(Decimal(charge["list_cost"]) for charge in month["charges"]) == listed
        assert sum(map(Decimal, month["draws"].values())) + Decimal(month["out_of_pocket"]) == listed
        assert month["images"] == sum(charge["quantity"] for charge in month["charges"] if charge["model_id"])
    totals = plan["totals"]
    assert Decimal(totals["list_cost"]) == sum(Decimal(month["list_cost"]) for month in plan["months"])
    assert Decimal(totals["drawn"]) == sum(Decimal(pool["drawn"]) for pool in plan["pools"])
    for pool in plan["pools"]:
        paid = Decimal(pool["drawn"]) + Decimal(pool["forfeited"]) + Decimal(pool["ending_balance"])
        assert paid == Decimal(pool["opening_balance"])


def test_json_holds_what_the_contract_names(capsys: Capture) -> None:
    plan = json.loads(bursar(capsys, "plan", SAMPLE, "--format", "json").out)
    assert {
        "scenario",
        "price_book",
        "start",
        "months",
        "totals",
        "range",
        "first_out_of_pocket_month",
        "runway_months",
        "pools",
        "problems",
    } <= set(plan)
    assert set(plan["months"][0]) == {
        "month",
        "assets",
        "images",
        "list_cost",
        "charges",
        "draws",
        "out_of_pocket",
        "balances",
        "forfeited",
    }
    assert {
        "product",
        "model_id",
        "size_class",
        "quality",
        "quantity",
        "unit_price",
        "list_cost",
        "entity",
    } <= set(plan["months"][0]["charges"][0])
    assert set(plan["totals"]) == {
        "assets",
        "images",
        "list_cost",
        "drawn",
        "out_of_pocket",
        "forfeited",
        "cost_per_asset",
    }
    assert {"name", "drawn", "forfeited", "ending_balance", "exhausted_on"} <= set(plan["pools"][0])
    assert {"severity", "code", "message", "line"} <= set(plan["problems"][0])


def test_csv_has_one_row_a_month(capsys: Capture) -> None:
    rows = list(csv.DictReader(io.StringIO(bursar(capsys, "plan", SAMPLE, "--format", "csv").out)))
    assert [row["month"] for row in rows][:2] == ["2026-12", "2027-01"]
    assert rows[0]["drawn:activate"] == rows[0]["list_cost"]


def test_a_price_override_is_named_in_every_format(capsys: Capture) -> None:
    for form in ("table", "json", "markdown"):
        out = bursar(capsys, "plan", "scenarios/accelerator-scale.yaml", "--format", form).out
        assert "5 % discount" in out.replace("\\", "")
    rows = list(
        csv.DictReader(
            io.StringIO(bursar(capsys, "plan", "scenarios/accelerator-scale.yaml", "--format", "csv").out)
        )
    )
    assert rows[0]["price_overrides"] == "stability.*: 5 % discount"


def test_representative_figures_are_marked_in_every_format(capsys: Capture) -> None:
    for form in ("table", "json", "markdown", "csv"):
        ran = bursar(
            capsys,
            "plan",
            "scenarios/solo-founder.yaml",
            "--price-book",
            "2026-representative",
            "--format",
            form,
        )
        assert "representative" in ran.out


def test_a_broken_expectation_exits_1_and_still_shows_the_plan(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SMALL + "expect: {out_of_pocket_usd: {max: 0}}\n")
    ran = bursar(capsys, "plan", file)
    assert ran.code == 1
    assert "error: line 6: out-of-pocket is $0.80, above the $0.00 expected" in ran.out


def test_compare_shows_the_change_to_the_first(capsys: Capture, tmp_path: Path) -> None:
    """10 assets at $0.04 for 2 months, then 20: $0.80 and $1.60."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(SMALL)
    second.write_text(
        SMALL.replace("assets_per_month: 10", "assets_per_month: 20").replace("small", "double")
    )
    ran = bursar(capsys, "compare", first, second)
    assert lines_with(ran.out, "list cost", "$0.80", "$1.60")
    assert lines_with(ran.out, "+$0.80 (+100.0 %)")
    scenarios = json.loads(bursar(capsys, "compare", first, second, "--format", "json").out)["scenarios"]
    assert [item["list_cost"] for item in scenarios] == ["0.80", "1.60"]
    assert scenarios[1]["change"]["list_cost"] == "0.80"


def test_compare_wants_two(capsys: Capture) -> None:
    ran = bursar(capsys, "compare", SAMPLE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "bursar: compare takes two or more scenarios; bursar plan shows one\n"


def test_output_goes_to_a_file_whole(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.write_text("before")
    ran = bursar(capsys, "plan", SAMPLE, "--format", "json", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(target.read_text())["scenario"] == "Catalogue imagery for a marketplace"
    assert list(tmp_path.iterdir()) == [target]


def test_output_into_a_pipe_or_through_a_link_leaves_them_what_they_are(
    capsys: Capture, tmp_path: Path
) -> None:
    """`-o /dev/null` must not make a file of the device, and a link keeps pointing where it did."""
    pipe, real, link = tmp_path / "pipe", tmp_path / "real.txt", tmp_path / "link.txt"
    os.mkfifo(pipe)
    link.symlink_to(real)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for target in (pipe, link):
        assert bursar(capsys, "plan", SAMPLE, "-o", str(target)).code == 0
    assert os.read(reader, 1 << 16) == real.read_bytes() != b""
    os.close(reader)
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert real.is_file()


def test_a_plan_never_overwrites_its_scenario(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SMALL)
    ran = bursar(capsys, "plan", file, "-o", file)
    assert ran.code == 2
    assert "would overwrite the file it was read from" in ran.err
    assert file.read_text() == SMALL


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plann", SAMPLE], "'plann' is not a command; did you mean plan?"),
        (["plan", "no-such.yaml"], "no-such.yaml"),
        (["plan", "scenarios"], "scenarios"),
        (["plan", SAMPLE, "--price-book", "2026-07-25"], "2026-07-24"),
        (["plan", SAMPLE, "-o", "/no/such/folder/x"], "cannot be written"),
        (["plan", SAMPLE, "--format", "xml"], "invalid choice: 'xml'"),
        (["plan", SAMPLE, "--as-of", "tomorrow"], "'tomorrow' is not a day such as 2026-12-01"),
        (["plan"], "FILE"),
        ([], "usage: bursar COMMAND"),
    ],
)
def test_bad_arguments_exit_2_with_words_on_stderr(capsys: Capture, arguments: list[str], said: str) -> None:
    ran = bursar(capsys, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("core-v1:1", "cor-v1:1", "did you mean stability.stable-image-core-v1:1?"),
        ("us-west-2", "eu-west-1", "not offered in 'eu-west-1'"),
        ("us-west-2", "mars", "must be an AWS region such as us-west-2"),
        ("name: small", "name: small\nprice_book: 2026-07-25", "did you mean 2026-07-24?"),
        ("months: 2", "months: 0", "must be between 1 and 120, got 0"),
        ("assets_per_month: 10", "assets_per_month: -10", "must be"),
        ("assets_per_month: 10", "assets_per_month: 1e999999999", "1e999999999"),
        ("2026-12", "2019-12", "has no price for"),
        ("name: small", "name: small\nname: again", "duplicate"),
        ("name: small", 'name: "\\e[31m"', "character"),
        ("name: small", "nam: small", "did you mean name?"),
    ],
)
def test_a_broken_scenario_exits_2_with_its_place(
    capsys: Capture, tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SMALL.replace(old, new, 1))
    ran = bursar(capsys, "plan", file)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert f"{file}:" in ran.err
    assert "\x1b" not in ran.err


def test_a_book_of_ones_own_is_read_beside_the_scenario(capsys: Capture, tmp_path: Path) -> None:
    """Core at $0.05 in a copy of the default book; a mistake in the copy is reported at its own line."""
    book, file = tmp_path / "mine.yaml", tmp_path / "s.yaml"
    shipped = Path("pricing/books/2026-07-24.yaml").read_text("utf-8")
    book.write_text(
        shipped.replace(
            "usd_per_image: 0.04, source: [aws-2026, stdapi-93",
            "usd_per_image: 0.05, source: [aws-2026, stdapi-93",
        )
    )
    file.write_text(SMALL + "price_book: ./mine.yaml\n")
    assert json.loads(bursar(capsys, "plan", file, "--format", "json").out)["totals"]["list_cost"] == "1.00"
    book.write_text(shipped.replace("usd_per_image: 0.04", "usd_per_image: free", 1))
    ran = bursar(capsys, "plan", file)
    assert ran.code == 2
    assert f"{book}:" in ran.err
    book.unlink()
    assert "mine.yaml: error: there is no such file" in bursar(capsys, "plan", file).err


@pytest.mark.parametrize(
    "name",
    [
        "[/oops]",
        "[red]x[/red]",
        "<script>alert(1)</script>",
        "=cmd()",
        "a|b",
        "x" * 200,
        "日本語の在庫",
        "émile 🎨",
    ],
)
def test_a_name_shows_as_text_in_every_format(capsys: Capture, tmp_path: Path, name: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SMALL.replace("name: small", f"name: {json.dumps(name, ensure_ascii=False)}", 1))
    assert json.loads(bursar(capsys, "plan", file, "--format", "json").out)["scenario"] == name
    assert name in bursar(capsys, "plan", file).out
    markdown = bursar(capsys, "plan", file, "--format", "markdown").out
    assert "<script>" not in markdown
    row = next(csv.DictReader(io.StringIO(bursar(capsys, "plan", file, "--format", "csv").out)))
    assert not row["scenario"].startswith("=")


def test_help_names_every_command(capsys: Capture) -> None:
    ran = bursar(capsys, "--help")
    assert ran.code == 0
    assert all(f"\n  {name}" in ran.out for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(capsys: Capture, name: str) -> None:
    ran = bursar(capsys, name, "--help")
    assert ran.code == 0
    assert f"usage: bursar {name}" in ran.out


def test_a_closed_pipe_is_quiet() -> None:
    pipe = f"{sys.executable} -m planner plan {SAMPLE} --format json | head -1"
    ran = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("{\n", "")


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only some systems have a device that is always full"
)
@pytest.mark.parametrize(
    "command", [["plan", "scenarios/solo-founder.yaml"], ["review", "scenarios"], ["--help"]]
)
def test_a_full_disk_is_one_line_and_exit_code_2(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "planner", *command], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (
        2,
        b"bursar: the result cannot be written: No space left on device\n",
    )


def test_a_terminal_without_unicode_gets_ascii() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = subprocess.run(
        [sys.executable, "-m", "planner", "plan", SAMPLE], capture_output=True, env=environment, check=True
    )
    assert b"# poc" in ran.stdout
    assert ran.stdout.isascii()
    assert b"\\u" not in ran.stdout


def test_demo_plans_the_sample_and_says_what_to_type_next(capsys: Capture) -> None:
    ran = bursar(capsys, "demo")
    assert ran.code == 0
    assert "Credits last until" in ran.out
    assert f"plan {SAMPLE} --format json" in ran.out
