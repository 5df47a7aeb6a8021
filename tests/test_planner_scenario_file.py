"""Scenario files: every key read exactly, every mistake told at once with its place."""

import sys
import time
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.scenario import (
    AppliesTo,
    BackgroundSpend,
    Bounds,
    Budget,
    Credit,
    ImagesRung,
    ModelRung,
    Pipeline,
    Policy,
    QualityRung,
    Scenario,
    SizeRung,
    Stage,
    Supporting,
    Threshold,
)
from planner.scenario_file import ScenarioFile, load_scenario, read_scenario
from pricing.money import Micros
from pricing.overrides import Override
from pricing.problems import Invalid, Place, render
from pricing.sizes import Size

GOLDEN = Path(__file__).with_name("golden")
FULL = GOLDEN / "scenario_full.yaml"
SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
ESCAPE = "has a control or invisible character; take the escape out  [control-character]"
PLAN = "name: p\nstart: 2026-12\nmonths: 3\nregion: us-west-2\npipelines:\n"


def read(text: str) -> Scenario:
    file = read_scenario(text, "test.yaml")
    assert file.warnings == ()
    return file.scenario


def told(text: str | bytes) -> list[str]:
    """Each problem without its excerpt and file name."""
    try:
        problems = read_scenario(text, "f").warnings
    except Invalid as invalid:
        problems = invalid.problems
    return [line.removeprefix("f:") for line in render(problems, "f").splitlines()]


def pipeline(lines: str) -> str:
    """A plan with one pipeline; `lines` are added to it."""
    return PLAN + f"- name: a\n  assets_per_month: 1\n  stages: [{{name: s, model: m}}]\n  {lines}\n"


def pool(fields: str) -> str:
    return f"name: p\ncredits: [{{name: c, balance_usd: 1, starts: 2026-01-02, {fields}}}]\n"


def test_every_key_of_a_full_scenario_is_read() -> None:
    file = load_scenario(FULL)
    assert file.warnings == ()
    stages = (
        Stage("cut out", "stability.stable-image-remove-background-v1:0", "BACKGROUND_REMOVAL"),
        Stage("draft", "stability.stable-image-core-v1:1", "TEXT_IMAGE", candidates=4),
        Stage("final", "stability.stable-image-ultra-v1:1", "TEXT_IMAGE"),
        Stage("reframe", "stability.stable-outpaint-v1:0", "OUTPAINTING", outputs=3),
    )
    assert file.scenario == Scenario(
        name="Catalogue imagery for a marketplace",
        start="2026-12",
        months=18,
        region="us-west-2",
        price_book="2026-07-24",
        price_overrides=(Override("amazon.*", discount_pct=Fraction(5)),),
        pipelines=(
            Pipeline(
                name="catalogue",
                assets_per_month=Fraction(3000),
                growth_pct_per_month=Fraction(8),
                seasonality={11: Fraction(8, 5), 12: Fraction(9, 5)},
                stages=stages,
                rework_pct=Fraction(10),
                supporting=Supporting(Fraction(4), Fraction(200), Fraction(60), Fraction(3), Fraction(1)),
            ),
        ),
        background_spend=(BackgroundSpend("Amazon Elastic Compute Cloud", Micros(250_000_000)),),
        credits=(
            Credit(
                name="poc",
                program="bedrock-poc",
                balance_usd=Micros(25_000_000_000),
                starts=date(2026, 11, 20),
                expires=date(2027, 11, 30),
                products=("Amazon Bedrock",),
                bedrock_third_party="unknown",
            ),
            Credit(
                name="activate",
                program="activate-portfolio",
                balance_usd=Micros(100_000_000_000),
                starts=date(2026, 6, 1),
                expires=date(2028, 5, 31),
                products=("*",),
                bedrock_third_party="yes",
            ),
        ),
        budgets=(
            Budget(
                "catalogue-month",
                Micros(6_000_000_000),
                "month",
                AppliesTo(tags={"pipeline": "catalogue"}),
                (Threshold(Fraction(50), "notify"), Threshold(Fraction(80), "downgrade")),
            ),
            Budget("no-cash", None),
        ),
        ladder=(
            ModelRung("stability.stable-image-ultra-v1:1", "stability.sd3-5-large-v1:0"),
            ModelRung("stability.sd3-5-large-v1:0", "stability.stable-image-core-v1:1"),
            QualityRung("standard"),
            ImagesRung(1),
            SizeRung("smaller"),
        ),
        policy=Policy("block", "block", "warn", "block", ("timeout", "filtered_output")),
        expect={"out_of_pocket_usd": Bounds(max=Fraction(0)), "runway_months": Bounds(min=Fraction(12))},
    )


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_sample_scenarios_load_without_a_warning(path: Path) -> None:
    assert load_scenario(path).warnings == ()


