"""Hostile and careless YAML: every problem is one clear line with its place, and nothing crashes or hangs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.problems import Invalid, render
from pricing.reading.nodes import Document, Mapping, Node, Scalar, Sequence
from pricing.reading.source import parse_document, read_document


def said(source: str | bytes) -> list[str]:
    """What a source is told, without excerpts."""
    try:
        document = parse_document(source, "f.yaml")
    except Invalid as invalid:
        return render(invalid.problems, invalid.file).splitlines()
    return render(document.problems, document.file).splitlines()


def plain(node: Node | None) -> object:
    """Nodes as Python values, scalars as text."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else None


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


EMPTY = "f.yaml: error: the file is empty; it needs at least a name  [empty-file]"
ALIAS = "anchors (&) and aliases (*) are not read; write the value out where it applies  [alias]"
MERGE = 'b."<<": merge keys (<<) are not read; write the keys out  [merge-key]'
NO_TAGS = "is not read; take it out: values need no tags  [tag]"
ONLY_LAST = "delete one: YAML tools keep only the last  [duplicate-key]"
SECOND = "a second document begins here; keep one in a file  [several-documents]"
TAB = "a tab stands where YAML wants spaces; indent with spaces  [syntax]"
ESCAPE = "has a control or invisible character; take the escape out  [control-character]"
TAKE_OUT = "take it out  [control-character]"
KEY = "a key must be text, not a mapping; quote it if it is text  [key-not-text]"
TWO_COLONS = 'a key is not expected here; quote text that holds ": ", or check the indentation  [syntax]'
OPEN_LIST = "a list in brackets is not closed (in what begins on line 1); close it with ]  [syntax]"
OPEN_QUOTES = "the file ends inside quotes or brackets; close them  [syntax]"
RESERVED = "this character cannot begin a value; put the text in quotes  [syntax]"
BINARY = "f.yaml: error: is binary data, not YAML text  [binary-file]"
NOT_UTF8 = "is not UTF-8 text: byte 0xe9 at line 2, column 4; save it as UTF-8  [encoding]"
TOO_LARGE = "is larger than 1,000,000 bytes; split it into several scenarios  [too-large]"
PYTHON_TAG = "tag:yaml.org,2002:python/object/apply:os.system"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", EMPTY),
        (b"", EMPTY),
        ("# nothing\n", EMPTY),
        (BOMB, f"f.yaml:1:4: error: a: {ALIAS}"),
        ("a: &a [*a]", f"f.yaml:1:4: error: a: {ALIAS}"),
        ("a: &x 1\nb: *x\nc: *x", f"f.yaml:1:4: error: a: {ALIAS}"),
        ("b: {<<: {a: 1}}", f"f.yaml:1:5: error: {MERGE}"),
        (
            "a: !!python/object/apply:os.system [true]",
            f"f.yaml:1:4: error: a: the tag {PYTHON_TAG} {NO_TAGS}",
        ),
        ("a: !mine 1", f"f.yaml:1:4: error: a: the tag !mine {NO_TAGS}"),
        ("a: 1\nb:\n  c: 2\na: 3", f"f.yaml:4:1: error: a: duplicate key, first on line 1; {ONLY_LAST}"),
        ("a: 1\n---\nb: 2", f"f.yaml:2:1: error: {SECOND}"),
        ("a:\n\tb: 1", f"f.yaml:2:1: error: {TAB}"),
        ("a: x\x07y", f"f.yaml:1:5: error: has the control or invisible character \\x07; {TAKE_OUT}"),
        ("a: b\u202ec", f"f.yaml:1:5: error: has the control or invisible character \\u202e; {TAKE_OUT}"),
        ("\ud800", f"f.yaml:1:1: error: has the control or invisible character \\ud800; {TAKE_OUT}"),
        ('a: "\\u202e"', f"f.yaml:1:4: error: a: {ESCAPE}"),
        ("{{name}: 1}", f"f.yaml:1:2: error: {KEY}"),
        ("a: b: c", f"f.yaml:1:5: error: {TWO_COLONS}"),
        ("a: [1, 2\nb: 3", f"f.yaml:2:2: error: {OPEN_LIST}"),
        ('a: "b', f"f.yaml:1:6: error: {OPEN_QUOTES}"),
        ("a: @b", f"f.yaml:1:4: error: {RESERVED}"),
        (b"\x89PNG\r\n\x1a\n\0\0", BINARY),
        (b"a: 1\nb: \xe9", f"f.yaml:2:4: error: {NOT_UTF8}"),
        ("a: 1".encode("utf-16"), "f.yaml: error: is UTF-16 text; save it as UTF-8  [encoding]"),
        ("a: 1".encode("utf-32"), "f.yaml: error: is UTF-32 text; save it as UTF-8  [encoding]"),
        (b"#" * 1_000_001, f"f.yaml: error: {TOO_LARGE}"),
        ("é" * 500_001, f"f.yaml: error: {TOO_LARGE}"),
    ],
    ids=range(27),
)
def test_each_hostile_source_is_one_precise_line(source: str | bytes, told: str) -> None:
    assert said(source) == [told]


def test_every_problem_is_reported_at_once_in_the_order_of_the_file() -> None:
    assert [line.split(": error")[0] for line in said("a: !x 1\na: 2\nb: &c 3\n<<: 4\nb: 5\n")] == [
        "f.yaml:1:4",
        "f.yaml:2:1",
        "f.yaml:3:4",
        "f.yaml:4:1",
        "f.yaml:5:1",
    ]


def test_beyond_a_hundred_problems_only_their_number_is_told() -> None:
    lines = said("a: 1\n" * 1001)
    assert len(lines) == 101
    assert lines[-1] == "f.yaml: error: and 900 more errors that are not shown  [too-many]"


