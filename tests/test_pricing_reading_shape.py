"""Shapes: what each accepts, what it tells about the rest, and that the schema says the same."""

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from pricing.money import Micros
from pricing.problems import Invalid
from pricing.reading.misfit import UNBOUND
from pricing.reading.nodes import Mapping
from pricing.reading.numeric import Decimal, Integer, Price, Usd
from pricing.reading.scalars import DAY, Choice, Flag, Parsed, Shape, Text
from pricing.reading.shape import Field, ListOf, MapOf, OneOf, Record, Values, bind_document
from pricing.reading.sink import Sink
from pricing.reading.source import parse_document
from pricing.sizes import Size


def bound(shape: Shape[Any], text: str) -> object:
    """The value of a one-value document that has no warnings."""
    value, warnings = bind_document(shape, parse_document(text, "f"))
    assert warnings == ()
    return value


def told(shape: Shape[Any], text: str) -> list[str]:
    """Problems as `line:column where: message; remedy [code]`."""
    try:
        _, problems = bind_document(shape, parse_document(text, "f"))
    except Invalid as invalid:
        problems = invalid.problems
    lines = []
    for problem in problems:
        assert problem.place is not None
        place = f"{problem.place.line}:{problem.place.column}"
        remedy = f"; {problem.remedy}" if problem.remedy else ""
        lines.append(f"{place} {problem.where}: {problem.message}{remedy} [{problem.code}]")
    return lines


PERCENT = Decimal(0, 100)


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        (Text(), "cut out", "cut out"),
        (Text(), "'no'", "no"),
        (Text(dated=True), "2026-07-24", "2026-07-24"),
        (Text(lines=True), "|\n  a\n  b\n", "a\nb\n"),
        (Integer(1, 1000), "4", 4),
        (Integer(1, 1000), "1_000", 1000),
        (Integer(-5, 5), "-5", -5),
        (Integer(1, 9), "'7'", 7),
        (PERCENT, "0.1", Fraction(1, 10)),
        (PERCENT, "0", Fraction(0)),
        (PERCENT, "100", Fraction(100)),
        (Decimal(-100, 10, above=True), "-99.5", Fraction(-199, 2)),
        (Usd(), "25_000", Micros(25_000_000_000)),
        (Usd(), "0.000001", Micros(1)),
        (Price(), "0.0000166667", (Micros(166667), 10_000)),
        (DAY, "2026-11-30", date(2026, 11, 30)),
        (Choice(("yes", "no"), also={"true": "yes"}), "true", "yes"),
        (Flag(), "true", True),
        (Parsed(Size.parse, "a size", {}), "1024x768", Size(1024, 768)),
        (ListOf(Integer(0, 9)), "[1, 2]", (1, 2)),
        (ListOf(Integer(0, 9)), "[]", ()),
        (MapOf(Integer(1, 12), PERCENT), "{11: 1.6, 12: 2}", {11: Fraction(8, 5), 12: Fraction(2)}),
    ],
)
def test_a_value_is_read_exactly(shape: Shape[Any], text: str, value: object) -> None:
    assert bound(shape, text) == value


NUMBER = "must be a number between 0 and 100, got"
NO_OCTAL = "write it without the leading zero, which means octal to some tools"
AS_LIST = "begin each item with - on a line of its own, or write [a, b]"
ALIAS = "anchors (&) and aliases (*) are not read; write the value out where it applies [alias]"
WHOLE = "must be a whole number between 1 and 9, got"
DOLLARS = "must be an amount in US dollars between 0 and 9_000_000_000_000, got"