def test_a_file_of_budgets_alone_is_a_policy() -> None:
    scenario = read("name: guard\nbudgets: [{name: b, limit_usd: 0.50}]")
    assert scenario == Scenario("guard", budgets=(Budget("b", Micros(500_000)),))


def test_stages_take_size_quality_steps_and_a_region() -> None:
    stage = "{name: s, model: m, size: 1024 x 768, quality: premium, steps: 50, region: eu-west-1}"
    scenario = read(PLAN + f"- {{name: a, assets_per_month: 0.5, stages: [{stage}]}}")
    assert scenario.pipelines[0].stages == (
        Stage("s", "m", size=Size(1024, 768), quality="premium", steps=50, region="eu-west-1"),
    )


def test_a_fixed_price_finer_than_a_micro_dollar_stays_exact() -> None:
    scenario = read("name: p\nprice_overrides: [{model: m, usd_per_image: 0.00000125}]")
    assert scenario.price_overrides == (Override("m", usd_per_image=Micros(125), per=100),)


def test_a_pool_says_never_where_it_has_no_last_day() -> None:
    (credit,) = read(pool("expires: never, product_count: 3, status: paused")).credits
    assert (credit.expires, credit.product_count, credit.status) == (None, 3, "paused")
    assert told(pool("program: other")) == [
        (
            "2:11: error: credits[0].expires: is missing; "
            "add it: a day such as 2026-11-30, from 2000 to 2199, or never  [missing-key]"
        )
    ]


@pytest.mark.parametrize("written", ["true", "yes", "'yes'"])
def test_coverage_may_be_written_as_yaml_1_1_tools_write_it(written: str) -> None:
    (credit,) = read(pool(f"expires: never, bedrock_third_party: {written}")).credits
    assert credit.bedrock_third_party == "yes"


