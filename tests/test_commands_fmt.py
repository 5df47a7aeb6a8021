"""`bursar fmt`: files replaced whole or left alone, a check for CI, and what was said on the way."""

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support import Ran, bursar

Capture = pytest.CaptureFixture[str]
UNTIDY = "budgets:\n- {limit_usd: 1000, name: b} # kept\nname: x\n"
TIDY = "name: x\n\nbudgets:\n  - {name: b, limit_usd: 1_000} # kept\n"
BROKEN = "nam: x\nbudgets: []\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def piped(monkeypatch: pytest.MonkeyPatch, capsys: Capture, content: bytes, *options: str) -> Ran:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return bursar(capsys, "fmt", "-", *options)


def test_it_formats_files_and_says_which(capsys: Capture) -> None:
    Path("a.yaml").write_text(UNTIDY)
    Path("b.yaml").write_text(TIDY)
    ran = bursar(capsys, "fmt", "a.yaml", "b.yaml")
    assert (ran.code, ran.out, ran.err) == (0, "formatted a.yaml\n", "1 file formatted, 1 already were\n")
    assert Path("a.yaml").read_text() == TIDY
    again = bursar(capsys, "fmt", "a.yaml", "b.yaml")
    assert (again.code, again.out, again.err) == (0, "", "2 files already formatted\n")


def test_check_lists_what_would_change_and_the_command_and_writes_nothing(capsys: Capture) -> None:
    Path("my a.yaml").write_text(UNTIDY)
    Path("b.yaml").write_text(TIDY)
    ran = bursar(capsys, "fmt", "--check", "my a.yaml", "b.yaml")
    assert (ran.code, ran.out) == (1, "my a.yaml\n")
    assert ran.err == "1 of 2 files would change; to format: bursar fmt 'my a.yaml' b.yaml\n"
    assert Path("my a.yaml").read_text() == UNTIDY
    assert bursar(capsys, "fmt", "--check", "b.yaml").code == 0


def test_diff_shows_what_would_change_and_writes_nothing(capsys: Capture) -> None:
    Path("a.yaml").write_text(UNTIDY)
    ran = bursar(capsys, "fmt", "--diff", "a.yaml")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "--- a.yaml",
        "+++ a.yaml formatted",
        "@@ -1,3 +1,4 @@",
        "+name: x",
        "+",
        " budgets:",
        "-- {limit_usd: 1000, name: b} # kept",
        "-name: x",
        "+  - {name: b, limit_usd: 1_000} # kept",
    ]
    assert Path("a.yaml").read_text() == UNTIDY