@pytest.mark.parametrize(
    ("shape", "text", "problem"),
    [
        (PERCENT, "140", "1:1 : must be between 0 and 100, got 140 [out-of-range]"),
        (PERCENT, "-0.01", "1:1 : must be between 0 and 100, got -0.01 [out-of-range]"),
        (
            Decimal(-100, 9, above=True),
            "-100",
            "1:1 : must be above -100 and at most 9, got -100 [out-of-range]",
        ),
        (
            Decimal(0, 100, below=True),
            "100",
            "1:1 : must be at least 0 and below 100, got 100 [out-of-range]",
        ),
        (PERCENT, "1e3", f"1:1 : {NUMBER} 1e3; write it out without an exponent [wrong-value]"),
        (
            PERCENT,
            "1e999999999",
            f"1:1 : {NUMBER} 1e999999999; write it out without an exponent [wrong-value]",
        ),
        (PERCENT, ".nan", f"1:1 : {NUMBER} .nan [wrong-value]"),
        (PERCENT, "12:30", f"1:1 : {NUMBER} 12:30 [wrong-value]"),
        (PERCENT, "no", f"1:1 : {NUMBER} no [wrong-value]"),
        (PERCENT, "5%", f"1:1 : {NUMBER} 5%; write the number alone, without a sign or unit [wrong-value]"),
        (PERCENT, "0x1F", f"1:1 : {NUMBER} 0x1F; write it in decimal [wrong-value]"),
        (
            PERCENT,
            "010",
            f"1:1 : {NUMBER} 010; {NO_OCTAL} [wrong-value]",
        ),
        (
            PERCENT,
            "'1,5'",
            f'1:1 : {NUMBER} "1,5"; group digits with _ and begin decimals with . : 1_000.50 [wrong-value]',
        ),
        (PERCENT, "[1]", f"1:1 : {NUMBER} a list of 1 [wrong-value]"),
        (PERCENT, "{a: 1}", f"1:1 : {NUMBER} a mapping (a) [wrong-value]"),
        (Integer(1, 9), "10", "1:1 : must be between 1 and 9, got 10 [out-of-range]"),
        (Integer(1, 9), "1.5", f"1:1 : {WHOLE} 1.5 [wrong-value]"),
        (Integer(1, 9), "²", f"1:1 : {WHOLE} ² [wrong-value]"),
        (Usd(), "-1", "1:1 : must be between 0 and 9_000_000_000_000, got -1 [out-of-range]"),
        (
            Usd(),
            "0.0000001",
            "1:1 : '0.0000001' is finer than a millionth of a dollar [not-an-amount]",
        ),
        (Usd(), "$5", f"1:1 : {DOLLARS} $5; write the number alone, without a sign or unit [wrong-value]"),
        (Price(), "0", "1:1 : must be above 0 and at most 9_000_000_000_000, got 0 [out-of-range]"),
        (DAY, "2026-02-30", "1:1 : must be a day such as 2026-11-30, got 2026-02-30 [wrong-value]"),
        (DAY, "20261130", "1:1 : must be a day such as 2026-11-30, got 20261130 [wrong-value]"),
        (DAY, "", "1:1 : has no value; give a day such as 2026-11-30, or take it out [no-value]"),
        (Flag(), "yes", "1:1 : must be true or false, got yes [wrong-value]"),
        (
            Choice(("day", "month")),
            "mont",
            "1:1 : must be one of day, month, got mont; did you mean month? [wrong-value]",
        ),
        (Text(), "~", "1:1 : has no value; give text, or take it out [no-value]"),
        (Text(), "''", '1:1 : must be text, got "" [wrong-value]'),
        (Text(3), "four", "1:1 : is 4 characters long, more than 3; shorten it [too-long]"),
        (Text(), '"a\\nb"', "1:1 : must be one line; take line breaks and tabs out [control-character]"),
        (
            Text(pattern=re.compile("[a-z]+"), expected="a word"),
            "a1",
            "1:1 : must be a word, got a1 [wrong-value]",
        ),
        (ListOf(Flag(), least=1), "[]", "1:1 : needs at least 1, got an empty list [too-short]"),
        (
            ListOf(Flag()),
            "true",
            f"1:1 : must be a list, got true; {AS_LIST} [wrong-value]",
        ),
        (
            MapOf(Integer(1, 12), Flag()),
            "{13: true}",
            "1:2 13: must be between 1 and 12, got 13 [out-of-range]",
        ),
        (
            MapOf(Integer(1, 12), Flag()),
            "{1: true, +1: true}",
            '1:11 "+1": says the same as a key above; delete one [duplicate-key]',
        ),
    ],
)
def test_a_misfit_says_what_is_expected_what_was_found_and_how_to_write_it(
    shape: Shape[Any], text: str, problem: str
) -> None:
    if text:
        assert told(shape, text) == [problem]
    else:
        assert told(MapOf(Text(), shape), "k:")[0].split(" ", 2)[2] == problem.split(" : ")[1]


def test_a_number_of_five_thousand_digits_is_one_short_line() -> None:
    (problem,) = told(Integer(1, 9), "9" * 5000)
    assert problem == f"1:1 : {WHOLE} {'9' * 59}… [wrong-value]"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("no", "false"),
        ("On", "true"),
        ("12:30", "a number (base 60)"),
        ("010", "an octal number"),
        ("0x1F", "a number"),
        ("1_000", "a number"),
        ("1e3", "a number"),
        ("2026", "a number"),
        ("2026-12-01", "a date"),
        (".inf", "a number"),
    ],
)
def test_plain_text_that_other_tools_read_otherwise_is_kept_with_a_warning(text: str, other: str) -> None:
    assert told(Text(), text) == [
        f'1:1 : {text} is text here but {other} to other YAML tools; quote it: "{text}" [yaml-1.1]'
    ]


@pytest.mark.parametrize(
    "text", ["'010'", "v1", "1024x1024", "Nora", "stability.x-v1:0", "us-west-2", "1.2.3"]
)
def test_text_that_every_tool_reads_alike_is_not_nagged_about(text: str) -> None:
    assert told(Text(), text) == []


@dataclass(frozen=True)
class Window:
    """A record with a rule across its fields and one of its own."""

    name: str
    first: int = 0
    last: int = 9

    def __post_init__(self) -> None:
        if self.name == "nobody":
            raise ValueError("a window must be somebody's")


def _in_order(values: Values, node: Mapping, sink: Sink) -> None:
    if values.get("first", 0) > values.get("last", 9):
        sink.error("order", node, "ends before it begins", "swap them", key="to", at=node.get("to"))


