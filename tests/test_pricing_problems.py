"""How problems are shown: place, excerpt, underline, and nothing that could steer a terminal."""

import pytest

from pricing.printable import printable
from pricing.problems import Invalid, Place, Problem, render


def test_a_problem_shows_place_path_remedy_code_and_the_underlined_line() -> None:
    problem = Problem(
        "error", "unknown-key", "b.kay", "is not a known key", "did you mean key?", Place(2, 3, 3)
    )
    assert render([problem], "f.yaml", ["b:", "  kay: 1"]) == (
        "f.yaml:2:3: error: b.kay: is not a known key; did you mean key?  [unknown-key]\n"
        "    2 |   kay: 1\n"
        "      |   ^^^"
    )


def test_a_problem_of_the_whole_file_is_one_line() -> None:
    problem = Problem("error", "missing-file", "", "there is no such file")
    assert render([problem], "gone.yaml") == "gone.yaml: error: there is no such file  [missing-file]"


def test_invalid_reads_as_its_rendered_problems() -> None:
    invalid = Invalid([Problem("warning", "w", "a", "looks odd"), Problem("error", "e", "", "is wrong")], "f")
    assert str(invalid) == "f: warning: a: looks odd  [w]\nf: error: is wrong  [e]"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x07", "\\x07"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202eevil", "\\u202eevil"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("unassigned \u0378", "unassigned \\u0378"),
        ("inkless \u3164", "inkless \\u3164"),
        ("no\u00a0break", "no\\xa0break"),
        ("Zürich 東京\u3000é ❤️", "Zürich 東京\u3000é ❤️"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_hidden_characters_become_visible_escapes_and_long_text_is_cut(raw: str, shown: str) -> None:
    assert printable(raw) == shown


def test_the_underline_stands_below_escapes_and_wide_characters() -> None:
    problem = Problem("error", "e", "", "here", place=Place(1, 4, 2))
    assert render([problem], "f", ["\x07東aXY"]).splitlines()[1:] == [
        "    1 | \\x07東aXY",
        "      |        ^^",
    ]


def test_a_long_line_is_shown_around_its_place() -> None:
    problem = Problem("error", "e", "", "here", place=Place(1, 501, 3))
    excerpt, underline = render([problem], "f", ["a" * 500 + "XYZ" + "b" * 500]).splitlines()[1:]
    assert excerpt == "    1 | …" + "a" * 25 + "XYZ" + "b" * 70 + "…"
    assert underline == "      | " + " " * 26 + "^^^"


def test_file_names_and_paths_are_shown_escaped() -> None:
    shown = render([Problem("error", "e", "a\x1b", "bad \x1b[2J")], "f\x1b.yaml")
    assert shown == "f\\x1b.yaml: error: a\\x1b: bad \\x1b[2J  [e]"