def test_a_folder_means_its_scenarios_and_policies(capsys: Capture) -> None:
    """Other tools' files, hidden folders and price books are passed over; a broken scenario is told."""
    for name, text in (
        ("deep/er/a.yaml", UNTIDY),
        ("deep/b.yml", UNTIDY),
        ("bursar.yaml", "policies: [{price_book: {max_age_days: 9}, name: p}]\n"),
        ("compose.yaml", "services: {web: {image: x}}\n"),
        (".hidden/c.yaml", UNTIDY),
        ("notes.txt", UNTIDY),
        ("broken.yaml", f"{BROKEN}credits: []\n"),
        ("list.yaml", "- a\n"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    ran = bursar(capsys, "fmt", ".")
    assert ran.code == 2
    assert ran.out.splitlines() == [
        "formatted ./deep/b.yml",
        "formatted ./deep/er/a.yaml",
        "formatted ./bursar.yaml",
    ]
    assert ran.err.splitlines()[0].startswith("./broken.yaml:1:1: error: ")
    assert (
        ran.err.splitlines()[-1]
        == "3 files formatted, 0 already were; 1 file could not be formatted and was left alone"
    )
    assert Path("broken.yaml").read_text().startswith(BROKEN)
    assert Path(".hidden/c.yaml").read_text() == UNTIDY


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BROKEN.encode(), "s.yaml:1:1: error: nam: is not a known key; did you mean name?"),
        (b"name: [", "s.yaml:1:8: error: a value is expected here"),
        (b"", "s.yaml: error: the file is empty"),
        (b"\x00", "s.yaml: error: is binary data"),
        (b"\xff\xfen", "s.yaml: error: is UTF-16 text"),
        (b"name: &a x\n", "anchors (&) and aliases (*) are not read"),
        (b'name: "\\e[31m"\n', "control or invisible character"),
    ],
)
def test_a_file_that_is_not_valid_is_left_alone(capsys: Capture, content: bytes, said: str) -> None:
    Path("s.yaml").write_bytes(content)
    ran = bursar(capsys, "fmt", "s.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "\x1b" not in ran.err
    assert Path("s.yaml").read_bytes() == content


def test_what_does_not_exist_or_holds_no_scenario_is_bad_input(capsys: Capture) -> None:
    assert "there is no such file" in bursar(capsys, "fmt", "none.yaml").err
    Path("empty").mkdir()
    ran = bursar(capsys, "fmt", "empty")
    assert (ran.code, ran.err) == (
        2,
        "bursar: no scenario in empty; name a file, or a folder that has one\n",
    )


def test_the_mode_stays_and_nothing_else_is_left_behind(capsys: Capture) -> None:
    path = Path("s.yaml")
    path.write_text(UNTIDY)
    path.chmod(0o640)
    bursar(capsys, "fmt", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir() == ["s.yaml"]  # noqa: PTH208 - hidden files too


def test_a_link_stays_a_link_and_its_file_is_formatted_once(capsys: Capture) -> None:
    Path("real").mkdir()
    Path("real/s.yaml").write_text(UNTIDY)
    Path("link.yaml").symlink_to("real/s.yaml")
    ran = bursar(capsys, "fmt", "link.yaml", "real")
    assert ran.out == "formatted link.yaml\n"
    assert Path("link.yaml").is_symlink()
    assert Path("real/s.yaml").read_text() == TIDY


def test_a_file_that_cannot_be_replaced_is_told_and_left(capsys: Capture) -> None:
    """Its temporary neighbour would have too long a name."""
    path = Path("x" * 250 + ".yaml")
    path.write_text(UNTIDY)
    ran = bursar(capsys, "fmt", path)
    assert (ran.code, ran.out, path.read_text()) == (2, "", UNTIDY)
    assert "cannot be written: File name too long; it was left as it is" in ran.err


def test_line_ends_a_byte_order_mark_and_a_missing_last_line_end(capsys: Capture) -> None:
    """Line ends stay, the mark goes, the last line ends."""
    path = Path("s.yaml")
    path.write_bytes(b"\xef\xbb\xbfname: x # c\r\nladder: []")
    assert bursar(capsys, "fmt", "--check", path).code == 1
    assert bursar(capsys, "fmt", path).code == 0
    assert path.read_bytes() == b"name: x # c\r\nladder: []\r\n"
    assert bursar(capsys, "fmt", "--check", path).code == 0
    path.write_bytes(b"\xef\xbb\xbfname: x # c\r\nladder: []\r\n")
    assert (
        bursar(capsys, "fmt", "--diff", path).out
        == "s.yaml: only line ends or a byte order mark would change\n"
    )


def test_standard_input_is_formatted_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    ran = piped(monkeypatch, capsys, UNTIDY.encode())
    assert (ran.code, ran.out, ran.err) == (0, TIDY, "")
    assert piped(monkeypatch, capsys, UNTIDY.encode(), "--check").code == 1
    assert piped(monkeypatch, capsys, TIDY.encode(), "--check").code == 0
    assert "+name: x" in piped(monkeypatch, capsys, UNTIDY.encode(), "--diff").out
    broken = piped(monkeypatch, capsys, BROKEN.encode())
    assert (broken.code, broken.out) == (2, "")
    assert broken.err.startswith("-:1:1: error: ")
    assert "stands alone" in bursar(capsys, "fmt", "-", "a.yaml").err


def test_a_hostile_file_name_and_text_are_shown_as_text(capsys: Capture) -> None:
    name = "\x1b[31m[red].yaml"
    Path(name).write_text(UNTIDY.replace("kept", "[red]<b> =cmd()"))
    ran = bursar(capsys, "fmt", "--diff", name)
    assert ran.code == 1
    assert "--- \\x1b[31m[red].yaml\n" in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_a_policy_file_may_be_named(capsys: Capture) -> None:
    Path("bursar.yaml").write_text("policies:   []\n")
    ran = bursar(capsys, "fmt", "bursar.yaml")
    assert (ran.code, ran.out) == (0, "formatted bursar.yaml\n")