def test_many_mistakes_are_told_at_once_as_text() -> None:
    with pytest.raises(Invalid) as caught:
        read_scenario((GOLDEN / "scenario_problems.yaml").read_text(), "scenarios/launch.yaml")
    assert str(caught.value) + "\n" == (GOLDEN / "scenario_problems.txt").read_text()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a list",
            (
                "1:1: error: must be a scenario (name, start, months, ...), got a list; write key: value"
                "  [wrong-value]"
            ),
        ),
        ("budgets: []", "1:1: error: name: is missing; add it: text  [missing-key]"),
        ("name:", "1:6: error: name: has no value; give text, or take it out  [no-value]"),
        (
            'name: "a\\eb"',
            f"1:7: error: name: {ESCAPE}",
        ),
        (
            "name: " + "x" * 201,
            "1:7: error: name: is 201 characters long, more than 200; shorten it  [too-long]",
        ),
        (
            "name: p\nstart: 2026-12",
            "1:1: error: months: is missing, though start is given; add it  [missing-key]",
        ),
        ("name: p\nmonths: 0", "2:9: error: months: must be between 1 and 120, got 0  [out-of-range]"),
        ("name: p\nmonths: 121", "2:9: error: months: must be between 1 and 120, got 121  [out-of-range]"),
        (
            "name: p\nregion: mars",
            "2:9: error: region: must be an AWS region such as us-west-2, got mars  [wrong-value]",
        ),
        (
            pipeline("").replace("model: m}", "model: m, share_pct: 0}"),
            (
                "8:43: error: pipelines[0].stages[0].share_pct: must be above 0 and at most 100, got 0"
                "  [out-of-range]"
            ),
        ),
        (
            pipeline("rework_pct: -1"),
            "9:15: error: pipelines[0].rework_pct: must be between 0 and 100, got -1  [out-of-range]",
        ),
        (
            pipeline("growth_pct_per_month: -100"),
            (
                "9:25: error: pipelines[0].growth_pct_per_month: must be above -100 "
                "and at most 1_000, got -100"
                "  [out-of-range]"
            ),
        ),
        (
            pipeline("seasonality: {0: 1}"),
            "9:17: error: pipelines[0].seasonality.0: must be between 1 and 12, got 0  [out-of-range]",
        ),
        (
            pipeline("supporting: {storage_mb: -1}"),
            (
                "9:28: error: pipelines[0].supporting.storage_mb: must be between 0 and "
                "1_000_000_000_000, got -1"
                "  [out-of-range]"
            ),
        ),
        (
            pool("expires: 2026-01-01"),
            (
                "2:66: error: credits[0].expires: is 2026-01-01, before the pool starts on 2026-01-02; "
                "swap or mend the dates  [empty-window]"
            ),
        ),
        (
            pool("expires: 9999-12-31"),
            (
                "2:66: error: credits[0].expires: must be a day such as 2026-11-30, "
                "from 2000 to 2199, or never, got 9999-12-31  [wrong-value]"
            ),
        ),
        (
            "name: p\nbackground_spend: [{product: EC2, usd_per_month: 1e9}]",
            (
                "2:50: error: background_spend[0].usd_per_month: must be an amount in US dollars "
                "between 0 and 9_000_000_000_000, got 1e9; write it out without an exponent  [wrong-value]"
            ),
        ),
        (
            "name: p\nprice_overrides: [{model: m, discount_pct: 100}]",
            (
                "2:44: error: price_overrides[0].discount_pct: must be at least 0 and below 100, got 100"
                "  [out-of-range]"
            ),
        ),
        (
            "name: p\nbudgets: [{name: b}]",
            "2:11: error: budgets[0]: needs one of limit_usd, limit; add one  [missing-key]",
        ),
        (
            "name: p\nladder: [{from: m, to: m}]",
            "2:24: error: ladder[0].to: leads to the model it comes from; name a cheaper model  [same-model]",
        ),
        (
            "name: p\npolicy: {retired: ignore}",
            "2:19: error: policy.retired: must be one of block, warn, allow, got ignore  [wrong-value]",
        ),
    ],
    ids=range(21),
)
def test_each_mistake_is_one_line_with_its_place_and_remedy(text: str, problem: str) -> None:
    assert problem in told(text)


def test_names_are_unique_among_pipelines_stages_pools_and_budgets() -> None:
    text = (
        PLAN
        + "- {name: a, assets_per_month: 1, stages: [{name: s, model: m}, {name: s, model: m}]}\n"
        + "- {name: a, assets_per_month: 1, stages: [{name: s, model: m}]}\n"
        + "credits:\n"
        + "- {name: c, balance_usd: 1, starts: 2026-01-01, expires: never}\n"
        + "- {name: c, balance_usd: 1, starts: 2026-01-01, expires: never}\n"
        + "budgets: [{name: b, limit_usd: 1}, {name: b, limit: credits}]\n"
    )
    assert [line.split(": error: ")[1].split(":")[0] for line in told(text)] == [
        "pipelines[0].stages[1].name",
        "pipelines[1].name",
        "credits[1].name",
        "budgets[1].name",
    ]


def test_a_name_that_other_tools_read_as_a_truth_is_kept_with_a_warning() -> None:
    file = read_scenario("name: no\nprice_book: 2026-07-24", "f.yaml")
    assert file.scenario.name == "no"
    assert render(file.warnings, "f.yaml", file.document.lines) == (
        "f.yaml:1:7: warning: name: no is text here but false to other YAML tools; "
        'quote it: "no"  [yaml-1.1]\n'
        "    1 | name: no\n"
        "      |       ^^"
    )


