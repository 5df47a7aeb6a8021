"""`bursar quote` prices one request body, from a file or standard input, in four formats."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bodies import CORE, SERVICES, TITAN, ULTRA, text_image
from tests.support import Ran, bursar

ASKED = text_image(width=1024, height=1024, quality="premium", numberOfImages=3)


class Stdin:
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(ASKED))
    return path


def titan(capsys: pytest.CaptureFixture[str], body: object, *more: object) -> Ran:
    return bursar(capsys, "quote", "--model", TITAN, "--body", body, "--on", "2026-03-01", *more)


def test_json_has_the_documented_keys_and_exact_amounts(
    capsys: pytest.CaptureFixture[str], body: Path
) -> None:
    ran = titan(capsys, body, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "model_id": TITAN,
        "task": "TEXT_IMAGE",
        "images": 3,
        "size": "1024x1024",
        "size_class": "1024",
        "quality": "premium",
        "region": "us-east-1",
        "unit_price": "0.012",
        "cost": "0.036",
        "price_book": "2026-07-24",
        "assumptions": ["region is not given: us-east-1, the first of us-east-1, us-west-2"],
        "problems": [],
    }


def test_size_and_quality_are_null_where_the_price_has_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "body.json"
    path.write_text('{"prompt": "a cat"}')
    ran = bursar(
        capsys, "quote", "--model", ULTRA, "--body", path, "--region", "us-west-2", "--format", "json"
    )
    value = json.loads(ran.out)
    assert (value["size"], value["quality"], value["cost"], value["assumptions"]) == (None, None, "0.14", [])


def test_a_problem_is_shown_and_does_not_fail_the_command(
    capsys: pytest.CaptureFixture[str], body: Path
) -> None:
    ran = bursar(capsys, "quote", "--model", TITAN, "--body", body, "--on", "2026-11-22", "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["problems"] == [
        {
            "severity": "warning",
            "code": "retired",
            "message": f"{TITAN} reached its end of life on 2026-06-30; AWS no longer answers for it; "
            f"move to {CORE}",
        }
    ]


def test_the_table_begins_with_the_cost(capsys: pytest.CaptureFixture[str], body: Path) -> None:
    assert titan(capsys, body).out == (
        "at most $0.036\n"
        "\n"
        "  images       3 x $0.012\n"
        "  model        amazon.titan-image-generator-v2:0\n"
        "  task         TEXT_IMAGE\n"
        "  size         1024x1024, class 1024\n"
        "  quality      premium\n"
        "  region       us-east-1\n"
        "  price book   2026-07-24\n"
        "  assumed      region is not given: us-east-1, the first of us-east-1, us-west-2\n"
    )


def test_csv_is_one_row_under_the_json_keys(capsys: pytest.CaptureFixture[str], body: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(titan(capsys, body, "--format", "csv", "--region", "us-west-2").out))
    assert (row["model_id"], row["images"], row["cost"], row["assumptions"]) == (TITAN, "3", "0.036", "")
    assert row["problems"].startswith("unverified: the price of amazon.titan")


def test_markdown_is_a_heading_a_table_and_a_list(capsys: pytest.CaptureFixture[str], body: Path) -> None:
    lines = titan(capsys, body, "--format", "markdown").out.splitlines()
    assert lines[0] == "### At most $0.036"
    assert lines[2:5] == ["| What | Value |", "| --- | --- |", "| images | 3 x \\$0.012 |"]
    assert lines[-1].startswith("- assumed: region is not given")


def test_output_goes_to_a_file_but_never_over_the_body(
    capsys: pytest.CaptureFixture[str], body: Path, tmp_path: Path
) -> None:
    target = tmp_path / "quote.json"
    ran = titan(capsys, body, "--format", "json", "-o", target)
    assert (ran.code, ran.out, json.loads(target.read_text())["cost"]) == (0, "", "0.036")
    ran = titan(capsys, body, "-o", body)
    assert (ran.code, "would overwrite the file it was read from" in ran.err) == (2, True)
    assert json.loads(body.read_text()) == ASKED


def test_a_dash_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(json.dumps(ASKED).encode()))
    assert titan(capsys, "-").out.startswith("at most $0.036\n")


def test_a_body_over_25_million_bytes_is_refused_without_reading_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Stdin(b" " * 25_000_100)
    monkeypatch.setattr(sys, "stdin", endless)
    ran = titan(capsys, "-")
    assert (ran.code, ran.out) == (2, "")
    assert "the request body is larger than 25,000,000 bytes" in ran.err
    assert endless.buffer.tell() == 25_000_001


def test_another_book_by_version(capsys: pytest.CaptureFixture[str], body: Path) -> None:
    ran = titan(capsys, body, "--price-book", "2026-representative", "--format", "json")
    value = json.loads(ran.out)
    assert (value["price_book"], value["cost"]) == ("2026-representative", "0.03")
    assert [problem["code"] for problem in value["problems"]] == ["representative", "unverified"]


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (b"", [], "the request body is empty; send a JSON object  [empty-body]"),
        (b"\x89PNG\r\n", [], "is not UTF-8 text (byte 0)"),
        (b"[" * 100_000, [], "is nested too deeply"),
        (b'{"taskType": "TEXT_IMAGE"}', [], "textToImageParams is missing"),
        (json.dumps(text_image(numberOfImages=6)).encode(), [], "numberOfImages is 6; AWS takes 1 to 5"),
        (json.dumps(text_image(width=1280, height=720)).encode(), [], "the nearest it makes is 1280x768"),
        (
            json.dumps(text_image("\x1b[31m", quality="\x1b[31m\u202e")).encode(),
            [],
            r"quality is '\x1b[31m\u202e'",
        ),
        (json.dumps(ASKED).encode(), ["--region", "eu-west-1"], "is not offered in 'eu-west-1'"),
        (json.dumps(ASKED).encode(), ["--price-book", "1999-01-01"], "'1999-01-01' is not a price book"),
        (json.dumps(ASKED).encode(), ["--on", "1999-01-01"], "has no price for"),
        (json.dumps(ASKED).encode(), ["--on", "yesterday"], "'yesterday' is not a day such as 2026-12-01"),
        (json.dumps(ASKED).encode(), ["--model", "gpt-image-1"], "'gpt-image-1' is not an image model"),
        (json.dumps(ASKED).encode(), ["--model", ""], "'' is not an image model"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, arguments: list[str], said: str
) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(content)
    ran = titan(capsys, path, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if not line.startswith(("usage:", " "))]) == 1


def test_a_body_that_cannot_be_read_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, why in ((tmp_path / "none.json", "No such file or directory"), (tmp_path, "Is a directory")):
        ran = titan(capsys, name)
        assert (ran.code, ran.out) == (2, "")
        assert f"{name} cannot be read: {why}; name a file that holds the request body as JSON" in ran.err
    assert "cannot be read" in titan(capsys, "a\0b").err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_body_is_said(capsys: pytest.CaptureFixture[str], body: Path) -> None:
    body.chmod(0)
    assert "cannot be read: Permission denied" in titan(capsys, body).err


def test_standard_input_works_through_a_real_pipe() -> None:
    model = "us.stability.stable-outpaint-v1:0"
    asked = json.dumps(SERVICES[model.removeprefix("us.")]).encode()
    command = [sys.executable, "-m", "planner", "quote", "--model", model, "--body", "-", "--format", "json"]
    ran = subprocess.run(command, input=asked, capture_output=True, check=True)
    assert json.loads(ran.stdout)["size"] == "1024x584"


def test_the_model_and_the_body_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    ran = bursar(capsys, "quote", "--model", CORE)
    assert (ran.code, "--body" in ran.err) == (2, True)
