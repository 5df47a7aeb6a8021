"""`bursar prices`: list, show, diff and check, for people and for machines."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support import bursar
from tests.test_pricing_load import OWN, own

NO_RATE_CHOSEN = 2


def columns(line: str) -> list[str]:
    """The cells of a line of a text table."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_list_names_the_versions(capsys: pytest.CaptureFixture[str]) -> None:
    """The default first; which one is representative."""
    ran = bursar(capsys, "prices", "list")
    assert (ran.code, ran.err) == (0, "")
    assert [columns(line)[:6] for line in ran.out.splitlines()] == [
        ["version", "published", "rows", "rates", "models", "figures"],
        ["2026-07-24 (default)", "2026-07-24", "42", "70", "25", "AWS"],
        ["2026-representative", "2026-11-22", "18", "26", "9", "representative"],
        ["2025-02-28", "2025-02-28", "21", "23", "7", "AWS"],
    ]


def test_prices_alone_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing one types shows what there is."""
    assert bursar(capsys, "prices").out == bursar(capsys, "prices", "list").out


def test_list_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """The same in JSON and CSV."""
    listed = json.loads(bursar(capsys, "prices", "list", "--format", "json").out)
    assert listed[1] == {
        "version": "2026-representative",
        "published": "2026-11-22",
        "rows": 18,
        "rates": 26,
        "models": 9,
        "representative": True,
        "default": False,
        "title": "figures people plan with in 2026",
    }
    lines = bursar(capsys, "prices", "list", "--format", "csv").out.splitlines()
    assert lines[2] == "2026-representative,2026-11-22,18,26,9,yes,no,figures people plan with in 2026"


def test_show_prints_a_line_for_each_price(capsys: pytest.CaptureFixture[str]) -> None:
    """Regions of one price stand together; a price that is not verified says so; services follow."""
    out = bursar(capsys, "prices", "show").out
    lines = [columns(line) for line in out.splitlines()]
    assert out.startswith(
        "Price book 2026-07-24: AWS pricing page and Price List as captured up to 2026-07-24; 42 rows"
    )
    inpaint = ["stability.stable-image-inpaint-v1:0", "any", "us-east-1, us-east-2, us-west-2", "$0.070"]
    assert [*inpaint, "2025-02-28 on", "yes", "AWS pricing page of 2026-07-24 (+2)"] in lines
    titan = ["amazon.titan-image-generator-v2:0", "1024", "standard", "us-west-2", "$0.010"]
    assert [*titan, "2025-02-28 on", "no", "AWS pricing page of 2025-02-28"] in lines
    assert [
        "s3.put",
        "$0.000005 per request",
        "us-east-1",
        "yes",
        "infracost golden files of 2024-07-01",
    ] in lines
    assert ["cloudfront.free_transfer", "1,024 GB", "no", "from memory"] in lines
    assert any(line[0] == "Nova 2 Omni (preview) image output tokens" for line in lines if line)


def test_show_can_be_narrowed_to_models_and_a_region(capsys: pytest.CaptureFixture[str]) -> None:
    """The geography of an inference profile does not matter; the rest of the book is left out."""
    shown = bursar(capsys, "prices", "show", "--model", "us.stability.*upscale*", "--region", "us-east-2").out
    assert [columns(line)[:4] for line in shown.splitlines()[2:]] == [
        ["model", "size class", "quality", "region"],
        ["stability.stable-fast-upscale-v1:0", "any", "us-east-2", "$0.030"],
        ["stability.stable-conservative-upscale-v1:0", "any", "us-east-2", "$0.400"],
        ["stability.stable-creative-upscale-v1:0", "any", "us-east-2", "$0.600"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "stability.stable-image-cor-v1:1"), "did you mean stability.stable-image-core-v1:"),
        (("--model", "amazon.nova-canvas*", "--region", "us-west-2"), "priced in us-east-1"),
        (("2026-7-24",), "did you mean 2026-07-24?"),
        (("/no/such/book.yaml",), "there is no such file"),
    ],
)
def test_what_is_not_there_is_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    """One line that names what is, and nothing on stdout."""
    ran = bursar(capsys, "prices", "show", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (NO_RATE_CHOSEN, "", 1)
    assert message in ran.err


def test_show_as_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Amounts are decimal strings; a range has both ends."""
    book = json.loads(bursar(capsys, "prices", "show", "2026-representative", "--format", "json").out)
    assert (book["version"], book["representative"], book["rows"], len(book["rates"])) == (
        "2026-representative",
        True,
        18,
        26,
    )
    [ultra] = [rate for rate in book["rates"] if rate["model_id"] == "stability.stable-image-ultra-v1:1"]
    assert ultra == {
        "model_id": "stability.stable-image-ultra-v1:1",
        "size_class": "any",
        "quality": None,
        "region": "us-west-2",
        "usd_per_image": "0.14",
        "low_usd_per_image": "0.12",
        "valid_from": "2025-02-28",
        "valid_until": None,
        "verified": False,
        "source": "figures quoted for planning in 2026",
        "read_on": "2026-11-22",
        "note": "",
    }
    [nova] = [model for model in book["models"] if model["model_id"] == "amazon.nova-canvas-v1:0"]
    assert (nova["end_of_life"], nova["replacement"]) == ("2026-09-30", "stability.stable-image-ultra-v1:1")
    assert [tier["up_to"] for tier in book["services"][7]["tiers"]] == [10_240, 51_200, 153_600]
    assert book["allowances"][0]["quantity"] == 1_024
    assert book["sources"][0]["where"] == "cloudroutehq.com, Titan page"