WINDOW = Record(
    Window,
    (
        Field("name", Text(), "Whose.", required=True),
        Field("from", Integer(0, 9), "First.", name="first", default=0),
        Field("to", Integer(0, 9), "Last.", name="last"),
    ),
    title="a window",
    check=_in_order,
)


def test_a_record_becomes_its_object_and_leaves_defaults_to_it() -> None:
    assert bound(WINDOW, "{name: a, from: 3}") == Window("a", 3, 9)


def test_every_problem_of_a_record_is_told_at_once_siblings_included() -> None:
    assert told(
        ListOf(WINDOW), "- {nam: a, from: 10}\n- {name: b, from: 8, to: 2}\n- 5\n- {name: nobody}\n"
    ) == [
        "1:3 [0].name: is missing; add it: text [missing-key]",
        "1:4 [0].nam: is not a known key; did you mean name? [unknown-key]",
        "1:18 [0].from: must be between 0 and 9, got 10 [out-of-range]",
        "2:26 [1].to: ends before it begins; swap them [order]",
        "3:3 [2]: must be a window (name, from, to), got 5; write key: value [wrong-value]",
        "4:3 [3]: a window must be somebody's [wrong-value]",
    ]


def test_a_rule_across_fields_runs_on_the_fields_that_are_right() -> None:
    lines = told(WINDOW, "{name: [], from: 5, to: 4}")
    assert [line.split(" ")[-1] for line in lines] == ["[wrong-value]", "[order]"]


def test_what_the_parser_refused_is_not_told_twice() -> None:
    assert told(ListOf(WINDOW), "- {name: &n a}\n- {name: *n}") == [f"1:10 [0].name: {ALIAS}"]


def test_a_digit_group_split_by_a_comma_is_explained() -> None:
    assert (
        "1:11 000: is not a known key; a comma separates entries: group digits with _ [unknown-key]"
        in told(WINDOW, "{name: a, 000: }")
    )


LIMITED: Record[dict[str, object]] = Record(
    dict,
    (
        Field("usd", Usd(), "Amount."),
        Field("share", PERCENT, "Share."),
        Field("day", DAY, "Day."),
        Field("until", DAY, "Last."),
    ),
    title="a limit",
    one_of=("usd", "share"),
    together={"until": ("day",)},
)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{usd: 1}", []),
        ("{}", ["1:1 : needs one of usd, share; add one [missing-key]"]),
        ("{usd: 1, share: 2}", ["1:10 share: cannot stand beside usd; keep one of them [one-of]"]),
        (
            "{usd: 1, until: 2026-01-01}",
            ["1:1 day: is missing, though until is given; add it [missing-key]"],
        ),
    ],
)
def test_keys_that_exclude_or_need_one_another(text: str, problems: list[str]) -> None:
    assert told(LIMITED, text) == problems


EITHER: OneOf[object] = OneOf(
    {"name": WINDOW, "usd": LIMITED, "share": LIMITED}, expected="a window or a limit"
)


def test_a_mapping_of_several_kinds_is_told_apart_by_its_keys() -> None:
    assert bound(EITHER, "{name: a}") == Window("a")
    assert bound(EITHER, "{share: 5}") == {"share": Fraction(5)}
    assert told(EITHER, "{nmae: a}") == [
        "1:1 : must be a window or a limit, got a mapping (nmae); did you mean name? [wrong-value]"
    ]


def test_two_items_of_a_list_do_not_share_a_name() -> None:
    assert told(ListOf(WINDOW, unique="name"), "- {name: a}\n- {name: b, to: 99}\n- {name: a}") == [
        "2:17 [1].to: must be between 0 and 9, got 99 [out-of-range]",
        "3:10 [2].name: a is already taken on line 1; give each its own [duplicate-name]",
    ]


def test_a_record_writes_its_schema() -> None:
    assert WINDOW.json_schema() == {
        "type": "object",
        "properties": {
            "name": {"description": "Whose.", "type": "string", "minLength": 1, "maxLength": 200},
            "from": {"description": "First.", "type": "integer", "minimum": 0, "maximum": 9, "default": 0},
            "to": {"description": "Last.", "type": "integer", "minimum": 0, "maximum": 9},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    assert LIMITED.json_schema()["oneOf"] == [{"required": ["usd"]}, {"required": ["share"]}]
    assert LIMITED.json_schema()["dependentRequired"] == {"until": ["day"]}


def test_amounts_are_a_number_or_text_with_underscores_to_editors() -> None:
    assert Decimal(0, 100, below=True).json_schema() == {
        "type": ["number", "string"],
        "minimum": 0,
        "exclusiveMaximum": 100,
        "pattern": r"^(0|[1-9][0-9]*(_[0-9]+)*)(\.[0-9]+)?$",
    }


def test_binding_nothing_answers_unbound_and_tells_the_sink() -> None:
    sink = Sink()
    root = parse_document("5", "f").root
    assert root is not None
    assert WINDOW.bind(root, sink) is UNBOUND
    assert sink.errors == 1
