"""Formatting: one order and one spelling, nothing said differently, every comment beside what it speaks of."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.formatting import formatted
from planner.review.file import Reviewer
from planner.scenario_file import read_scenario
from pricing.problems import Invalid, Problem
from pricing.reading.nodes import Mapping as MappingNode
from pricing.reading.nodes import Scalar, nearest_node, paths
from pricing.reading.source import parse_document
from tests.commented import Writer, scenario_tree
from tests.support import AS_OF

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "scenarios").glob("*.yaml"))
CORPUS = sorted(path for path in (ROOT / "tests").rglob("*.yaml") if path.is_file())
_TOLD = re.compile(r"# (?:bursar: ignore )?(above|beside|tail) (.*?) ?(\d+)$", re.MULTILINE)


def fmt(text: str) -> str:
    """The formatted text of a scenario; `text` may be indented."""
    return formatted(dedent(text).lstrip("\n"), "test.yaml")


def scenario(lines: str) -> str:
    """What `lines` become in a scenario that needs nothing else."""
    return fmt(f"name: x\n{dedent(lines).lstrip()}").removeprefix("name: x\n").lstrip("\n")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_any_layout_keeps_its_meaning_and_each_comment_its_place(seed: int) -> None:
    random = Random(seed)
    text = Writer(random).document(scenario_tree(random))
    result = formatted(text, "test.yaml")
    assert read_scenario(result, "f").scenario == read_scenario(text, "f").scenario
    assert formatted(result, "test.yaml") == result
    assert sorted(_TOLD.findall(result)) == sorted(_TOLD.findall(text))
    misplaced = [told for told in _TOLD.finditer(result) if not _in_place(told, result)]
    assert misplaced == []
    for key, numbers in _numbers(result).items():
        assert numbers == sorted(numbers), key


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_two_layouts_of_one_scenario_without_comments_differ_in_brackets_and_their_quotes_alone(
    seed: int, other: int
) -> None:
    tree = scenario_tree(Random(seed))
    first, second = (
        formatted(Writer(Random(layout), comments=False).document(tree), "f") for layout in (seed, other)
    )
    assert _bare(first) == _bare(second)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_what_a_comment_sets_aside_stays_set_aside_and_nothing_else(seed: int) -> None:
    """A review of any layout, with an ignore at the line of one of its values, finds the same when it is formatted."""
    random = Random(seed)
    text = Writer(random, comments=False).document(scenario_tree(random))
    reviewer = Reviewer(AS_OF)
    begins, root = _begins(text), parse_document(text, "f").root
    assert root is not None
    on_keys = [
        problem
        for problem in reviewer.review_source(text, "t.yaml").findings
        if problem.place and begins.get(problem.where) == problem.place.line - 1
        if isinstance(nearest_node(root, problem.where), Scalar)
    ]
    if not on_keys:
        return
    chosen = random.choice(on_keys)
    lines = text.split("\n")
    at = begins[chosen.where]
    if random.random() < 0.5:
        lines[at] += f" # bursar: ignore {chosen.code} as agreed"
    else:
        indent = len(lines[at]) - len(lines[at].lstrip())
        lines.insert(at, f"{' ' * indent}# bursar: ignore {chosen.code} as agreed")
    written = "\n".join(lines)
    before, after = (
        reviewer.review_source(each, "t.yaml") for each in (written, formatted(written, "t.yaml"))
    )
    assert _codes(each.problem for each in after.ignored) == _codes(each.problem for each in before.ignored)
    assert _codes(after.findings) == _codes(before.findings)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_problem_or_keeps_its_meaning(written: str) -> None:
    text = f"name: x # {written}\nbudgets:\n- name: {written}\n  limit_usd: 5\n"
    try:
        before = read_scenario(text, "f").scenario
    except Invalid:
        with pytest.raises(Invalid):
            formatted(text, "f")
        return
    assert read_scenario(formatted(text, "f"), "f").scenario == before


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_are_formatted(path: Path) -> None:
    text = path.read_text("utf-8")
    assert formatted(text, str(path)) == text


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_valid_file_of_the_tests_keeps_its_meaning_and_comments(path: Path) -> None:
    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
        before = read_scenario(text, str(path)).scenario
    except (Invalid, UnicodeDecodeError):
        return
    result = formatted(text, str(path))
    assert read_scenario(result, str(path)).scenario == before
    assert formatted(result, str(path)) == result
    assert sorted(re.findall(r"#[^\r\n]*", result)) == sorted(re.findall(r"#[^\r\n]*", text))


def _in_place(told: re.Match[str], text: str) -> bool:
    """Whether a comment stands where it says it belongs, by the lines of the keys and items around it."""
    lines, line = text.split("\n"), text.count("\n", 0, told.start())
    begins = _begins(text)
    kind, where, _ = told.groups()
    if kind == "beside":
        return begins[where] == line
    if kind == "above":
        return begins[where] == next(at for at in range(line, len(lines)) if _is_code(lines[at]))
    before = next(at for at in range(line, -1, -1) if _is_code(lines[at]))
    return any(at == before for below, at in begins.items() if below.startswith(where))


def _codes(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    return sorted((problem.code, problem.where) for problem in problems if problem.code != "yaml-1.1")


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _begins(text: str) -> Mapping[str, int]:
    """The line on which each key or item begins, from 0."""
    root = parse_document(text, "f").root
    assert isinstance(root, MappingNode)
    begins: dict[str, int] = {}
    for node, where in paths(root):
        if isinstance(node, Scalar) or where not in begins:
            begins.setdefault(where, node.start.line)
    return begins


def _numbers(text: str) -> Mapping[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for kind, where, number in _TOLD.findall(text):
        found.setdefault((kind, where), []).append(int(number))
    return found


def _bare(text: str) -> list[str]:
    """The words of a file without its layout."""
    return re.findall(r"[^\s\[\]{},\"'-]+", text.replace(":", ": "))


def test_keys_take_the_order_of_the_schema_and_lists_keep_theirs() -> None:
    assert fmt(
        """
        expect:
          runway_months: {min: 5}
          out_of_pocket_usd: {max: 0}
        ladder:
        - images: 2
        - {to: b, from: a}
        budgets:
        - per: day
          limit_usd: 5
          name: b
        name: x
        """
    ) == dedent(
        """\
        name: x

        budgets:
          - name: b
            limit_usd: 5
            per: day

        ladder:
          - images: 2
          - {from: a, to: b}

        expect:
          out_of_pocket_usd: {max: 0}
          runway_months: {min: 5}
        """
    )


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("100", "100"),
        ("1000", "1_000"),
        ("1_000", "1_000"),
        ("10_00_000", "1_000_000"),
        ("250000.5", "250_000.5"),
        ("0.50", "0.50"),
        ("+7", "7"),
        ("'25'", "25"),
        ('"1_000.00"', "1_000.00"),
    ],
)
def test_digits_are_grouped_from_a_thousand_on(written: str, spelled: str) -> None:
    assert scenario(f"budgets: [{{name: b, limit_usd: {written}}}]") == (
        f"budgets: [{{name: b, limit_usd: {spelled}}}]\n"
    )


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("'plain'", "plain"),
        ('"a, b: c"', '"a, b: c"'),
        ("'a, b'", "a, b"),
        ('"no"', '"no"'),
        ("'12:30'", '"12:30"'),
        ("'2026-07-24'", '"2026-07-24"'),
        ("'*'", '"*"'),
        ("'say \"hi\"'", 'say "hi"'),
        ("'\"hi\" she said'", "'\"hi\" she said'"),
        ('"it\'s \\"x\\""', 'it\'s "x"'),
        ('"- it\'s \\"x\\""', '"- it\'s \\"x\\""'),
        ("' spaced '", '" spaced "'),
        ("'a # b'", '"a # b"'),
        ("'a#b'", "a#b"),
        ("'null'", '"null"'),
        (">-\n  two\n  lines", "two lines"),
        ("two\n  lines", "two lines"),
    ],
)
def test_text_is_quoted_only_where_something_would_read_it_differently(written: str, spelled: str) -> None:
    assert fmt(f"name: {written}\nladder: []") == f"name: {spelled}\nladder: []\n"


def test_text_with_signs_of_brackets_is_quoted_inside_them() -> None:
    text = "budgets:\n  - name: a, b\n    limit_usd: 1\n  - {name: 'a, b c', limit_usd: 1}"
    assert (
        scenario(text) == 'budgets:\n  - name: a, b\n    limit_usd: 1\n  - {name: "a, b c", limit_usd: 1}\n'
    )


def test_months_days_sizes_and_words_are_plain() -> None:
    text = (
        "start: '2026-12'\nmonths: '6'\nregion: 'us-west-2'\nprice_book: '2026-07-24'\n"
        "pipelines: [{name: p, assets_per_month: 1, stages: [{name: s, model: 'm', size: '1024 X 768'}]}]\n"
        "credits: [{name: c, balance_usd: 1, starts: '2026-12-01', expires: 'never', bedrock_third_party: 'true'}]"
    )
    assert scenario(text).splitlines() == [
        "start: 2026-12",
        "months: 6",
        "region: us-west-2",
        "price_book: 2026-07-24",
        "pipelines: [{name: p, assets_per_month: 1, stages: [{name: s, model: m, size: 1024x768}]}]",
        "credits: [{name: c, balance_usd: 1, starts: 2026-12-01, expires: never, bedrock_third_party: yes}]",
    ]


def test_brackets_over_several_lines_are_joined_where_they_fit_and_opened_where_not() -> None:
    short = "budgets: [\n  {name: a, limit_usd: 1},\n  {name: b,\n   limit_usd: 2} ]"
    assert scenario(short) == "budgets: [{name: a, limit_usd: 1}, {name: b, limit_usd: 2}]\n"
    long = ", ".join(f"{{name: budget number {number}, limit_usd: {number}}}" for number in range(4))
    assert scenario(f"budgets: [{long}]") == f"budgets: [{long}]\n"
    assert scenario(f"budgets: [\n {long}]").splitlines() == [
        "budgets:",
        *(f"  - {{name: budget number {number}, limit_usd: {number}}}" for number in range(4)),
    ]


def test_brackets_with_comments_inside_are_opened() -> None:
    assert fmt(
        """
        name: x
        policy: { # fail closed
          uncovered: block, # nothing unseen
          # and
          retired: warn
          # tail
        } # after
        """
    ) == dedent(
        """\
        name: x

        policy: # fail closed
          uncovered: block # nothing unseen
          # and
          retired: warn
          # tail
          # after
        """
    )


def test_long_text_that_was_folded_stays_folded() -> None:
    words = "a reason that goes on " * 6 + "and on"
    lines = fmt(f"name: >- # why\n  {words}\n").splitlines()
    assert lines[0] == "name: >- # why"
    assert " ".join(line.strip() for line in lines[1:]) == words
    assert max(map(len, lines)) <= 120


def test_a_comment_one_space_away_stays_so() -> None:
    assert (
        scenario('price_book: "2026-07-24" # pinned\nladder: []')
        == "price_book: 2026-07-24 # pinned\nladder: []\n"
    )


def test_comments_keep_the_column_that_aligns_them() -> None:
    assert scenario(
        "start: 2026-12      # a\nmonths: '6'         # b\nregion: us-west-2 # c\n" + _PIPELINE
    ) == ("start: 2026-12      # a\nmonths: 6           # b\nregion: us-west-2 # c\n" + _PIPELINE)


_PIPELINE = "pipelines: [{name: p, assets_per_month: 1, stages: [{name: s, model: m}]}]\n"


def test_an_ignore_above_an_item_stays_with_the_key_of_its_line() -> None:
    """The finding was on the line of `model`; the comment before it speaks of the whole stage."""
    stages = """\
    start: 2026-12
    months: 6
    region: us-west-2
    pipelines:
      - name: p
        assets_per_month: 1
        stages:
          # the only one
          # bursar: ignore retired kept for the backtest
          - model: m
            name: s # bursar: ignore other it is short
    """
    assert fmt("name: x\n" + dedent(stages)).splitlines()[-5:] == [
        "    stages:",
        "      # the only one",
        "      - name: s # bursar: ignore other it is short",
        "        # bursar: ignore retired kept for the backtest",
        "        model: m",
    ]


def test_an_ignore_below_the_head_of_the_file_stays_with_the_first_key() -> None:
    text = "# head\n# bursar: ignore old-prices pinned\nprice_book: 2026-07-24\nname: x\n"
    assert fmt(text) == "# head\nname: x\n# bursar: ignore old-prices pinned\nprice_book: 2026-07-24\n"


def test_the_head_of_the_file_stays_at_its_top() -> None:
    assert fmt("# schema\n# about\nmonths: 1\nname: x\n" + _REST) == "# schema\n# about\nname: x\n" + (
        "start: 2026-12\nmonths: 1\nregion: us-west-2\n" + _PIPELINE
    )
    parted = "# schema\n\n# of months\nmonths: 1\n# of the name\nname: x\n" + _REST
    assert fmt(parted) == "# schema\n\n# of the name\nname: x\nstart: 2026-12\n# of months\nmonths: 1\n" + (
        "region: us-west-2\n" + _PIPELINE
    )


_REST = "start: 2026-12\nregion: us-west-2\n" + _PIPELINE


def test_a_comment_indented_deeper_than_what_follows_closes_what_it_is_indented_as() -> None:
    text = """\
    name: x

    budgets:
      - name: a
        limit_usd: 1
        # closes the item
      # closes the list

    # opens the ladder
    ladder: []
    # closes the file
    """
    assert fmt(text) == dedent(text)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay_as_the_first_one_is(newline: str) -> None:
    text = f"name: x # c{newline}ladder:{newline}- images:  1"
    assert formatted(text, "f") == f"name: x # c{newline}{newline}ladder:{newline}  - images: 1{newline}"


def test_markers_of_documents_go_and_their_comments_stay() -> None:
    assert fmt("%YAML 1.2\n--- # a\nname: x\n... # b\n# c\n") == "# a\nname: x\n# b\n# c\n"


def test_a_file_that_is_not_valid_is_told_with_the_problems_of_the_loader() -> None:
    with pytest.raises(Invalid, match="did you mean name") as raised:
        formatted("nam: x\nbudgets: &a [*a]\n", "s.yaml")
    assert len(raised.value.problems) == 3


def test_a_policy_file_is_told_by_its_name_and_standard_input_by_its_keys() -> None:
    text = "policies:\n- {price_book: {representative: forbid}, name: p}\nreview: {old_prices_days: 1000}\n"
    tidy = (
        "review: {old_prices_days: 1_000}\n\npolicies:\n  - {name: p, price_book: {representative: forbid}}\n"
    )
    assert formatted(text, "team/bursar.yaml") == tidy
    assert formatted(text, "-") == tidy
    with pytest.raises(Invalid):
        formatted(text, "other.yaml")


def test_thousands_of_comments_all_stay() -> None:
    """7,500 lines with a comment on each."""
    stages = "".join(f"    - {{name: s{number}, model: m}} # stage {number}\n" for number in range(300))
    pipelines = "".join(
        f"- name: p{number}\n  assets_per_month: 1\n  stages:\n{stages}" for number in range(25)
    )
    text = f"name: x\nstart: 2026-12\nmonths: 1\nregion: us-west-2\npipelines:\n{pipelines}"
    assert len(text) > 300_000
    result = formatted(text, "f")
    assert result.count("# stage 299\n") == 25