def test_show_as_csv_is_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    """70 rates, 13 tiers of services, an allowance and 12 other prices, told apart by their kind."""
    rows = list(csv.DictReader(io.StringIO(bursar(capsys, "prices", "show", "--format", "csv").out)))
    kinds = [row["kind"] for row in rows]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "image": 70,
        "service": 13,
        "allowance": 1,
        "other": 12,
    }
    assert (rows[0]["name"], rows[0]["usd"], rows[0]["unit"]) == (
        "amazon.titan-image-generator-v1",
        "0.008",
        "image",
    )
    [free] = [row for row in rows if row["kind"] == "allowance"]
    assert (free["usd"], free["up_to"]) == ("", "1024")


def test_show_as_markdown_has_the_same_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Every table has its rule, and signs that mean something in Markdown are escaped."""
    out = bursar(capsys, "prices", "show", "--format", "markdown").out
    assert out.startswith("### Price book 2026\\-07\\-24")
    assert sum(line.startswith("| --- |") for line in out.splitlines()) == 4
    assert "&lt;=1024x1024" in out


def test_diff_shows_what_moved_and_one_line_of_totals(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the guide and AWS differ on Titan; ranges; what the guide does not price."""
    ran = bursar(capsys, "prices", "diff", "2026-07-24", "2026-representative")
    lines = [columns(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert lines[0] == ["Price book 2026-07-24 -> 2026-representative"]
    titan = "amazon.titan-image-generator-v2:0 1024x1024"
    assert ["~", f"{titan} standard us-east-1", "$0.010", "$0.008", "-20.0 %"] in lines
    assert ["~", f"{titan} premium us-west-2", "$0.012", "$0.010", "-16.7 %"] in lines
    assert ["~", "stability.stable-image-ultra-v1:1 any us-west-2", "$0.140", "$0.120-0.140"] in lines
    assert ["-", "stability.stable-outpaint-v1:0 any us-east-1, us-east-2, us-west-2", "$0.060"] in lines
    assert lines[-1] == ["4 added, 20 removed, 12 changed"]


def test_diff_of_a_book_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Says so, in words and in data."""
    assert bursar(capsys, "prices", "diff", "2025-02-28", "2025-02-28").out.endswith("nothing changed\n")
    told = json.loads(bursar(capsys, "prices", "diff", "2025-02-28", "2025-02-28", "--format", "json").out)
    assert told == {"before": "2025-02-28", "after": "2025-02-28", "changes": []}


def test_diff_with_an_own_book_shows_the_percentage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What was agreed is 6.25 % under the list price."""
    later = OWN.replace("valid_from: 2027-01-01", "valid_from: 2025-02-28")
    out = bursar(capsys, "prices", "diff", "2026-07-24", own(tmp_path, later), "--format", "json").out
    [core] = [each for each in json.loads(out)["changes"] if "core-v1:1 any" in each["subject"]]
    assert core == {
        "change": "changed",
        "kind": "rate",
        "subject": "stability.stable-image-core-v1:1 any us-west-2",
        "before": "$0.040",
        "after": "$0.0375",
        "percent": "-6.25",
    }


def test_check_tells_age_doubts_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of it is an error: history is kept on purpose."""
    ran = bursar(capsys, "prices", "check", "--as-of", "2026-11-22")
    lines = [columns(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert lines[0] == ["Price book 2026-07-24 as of 2026-11-22: its newest figure is 121 days old"]
    retired = "reached its end of life on 2026-06-30; move to stability.stable-image-core-v1:1"
    assert ["info", "amazon.titan-image-generator-v2:0", retired] in lines
    assert lines[-1] == ["5 warnings, 9 to know"]


def test_check_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    """A day before the newest figure gives a negative age."""
    told = json.loads(bursar(capsys, "prices", "check", "--as-of", "2026-07-14", "--format", "json").out)
    assert (told["version"], told["as_of"], told["age_days"]) == ("2026-07-24", "2026-07-14", -10)
    assert told["findings"][0]["code"] == "unverified"


@pytest.mark.parametrize("day", ["2026-13-01", "20261101", "yesterday"])
def test_a_day_is_a_calendar_day(capsys: pytest.CaptureFixture[str], day: str) -> None:
    """Written as people and bills write it."""
    ran = bursar(capsys, "prices", "check", "--as-of", day)
    assert (ran.code, "is not a day such as 2026-12-01" in ran.err) == (2, True)


def test_a_broken_own_book_is_reported_where_it_breaks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """File, line and column, with the line itself."""
    path = own(tmp_path, OWN.replace("0.0375", "nothing"))
    ran = bursar(capsys, "prices", "show", path)
    assert (ran.code, ran.out) == (2, "")
    assert f"{path}:18:" in ran.err
    assert "must be a price in US dollars above 0, got nothing" in ran.err


def test_text_of_an_own_book_does_nothing_where_it_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No formula in a spreadsheet, no table cell or markup in a page."""
    text = OWN.replace("our contract", '"=cmd|calc"').replace("what Acme agreed with AWS", '"<b>a|b</b>"')
    text = text.replace("acme-2027", "<i>acme</i>")
    path = own(tmp_path, text)
    rows = list(csv.DictReader(io.StringIO(bursar(capsys, "prices", "show", path, "--format", "csv").out)))
    assert rows[0]["source"] == "'=cmd|calc"
    page = bursar(capsys, "prices", "show", path, "--format", "markdown").out
    assert "=cmd\\|calc" in page
    assert "<b>" not in page
    for action in (("diff", "2026-07-24", path), ("check", path)):
        assert "<i>" not in bursar(capsys, "prices", *action, "--format", "markdown").out


def test_a_result_can_go_to_a_file_but_not_over_its_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file holds what the terminal would have shown."""
    target = tmp_path / "list.csv"
    assert bursar(capsys, "prices", "list", "--format", "csv", "-o", target).out == ""
    assert target.read_text(encoding="utf-8").startswith("version,published,")
    path = own(tmp_path)
    assert bursar(capsys, "prices", "show", path, "-o", path).code == 2
    assert Path(path).read_text(encoding="utf-8") == OWN