def test_markup_in_a_name_is_only_text() -> None:
    assert read("name: '[red]x[/oops]'").name == "[red]x[/oops]"


def test_later_checks_find_the_line_of_a_value() -> None:
    file = load_scenario(FULL)
    assert isinstance(file, ScenarioFile)
    assert file.place("pipelines[0].stages[1].model") == Place(17, 48, 32)
    assert file.place("pipelines[0].stages[1].size") == Place(17, 9, 87)
    assert file.place("credits[1].expires") == Place(40, 102, 10)


def test_an_unknown_or_unreadable_file_raises_the_same_exception(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="there is no such file"):
        load_scenario(tmp_path / "gone.yaml")


def test_loading_imports_no_heavy_library() -> None:
    """In a process of its own; what it would cost is paid by every command."""
    from subprocess import run

    program = "import sys, planner.scenario_file; print(*sys.modules)"
    done = run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    banned = ("pydantic", "pandas", "numpy", "boto3", "textual", "difflib", "json", "logging", "unicodedata")
    assert [name for name in banned if name in loaded] == []


FULL_TEXT = FULL.read_text()
FULL_LINES = FULL_TEXT.splitlines(keepends=True)
SCRAPS = st.sampled_from(
    [
        "",
        "null",
        "-1",
        "1e999",
        "[",
        "{",
        "- ",
        ": ",
        "&a",
        "*a",
        "!!str ",
        "<<: ",
        "\t",
        "'",
        '"',
        "no",
        "\x1b",
        "#",
    ]
) | st.text(max_size=5)


@st.composite
def mutated_scenarios(draw: st.DrawFn) -> str:
    """The full example with a few stretches of it replaced, and a few lines moved or doubled."""
    lines = list(FULL_LINES)
    for _ in range(draw(st.integers(0, 2))):
        lines.insert(draw(st.integers(0, len(lines))), lines.pop(draw(st.integers(0, len(lines) - 1))))
    text = "".join(lines)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(SCRAPS) + text[start + draw(st.integers(0, 12)) :]
    return text


def _loads_or_is_invalid(source: str | bytes) -> None:
    begun = time.process_time()
    try:
        read_scenario(source, "f")
    except Invalid as invalid:
        assert any(problem.severity == "error" for problem in invalid.problems)
        assert all(problem.code and problem.message for problem in invalid.problems)
        assert str(invalid).replace("\n", "").isprintable()
    assert time.process_time() - begun < 2


@given(mutated_scenarios())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_scenario_loads_or_is_told_why(text: str) -> None:
    _loads_or_is_invalid(text)


@given(st.binary(max_size=300))
def test_any_bytes_load_or_are_told_why(source: bytes) -> None:
    _loads_or_is_invalid(source)


@pytest.mark.parametrize(
    "source",
    [
        PLAN + "- {name: a}\n" * 80_000,
        "".join(f"k{index}: 1\n" for index in range(80_000)),
        "{" + "".join(f"k{index}: 1, " for index in range(70_000)) + "}",
        "a: 1\n" * 199_999,
        "- !x y\n" * 140_000,
        "- &a 1\n" + "- *a\n" * 190_000,
        "name: " + "x" * 999_000,
        'name: "' + "\\x41" * 249_000 + '"',
        "name: p\nbudgets:\n- {name: a, limit_usd: " + "9" * 900_000 + "}",
        "[" + "1," * 499_000 + "]",
    ],
    ids=["items", "keys", "flow", "doubles", "tags", "aliases", "long", "escapes", "digits", "commas"],
)
def test_a_megabyte_of_mistakes_is_told_in_bounded_time_and_space(source: str) -> None:
    begun = time.process_time()
    with pytest.raises(Invalid) as caught:
        read_scenario(source, "f")
    assert len(caught.value.problems) <= 204
    assert len(str(caught.value)) < 200_000
    assert time.process_time() - begun < 20