def test_scalars_stay_the_text_they_were_written_as() -> None:
    source = "[no, 12:30, 010, 1_000, 1e3, 0x1F, 0.10, .nan, 2026-12-01, ~, '5', \"a\\tb\"]"
    assert plain(parse_document(source, "f").root) == [
        *("no", "12:30", "010", "1_000", "1e3", "0x1F", "0.10", ".nan", "2026-12-01", "~", "5", "a\tb")
    ]


def test_a_byte_order_mark_and_carriage_returns_change_no_place() -> None:
    assert said(b"\xef\xbb\xbfa: 1\r\nb: 2\r\na: 3\r\n") == [
        f"f.yaml:3:1: error: a: duplicate key, first on line 1; {ONLY_LAST}"
    ]


def test_columns_count_characters_not_bytes() -> None:
    assert said("é: {ü: 1, ü: 2}")[0].startswith("f.yaml:1:11: error: é.ü: duplicate key")


def test_joiners_that_scripts_need_are_kept() -> None:
    assert plain(parse_document("a: می\u200cخواهم 👩\u200d🎨", "f").root) == {"a": "می\u200cخواهم 👩\u200d🎨"}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_endless_nesting_is_refused_without_a_crash(opening: str) -> None:
    """In a process of its own: PyYAML's composer in C ends the process on the first of these."""
    program = (
        "from pricing.reading.source import parse_document\n"
        f"document = parse_document({opening!r} * (900_000 // {len(opening)}), 'f')\n"
        "print(document.root, document.problems[-1].code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "None too-deep", "")


def test_fifty_levels_are_read_and_the_next_one_is_refused() -> None:
    assert said("[" * 50 + "]" * 50) == []
    assert said("[" * 51 + "]" * 51) == [
        "f.yaml:1:51: error: is nested more than 50 deep; flatten it  [too-deep]"
    ]


def test_the_parser_written_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "a: [1, 'x', {b: \"c\"}]\nd: |\n  text\nd: 1\n"
    fast = parse_document(source, "f")
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    slow = parse_document(source, "f")
    assert plain(slow.root) == plain(fast.root) == {"a": ["1", "x", {"b": "c"}], "d": "text\n"}
    assert slow.problems == fast.problems


def test_a_place_is_found_by_path_or_by_the_nearest_parent_that_is_there() -> None:
    document = parse_document('a:\n  - b: 1\n  - {c d: [x, y]}\n"q.r": 2\n', "f")

    def at(where: str) -> tuple[int, int, int]:
        place = document.place(where)
        assert place is not None
        return place.line, place.column, place.length

    assert at("a[0].b") == (2, 8, 1)
    assert at('a[1]."c d"[1]') == (3, 15, 1)
    assert at("a[1]") == (3, 5, 13)
    assert at("a[0].gone.deeper") == (2, 5, 1)
    assert at("a[99]") == (2, 3, 1)
    assert at('"q.r"') == (4, 8, 1)
    assert at("") == (1, 1, 1)


def reason(path: str | Path) -> str:
    with pytest.raises(Invalid) as caught:
        read_document(path)
    (line,) = render(caught.value.problems, "F").splitlines()
    return line


def test_a_missing_file_names_the_file_beside_it_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "marketplace-catalogue.yaml").write_text("name: x")
    assert reason(tmp_path / "marketplace-catalog.yaml") == (
        "F: error: there is no such file; did you mean marketplace-catalogue.yaml?  [missing-file]"
    )


def test_a_directory_a_pipe_and_a_device_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path) == "F: error: is a directory; give the path of one YAML file in it  [not-a-file]"
    told = "F: error: is not a regular file; give the path of a YAML file  [not-a-file]"
    assert reason(tmp_path / "pipe") == told
    assert reason("/dev/zero") == told


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/etc/passwd/x.yaml", "cannot be read: Not a directory"),
        ("x" * 5000, "cannot be read: File name too long"),
        ("a\0b", "cannot be read: its name has a null character"),
    ],
)
def test_a_path_that_cannot_be_opened_says_why(path: str, told: str) -> None:
    assert reason(path) == f"F: error: {told}  [unreadable-file]"


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root reads everything, so it steps down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    file = tmp_path / "locked.yaml"
    file.write_text("name: x")
    file.chmod(0)
    with unprivileged():
        told = reason(file)
    assert told == "F: error: cannot be read: permission denied  [unreadable-file]"


def test_a_file_just_over_the_limit_is_not_read_further(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 1_000_000)
    assert read_document(large).problems[0].code == "empty-file"
    large.write_bytes(b"#" * 1_000_001)
    assert reason(large).endswith(
        "is larger than 1,000,000 bytes; split it into several scenarios  [too-large]"
    )


def _parses_or_is_invalid(parse: Callable[[], Document]) -> None:
    try:
        document = parse()
    except Invalid as invalid:
        shown = str(invalid)
    else:
        assert document.root is not None or document.problems
        shown = render(document.problems, document.file, document.lines)
    assert shown.replace("\n", "").isprintable()


@given(st.binary(max_size=400))
def test_any_bytes_are_a_document_or_a_clear_problem(source: bytes) -> None:
    _parses_or_is_invalid(lambda: parse_document(source, "f"))


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t\\x01\x1b\u202e.", max_size=80))
@settings(max_examples=300)
def test_any_soup_of_yaml_signs_is_a_document_or_a_clear_problem(source: str) -> None:
    _parses_or_is_invalid(lambda: parse_document(source, "f"))


def test_what_is_missing_at_the_end_of_a_file_is_marked_on_its_last_line() -> None:
    """The parser notices after the last line break; there is no such line to show."""
    (problem,) = parse_document("name: a\nbudgets:\n  - {name: b, per:\n\n", "x.yaml").problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (3, 19)
